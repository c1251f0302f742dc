import type { SmartDepthExchanges } from './depth-exchanges.js';
import type { DepthLevel } from './order-book.js';

/** The order book of a contract at one moment. It does not change any more. */
export interface DepthBook {
  readonly symbol: string;
  readonly conId: number;
  /** Best price first; several rows may have one price. */
  readonly bids: readonly DepthLevel[];
  readonly asks: readonly DepthLevel[];
  /** Whether these rows may be not, or not all of, those of now. */
  readonly stale: boolean;
  /** Why, while stale. */
  readonly staleReason?: string | undefined;
  /** Whether the best bid is not below the best ask: possible in smart books, whose rows are of several exchanges. */
  readonly crossed: boolean;
  /** When the last row changed, epoch milliseconds; absent before the first. */
  readonly receivedAtMs?: number | undefined;
  /** How many holes there were so far: changes that were not seen. */
  readonly gaps: number;
  /** How many times the book was emptied and filled anew. */
  readonly resets: number;
  /** Which exchanges a smart book is made of, once the broker has said so. */
  readonly exchanges?: SmartDepthExchanges | undefined;
}
