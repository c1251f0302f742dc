import type { ServerMessage } from '@ibkit/wire';
import { isDelayed, modeOfCode } from './market-data-mode.js';
import type { QuoteMode } from './market-data-mode.js';
import { optionComputation } from './option-computation.js';
import type { GreeksSide, NumericQuoteField, OptionComputation, Quote, QuoteField, TextQuoteField } from './quote.js';
import { SIZE_FIELD, tickMeaning } from './tick-table.js';
import type { QuoteSide, TickMeaning } from './tick-table.js';

/** Messages that carry one value of a quote. */
type TickMessage = Extract<ServerMessage, { readonly type: 'tickPrice' | 'tickSize' | 'tickGeneric' | 'tickString' | 'tickOptionComputation' }>;

/**
 * How far the values can be trusted.
 * `broken`: the source is cut off. `waiting`: it is back and has not spoken yet. `doubtful`: nobody knows until the next value.
 */
type Trust = 'fresh' | 'doubtful' | 'broken' | 'waiting';

/** What a message changed. */
export interface BookChange {
  readonly quote: boolean;
  readonly mode: boolean;
}

const NOTHING: BookChange = { quote: false, mode: false };
const VALUE: BookChange = { quote: true, mode: false };

const SIDES: readonly QuoteSide[] = ['bid', 'ask', 'last'];

/** Place in the `price;size;epoch ms;volume;vwap;single` text of RTVolume. */
const VWAP_PLACE = 4;

/** Collects the ticks of one contract into quotes. Knows no clock: times come with the calls. */
export class QuoteBook {
  readonly #identity: { readonly symbol: string; readonly conId: number };
  #numbers: Partial<Record<NumericQuoteField, number>> = {};
  #texts: Partial<Record<TextQuoteField, string>> = {};
  #halted: boolean | undefined;
  #greeks: Partial<Record<GreeksSide, OptionComputation>> = {};
  #at: Partial<Record<QuoteField, number>> = {};
  #minTick: number | undefined;
  #mode: QuoteMode = 'unknown';
  #trust: Trust = 'fresh';
  #reason: string | undefined;
  #gaps = 0;
  readonly #lost = new Set<QuoteSide>();
  readonly #none = new Set<QuoteSide>();
  #receivedAtMs: number | undefined;
  #built: Quote | undefined;

  constructor(identity: { readonly symbol: string; readonly conId: number }) {
    this.#identity = { symbol: identity.symbol, conId: identity.conId };
  }

