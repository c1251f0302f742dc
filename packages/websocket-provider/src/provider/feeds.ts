import { applyTopicDelta, topicText } from '@ibkit/api-contract';
import type { TopicDelta, TopicKindName, TopicSnapshot } from '@ibkit/api-contract';
import type { TopicEvent } from '../stream/topic-event.js';
import type { BarUpdate, BookLevel, DataType, DepthUpdate, QuoteUpdate, TradeUpdate, Update } from './update.js';

/** The sizes of bars. */
export type BarSize = '5s' | '1m' | '5m' | '15m' | '30m' | '1h' | '1d';

/** Who a feed tells about. */
export interface FeedSubject {
  readonly ticker: string;
  /** Takes an update; one with `replaces` stands for every earlier one of this subject that nobody has taken in. */
  readonly push: (update: Update, how?: { readonly replaces: boolean }) => void;
}

function number(text: string): number;
function number(text: string | null | undefined): number | undefined;
function number(text: string | null | undefined): number | undefined {
  return text === undefined || text === null ? undefined : Number(text);
}

const millis = (microseconds: number): number => microseconds / 1000;

/** What every kind of data has in common; `undefined` for snapshots and changes, which each kind reads itself. */
function common<K extends TopicKindName>(event: TopicEvent<K>, { ticker, dataType }: { readonly ticker: string; readonly dataType: DataType }): Update | undefined {
  const about = { ticker, dataType, atMs: event.atMs };
  switch (event.type) {
    case 'gap': return { type: 'gap', ...about, reason: event.reason, fromMs: event.fromMs, toMs: event.toMs, missed: event.missed };
    case 'stale': return { type: 'stale', ...about, reason: event.cause };
    case 'lost': return { type: 'stale', ...about, reason: event.reason };
    case 'resumed': return { type: 'resumed', ...about };
    case 'ended': return { type: 'ended', ...about, error: event.error };
    case 'feed': case 'snapshot': case 'delta': return undefined;
  }
}

/** Makes the sink of a topic: what is told about every kind alike is pushed, the rest goes to `read`. */
function sinkOf<K extends TopicKindName>(
  { ticker, push }: FeedSubject,
  dataType: DataType,
  read: (event: Extract<TopicEvent<K>, { readonly type: 'snapshot' | 'delta' }>) => void,
): (event: TopicEvent<K>) => void {
  return (event) => {
    if (event.type === 'snapshot' || event.type === 'delta') {
      read(event);
      return;
    }
    const update = common(event, { ticker, dataType });
    if (update !== undefined) push(update);
  };
}

/** The sink of `trades/...`. */
export function tradeSink(subject: FeedSubject): (event: TopicEvent<'trades'>) => void {
  return sinkOf<'trades'>(subject, 'TRADES', (event) => {
    // The last trade of a snapshot is known, or fell into the gap that was told.
    if (event.type === 'delta') subject.push(tradeUpdate(subject.ticker, event.data, event.atMs));
  });
}

function tradeUpdate(ticker: string, { conId, price, size, exchange, conditions, tradedAtUs }: TopicDelta<'trades'>, atMs: number): TradeUpdate {
  return { type: 'trade', ticker, dataType: 'TRADES', atMs, conId, price: number(price), size: number(size), exchange, conditions, tradedAtMs: millis(tradedAtUs) };
}

/** The sink of `quotes/...`. */
export function quoteSink(subject: FeedSubject): (event: TopicEvent<'quotes'>) => void {
  let quote: TopicSnapshot<'quotes'> | undefined;
  const tell = (atMs: number): void => {
    if (quote !== undefined) subject.push(quoteUpdate(subject.ticker, quote, atMs), { replaces: true });
  };
  const data = sinkOf<'quotes'>(subject, 'QUOTES', (event) => {
    if (event.type === 'snapshot') quote = event.data;
    else if (quote !== undefined) quote = applyTopicDelta('quotes', quote, event.data);
    tell(event.atMs);
  });
  return (event) => {
    // A quote that nobody feeds is not a quote: whoever reads only quotes sees it too.
    if (event.type === 'lost' && quote !== undefined) quote = { ...quote, stale: true, staleReason: event.reason };
    data(event);
    if (event.type === 'lost') tell(event.atMs);
  };
}

function quoteUpdate(ticker: string, quote: TopicSnapshot<'quotes'>, atMs: number): QuoteUpdate {
  return {
    type: 'quote', ticker, dataType: 'QUOTES', atMs, conId: quote.conId, price: number(quote.last), size: number(quote.lastSize),
    bid: number(quote.bid), bidSize: number(quote.bidSize), ask: number(quote.ask), askSize: number(quote.askSize), volume: number(quote.volume),
    open: number(quote.open), high: number(quote.high), low: number(quote.low), close: number(quote.close),
    mode: quote.mode, halted: quote.halted, stale: quote.stale, staleReason: quote.staleReason,
  }; // prettier-ignore
}

/** The sink of `bars/...`. */
export function barSink(subject: FeedSubject): (event: TopicEvent<'bars'>) => void {
  return sinkOf<'bars'>(subject, 'BARS', ({ data: { bar }, atMs }) => {
    if (bar !== undefined) subject.push(barUpdate(subject.ticker, bar, atMs));
  });
}

function barUpdate(ticker: string, bar: TopicDelta<'bars'>['bar'], atMs: number): BarUpdate {
  const [close, volume] = [number(bar.close), number(bar.volume)];
  return { type: 'bar', ticker, dataType: 'BARS', atMs, price: close, size: volume, timeMs: millis(bar.timeUs), open: number(bar.open), high: number(bar.high), low: number(bar.low), close, volume, complete: bar.complete };
}

/** The sink of `depth/...`. */
export function depthSink(subject: FeedSubject): (event: TopicEvent<'depth'>) => void {
  return sinkOf<'depth'>(subject, 'DEPTH', ({ data, atMs }) => {
    subject.push(depthUpdate(subject.ticker, data, atMs), { replaces: true });
  });
}

function depthUpdate(ticker: string, { conId, bids, asks, stale }: TopicSnapshot<'depth'>, atMs: number): DepthUpdate {
  const levels = (rows: typeof bids): readonly BookLevel[] => rows.map(({ price, size }) => ({ price: Number(price), size: Number(size) }));
  const [readBids, readAsks] = [levels(bids), levels(asks)];
  return { type: 'depth', ticker, dataType: 'DEPTH', atMs, conId, price: readBids[0]?.price, size: readBids[0]?.size, bids: readBids, asks: readAsks, stale };
}

/** The topic of a ticker and a kind of data. */
export function topicOf(ticker: string, dataType: DataType, size: BarSize): string {
  switch (dataType) {
    case 'TRADES': return topicText({ kind: 'trades', instrument: ticker });
    case 'QUOTES': return topicText({ kind: 'quotes', instrument: ticker });
    case 'BARS': return topicText({ kind: 'bars', instrument: ticker, size });
    case 'DEPTH': return topicText({ kind: 'depth', instrument: ticker });
  }
}
