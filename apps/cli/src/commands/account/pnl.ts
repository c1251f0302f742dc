import { provenAccounts } from '../../backend/proven-accounts.js';
import { withBackend } from '../../backend/with-backend.js';
import type { CommandContext } from '../../config/globals.js';
import { EXIT } from '../../output/exit-codes.js';
import type { ExitCode } from '../../output/exit-codes.js';
import { printDocument } from '../../output/print.js';
import type { CommandInput } from '../../program/command-input.js';
import { pnlTable } from './pnl-table.js';
import { watchPnl } from './watch-pnl.js';

/** `ibkit pnl`. */
export async function pnl(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  if (input.on('watch')) return await watchPnl(context, input);
  return await withBackend(context, { role: 'read', trading: true }, async (backend) => {
    await provenAccounts(context, backend);
    const answer = await backend.operations.pnl({ account: context.globals.accountId }, { signal: context.io.stop });
    if (context.globals.json) printDocument(context, answer);
    else context.io.out.write(pnlTable(answer.pnl, context.clock.now()));
    return EXIT.ok;
  });
}
