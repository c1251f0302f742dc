import type { Clock } from '@ibkit/clock';
import { TimeoutError } from '@ibkit/error-codes';
import type { DepthBook, DepthSubscription } from '@ibkit/market-data';

/** How long a book that is not full may rest before it counts as all there is, milliseconds: TWS sends the rows of a new book together. */
const REST_MS = 250;

/** How the first book is waited for. */
export interface FirstBookOptions {
  readonly clock: Clock;
  /** Rows that were asked for on each side. */
  readonly rows: number;
  readonly waitMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The first book that is all there: full on both sides, or with rows and at rest. TWS says nowhere that a book is complete. After `waitMs` it is what there is.
 * @throws TimeoutError when no row came; what ended the subscription; the signal's reason.
 */
export async function firstBook(depth: DepthSubscription, { clock, rows, waitMs, signal }: FirstBookOptions): Promise<DepthBook> {
  const isFull = ({ bids, asks, stale }: DepthBook): boolean => !stale && bids.length >= rows && asks.length >= rows;
  const hasRows = ({ bids, asks, stale }: DepthBook): boolean => !stale && bids.length + asks.length > 0;
  const untilMs = clock.monotonic() + waitMs;
  let book = await depth.waitFor(hasRows, { timeoutMs: waitMs, signal });
  while (!isFull(book)) {
    const seen = book;
    const leftMs = Math.min(REST_MS, untilMs - clock.monotonic());
    if (leftMs <= 0) break;
    try {
      book = await depth.waitFor((next) => next !== seen && hasRows(next), { timeoutMs: leftMs, signal });
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
      break;
    }
  }
  return depth.current ?? book;
}
