import type { MarketEvent, Quote, QuoteEvent, TradeEvent } from './market.js';
import { DerivedHistory } from './derived-history.js';
import type { PriceHistory } from './price-history.js';
import type { EventSink, PriceSource } from './price-source.js';
import type { TickScale } from './tick-scale.js';

/** How the price of an instrument follows from another one's. */
export interface DerivedRule {
  readonly conId: number;
  /** The instrument that it follows; priced by another source. */
  readonly parentConId: number;
  /** The value at a price of the parent, above 0; rising or falling with it throughout. Undefined when there is none any more (expired). */
  readonly value: (parentPrice: number, atMs: number) => number | undefined;
  /** Whether the value falls when the parent rises. */
  readonly falls?: boolean | undefined;
  readonly scale: TickScale;
  /** Units per unit of the parent; 0 for an index, which shows neither quotes nor sizes. */
  readonly sizeFactor: number;
  /** Where it trades, in TWS spelling. */
  readonly exchange: string;
}

/** What a derived source is made from. */
export interface DerivedSourceOptions {
  readonly rules: readonly DerivedRule[];
  readonly now: () => number;
  readonly parentQuote: (conId: number) => Quote;
  readonly parentHistory: (conId: number) => PriceHistory;
  readonly watchParent: (conId: number, listener: (event: MarketEvent) => void) => () => void;
  readonly sink: EventSink;
}

type Convert = (price: number | undefined) => number | undefined;

/**
 * Instruments whose every price is a function of another instrument's, such as an index and the futures on it: they move together, in every event,
 * and nothing is stored. Bid and ask are rounded away from each other, so that the last price lies between them when the parent's does.
 */
export class DerivedSource implements PriceSource {
  readonly #options: DerivedSourceOptions;
  readonly #rules: ReadonlyMap<number, DerivedRule>;
  readonly #watches = new Map<number, () => void>();

  constructor(options: DerivedSourceOptions) {
    this.#options = options;
    this.#rules = new Map(options.rules.map((rule) => [rule.conId, rule]));
  }

  get conIds(): Iterable<number> {
    return this.#rules.keys();
  }

  quote(conId: number): Quote {
    const rule = this.#rule(conId);
    const parent = this.#options.parentQuote(rule.parentConId);
    const atMs = this.#options.now();
    const price = this.#converter(rule, atMs, (value) => rule.scale.nearest(value));
    const last = price(parent.last);
    // An expired contract has no market.
    if (last === undefined && price(parent.close) === undefined) return {};
    return {
      ...this.#sides(rule, parent, atMs),
      last,
      lastSize: scaled(rule, parent.lastSize),
      lastExchange: last === undefined ? undefined : rule.exchange,
      lastTimeMs: parent.lastTimeMs,
      volume: rule.sizeFactor === 0 ? 0 : scaled(rule, parent.volume),
      open: price(parent.open),
      high: price(rule.falls === true ? parent.low : parent.high),
      low: price(rule.falls === true ? parent.high : parent.low),
      close: price(parent.close),
      vwap: rule.sizeFactor === 0 ? undefined : this.#converter(rule, atMs, (value) => value)(parent.vwap),
      trades: rule.sizeFactor === 0 ? undefined : parent.trades,
    };
  }

  /** The past up to now. */
  history(conId: number): PriceHistory {
    const rule = this.#rule(conId);
    return new DerivedHistory(rule, this.#options.parentHistory(rule.parentConId), (event) => this.#derive(rule, event));
  }

  watched(conId: number): void {
    const rule = this.#rule(conId);
    this.unwatched(conId);
    const unwatch = this.#options.watchParent(rule.parentConId, (event) => {
      this.#follow(rule, event);
    });
    this.#watches.set(conId, unwatch);
  }

  unwatched(conId: number): void {
    this.#watches.get(conId)?.();
    this.#watches.delete(conId);
  }

  /** Nothing to do: what the parents tell, it tells. */
  settle(): void {
    return;
  }

  /** Nothing to start: the parents move it. */
  start(): void {
    return;
  }

  close(): void {
    for (const unwatch of this.#watches.values()) unwatch();
    this.#watches.clear();
  }

  #rule(conId: number): DerivedRule {
    const rule = this.#rules.get(conId);
    if (rule === undefined) throw new RangeError(`conId must be one of this source, got ${conId}`);
    return rule;
  }

  #converter(rule: DerivedRule, atMs: number, round: (value: number) => number): Convert {
    return (price) => {
      const value = price === undefined ? undefined : rule.value(price, atMs);
      return value === undefined ? undefined : round(value);
    };
  }

  #sides(rule: DerivedRule, parent: Pick<Quote, 'bid' | 'ask' | 'bidSize' | 'askSize'>, atMs: number): Pick<Quote, 'bid' | 'ask' | 'bidSize' | 'askSize'> {
    if (rule.sizeFactor === 0) return {};
    const bid = this.#converter(rule, atMs, (value) => rule.scale.floor(value))(parent.bid);
    const ask = this.#converter(rule, atMs, (value) => rule.scale.ceil(value))(parent.ask);
    return { bid, ask, bidSize: scaled(rule, parent.bidSize), askSize: scaled(rule, parent.askSize) };
  }

  #follow(rule: DerivedRule, event: MarketEvent): void {
    if (event.kind !== 'quote' && event.kind !== 'trade') return;
    const derived = this.#derive(rule, event);
    if (derived !== undefined) this.#options.sink(derived);
  }

  #derive(rule: DerivedRule, event: QuoteEvent | TradeEvent): QuoteEvent | TradeEvent | undefined {
    const { conId } = rule;
    if (event.kind === 'quote') {
      if (rule.sizeFactor === 0) return undefined;
      const { bid, ask, bidSize, askSize } = this.#sides(rule, event, event.atMs);
      return bid === undefined && ask === undefined ? undefined : { kind: 'quote', conId, atMs: event.atMs, bid, ask, bidSize, askSize };
    }
    const price = this.#converter(rule, event.atMs, (value) => rule.scale.nearest(value))(event.price);
    return price === undefined ? undefined : { ...event, conId, price, size: scaled(rule, event.size) ?? 0, exchange: rule.exchange, conditions: '' };
  }
}

function scaled({ sizeFactor }: DerivedRule, size: number | undefined): number | undefined {
  return size === undefined || sizeFactor === 0 ? (size === undefined ? undefined : 0) : Math.max(1, Math.round(size * sizeFactor));
}
