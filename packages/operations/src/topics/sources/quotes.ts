import type { ContractLike, MarketDataMode, Quote } from '@ibkit/market-data';
import type { OperationsConnection, OperationsMarketData } from '../../options.js';
import { emptyQuote, quoteChange, quoteData } from '../data/quote-data.js';
import type { TopicSink, TopicSource } from '../topic-source.js';
import { linkDown } from './link-doubt.js';

/** The quote of an instrument, change by change. */
export function quotesSource(
  { connection, marketData }: { readonly connection: OperationsConnection; readonly marketData: OperationsMarketData },
  { contract, mode }: { readonly contract: ContractLike; readonly mode: MarketDataMode | undefined },
  sink: TopicSink<'quotes'>,
): TopicSource<'quotes'> {
  const stop = new AbortController();
  const ticker = marketData.subscribeTicker(contract, { mode });
  let last: Quote | undefined;
  const take = (quote: Quote): void => {
    const before = last;
    last = quote;
    const atMs = quote.receivedAtMs;
    if (before === undefined) sink.whole(quoteData(quote), { atMs });
    else {
      const { change, notable } = quoteChange(before, quote);
      if (Object.keys(change).length > 0) sink.delta(change, notable ? { notable } : { atMs });
    }
    if (quote.stale && before?.stale !== true) sink.stale(quote.staleReason ?? 'the link is in doubt', atMs);
  };
  ticker.on('quote', take);
  ticker.on('gap', (gap) => {
    sink.gap(gap);
  });
  ticker.on('end', ({ error }) => {
    sink.end(error);
  });
  if (ticker.current !== undefined) take(ticker.current);
  const down = linkDown(connection);
  if (down !== undefined) sink.stale(down);
  marketData.resolve(contract, { signal: stop.signal }).then(
    (found) => {
      if (last === undefined) sink.whole(emptyQuote(found));
    },
    // The line itself waits until the contract can be looked up, or ends with the reason.
    () => undefined,
  );
  return {
    close: async () => {
      stop.abort(new Error('the topic is closed'));
      await ticker.close();
    },
  };
}
