import type { STREAM_BAR_SIZES } from '@ibkit/api-contract';
import { asError } from '@ibkit/error-codes';
import type { BarSize, ContractLike, HistoryBar, LiveBarGap, LiveBarItem, RealTimeBar, RealTimeBarGap } from '@ibkit/market-data';
import type { OperationsConnection, OperationsMarketData } from '../../options.js';
import { barData } from '../data/bar-data.js';
import type { TopicSink, TopicSource } from '../topic-source.js';
import { linkDown, onLinkDown } from './link-doubt.js';

type Size = (typeof STREAM_BAR_SIZES)[number];

const KEPT: Readonly<Record<Exclude<Size, '5s'>, { readonly barSize: BarSize; readonly ms: number }>> = {
  '1m': { barSize: '1 min', ms: 60_000 },
  '5m': { barSize: '5 mins', ms: 300_000 },
  '15m': { barSize: '15 mins', ms: 900_000 },
  '30m': { barSize: '30 mins', ms: 1_800_000 },
  '1h': { barSize: '1 hour', ms: 3_600_000 },
  '1d': { barSize: '1 day', ms: 86_400_000 },
};

/** Bars of an instrument: those of five seconds when they are over, others also while they grow. */
export function barsSource(
  { connection, marketData }: { readonly connection: OperationsConnection; readonly marketData: OperationsMarketData },
  { contract, size }: { readonly contract: ContractLike; readonly size: Size },
  sink: TopicSink<'bars'>,
): TopicSource<'bars'> {
  const kept = size === '5s' ? undefined : KEPT[size];
  const taker = new BarTaker(sink);
  const stream = kept === undefined ? marketData.realTimeBars(contract) : marketData.keepUpToDate(contract, { barSize: kept.barSize, lookBackMs: 2 * kept.ms });
  const offLink = onLinkDown(connection, (cause, sinceMs) => {
    sink.stale(cause, sinceMs);
  });
  const down = linkDown(connection);
  if (down !== undefined) sink.stale(down);
  sink.whole({});
  void pump(stream, taker, sink);
  return {
    close: async () => {
      offLink();
      await stream.close();
    },
  };
}

async function pump(items: AsyncIterable<RealTimeBar | RealTimeBarGap | LiveBarItem | LiveBarGap>, taker: BarTaker, sink: TopicSink<'bars'>): Promise<void> {
  try {
    for await (const item of items) taker.take(item);
    sink.end();
  } catch (error) {
    sink.end(asError(error));
  }
}

/** Says of each bar whether it is over: one that grows is, once the next one begins. */
class BarTaker {
  readonly #sink: TopicSink<'bars'>;
  #growing: HistoryBar | undefined;

  constructor(sink: TopicSink<'bars'>) {
    this.#sink = sink;
  }

  take(item: RealTimeBar | RealTimeBarGap | LiveBarItem | LiveBarGap): void {
    if (item.type === 'gap') this.#gap(item);
    else if ('bar' in item) this.#grow(item.bar);
    else this.#sink.delta({ bar: barData(item, true) });
  }

  #grow(bar: HistoryBar): void {
    const before = this.#growing;
    if (before !== undefined && before.time < bar.time) this.#sink.delta({ bar: barData(before, true) });
    this.#growing = bar.complete ? undefined : bar;
    this.#sink.delta({ bar: barData(bar, bar.complete) });
  }

  #gap(gap: RealTimeBarGap | LiveBarGap): void {
    // Bars that only came late are not missing.
    if ('backfilled' in gap && gap.backfilled) return;
    this.#sink.gap({ ...gap, missed: 'missingBars' in gap ? gap.missingBars : undefined });
  }
}
