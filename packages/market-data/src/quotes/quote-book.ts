import type { ServerMessage } from '@ibkit/wire';
import type { MarketSession } from '../sessions/trading-hours.js';
import { FieldStore, slotOf } from './field-store.js';
import type { FieldTimes } from './field-store.js';
import { isDelayed, modeOfCode } from './market-data-mode.js';
import type { QuoteMode } from './market-data-mode.js';
import { efpQuote } from './efp-quote.js';
import { optionComputation } from './option-computation.js';
import type { EfpQuote, EfpSide, GreeksSide, OptionComputation, Quote, RawTick } from './quote.js';
import type { Writable } from './quote-writers.js';
import { tickMeaning } from './tick-table.js';
import type { PlacedMeaning, QuoteSide } from './tick-table.js';
import { dividendsOf, fundamentalRatiosOf, tickNumber, tradeSummary } from './tick-texts.js';

/** Messages that carry one value of a quote. */
type TickMessage = Extract<ServerMessage, { readonly type: 'tickPrice' | 'tickSize' | 'tickGeneric' | 'tickString' | 'tickOptionComputation' | 'tickEFP' }>;

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

/** Whose quotes a book collects. */
export interface BookIdentity {
  readonly symbol: string;
  readonly conId: number;
  /** Decides whether a price can be 0 or less. @defaultValue it can */
  readonly secType?: string | undefined;
}

const NOTHING: BookChange = { quote: false, mode: false };
const VALUE: BookChange = { quote: true, mode: false };

const SIDES = ['ask', 'bid', 'last'] as const satisfies readonly QuoteSide[];
const SIDE_BIT: Readonly<Record<QuoteSide, number>> = { ask: 1, bid: 2, last: 4 };
/** By the bits of the sides in it. */
const SIDE_LISTS: readonly (readonly QuoteSide[])[] = Array.from({ length: 8 }, (_, bits) => Object.freeze(SIDES.filter((side) => (bits & SIDE_BIT[side]) !== 0)));

/** Futures have been sold below nothing, combinations and indices of differences are there often. */
const MAY_BE_NEGATIVE: ReadonlySet<string> = new Set(['FUT', 'CONTFUT', 'BAG', 'IND']);

/** TWS API, shortable: above 2.5 at least 1,000 shares, above 1.5 if they can be located. */
const AVAILABLE_ABOVE = 2.5;
const LOCATE_ABOVE = 1.5;
/** TWS API, halted: 2 is a halt for volatility. */
const VOLATILITY_HALT = 2;

/** Collects the ticks of one contract into quotes. Knows no clock: times come with the calls. */
export class QuoteBook {
  readonly #identity: { readonly symbol: string; readonly conId: number };
  readonly #mayBeNegative: boolean;
  readonly #session: () => MarketSession;
  readonly #store = new FieldStore();
  #greeks: Partial<Record<GreeksSide, OptionComputation>> | undefined;
  #efp: Partial<Record<EfpSide, EfpQuote>> | undefined;
  #raw: Readonly<Record<number, RawTick>> | undefined;
  #minTick: number | undefined;
  #mode: QuoteMode = 'unknown';
  #served: QuoteMode = 'unknown';
  #trust: Trust = 'fresh';
  #reason: string | undefined;
  #gaps = 0;
  readonly #lost = new Set<QuoteSide>();
  /** The bits of the sides that nobody quotes. */
  #none = 0;
  #receivedAtMs: number | undefined;
  #built: Quote | undefined;

