import type { Instrument } from '../market/instrument.js';
import type { QuoteEvent, TradeEvent } from '../market/market.js';
import type { TimeSpan } from '../market/new-york-days.js';
import type { HistoryKind, PriceHistory, PriceSpan } from '../market/price-history.js';
import { SpanCollector } from '../market/span-collector.js';
import type { FittedPricing } from './fitted-pricing.js';
import type { PricedTrade } from './universe-option.js';

const STEP_MS = 250;

/** What the past of an option of a universe is made from. */
export interface UniverseHistoryOptions {
  readonly instrument: Instrument;
  readonly pricing: FittedPricing;
  /** Of the whole day, in order. */
  readonly trades: readonly PricedTrade[];
  /** What of the underlying was played so far. */
  readonly underlying: PriceHistory;
  readonly nowMs: number;
}

/** The past of an option of a universe: its trades so far, and quotes that follow those of its underlying. */
export class UniverseHistory implements PriceHistory {
  readonly #options: UniverseHistoryOptions;

  constructor(options: UniverseHistoryOptions) {
    this.#options = options;
  }

  get headMs(): number | undefined {
    return this.#options.underlying.headMs;
  }

  has(kind: HistoryKind): boolean {
    return this.#options.underlying.has(kind === 'TRADES' ? 'TRADES' : 'MIDPOINT');
  }

  spans(kind: HistoryKind, unit: 'second' | 'minute', range: TimeSpan, visit: (span: PriceSpan) => void): void {
    const endMs = Math.min(range.endMs, this.#options.nowMs + 1);
    if (endMs <= range.startMs) return;
    const collector = new SpanCollector(kind, unit, { startMs: range.startMs, endMs }, visit);
    if (kind === 'TRADES') for (const { atMs, price, size } of this.#tradesIn(range)) collector.trade(atMs, price, size);
    else {
      this.#beforeRange(range.startMs, collector);
      this.#quotes({ startMs: range.startMs, endMs }, ({ atMs, bid, ask }) => {
        collector.quote(atMs, bid, ask);
      });
    }
    collector.finish(endMs);
  }

  events(range: TimeSpan, visit: (event: QuoteEvent | TradeEvent) => void): void {
    const { conId } = this.#options.instrument;
    const events: (QuoteEvent | TradeEvent)[] = this.#tradesIn(range).map((trade) => ({
      kind: 'trade',
      conId,
      ...trade,
      exchange: 'CBOE',
      conditions: '',
      pastLimit: false,
      unreported: false,
    }));
    let before = '';
    this.#quotes(range, (quote) => {
      const key = `${quote.bid ?? ''}/${quote.ask ?? ''}`;
      if (key !== before) events.push(quote);
      before = key;
    });
    for (const event of events.sort((a, b) => a.atMs - b.atMs)) visit(event);
  }

  #tradesIn({ startMs, endMs }: TimeSpan): readonly PricedTrade[] {
    return this.#options.trades.filter(({ atMs }) => atMs >= startMs && atMs < endMs && atMs <= this.#options.nowMs);
  }

  /** One quote for each of the underlying's, and one where a minute begins. */
  #quotes(range: TimeSpan, visit: (quote: QuoteEvent) => void): void {
    this.#options.underlying.events(range, (event) => {
      if (event.kind === 'quote' && event.bid !== undefined && event.ask !== undefined) visit(this.#quoteAt(event.atMs, (event.bid + event.ask) / 2));
    });
  }

  /** The quote that holds at the beginning of a range: that of the underlying's last quote before it. */
  #beforeRange(startMs: number, collector: SpanCollector): void {
    let middle: number | undefined;
    this.#options.underlying.spans('MIDPOINT', 'minute', { startMs: startMs - 60_000, endMs: startMs }, ({ close }) => {
      middle = close;
    });
    if (middle === undefined) return;
    const { bid, ask } = this.#quoteAt(startMs - 1, middle);
    collector.quote(startMs - 1, bid, ask);
  }

  #quoteAt(atMs: number, undPrice: number): QuoteEvent {
    const { instrument, pricing } = this.#options;
    return { kind: 'quote', conId: instrument.conId, atMs, ...pricing.sized(undPrice, atMs, Math.floor(atMs / STEP_MS)) };
  }
}
