import { abortReason } from '@ibkit/clock';
import type { Timer } from '@ibkit/clock';
import type { BrokerNoticeMessage, MarketDataConnection } from '../connection-port.js';
import { lineVerdict } from './line-notice.js';
import { QuoteBook } from './quote-book.js';
import type { Quote, QuoteSnapshot } from './quote.js';
import { wireContract } from '../contracts/resolved-contract.js';
import type { ResolvedContract } from '../contracts/resolved-contract.js';
import { sessionNow } from '../sessions/session-now.js';

/** How a snapshot is taken. */
export interface SnapshotRequest {
  readonly contract: ResolvedContract;
  readonly timeoutMs: number;
  /** Stamps the values, epoch milliseconds. */
  readonly now: () => number;
  readonly signals: readonly AbortSignal[];
  /** Ends the look before the broker says that it is complete: so many milliseconds after a quote has what is needed. */
  readonly enough?: ((quote: Quote) => number | undefined) | undefined;
}

/** Stops a request that has done its work; never seen by a caller. */
const ENOUGH = new Error('The snapshot has what it was taken for');

/** Looks once, beginning with nothing: every value of the result was received for this call. */
export async function takeSnapshot(connection: MarketDataConnection, request: SnapshotRequest): Promise<QuoteSnapshot> {
  const { contract, timeoutMs, now, signals, enough } = request;
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
  let complete = false;
  let soon: Timer | undefined;
  try {
    await connection.request<undefined>({
      name: `snapshot of ${contract.localSymbol}`,
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
        const { quote } = book;
        const waitMs = quote === undefined ? undefined : enough?.(quote);
        if (waitMs === 0) stop.abort(ENOUGH);
        else if (waitMs !== undefined) {
          soon ??= clock.setTimer(waitMs, () => {
            stop.abort(ENOUGH);
          });
        }
      },
      onNotice: judge,
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
  return Object.freeze({ ...(book.quote ?? book.build(now())), complete });
}

function judge(notice: BrokerNoticeMessage): 'fail' | 'ignore' {
  return lineVerdict(notice) === 'keep' ? 'ignore' : 'fail';
}
