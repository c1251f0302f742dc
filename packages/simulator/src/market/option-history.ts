import type { QuoteEvent, TradeEvent } from './market.js';
import { STEPS_PER_MINUTE } from './minute-steps.js';
import type { TimeSpan } from './new-york-days.js';
import type { OptionPricing, OptionSides } from './option-pricing.js';
import type { OptionTape } from './option-tape.js';
import type { OptionUnderlying } from './option-underlying.js';
import type { HistoryKind, PriceHistory, PriceSpan } from './price-history.js';
import { SpanCollector, UNIT_MS, emptySpan } from './span-collector.js';
import { STEP_MS } from './step-grid.js';

const MINUTE_MS = 60_000;
/** How many days before the market's start its options have a past. */
const DAYS_OF_HISTORY = 182;

type Side = (undPrice: number) => number | undefined;

/** The past of an option on a seeded underlying: its quotes follow those of the underlying, its trades are on its tape. */
export class OptionHistory implements PriceHistory {
  readonly #pricing: OptionPricing;
  readonly #tape: OptionTape;
  readonly #underlying: OptionUnderlying;

  constructor(pricing: OptionPricing, tape: OptionTape, underlying: OptionUnderlying) {
    this.#pricing = pricing;
    this.#tape = tape;
    this.#underlying = underlying;
  }

  get headMs(): number {
    const { days, startDay } = this.#underlying.stock;
    let day = startDay - DAYS_OF_HISTORY;
    while (!days.isTradingDay(day)) day += 1;
    return days.regularSession(day).startMs;
  }

  has(): boolean {
    return true;
  }

  spans(kind: HistoryKind, unit: 'second' | 'minute', range: TimeSpan, visit: (span: PriceSpan) => void): void {
    const alive = this.#alive(range);
    if (alive.endMs <= alive.startMs) return;
    if (kind === 'TRADES') this.#tradeSpans(unit, alive, visit);
    else if (kind === 'BID_ASK') this.#quoteSpans(unit, alive, visit);
    else this.#sideSpans(kind, unit, alive, visit);
  }

  events(range: TimeSpan, visit: (event: QuoteEvent | TradeEvent) => void): void {
    const { startMs, endMs } = this.#alive(range);
    const first = Math.ceil(startMs / STEP_MS);
    const last = Math.min(this.#underlying.stock.step, Math.ceil(endMs / STEP_MS) - 1);
    const { conId, secType, exchange } = this.#pricing.instrument;
    let before: Partial<ReturnType<OptionPricing['sized']>> = this.#underlying.stock.hours === undefined ? this.#quoteAt(first - 1) : {};
    let minute = -1;
    let trades = this.#tape.tradesOf(Math.floor(first / STEPS_PER_MINUTE));
    for (let step = this.#underlying.stock.nextOpen(first); step <= last; step = this.#underlying.stock.nextOpen(step + 1)) {
      const quote = this.#quoteAt(step);
      const { bid, ask, bidSize, askSize } = quote;
      if (bid !== before.bid || ask !== before.ask || bidSize !== before.bidSize || askSize !== before.askSize) {
        visit({ kind: 'quote', conId, atMs: step * STEP_MS, ...quote });
      }
      before = quote;
      if (Math.floor(step / STEPS_PER_MINUTE) !== minute) {
        minute = Math.floor(step / STEPS_PER_MINUTE);
        trades = this.#tape.tradesOf(minute);
      }
      for (const trade of trades) {
        if (trade.step !== step) continue;
        const price = this.#pricing.tradePrice(trade.undPrice, step * STEP_MS, trade.atBid);
        if (price === undefined) continue;
        visit({ kind: 'trade', conId, atMs: step * STEP_MS, price, size: trade.size, exchange: secType === 'FOP' ? exchange : 'CBOE', conditions: '', pastLimit: false, unreported: false });
      }
    }
  }

  /** The part of a range in which the option exists and time has been. */
  #alive({ startMs, endMs }: TimeSpan): TimeSpan {
    const nowMs = (this.#underlying.stock.step + 1) * STEP_MS;
    return { startMs: Math.max(startMs, this.headMs), endMs: Math.min(endMs, this.#pricing.expiresAtMs, nowMs) };
  }

  #quoteAt(step: number): ReturnType<OptionPricing['sized']> {
    return this.#pricing.sized(this.#underlying.middleAt(step), step * STEP_MS, step);
  }

  #tradeSpans(unit: 'second' | 'minute', range: TimeSpan, visit: (span: PriceSpan) => void): void {
    const collector = new SpanCollector('TRADES', unit, range, visit);
    const end = Math.ceil(range.endMs / MINUTE_MS);
    for (let minute = Math.floor(range.startMs / MINUTE_MS); minute < end; minute += 1) {
      for (const { step, undPrice, size, atBid } of this.#tape.tradesOf(minute)) {
        const atMs = step * STEP_MS;
        const price = atMs < range.endMs ? this.#pricing.tradePrice(undPrice, atMs, atBid) : undefined;
        if (price !== undefined) collector.trade(atMs, price, size);
      }
    }
    collector.finish(range.endMs);
  }

  #quoteSpans(unit: 'second' | 'minute', range: TimeSpan, visit: (span: PriceSpan) => void): void {
    const collector = new SpanCollector('BID_ASK', unit, range, visit);
    // Within a minute the sides depend on the price of the underlying alone, and it has few.
    const known = new Map<number, OptionSides>();
    const stock = this.#underlying.stock;
    for (let step = stock.nextOpen(Math.ceil(range.startMs / STEP_MS)); step * STEP_MS < range.endMs; step = stock.nextOpen(step + 1)) {
      if (step % STEPS_PER_MINUTE === 0) known.clear();
      const undPrice = this.#underlying.middleAt(step);
      const sides = known.get(undPrice) ?? this.#pricing.sides(undPrice, step * STEP_MS);
      known.set(undPrice, sides);
      collector.quote(step * STEP_MS, sides.bid, sides.ask);
    }
    collector.finish(range.endMs);
  }

  /** Within a minute the option's price rises or falls with the underlying's, so that its extremes are at those of the underlying. */
  #sideSpans(kind: 'BID' | 'ASK' | 'MIDPOINT', unit: 'second' | 'minute', range: TimeSpan, visit: (span: PriceSpan) => void): void {
    const falls = this.#pricing.instrument.right === 'P';
    const span = emptySpan();
    this.#underlying.spans(unit, range, (under) => {
      const side = this.#sideAt(kind, under.startMs);
      const [open, high, low, close] = [side(under.open), side(falls ? under.low : under.high), side(falls ? under.high : under.low), side(under.close)];
      if (open === undefined || high === undefined || low === undefined || close === undefined) return;
      span.startMs = under.startMs;
      span.open = open;
      span.high = high;
      span.low = low;
      span.close = close;
      span.quotedMs = UNIT_MS[unit];
      visit(span);
    });
  }

  #sideAt(kind: 'BID' | 'ASK' | 'MIDPOINT', atMs: number): Side {
    return (undPrice) => {
      const { bid, ask } = this.#pricing.sides(undPrice, atMs);
      if (kind === 'BID') return bid;
      if (kind === 'ASK') return ask;
      return bid === undefined || ask === undefined ? undefined : (bid + ask) / 2;
    };
  }
}