  /** Everything that is known now; `undefined` until the first value arrived. The same object until something changes. */
  get quote(): Quote | undefined {
    if (this.#receivedAtMs === undefined) return undefined;
    this.#built ??= this.build(this.#receivedAtMs);
    return this.#built;
  }

  get mode(): QuoteMode {
    return this.#mode;
  }

  get stale(): boolean {
    return this.#trust !== 'fresh';
  }

  /** Why it is stale, also while there is no quote yet. */
  get staleReason(): string | undefined {
    return this.stale ? this.#reason : undefined;
  }

  /** Whether a bid, ask or last that was there before the last break has not been heard of since. */
  get incomplete(): boolean {
    return this.#lost.size > 0;
  }

  /** Takes one message of the line in. */
  apply(message: ServerMessage, atMs: number): BookChange {
    switch (message.type) {
      case 'marketDataType':
        return this.#setMode(modeOfCode(message.marketDataType));
      case 'tickReqParams':
        return this.#setMinTick(message.minTick);
      case 'tickPrice':
      case 'tickSize':
      case 'tickGeneric':
      case 'tickString':
      case 'tickOptionComputation':
        return this.#tick(message, atMs);
      default:
        return NOTHING;
    }
  }

  /** The source is cut off: what is held is stale from now on, until {@link QuoteBook.restore} and a value after it. */
  break(reason: string): void {
    if (this.#trust === 'fresh' || this.#trust === 'doubtful') this.#gaps += 1;
    this.#trust = 'broken';
    this.#reason = reason;
    this.#built = undefined;
  }

  /** Begins with the source cut off: nothing was missed yet, and nothing is fresh until {@link QuoteBook.restore}. */
  beginBroken(reason: string): void {
    this.#trust = 'broken';
    this.#reason = reason;
  }

  /** The source is back: the next value begins a new quote, and nothing from before it is kept. */
  restore(): void {
    if (this.#trust === 'broken') this.#trust = 'waiting';
  }

  /** The source may be cut off: stale until the next value, which ends the doubt about all. */
  doubt(reason: string): void {
    if (this.#trust !== 'fresh') return;
    this.#trust = 'doubtful';
    this.#reason = reason;
    this.#built = undefined;
  }

  /** What was held back by a doubt is true: nothing happened meanwhile. */
  assure(): void {
    if (this.#trust !== 'doubtful') return;
    this.#trust = 'fresh';
    this.#built = undefined;
  }

  /** Whether a break is not over: the source has not spoken since. */
  get broken(): boolean {
    return this.#trust === 'broken' || this.#trust === 'waiting';
  }

  /** The quote as it is, also when no value has arrived. */
  build(receivedAtMs: number): Quote {
    return Object.freeze({
      ...this.#identity,
      mode: this.#mode,
      receivedAtMs,
      ...this.#numbers,
      ...this.#texts,
      halted: this.#halted,
      greeks: Object.keys(this.#greeks).length === 0 ? undefined : Object.freeze({ ...this.#greeks }),
      saidNone: this.#none.size === 0 ? undefined : Object.freeze([...this.#none].sort()),
      fieldAtMs: Object.freeze({ ...this.#at }),
      stale: this.stale,
      staleReason: this.stale ? this.#reason : undefined,
      gaps: this.#gaps,
      minTick: this.#minTick,
    });
  }

  #tick(message: TickMessage, atMs: number): BookChange {
    const meaning = tickMeaning(message.tickType);
    if (meaning === undefined) return NOTHING;
    if (this.#trust === 'waiting') this.#startOver();
    // A delayed tick proves the mode even where the broker did not announce it: delayed values never pass for live ones.
    const mode = meaning.delayed && !isDelayed(this.#mode) ? this.#setMode('delayed').mode : false;
    if (!this.#store(meaning, message, atMs)) return mode ? { quote: true, mode } : NOTHING;
    if (this.#trust !== 'broken') this.#trust = 'fresh';
    if (meaning.kind === 'sidePrice') this.#lost.delete(meaning.side);
    this.#receivedAtMs = atMs;
    this.#built = undefined;
    return mode ? { quote: true, mode } : VALUE;
  }

  #store(meaning: TickMeaning, message: TickMessage, atMs: number): boolean {
    if (message.type === 'tickOptionComputation') {
      if (meaning.kind !== 'greeks') return false;
      this.#greeks[meaning.side] = optionComputation(message, atMs);
      return true;
    }
    const raw = rawValue(message);
    const value = numberOf(raw);
    switch (meaning.kind) {
      case 'sidePrice':
        this.#storeSide(meaning.side, { price: value, size: message.type === 'tickPrice' ? message.size : undefined }, atMs);
        return true;
      case 'sideSize':
        this.#setNumber(SIZE_FIELD[meaning.side], value !== undefined && value > 0 ? value : undefined, atMs);
        return true;
      case 'price':
        this.#setNumber(meaning.field, value === 0 || value === -1 ? undefined : value, atMs);
        return true;
      case 'count':
        this.#setNumber(meaning.field, value !== undefined && value >= 0 ? value : undefined, atMs);
        return true;
      case 'signed':
        this.#setNumber(meaning.field, value, atMs);
        return true;
      case 'epochSeconds':
        this.#setNumber(meaning.field, value !== undefined && value > 0 ? value * 1000 : undefined, atMs);
        return true;
      case 'text':
        return this.#setText(meaning.field, raw, atMs);
      case 'halted':
        return this.#setHalted(value, atMs);
      case 'rtVolume': {
        const vwap = numberOf(typeof raw === 'string' ? raw.split(';')[VWAP_PLACE] : undefined);
        this.#setNumber('vwap', vwap !== undefined && vwap > 0 ? vwap : undefined, atMs);
        return true;
      }
      case 'greeks':
        return false;
    }
  }

  /** TWS API: a price of 0 or -1 with no size is "no quote"; with a size both are prices (combos, some futures). */
  #storeSide(side: QuoteSide, tick: { readonly price: number | undefined; readonly size: number | undefined }, atMs: number): void {
    const size = tick.size !== undefined && tick.size > 0 ? tick.size : undefined;
    const none = tick.price === undefined || (size === undefined && (tick.price === 0 || tick.price === -1));
    if (none) this.#none.add(side);
    else this.#none.delete(side);
    this.#setNumber(side, none ? undefined : tick.price, atMs);
    // The size comes with its price: an earlier one belongs to another price. A size tick may follow and say it again.
    if (none || tick.size !== undefined) this.#setNumber(SIZE_FIELD[side], none ? undefined : size, atMs);
  }

  #setNumber(field: NumericQuoteField, value: number | undefined, atMs: number): void {
    if (value === undefined) {
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the field comes from the tick table; absent must stay absent in the built quote
      delete this.#numbers[field];
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- as above
      delete this.#at[field];
      return;
    }
    this.#numbers[field] = value;
    this.#at[field] = atMs;
  }

  #setText(field: TextQuoteField, raw: string | number | undefined, atMs: number): boolean {
    if (typeof raw !== 'string' || raw === '') return false;
    this.#texts[field] = raw;
    this.#at[field] = atMs;
    return true;
  }

  /** TWS API: -1 unknown, 0 not halted, 1 general halt, 2 volatility halt. */
  #setHalted(value: number | undefined, atMs: number): boolean {
    if (value === undefined) return false;
    this.#halted = value < 0 ? undefined : value > 0;
    if (this.#halted === undefined) delete this.#at.halted;
    else this.#at.halted = atMs;
    return true;
  }

  #setMinTick(minTick: number | undefined): BookChange {
    if (minTick === undefined || minTick <= 0 || minTick === this.#minTick) return NOTHING;
    this.#minTick = minTick;
    this.#built = undefined;
    return { quote: this.#receivedAtMs !== undefined, mode: false };
  }

  #setMode(mode: QuoteMode): BookChange {
    if (mode === this.#mode) return NOTHING;
    // Live and delayed values are up to 20 minutes apart: a quote holds only one kind.
    if (isDelayed(mode) !== isDelayed(this.#mode)) this.#clear();
    this.#mode = mode;
    this.#built = undefined;
    return { quote: this.#receivedAtMs !== undefined, mode: true };
  }

  #startOver(): void {
    for (const side of SIDES) if (this.#numbers[side] !== undefined) this.#lost.add(side);
    this.#trust = 'fresh';
    this.#clear();
  }

  #clear(): void {
    this.#numbers = {};
    this.#texts = {};
    this.#halted = undefined;
    this.#greeks = {};
    this.#none.clear();
    this.#at = {};
    this.#built = undefined;
  }
}

function rawValue(message: Exclude<TickMessage, { readonly type: 'tickOptionComputation' }>): number | string | undefined {
  switch (message.type) {
    case 'tickPrice':
      return message.price;
    case 'tickSize':
      return message.size;
    case 'tickGeneric':
    case 'tickString':
      return message.value;
  }
}

function numberOf(raw: number | string | undefined): number | undefined {
  if (raw === undefined || raw === '') return undefined;
  const value = typeof raw === 'number' ? raw : Number(raw);
  return Number.isFinite(value) ? value : undefined;
}
