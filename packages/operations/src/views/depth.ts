import type { ApiDepth, ApiDepthLevel } from '@ibkit/api-contract';
import type { DepthBook, DepthLevel } from '@ibkit/market-data';
import { known } from './known.js';

function levelView({ price, size, marketMaker }: DepthLevel): ApiDepthLevel {
  return known({ price, size, marketMaker });
}

/** The book of an instrument, best first. */
export function depthView({ symbol, conId, bids, asks, stale, staleReason, crossed, receivedAtMs, gaps, resets }: DepthBook): ApiDepth {
  return known({ symbol, conId, bids: bids.map(levelView), asks: asks.map(levelView), stale, staleReason, crossed, receivedAtMs, gaps, resets });
}
