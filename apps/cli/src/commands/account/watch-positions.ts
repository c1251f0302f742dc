import type { ApiPosition } from '@ibkit/api-contract';
import { provenAccounts } from '../../backend/proven-accounts.js';
import type { CommandContext } from '../../config/globals.js';
import type { ExitCode } from '../../output/exit-codes.js';
import type { CommandInput } from '../../program/command-input.js';
import { clockText } from '../../render/text.js';
import { positionOf } from '../../stream/numbers-of.js';
import { streamLimits } from '../../stream/stream-session.js';
import { withStream } from '../../stream/with-stream.js';
import { positionTable } from './position-table.js';

/** `ibkit positions --watch`: the whole list, again whenever something of it changes. */
export async function watchPositions(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  const { globals, clock } = context;
  let rows: readonly ApiPosition[] = [];
  return await withStream(context, { ...streamLimits(input), needs: { trading: true } }, () => positionTable(rows), async (session, backend) => {
    await provenAccounts(context, backend);
    return await session.all(['positions'], () =>
      session.follow({
        kind: 'positions',
        topic: 'positions',
        subject: 'positions',
        onState: ({ positions }) => {
          if (!session.take()) return;
          rows = positions.map(positionOf).filter(({ account, position }) => position !== 0 && (globals.accountId === undefined || account === globals.accountId));
          const at = clock.now();
          session.show(() => ({ event: 'positions', at: new Date(at).toISOString(), positions: rows }), () => `${clockText(at)}\n${positionTable(rows)}`);
        },
      }),
    );
  });
}
