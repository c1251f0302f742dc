import type { ApiPositions } from '@ibkit/api-contract';
import { withBackend } from '../../backend/with-backend.js';
import type { CommandContext } from '../../config/globals.js';
import { provenAccounts } from '../../backend/proven-accounts.js';
import { EXIT } from '../../output/exit-codes.js';
import type { ExitCode } from '../../output/exit-codes.js';
import { printDocument } from '../../output/print.js';
import type { CommandInput } from '../../program/command-input.js';
import { positionTable } from './position-table.js';
import { watchPositions } from './watch-positions.js';

/** `ibkit positions`. */
export async function positions(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  if (input.on('watch')) return await watchPositions(context, input);
  return await withBackend(context, { role: 'read', trading: true }, async (backend) => {
    await provenAccounts(context, backend);
    const answer = await backend.operations.positions({ account: context.globals.accountId, ...(input.on('values') ? { values: true } : {}) }, { signal: context.io.stop });
    const shown: ApiPositions = { positions: answer.positions.filter(({ position }) => position !== 0) };
    if (context.globals.json) printDocument(context, shown);
    else context.io.out.write(positionTable(shown.positions));
    return EXIT.ok;
  });
}
