import { topicText } from '@ibkit/api-contract';
import type { ApiPnl, TopicSnapshot } from '@ibkit/api-contract';
import { provenAccounts } from '../../backend/proven-accounts.js';
import type { CommandContext } from '../../config/globals.js';
import type { ExitCode } from '../../output/exit-codes.js';
import type { CommandInput } from '../../program/command-input.js';
import { streamLimits } from '../../stream/stream-session.js';
import { withStream } from '../../stream/with-stream.js';
import { pnlLine, pnlTable } from './pnl-table.js';

function pnlOf({ account, dailyPnl, unrealizedPnl, realizedPnl, stale, receivedAtUs }: TopicSnapshot<'pnl'>, nowMs: number): ApiPnl {
  const number = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));
  return { account, dailyPnl: number(dailyPnl), unrealizedPnl: number(unrealizedPnl), realizedPnl: number(realizedPnl), stale, atMs: receivedAtUs === undefined ? nowMs : receivedAtUs / 1000 };
}

/** `ibkit pnl --watch`. */
export async function watchPnl(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  const { globals, clock } = context;
  const latest = new Map<string, ApiPnl>();
  return await withStream(context, { ...streamLimits(input), needs: { trading: true } }, () => pnlTable([...latest.values()], clock.now()), async (session, backend) => {
    const { connection } = await provenAccounts(context, backend);
    const accounts = globals.accountId === undefined ? connection.accounts : [globals.accountId];
    return await session.all(accounts, (account) =>
      session.follow({
        kind: 'pnl',
        topic: topicText({ kind: 'pnl', account }),
        subject: account,
        onState: (data) => {
          if (!session.take()) return;
          const row = pnlOf(data, clock.now());
          latest.set(account, row);
          session.show(() => ({ event: 'pnl', at: new Date(clock.now()).toISOString(), ...row }), () => pnlLine(row, clock.now()));
        },
        onStale: () => {
          const row = latest.get(account);
          if (row !== undefined) latest.set(account, { ...row, stale: true });
        },
      }),
    );
  });
}
