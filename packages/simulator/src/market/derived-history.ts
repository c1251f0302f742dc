import type { DerivedRule } from './derived-source.js';
import type { QuoteEvent, TradeEvent } from './market.js';
import type { TimeSpan } from './new-york-days.js';
import type { HistoryKind, PriceHistory, PriceSpan } from './price-history.js';
import { emptySpan } from './span-collector.js';

/** A quote or trade of the parent as one of the instrument that follows it; undefined when that shows nothing of it. */
export type DeriveEvent = (event: QuoteEvent | TradeEvent) => QuoteEvent | TradeEvent | undefined;

/** The past of an instrument that follows another one: the parent's past, price by price. */
export class DerivedHistory implements PriceHistory {
  readonly #rule: DerivedRule;
  readonly #parent: PriceHistory;
  readonly #derive: DeriveEvent;

  constructor(rule: DerivedRule, parent: PriceHistory, derive: DeriveEvent) {
    this.#rule = rule;
    this.#parent = parent;
    this.#derive = derive;
  }

  get headMs(): number | undefined {
    return this.#parent.headMs;
  }

  has(kind: HistoryKind): boolean {
    return this.#parent.has(kind) && (kind === 'TRADES' || this.#rule.sizeFactor !== 0);
  }

  spans(kind: HistoryKind, unit: 'second' | 'minute', range: TimeSpan, visit: (span: PriceSpan) => void): void {
    if (!this.has(kind)) return;
    if (kind === 'MIDPOINT') {
      this.#middles(unit, range, visit);
      return;
    }
    const span = emptySpan();
    this.#parent.spans(kind, unit, range, (parent) => {
      if (this.#convert(kind, parent, span)) visit(span);
    });
  }

  events(range: TimeSpan, visit: (event: QuoteEvent | TradeEvent) => void): void {
    this.#parent.events(range, (event) => {
      const derived = this.#derive(event);
      if (derived !== undefined) visit(derived);
    });
  }

  #convert(kind: HistoryKind, parent: PriceSpan, span: ReturnType<typeof emptySpan>): boolean {
    const { scale, sizeFactor, falls, value: valueAt } = this.#rule;
    const value = (price: number): number | undefined => valueAt(price, parent.startMs);
    const toGrid = kind === 'BID' ? scale.floor.bind(scale) : kind === 'ASK' ? scale.ceil.bind(scale) : scale.nearest.bind(scale);
    const [open, high, low, close] = [parent.open, falls === true ? parent.low : parent.high, falls === true ? parent.high : parent.low, parent.close].map(value);
    if (open === undefined || high === undefined || low === undefined || close === undefined) return false;
    span.startMs = parent.startMs;
    span.quotedMs = parent.quotedMs;
    span.trades = sizeFactor === 0 ? 0 : parent.trades;
    if (kind === 'BID_ASK') {
      span.open = open;
      span.high = scale.ceil(high);
      span.low = scale.floor(low);
      span.close = close;
      return true;
    }
    span.open = toGrid(open);
    span.high = toGrid(high);
    span.low = toGrid(low);
    span.close = toGrid(close);
    span.volume = parent.volume * sizeFactor;
    span.value = parent.volume === 0 ? 0 : (value(parent.value / parent.volume) ?? 0) * span.volume;
    return true;
  }

  /** Bid and ask are rounded away from each other, so that their middle is not that of the parent. */
  #middles(unit: 'second' | 'minute', range: TimeSpan, visit: (span: PriceSpan) => void): void {
    const asks = new Map<number, PriceSpan>();
    this.spans('ASK', unit, range, (span) => asks.set(span.startMs, { ...span }));
    const span = emptySpan();
    this.spans('BID', unit, range, (bid) => {
      const ask = asks.get(bid.startMs);
      if (ask === undefined) return;
      span.startMs = bid.startMs;
      span.open = (bid.open + ask.open) / 2;
      span.high = (bid.high + ask.high) / 2;
      span.low = (bid.low + ask.low) / 2;
      span.close = (bid.close + ask.close) / 2;
      span.quotedMs = bid.quotedMs;
      visit(span);
    });
  }
}
