import { asError } from '@ibkit/error-codes';
import type { BidAskTick, GapTick, HistoryBar, LiveBarGap, LiveBarItem, MarketData, Quote, RealTimeBar, RealTimeBarGap, ResolvedContract, TradeTick } from '@ibkit/market-data';
import type { RecordedTopic } from './recorded-topic.js';
import type { RecordedGap, RecorderPort } from './recordings-port.js';

/** What a line of a recording is read from and written to. */
export interface RecordedLineOptions {
  readonly marketData: Pick<MarketData, 'subscribeTicker' | 'tickByTick' | 'realTimeBars' | 'keepUpToDate' | 'depth'>;
  readonly contract: ResolvedContract;
  readonly recorder: Omit<RecorderPort, 'stats' | 'close'>;
  /** When the program has it, epoch milliseconds. */
  readonly now: () => number;
}

/** One line that is being recorded. */
export interface RecordedLine {
  close(): Promise<void>;
}

/** Writes down everything that a topic tells from now on, its holes included, until it is closed or ends; an end that nobody asked for is a hole without an end. */
export function openRecordedLine(topic: RecordedTopic, options: RecordedLineOptions): RecordedLine {
  switch (topic.kind) {
    case 'quotes': return recordQuotes(options);
    case 'depth': return recordDepth(options);
    case 'ticks': {
      const { marketData, contract } = options;
      const stream = topic.ticks === 'BidAsk' ? marketData.tickByTick(contract, 'BidAsk') : marketData.tickByTick(contract, topic.ticks);
      return recordItems(stream, options, tickTaker(options));
    }
    case 'bars': return recordBars(topic.barSize, options);
  }
}

type Name = Pick<ResolvedContract, 'symbol' | 'conId'>;

function nameOf({ symbol, conId }: Name): Name {
  return { symbol, conId };
}

function putGap({ recorder, contract }: RecordedLineOptions, { fromMs, toMs, reason }: RecordedGap): void {
  recorder.gap({ ...nameOf(contract), fromMs, toMs, reason });
}

function putEnd(options: RecordedLineOptions, topic: string, error: Error | undefined): void {
  if (error !== undefined) putGap(options, { fromMs: options.now(), reason: `${topic} ended: ${error.message}` });
}

/** As recordings spell them. */
const MODES: Readonly<Record<Quote['mode'], string | undefined>> = { live: 'live', frozen: 'frozen', delayed: 'delayed', 'delayed-frozen': 'delayedFrozen', unknown: undefined };
const QUOTE_FIELDS = ['bid', 'ask', 'bidSize', 'askSize', 'mode'] as const;

function recordQuotes(options: RecordedLineOptions): RecordedLine {
  const { marketData, contract, recorder } = options;
  const ticker = marketData.subscribeTicker(contract);
  let before: Quote | undefined;
  ticker.on('quote', (quote) => {
    // A stale quote holds what was received before the break, which is written down already.
    if (quote.stale || (before !== undefined && QUOTE_FIELDS.every((field) => before?.[field] === quote[field]))) return;
    before = quote;
    const { bid, ask, bidSize, askSize, mode, receivedAtMs } = quote;
    recorder.quote({ ...nameOf(contract), bid, ask, bidSize, askSize, mode: MODES[mode], receivedAtMs });
  });
  ticker.on('gap', (gap) => {
    before = undefined;
    putGap(options, gap);
  });
  ticker.on('end', ({ error }) => {
    putEnd(options, 'quotes', error);
  });
  return { close: () => ticker.close() };
}

function recordDepth(options: RecordedLineOptions): RecordedLine {
  const { marketData, contract, recorder, now } = options;
  const depth = marketData.depth(contract);
  depth.on('change', ({ side, operation, position, level: { price, size, marketMaker } }) => {
    recorder.depth({ ...nameOf(contract), side, operation, position, price, size, marketMaker });
  });
  depth.on('gap', (gap) => {
    putGap(options, gap);
  });
  depth.on('reset', ({ reason, atMs }) => {
    putGap(options, { fromMs: atMs, toMs: now(), reason: `the book was emptied: ${reason}` });
  });
  depth.on('end', ({ error }) => {
    putEnd(options, 'depth', error);
  });
  return { close: () => depth.close() };
}

interface ItemStream<T> extends AsyncIterable<T> {
  close(): Promise<void>;
}

function recordItems<T>(stream: ItemStream<T>, options: RecordedLineOptions, take: (item: T) => void): RecordedLine {
  const done = (async () => {
    try {
      for await (const item of stream) take(item);
    } catch (error) {
      putEnd(options, 'the stream', asError(error));
    }
  })();
  return {
    close: async () => {
      await stream.close();
      await done;
    },
  };
}

function tickTaker(options: RecordedLineOptions): (item: TradeTick | BidAskTick | GapTick) => void {
  const { recorder } = options;
  return (item) => {
    if (item.type === 'gap') putGap(options, item);
    else if (item.type === 'trade') recorder.trade(item);
    else recorder.quote(item);
  };
}

function recordBars(barSize: Extract<RecordedTopic, { kind: 'bars' }>['barSize'], options: RecordedLineOptions): RecordedLine {
  const { marketData, contract, recorder } = options;
  const put = ({ time, date, open, high, low, close, volume, wap, count }: Omit<HistoryBar, 'complete'>): void => {
    recorder.bar({ ...nameOf(contract), barSize, ...(date === undefined ? { time } : { date }), open, high, low, close, volume, wap, count });
  };
  if (barSize === '5 secs') {
    return recordItems<RealTimeBar | RealTimeBarGap>(marketData.realTimeBars(contract), options, (item) => {
      if (item.type === 'gap') putGap(options, item);
      else put(item);
    });
  }
  let growing: HistoryBar | undefined;
  let writtenMs = Number.NEGATIVE_INFINITY;
  const write = (bar: HistoryBar): void => {
    if (bar.time <= writtenMs) return;
    writtenMs = bar.time;
    put(bar);
  };
  return recordItems<LiveBarItem | LiveBarGap>(marketData.keepUpToDate(contract, { barSize }), options, (item) => {
    if (item.type === 'gap') {
      // What grew when it broke off is asked for again; where the bars behind reach back to it, nothing is missing.
      growing = undefined;
      if (!item.backfilled) putGap(options, item);
      return;
    }
    // A bar is over when it says so, or when the next one begins.
    if (growing !== undefined && growing.time < item.bar.time) write(growing);
    if (item.bar.complete) write(item.bar);
    growing = item.bar.complete ? undefined : item.bar;
  });
}
