import type { TopicSnapshot } from '@ibkit/api-contract';
import type { DepthBook } from '@ibkit/market-data';
import { known } from '../../views/known.js';
import { microseconds } from '../topic-event.js';
import { numberText } from './numbers.js';

type DepthData = TopicSnapshot<'depth'>;

function rows(levels: DepthBook['bids']): DepthData['bids'] {
  return levels.map(({ price, size, marketMaker }) => known<DepthData['bids'][number]>({ price: numberText(price), size: numberText(size), marketMaker }));
}

/** A book as the stream tells it. */
export function depthData({ symbol, conId, bids, asks, stale, staleReason, crossed, receivedAtMs }: DepthBook): DepthData {
  return known<DepthData>({
    symbol, conId, bids: rows(bids), asks: rows(asks), stale, staleReason, crossed, receivedAtUs: receivedAtMs === undefined ? undefined : microseconds(receivedAtMs),
  }); // prettier-ignore
}
