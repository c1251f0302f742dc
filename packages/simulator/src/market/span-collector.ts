import type { HistoryKind, PriceSpan } from './price-history.js';
import type { TimeSpan } from './new-york-days.js';

type Draft = { -readonly [Field in keyof PriceSpan]: PriceSpan[Field] };

/** Length of the units that spans come in, milliseconds. */
export const UNIT_MS = { second: 1_000, minute: 60_000 } as const;

/** A span to be filled again and again. */
export function emptySpan(): Draft {
  return { startMs: 0, open: 0, high: 0, low: 0, close: 0, volume: 0, value: 0, trades: 0, quotedMs: 0 };
}

/**
 * Makes spans of the quotes and trades that it is told, in order of time. A quote holds until the next one, also over spans in which nothing happens and from
 * before the range; a span without trades has no bar of trades.
 */
export class SpanCollector {
  readonly #kind: HistoryKind;
  readonly #unitMs: number;
  readonly #range: TimeSpan;
  readonly #visit: (span: PriceSpan) => void;
  readonly #span = emptySpan();
  #bid: number | undefined;
  #ask: number | undefined;
  /** Up to when the quote has been counted. */
  #countedMs: number;
  #isEmpty = true;
  #bidTime = 0;
  #askTime = 0;

  constructor(kind: HistoryKind, unit: 'second' | 'minute', range: TimeSpan, visit: (span: PriceSpan) => void) {
    this.#kind = kind;
    this.#unitMs = UNIT_MS[unit];
    this.#range = range;
    this.#visit = visit;
    this.#span.startMs = range.startMs - (range.startMs % this.#unitMs);
    this.#countedMs = range.startMs;
  }

  trade(atMs: number, price: number, size: number): void {
    if (this.#kind !== 'TRADES' || atMs < this.#range.startMs) return;
    this.#advance(atMs);
    this.#fold(price, price, price);
    this.#span.volume += size;
    this.#span.value += price * size;
    this.#span.trades += 1;
  }

  quote(atMs: number, bid: number | undefined, ask: number | undefined): void {
    if (this.#kind === 'TRADES') return;
    if (atMs >= this.#range.startMs) {
      this.#advance(atMs);
      this.#hold(atMs);
    }
    this.#bid = bid;
    this.#ask = ask;
    if (atMs >= this.#range.startMs) this.#foldQuote();
  }

  /** Gives out what is there up to an instant, or the range's end. */
  finish(untilMs: number): void {
    const endMs = Math.min(untilMs, this.#range.endMs);
    if (endMs <= this.#range.startMs) return;
    this.#advance(endMs);
    this.#hold(endMs);
    this.#emit();
  }

  #advance(atMs: number): void {
    if (this.#kind === 'TRADES' && atMs >= this.#span.startMs + this.#unitMs) {
      this.#emit();
      this.#begin(atMs - (atMs % this.#unitMs));
      return;
    }
    while (atMs >= this.#span.startMs + this.#unitMs) {
      const endMs = this.#span.startMs + this.#unitMs;
      this.#hold(endMs);
      this.#emit();
      this.#begin(endMs);
    }
  }

  #begin(startMs: number): void {
    const span = this.#span;
    span.startMs = startMs;
    span.volume = 0;
    span.value = 0;
    span.trades = 0;
    span.quotedMs = 0;
    this.#bidTime = 0;
    this.#askTime = 0;
    this.#isEmpty = true;
    this.#countedMs = startMs;
  }

  /** The quote of before has held up to now. */
  #hold(atMs: number): void {
    const ms = atMs - this.#countedMs;
    this.#countedMs = atMs;
    if (ms <= 0) return;
    if (this.#isEmpty) this.#foldQuote();
    if (this.#bid === undefined || this.#ask === undefined) return;
    this.#bidTime += this.#bid * ms;
    this.#askTime += this.#ask * ms;
    this.#span.quotedMs += ms;
  }

  #foldQuote(): void {
    const [bid, ask] = [this.#bid, this.#ask];
    if (this.#kind === 'BID') {
      if (bid !== undefined) this.#fold(bid, bid, bid);
    } else if (this.#kind === 'ASK') {
      if (ask !== undefined) this.#fold(ask, ask, ask);
    } else if (bid !== undefined && ask !== undefined) {
      const middle = (bid + ask) / 2;
      if (this.#kind === 'MIDPOINT') this.#fold(middle, middle, middle);
      else this.#fold(middle, ask, bid);
    }
  }

  #fold(price: number, high: number, low: number): void {
    const span = this.#span;
    if (this.#isEmpty) {
      this.#isEmpty = false;
      span.open = price;
      span.high = high;
      span.low = low;
    } else {
      if (high > span.high) span.high = high;
      if (low < span.low) span.low = low;
    }
    span.close = price;
  }

  #emit(): void {
    const span = this.#span;
    if (this.#isEmpty) return;
    if (this.#kind === 'BID_ASK' && span.quotedMs > 0) {
      span.open = this.#bidTime / span.quotedMs;
      span.close = this.#askTime / span.quotedMs;
    }
    this.#visit(span);
  }
}
