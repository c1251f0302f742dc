import { impliedVolatility, optionValues } from './black-scholes.js';
import type { Instrument } from './instrument.js';
import type { OptionBasis, OptionGiven, OptionModel, Quote } from './market.js';
import { STEPS_PER_MINUTE } from './minute-steps.js';
import { OptionDay } from './option-day.js';
import { OptionHistory } from './option-history.js';
import { OptionPricing } from './option-pricing.js';
import type { OptionSides, SizedSides } from './option-pricing.js';
import { OptionTape } from './option-tape.js';
import type { OptionUnderlying } from './option-underlying.js';
import { middleOf } from './priced-option.js';
import type { OptionMoment, PricedOption } from './priced-option.js';
import { NO_HISTORY } from './price-history.js';
import type { PriceHistory } from './price-history.js';
import { mixed } from './price-source.js';
import type { EventSink } from './price-source.js';
import { STEP_MS } from './step-grid.js';

/** One step in this many has a trade while the option is watched and its underlying is not seeded. */
const TRADE_EVERY = 40;
const DAY_MS = 86_400_000;
/** How much of a backlog is still told trade by trade: one hour. */
const MOST_STEPS_TOLD = 14_400;

/** What an option is priced from. */
export interface SeededOptionOptions {
  readonly instrument: Instrument;
  /** 16:00 New York of the last trading day, epoch milliseconds. */
  readonly expiresAtMs: number;
  /** Of the underlying, per year: the volatility at the money. */
  readonly volatility: number;
  readonly seed: number;
  /** What the underlying pays, yearly; see `OptionInputs`. @defaultValue 0 */
  readonly dividendYield?: number | undefined;
  /** The underlying, when its prices are seeded; else the option has no past, and trades only while it is watched. */
  readonly underlying: OptionUnderlying | undefined;
}

/** The day of an option whose underlying is not seeded. */
interface WatchedDay {
  readonly day: number;
  open: number | undefined;
  high: number | undefined;
  low: number | undefined;
  last: number | undefined;
  lastSize: number;
  lastTimeMs: number;
  volume: number;
}

/**
 * One option, priced off its underlying: bid, ask and model depend on the underlying's quote, the time and the seed alone; so do its trades when the underlying is
 * seeded. On another underlying the day begins with one trade at the underlying's open, and further trades happen while somebody watches.
 */
export class SeededOption implements PricedOption {
  readonly instrument: Instrument;
  readonly #pricing: OptionPricing;
  readonly #seed: number;
  readonly #underlying: OptionUnderlying | undefined;
  readonly #tape: OptionTape | undefined;
  readonly #day: OptionDay | undefined;
  #watchedDay: WatchedDay | undefined;
  #toldStep = 0;
  #toldQuote = '';
  #toldModel = Number.NaN;

  constructor(options: SeededOptionOptions) {
    const { instrument, seed, underlying } = options;
    this.instrument = instrument;
    this.#pricing = new OptionPricing(options);
    this.#seed = seed;
    this.#underlying = underlying;
    this.#tape = underlying === undefined ? undefined : new OptionTape(instrument.conId, seed, underlying);
    this.#day = underlying === undefined || this.#tape === undefined ? undefined : new OptionDay(this.#pricing, this.#tape, underlying.stock.days);
  }

  /** The past; none when the underlying is not seeded. */
  get history(): PriceHistory {
    return this.#underlying === undefined || this.#tape === undefined ? NO_HISTORY : new OptionHistory(this.#pricing, this.#tape, this.#underlying);
  }

  /** The step, or the last one before it in which it was traded. */
  lastOpen(step: number): number {
    return this.#underlying === undefined ? step : this.#underlying.stock.lastOpen(step);
  }

