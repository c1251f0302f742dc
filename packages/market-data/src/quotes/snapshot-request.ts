import { abortReason } from '@ibkit/clock';
import type { Timer } from '@ibkit/clock';
import type { MarketDataConnection } from '../connection-port.js';
import { announcesDelayed, isRefused, notSubscribedError } from './acceptance/acceptance.js';
import { acceptedQuote } from './acceptance/accepted-quote.js';
import { lineVerdict } from './line-notice.js';
import type { MarketDataMode } from './market-data-mode.js';
import { QuoteBook } from './quote-book.js';
import type { Quote, QuoteSnapshot } from './quote.js';
import { wireContract } from '../contracts/resolved-contract.js';
import type { ResolvedContract } from '../contracts/resolved-contract.js';
import { sessionNow } from '../sessions/session-now.js';

/** How a snapshot is taken. */
export interface SnapshotRequest {
  readonly contract: ResolvedContract;
  /** What of it is worth something to whoever looks. */
  readonly accepts: MarketDataMode;
  readonly timeoutMs: number;
  /** Stamps the values, epoch milliseconds. */
  readonly now: () => number;
  readonly signals: readonly AbortSignal[];
  /** Ends the look before the broker says that it is complete: so many milliseconds after a quote has what is needed. */
  readonly enough?: ((quote: Quote) => number | undefined) | undefined;
}

/** Stops a request that has done its work; never seen by a caller. */
const ENOUGH = new Error('The snapshot has what it was taken for');

/**
 * Looks once, beginning with nothing: every value of the result was received for this call, and of a kind that is accepted.
 * @throws MarketDataError `IBKR_MARKET_DATA_NOT_SUBSCRIBED` when delayed data comes that is not accepted, whoever else asked for it; what the
 *   broker refuses; the reason of the signal that aborted.
 */
export async function takeSnapshot(connection: MarketDataConnection, request: SnapshotRequest): Promise<QuoteSnapshot> {
  const { contract, accepts, timeoutMs, now, signals, enough } = request;
  const { clock } = connection;
  const book = new QuoteBook(contract, sessionNow(contract, connection, { now }));
  const stop = new AbortController();
  const onAbort = (): void => {
    const aborted = signals.find((signal) => signal.aborted);
    if (aborted !== undefined) stop.abort(abortReason(aborted));
  };
  for (const signal of signals) {
    signal.throwIfAborted();
    signal.addEventListener('abort', onAbort, { once: true });
  }
  const deadline = clock.setTimer(timeoutMs, () => {
    stop.abort(ENOUGH);
  });
  const name = `snapshot of ${contract.localSymbol}`;
  const judgeServed = (): void => {
    if (isRefused(book.served, accepts)) stop.abort(notSubscribedError(name));
  };
  let complete = false;
  let soon: Timer | undefined;
  try {
    await connection.request<undefined>({
      name,
      build: (reqId) => ({
        type: 'reqMktData',
        reqId,
        contract: wireContract(contract),
        // TWS API: a snapshot with generic ticks is refused.
        genericTickList: '',
        snapshot: true,
        regulatorySnapshot: false,
      }),
      cancel: (reqId) => ({ type: 'cancelMktData', reqId }),
      receive: (message, reply) => {
        if (message.type === 'tickSnapshotEnd') {
          complete = true;
          reply.resolve(undefined);
          return;
        }
        book.apply(message, now());
        judgeServed();
        const quote = book.quote === undefined ? undefined : acceptedQuote(book.quote, accepts);
        const waitMs = quote === undefined ? undefined : enough?.(quote);
        if (waitMs === 0) stop.abort(ENOUGH);
        else if (waitMs !== undefined) {
          soon ??= clock.setTimer(waitMs, () => {
            stop.abort(ENOUGH);
          });
        }
      },
      onNotice: (notice) => {
        if (announcesDelayed(notice)) book.toldDelayed();
        judgeServed();
        return lineVerdict(notice) === 'keep' ? 'ignore' : 'fail';
      },
      // The deadline is ours, since what came until then is worth something; the connection's own must not come before it.
      timeoutMs: timeoutMs + 1000,
      signal: stop.signal,
    });
  } catch (error) {
    if (error !== ENOUGH) throw error;
  } finally {
    deadline.cancel();
    soon?.cancel();
    for (const signal of signals) signal.removeEventListener('abort', onAbort);
  }
  const seen = acceptedQuote(book.quote ?? book.build(now()), accepts);
  if (seen === undefined) throw notSubscribedError(name);
  return Object.freeze({ ...seen, complete });
}
