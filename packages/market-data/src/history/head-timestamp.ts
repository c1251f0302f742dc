import { HistoricalDataError } from '@ibkit/error-codes';
import type { ResolvedContract } from '../contracts/resolved-contract.js';
import { lineKey, wireContract } from '../contracts/resolved-contract.js';
import { parseTwsTime } from './history-dates.js';
import type { HistoryKind } from './history-range.js';
import { askHistory } from './history-request.js';
import type { HistoryDeps } from './history-request.js';

/** Asks since when there is data of a kind; `undefined` when the broker says that there is none. Epoch milliseconds. */
export async function askHeadTimestamp(deps: HistoryDeps, request: { readonly contract: ResolvedContract; readonly what: HistoryKind; readonly useRth: boolean; readonly signal: AbortSignal }): Promise<number | undefined> {
  const { contract, what, useRth, signal } = request;
  const name = `beginning of ${what} of ${contract.localSymbol}`;
  const answer = await askHistory<{ readonly text: string; readonly reqId: number }>(deps, {
    query: { contract: lineKey(contract), kind: what, range: `head ${useRth ? 'rth' : 'all'}` },
    signal,
    spec: {
      name,
      build: (reqId) => ({ type: 'reqHeadTimestamp', reqId, contract: wireContract(contract), useRTH: useRth, whatToShow: what, formatDate: 2 }),
      receive: (message, reply, reqId) => {
        if (message.type === 'headTimestamp') reply.resolve({ text: message.headTimestamp, reqId });
      },
      cancel: (reqId) => ({ type: 'cancelHeadTimestamp', reqId }),
    },
  });
  if (answer.kind === 'none') return undefined;
  const { text, reqId } = answer.value;
  // TWS API: it holds one of the 50 places of the history service until it is cancelled, also when it was answered. A session that ends gives it back, too.
  deps.connection.session?.send({ type: 'cancelHeadTimestamp', reqId }).catch(() => undefined);
  const at = parseTwsTime(text);
  if (at?.kind === 'instant') return at.atMs;
  if (at?.kind === 'date') return Date.parse(`${at.date}T00:00:00Z`);
  throw new HistoricalDataError({ code: 'IBKR_HISTORICAL_UNREADABLE', message: `${name}: the broker wrote "${text.slice(0, 60)}", which is none of the forms of TWS` });
}
