import type { Quote } from '../market/market.js';
import { mixed, priceToTicks, ticksToPrice } from '../market/price-source.js';
import type { EventSink } from '../market/price-source.js';
import { exchangeName } from './exchange-codes.js';
import type { QuoteColumns, TradeColumns } from './replay-data.js';
import { REGULAR_CLOSE_MS, REGULAR_OPEN_MS } from './row-rules.js';
import { conditionsText } from './sale-conditions.js';

function present(value: number | undefined): number | undefined {
  return value === undefined || Number.isNaN(value) ? undefined : value;
}

/** The state of one replayed instrument: what the rows so far have made of it. */
export class ReplayedStock {
  readonly conId: number;
  /** Whether a file of quotes says bid and ask; else they are derived from the trades. */
  readonly #hasQuotes: boolean;
  #bid: number | undefined;
  #ask: number | undefined;
  #bidSize: number | undefined;
  #askSize: number | undefined;
  #last: number | undefined;
  #lastSize: number | undefined;
  #lastExchange: string | undefined;
  #lastTimeMs: number | undefined;
  #volume = 0;
  #open: number | undefined;
  #high: number | undefined;
  #low: number | undefined;
  #close: number | undefined;
  #trades = 0;
  /** The regular session of the day; 0 before the first row. */
  #openMs = 0;
  #closeMs = Number.POSITIVE_INFINITY;
  #regularLast: number | undefined;

  constructor(conId: number, hasQuotes: boolean) {
    this.conId = conId;
    this.#hasQuotes = hasQuotes;
  }

  quote(): Quote {
    return {
      bid: this.#bid,
      ask: this.#ask,
      bidSize: this.#bidSize,
      askSize: this.#askSize,
      last: this.#last,
      lastSize: this.#lastSize,
      lastExchange: this.#lastExchange,
      lastTimeMs: this.#lastTimeMs,
      volume: this.#volume,
      open: this.#open,
      high: this.#high,
      low: this.#low,
      close: this.#close,
    };
  }

  /** Enters the day that begins at a midnight. A later day's fields start from nothing, and the last price of the regular session becomes the close of the day before. */
  enterDay(midnightMs: number): void {
    if (this.#openMs > 0) {
      this.#close = this.#regularLast ?? this.#last;
      this.#volume = 0;
      this.#open = undefined;
      this.#high = undefined;
      this.#low = undefined;
      this.#regularLast = undefined;
    }
    this.#openMs = midnightMs + REGULAR_OPEN_MS;
    this.#closeMs = midnightMs + REGULAR_CLOSE_MS;
  }

  playTrade(columns: TradeColumns, row: number, atMs: number, sink: EventSink): void {
    const price = columns.price[row] ?? 0;
    const size = columns.size[row] ?? 0;
    const exchange = exchangeName(columns.exchange[row] ?? 0);
    const unreported = columns.suspicious[row] === 1;
    if (!unreported) {
      if (!this.#hasQuotes && this.#deriveQuote(price)) this.#tellQuote(atMs, sink);
      this.#setLast(price, size, exchange, atMs);
      this.#countTrade(price, size, atMs);
    }
    const conditions = conditionsText(columns.conditions[row] ?? 0);
    sink({ kind: 'trade', conId: this.conId, atMs, price, size, exchange, conditions, pastLimit: false, unreported });
  }

  playQuote(columns: QuoteColumns, row: number, atMs: number, sink: EventSink): void {
    if (this.#setQuote(columns, row)) this.#tellQuote(atMs, sink);
  }

  /** Moves the market until the next row says otherwise. */
  setPrice(price: number, atMs: number, sink: EventSink): void {
    this.#bid = undefined;
    this.#ask = undefined;
    const onGrid = Math.max(0.02, ticksToPrice(priceToTicks(price)));
    this.#deriveQuote(onGrid);
    this.#tellQuote(atMs, sink);
    this.#setLast(onGrid, 100, 'SMART', atMs);
    this.#countTrade(onGrid, 100, atMs);
    sink({ kind: 'trade', conId: this.conId, atMs, price: onGrid, size: 100, exchange: 'SMART', conditions: '', pastLimit: false, unreported: false });
  }

  #setLast(price: number, size: number, exchange: string, atMs: number): void {
    this.#last = price;
    this.#lastSize = size;
    this.#lastExchange = exchange;
    this.#lastTimeMs = atMs;
    this.#trades += 1;
  }

  /** The day's volume counts from the regular open on, its prices are those of the regular session. */
  #countTrade(price: number, size: number, atMs: number): void {
    if (atMs < this.#openMs) return;
    this.#volume += size;
    if (atMs >= this.#closeMs) return;
    this.#regularLast = price;
    this.#open ??= price;
    this.#high = Math.max(this.#high ?? price, price);
    this.#low = Math.min(this.#low ?? price, price);
  }

  #setQuote(columns: QuoteColumns, row: number): boolean {
    const bid = present(columns.bid[row]);
    const ask = present(columns.ask[row]);
    const bidSize = bid === undefined ? undefined : present(columns.bidSize[row]);
    const askSize = ask === undefined ? undefined : present(columns.askSize[row]);
    const isSame = bid === this.#bid && ask === this.#ask && bidSize === this.#bidSize && askSize === this.#askSize;
    this.#bid = bid;
    this.#ask = ask;
    this.#bidSize = bidSize;
    this.#askSize = askSize;
    return !isSame;
  }

  /**
   * A quote that the trade could have hit: kept while the trade is inside it, else one tick wide with the trade at the side that it moved to.
   * Gives whether the quote changed.
   */
  #deriveQuote(price: number): boolean {
    if (this.#bid !== undefined && this.#ask !== undefined && price >= this.#bid && price <= this.#ask) return false;
    const ticks = Math.round(priceToTicks(price) * 100) / 100;
    const isUp = this.#last === undefined || price >= this.#last;
    const ask = isUp ? Math.max(2, Math.ceil(ticks)) : Math.max(2, Math.floor(ticks) + 1);
    this.#ask = ticksToPrice(ask);
    this.#bid = ticksToPrice(ask - 1);
    this.#bidSize = 100 * (1 + (mixed(this.conId, this.#trades, 1) % 9));
    this.#askSize = 100 * (1 + (mixed(this.conId, this.#trades, 2) % 9));
    return true;
  }

  #tellQuote(atMs: number, sink: EventSink): void {
    sink({ kind: 'quote', conId: this.conId, atMs, bid: this.#bid, ask: this.#ask, bidSize: this.#bidSize, askSize: this.#askSize });
  }
}
