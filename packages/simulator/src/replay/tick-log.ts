import type { QuoteEvent, TradeEvent } from '../market/market.js';
import type { TimeSpan } from '../market/new-york-days.js';
import type { HistoryKind, PriceHistory, PriceSpan } from '../market/price-history.js';
import { SpanCollector, UNIT_MS } from '../market/span-collector.js';

const FIRST_CAPACITY = 1024;
const QUOTE = 0;
const TRADE = 1;
const UNREPORTED = 2;

function orNothing(value: number | undefined): number | undefined {
  return value === undefined || Number.isNaN(value) ? undefined : value;
}

/** Remembers every quote and trade of one instrument, in columns and in order of time: its past is what was played so far. */
export class TickLog implements PriceHistory {
  readonly #conId: number;
  readonly #now: () => number;
  #length = 0;
  #kind = new Uint8Array(FIRST_CAPACITY);
  #atMs = new Float64Array(FIRST_CAPACITY);
  /** Bid or price, ask, bid size or size, ask size. NaN for none. */
  #columns = Array.from({ length: 4 }, () => new Float64Array(FIRST_CAPACITY));
  /** Exchange and conditions of the trades. */
  readonly #words: (readonly [exchange: string, conditions: string] | undefined)[] = [];

  constructor(conId: number, now: () => number) {
    this.#conId = conId;
    this.#now = now;
  }

  get headMs(): number | undefined {
    return this.#length === 0 ? undefined : this.#atMs[0];
  }

  has(): boolean {
    return true;
  }

  /** Appends an event; none may be before the one above it. */
  add(event: QuoteEvent | TradeEvent): void {
    if (event.kind === 'quote') this.#append(QUOTE, event.atMs, event.bid, event.ask, event.bidSize, event.askSize);
    else {
      this.#words[this.#length] = [event.exchange, event.conditions];
      this.#append(event.unreported ? UNREPORTED : TRADE, event.atMs, event.price, undefined, event.size, undefined);
    }
  }

  spans(kind: HistoryKind, unit: 'second' | 'minute', range: TimeSpan, visit: (span: PriceSpan) => void): void {
    const head = this.headMs;
    if (head === undefined) return;
    const endMs = Math.min(range.endMs, this.#now());
    const startMs = Math.max(range.startMs, Math.floor(head / UNIT_MS[unit]) * UNIT_MS[unit]);
    // What is played at this very instant belongs to the span that it begins.
    const collector = new SpanCollector(kind, unit, { startMs, endMs: range.endMs }, visit);
    const first = this.#firstFrom(startMs);
    this.#tellQuoteBefore(first, collector);
    for (let row = first; row < this.#length; row += 1) {
      const atMs = this.#atMs[row] ?? 0;
      if (atMs >= range.endMs) break;
      if (this.#kind[row] === QUOTE) collector.quote(atMs, orNothing(this.#columns[0]?.[row]), orNothing(this.#columns[1]?.[row]));
      else if (this.#kind[row] === TRADE) collector.trade(atMs, this.#columns[0]?.[row] ?? 0, this.#columns[2]?.[row] ?? 0);
    }
    collector.finish(Math.max(endMs, Math.min(range.endMs, (this.#atMs[this.#length - 1] ?? 0) + 1)));
  }

  events(range: TimeSpan, visit: (event: QuoteEvent | TradeEvent) => void): void {
    for (let row = this.#firstFrom(range.startMs); row < this.#length; row += 1) {
      const atMs = this.#atMs[row] ?? 0;
      if (atMs >= range.endMs) return;
      const [first, ask, size, askSize] = this.#columns.map((column) => orNothing(column[row]));
      const conId = this.#conId;
      if (this.#kind[row] === QUOTE) visit({ kind: 'quote', conId, atMs, bid: first, ask, bidSize: size, askSize });
      else {
        const [exchange, conditions] = this.#words[row] ?? ['', ''];
        visit({ kind: 'trade', conId, atMs, price: first ?? 0, size: size ?? 0, exchange, conditions, pastLimit: false, unreported: this.#kind[row] === UNREPORTED });
      }
    }
  }

  #append(kind: number, atMs: number, ...values: readonly (number | undefined)[]): void {
    if (this.#length === this.#kind.length) this.#grow();
    this.#kind[this.#length] = kind;
    this.#atMs[this.#length] = atMs;
    this.#columns.forEach((column, index) => {
      column[this.#length] = values[index] ?? Number.NaN;
    });
    this.#length += 1;
  }

  #grow(): void {
    const capacity = this.#kind.length * 2;
    const larger = (column: Float64Array): Float64Array<ArrayBuffer> => {
      const grown = new Float64Array(capacity);
      grown.set(column);
      return grown;
    };
    const kinds = new Uint8Array(capacity);
    kinds.set(this.#kind);
    this.#kind = kinds;
    this.#atMs = larger(this.#atMs);
    this.#columns = this.#columns.map(larger);
  }

  /** The first row that is not before an instant. */
  #firstFrom(atMs: number): number {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#atMs[middle] ?? 0) < atMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #tellQuoteBefore(first: number, collector: SpanCollector): void {
    for (let row = first - 1; row >= 0; row -= 1) {
      if (this.#kind[row] !== QUOTE) continue;
      collector.quote(this.#atMs[row] ?? 0, orNothing(this.#columns[0]?.[row]), orNothing(this.#columns[1]?.[row]));
      return;
    }
  }
}