  quote(moment: OptionMoment): Quote {
    const sides = this.#sides(moment);
    const fields = this.#day?.fieldsAt(moment.step) ?? this.#watchedFields(moment);
    const close = this.#day === undefined ? this.#pricing.rounded(moment.underlying.close, moment.dayStartMs - DAY_MS) : this.#day.closeAt(moment.step);
    if (fields.last === undefined) return { ...sides, close };
    const { last, lastSize, lastTimeMs, volume, open, high, low } = fields;
    return { ...sides, last, lastSize, lastExchange: this.#exchange, lastTimeMs, volume, open, high, low, close };
  }

  /** The values behind a price; undefined when there is no such price, no underlying price, or no volatility that gives it. */
  model(moment: OptionMoment, basis: OptionBasis): OptionModel | undefined {
    const undPrice = this.#undPrice(moment);
    if (undPrice === undefined) return undefined;
    const inputs = this.#pricing.inputs(undPrice, moment.atMs);
    if (inputs === undefined) return undefined;
    const price = basis === 'model' ? undefined : this.quote(moment)[basis];
    const volatility = basis === 'model' ? this.#pricing.smile(inputs) : price === undefined ? undefined : impliedVolatility(inputs, price);
    if (volatility === undefined) return undefined;
    const { price: optPrice, delta, gamma, vega, theta } = optionValues(inputs, volatility);
    return { impliedVol: volatility, optPrice, undPrice, delta, gamma, vega, theta, pvDividend: 0 };
  }

  /** The values at given prices; undefined after expiry and when no volatility gives the price. */
  modelAt(atMs: number, given: OptionGiven): OptionModel | undefined {
    const { undPrice } = given;
    const inputs = this.#pricing.inputs(undPrice, atMs);
    if (inputs === undefined) return undefined;
    const volatility = 'volatility' in given ? given.volatility : impliedVolatility(inputs, given.optPrice);
    if (volatility === undefined) return undefined;
    const { price: optPrice, delta, gamma, vega, theta } = optionValues(inputs, volatility);
    return { impliedVol: volatility, optPrice, undPrice, delta, gamma, vega, theta, pvDividend: 0 };
  }

  /** Takes the market at this moment as told already. */
  beginTelling(moment: OptionMoment): void {
    this.#toldStep = moment.step;
    this.#toldQuote = this.#quoteKey(this.#sides(moment));
    this.#toldModel = this.model(moment, 'model')?.optPrice ?? Number.NaN;
  }

  /** Tells what changed since the last step that was told. */
  tell(moment: OptionMoment, sink: EventSink): void {
    const { conId } = this.instrument;
    const { atMs } = moment;
    const sides = this.#sides(moment);
    const key = this.#quoteKey(sides);
    if (key !== this.#toldQuote) {
      this.#toldQuote = key;
      sink({ kind: 'quote', conId, atMs, ...sides });
    }
    this.#tellTrades(moment, sides, sink);
    const model = this.model(moment, 'model');
    if (model !== undefined && model.optPrice !== this.#toldModel) {
      this.#toldModel = model.optPrice;
      sink({ kind: 'model', conId, atMs, model });
    }
  }

  #tellTrades(moment: OptionMoment, sides: OptionSides, sink: EventSink): void {
    const { step } = moment;
    // After a stall the trades of the steps that were missed are told, too.
    const after = Math.max(this.#toldStep, step - MOST_STEPS_TOLD);
    this.#toldStep = step;
    if (this.#tape !== undefined) {
      const lastMinute = Math.floor(step / STEPS_PER_MINUTE);
      for (let minute = Math.floor((after + 1) / STEPS_PER_MINUTE); minute <= lastMinute; minute += 1) {
        for (const trade of this.#tape.tradesOf(minute)) {
          if (trade.step <= after || trade.step > step) continue;
          const atMs = trade.step * STEP_MS;
          const price = this.#pricing.tradePrice(trade.undPrice, atMs, trade.atBid);
          if (price !== undefined) this.#tellTrade(atMs, price, trade.size, sink);
        }
      }
      return;
    }
    const chance = mixed(this.#seed, this.instrument.conId, step, 77);
    if (chance % TRADE_EVERY === 0) this.#tradeWatched(moment, sides, 1 + (chance >>> 8) % 10, (chance >>> 16) % 2 === 0, sink);
  }

  #tradeWatched(moment: OptionMoment, sides: OptionSides, size: number, atBid: boolean, sink: EventSink): void {
    const price = atBid ? (sides.bid ?? sides.ask) : sides.ask;
    if (price === undefined) return;
    const fields = this.#watchedFields(moment);
    fields.last = price;
    fields.lastSize = size;
    fields.lastTimeMs = moment.atMs;
    fields.volume += size;
    fields.open ??= price;
    fields.high = Math.max(fields.high ?? price, price);
    fields.low = Math.min(fields.low ?? price, price);
    this.#tellTrade(moment.atMs, price, size, sink);
  }

  #tellTrade(atMs: number, price: number, size: number, sink: EventSink): void {
    sink({ kind: 'trade', conId: this.instrument.conId, atMs, price, size, exchange: this.#exchange, conditions: '', pastLimit: false, unreported: false });
  }

  #watchedFields(moment: OptionMoment): WatchedDay {
    if (this.#watchedDay?.day === moment.day && this.#watchedDay.open !== undefined) return this.#watchedDay;
    const open = this.#pricing.rounded(moment.underlying.open, moment.dayStartMs);
    const first = 1 + (mixed(this.#seed, this.instrument.conId, moment.day) % 200);
    this.#watchedDay = { day: moment.day, open, high: open, low: open, last: open, lastSize: first, lastTimeMs: moment.dayStartMs, volume: first };
    return this.#watchedDay;
  }

  get #exchange(): string {
    return this.instrument.secType === 'FOP' ? this.instrument.exchange : 'CBOE';
  }

  #undPrice({ underlying, atMs }: OptionMoment): number | undefined {
    return this.#underlying === undefined ? middleOf(underlying) : this.#underlying.quoted(underlying, atMs);
  }

  #sides(moment: OptionMoment): SizedSides {
    return this.#pricing.sized(this.#undPrice(moment), moment.atMs, moment.step);
  }

  #quoteKey(sides: SizedSides): string {
    return `${sides.bid ?? ''}/${sides.ask ?? ''}/${sides.bidSize ?? ''}/${sides.askSize ?? ''}`;
  }
}