  /** @param session where in its trading hours the contract is now; asked once for each quote */
  constructor(identity: BookIdentity, session: () => MarketSession = () => 'unknown') {
    this.#identity = { symbol: identity.symbol, conId: identity.conId };
    this.#mayBeNegative = identity.secType === undefined || MAY_BE_NEGATIVE.has(identity.secType);
    this.#session = session;
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

  /** What the broker said, or showed, that it sends since it was asked; `mode` is what the values are, which may be from before that. */
  get served(): QuoteMode {
    return this.#served;
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

  /** The broker was asked again: nobody knows what it will send. */
  askedAgain(): void {
    this.#served = 'unknown';
  }

  /** The broker said that it sends delayed data. */
  toldDelayed(): void {
    if (!isDelayed(this.#served)) this.#served = 'delayed';
  }

  /** Takes one message of the line in. */
  apply(message: ServerMessage, atMs: number): BookChange {
    switch (message.type) {
      case 'marketDataType':
        this.#served = modeOfCode(message.marketDataType);
        return this.#setMode(this.#served);
      case 'tickReqParams':
        return this.#setMinTick(message.minTick);
      case 'tickPrice':
      case 'tickSize':
      case 'tickGeneric':
      case 'tickString':
      case 'tickOptionComputation':
      case 'tickEFP':
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
    const fieldAtMs: Writable<FieldTimes> = {};
    const quote: Writable<Quote> = {
      symbol: this.#identity.symbol,
      conId: this.#identity.conId,
      mode: this.#mode,
      session: this.#session(),
      receivedAtMs,
      fieldAtMs,
      stale: this.stale,
      staleReason: this.staleReason,
      gaps: this.#gaps,
      minTick: this.#minTick,
      greeks: this.#greeks,
      saidNone: this.#none === 0 ? undefined : SIDE_LISTS[this.#none],
    };
    if (this.#efp !== undefined) quote.efp = this.#efp;
    if (this.#raw !== undefined) quote.raw = this.#raw;
    this.#store.write(quote, fieldAtMs);
    Object.freeze(fieldAtMs);
    return Object.freeze(quote);
  }

  #tick(message: TickMessage, atMs: number): BookChange {
    const meaning = tickMeaning(message.tickType);
    if (this.#trust === 'waiting') this.#startOver();
    // A delayed tick proves the mode even where the broker did not announce it: delayed values never pass for live ones.
    if (meaning?.delayed === true) this.toldDelayed();
    const mode = meaning?.delayed === true && !isDelayed(this.#mode) ? this.#setMode('delayed').mode : false;
    if (meaning === undefined || !this.#keep(meaning, message, atMs)) this.#keepRaw(message, atMs);
    if (this.#trust !== 'broken') this.#trust = 'fresh';
    if (meaning?.kind === 'sidePrice') this.#lost.delete(meaning.side);
    this.#receivedAtMs = atMs;
    this.#built = undefined;
    return mode ? { quote: true, mode } : VALUE;
  }

  /** @returns false for a message that is not of the kind that its tick type has */
  #keep(meaning: PlacedMeaning, message: TickMessage, atMs: number): boolean {
    switch (message.type) {
      case 'tickOptionComputation':
        if (meaning.kind !== 'greeks') return false;
        this.#greeks = Object.freeze({ ...this.#greeks, [meaning.side]: optionComputation(message, atMs) });
        return true;
      case 'tickEFP':
        if (meaning.kind !== 'efp') return false;
        this.#efp = Object.freeze({ ...this.#efp, [meaning.side]: efpQuote(message, atMs) });
        return true;
      case 'tickPrice':
        if (meaning.kind === 'sidePrice') {
          this.#keepSide(meaning, tickNumber(message.price), tickNumber(message.size), message.size !== undefined, atMs);
          return true;
        }
        return this.#keepValue(meaning, message.price, atMs);
      case 'tickSize':
        return this.#keepValue(meaning, message.size, atMs);
      case 'tickGeneric':
      case 'tickString':
        return this.#keepValue(meaning, message.value, atMs);
    }
  }

  #keepValue(meaning: PlacedMeaning, raw: number | string | undefined, atMs: number): boolean {
    switch (meaning.kind) {
      case 'text':
      case 'trade':
      case 'dividends':
      case 'ratios':
        return typeof raw === 'string' && this.#keepText(meaning, raw, atMs);
      case 'greeks':
      case 'efp':
        return false;
      default:
        return this.#keepNumber(meaning, tickNumber(raw), atMs);
    }
  }

  #keepNumber(meaning: PlacedMeaning, value: number | undefined, atMs: number): boolean {
    const { slot } = meaning;
    switch (meaning.kind) {
      case 'sidePrice':
        this.#keepSide(meaning, value, undefined, false, atMs);
        return true;
      case 'sideSize':
        this.#store.setNumber(meaning.sizeSlot, value !== undefined && value > 0 ? value : undefined, atMs);
        return true;
      case 'price':
        this.#store.setNumber(slot, value === 0 || value === -1 ? undefined : this.#price(value), atMs);
        return true;
      case 'yield':
        this.#store.setNumber(slot, value === 0 || value === -1 ? undefined : value, atMs);
        return true;
      case 'count':
        this.#store.setNumber(slot, value !== undefined && value >= 0 ? value : undefined, atMs);
        return true;
      case 'signed':
        this.#store.setNumber(slot, value, atMs);
        return true;
      case 'epochSeconds':
        this.#store.setNumber(slot, value !== undefined && value > 0 ? value * 1000 : undefined, atMs);
        return true;
      case 'halted':
        // TWS API: -1 unknown, 0 not halted, 1 general halt, 2 volatility halt.
        this.#store.setDecoded(
          value === undefined || value < 0 ? { halted: undefined, haltReason: undefined } : { halted: value > 0, haltReason: haltReason(value) },
          atMs,
        );
        return true;
      case 'shortable':
        this.#store.setNumber(slot, value !== undefined && value >= 0 ? value : undefined, atMs);
        this.#store.setDecoded({ shortability: shortability(value) }, atMs);
        return true;
      default:
        return false;
    }
  }

  #keepText(meaning: PlacedMeaning, raw: string, atMs: number): boolean {
    switch (meaning.kind) {
      case 'text':
        this.#store.setText(meaning.slot, raw, atMs);
        return true;
      case 'trade': {
        const trade = tradeSummary(raw);
        this.#store.setDecoded({ [meaning.field]: trade }, atMs);
        this.#store.setNumber(meaning.slot, trade.vwap, atMs);
        return true;
      }
      case 'dividends':
        this.#store.setDecoded({ dividends: dividendsOf(raw) }, atMs);
        return true;
      case 'ratios':
        this.#store.setDecoded({ fundamentalRatios: fundamentalRatiosOf(raw) }, atMs);
        return true;
      default:
        return false;
    }
  }

  /** TWS API: a price of 0 or -1 with no size is "no quote"; with a size both are prices (combos, some futures). */
  #keepSide(meaning: PlacedMeaning & { readonly side: QuoteSide }, value: number | undefined, told: number | undefined, hasSize: boolean, atMs: number): void {
    const { side, slot, sizeSlot } = meaning;
    const size = told !== undefined && told > 0 ? told : undefined;
    const price = size === undefined && (value === 0 || value === -1) ? undefined : this.#price(value);
    this.#none = price === undefined ? this.#none | SIDE_BIT[side] : this.#none & ~SIDE_BIT[side];
    this.#store.setNumber(slot, price, atMs);
    // The size comes with its price: an earlier one belongs to another price. A size tick may follow and say it again.
    if (price === undefined || hasSize) this.#store.setNumber(sizeSlot, price === undefined ? undefined : size, atMs);
  }

  /** A price that this contract can have. */
  #price(value: number | undefined): number | undefined {
    return value === undefined || value > 0 || this.#mayBeNegative ? value : undefined;
  }

  #keepRaw(message: TickMessage, atMs: number): void {
    this.#raw = Object.freeze({ ...this.#raw, [message.tickType]: Object.freeze(rawTick(message, atMs)) });
  }

  #setMinTick(minTick: number | undefined): BookChange {
    const known = tickNumber(minTick);
    if (known === undefined || known <= 0 || known === this.#minTick) return NOTHING;
    this.#minTick = known;
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
    for (const side of SIDES) if (this.#store.has(slotOf(side))) this.#lost.add(side);
    this.#trust = 'fresh';
    this.#clear();
  }

  #clear(): void {
    this.#store.clear();
    this.#greeks = undefined;
    this.#efp = undefined;
    this.#raw = undefined;
    this.#none = 0;
    this.#built = undefined;
  }
}

function haltReason(value: number): 'general' | 'volatility' | undefined {
  if (value <= 0) return undefined;
  return value === VOLATILITY_HALT ? 'volatility' : 'general';
}

function shortability(value: number | undefined): 'available' | 'locate' | 'unavailable' | undefined {
  if (value === undefined || value < 0) return undefined;
  if (value > AVAILABLE_ABOVE) return 'available';
  return value > LOCATE_ABOVE ? 'locate' : 'unavailable';
}

function rawTick(message: TickMessage, atMs: number): RawTick {
  switch (message.type) {
    case 'tickPrice':
      return { value: message.price, size: message.size, atMs };
    case 'tickSize':
      return { value: message.size, atMs };
    case 'tickGeneric':
    case 'tickString':
      return { value: message.value, atMs };
    case 'tickOptionComputation':
      return { value: optionComputation(message, atMs), atMs };
    case 'tickEFP':
      return { value: efpQuote(message, atMs), atMs };
  }
}
