import type { ContractLike, DepthBook } from '@ibkit/market-data';
import type { OperationsMarketData } from '../../options.js';
import { depthData } from '../data/depth-data.js';
import type { TopicSink, TopicSource } from '../topic-source.js';

/** The book of an instrument, whole with every change. */
export function depthSource({ marketData }: { readonly marketData: OperationsMarketData }, { contract }: { readonly contract: ContractLike }, sink: TopicSink<'depth'>): TopicSource<'depth'> {
  const book = marketData.depth(contract);
  let last: DepthBook | undefined;
  const take = (next: DepthBook): void => {
    const wasStale = last?.stale;
    const isFirst = last === undefined;
    last = next;
    if (isFirst) sink.whole(depthData(next));
    else sink.delta(depthData(next), { notable: next.stale !== wasStale });
    if (next.stale && wasStale === false) sink.stale(next.staleReason ?? 'the book is in doubt', next.receivedAtMs);
  };
  book.on('book', take);
  book.on('gap', (gap) => {
    sink.gap(gap);
  });
  book.on('end', ({ error }) => {
    sink.end(error);
  });
  if (book.current !== undefined) take(book.current);
  return { close: () => book.close() };
}
