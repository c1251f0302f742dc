import type { Clock, Timer } from '@ibkit/clock';
import type { Instrument } from './instrument.js';
import type { OptionBasis, OptionGiven, OptionModel, Quote } from './market.js';
import { expiryInstant } from './option-classes.js';
import { MODEL_RATE } from './option-pricing.js';
import type { OptionUnderlying } from './option-underlying.js';
import type { EventSink, PriceSource } from './price-source.js';
import { SeededOption } from './seeded-option.js';
import type { OptionMoment, PricedOption } from './priced-option.js';
import type { PriceHistory } from './price-history.js';
import type { StepGrid } from './step-grid.js';

/** An option, and the volatility of its underlying. */
export interface ListedOption {
  readonly instrument: Instrument;
  readonly volatility: number;
}

/** What an option source is made from. */
export interface OptionSourceOptions {
  readonly clock: Clock;
  readonly grid: StepGrid;
  readonly seed: number;
  /** The options, with the volatility of the underlying. */
  readonly options: Iterable<ListedOption>;
  /** The market that an option is priced off, now: that of its underlying, or of what that follows. */
  readonly underlyingQuote: (option: Instrument) => Quote;
  /** The underlying when its prices are seeded. */
  readonly underlyingOf: (option: Instrument) => OptionUnderlying | undefined;
  /** Brings the underlyings to a step before the options follow. */
  readonly settleUnderlyings: (step: number) => void;
  readonly sink: EventSink;
  /** The option of an instrument that is priced otherwise; undefined for all others. @defaultValue none */
  readonly listed?: ((instrument: Instrument) => PricedOption | undefined) | undefined;
}

/** Dividends of the companies in an index, yearly. */
const INDEX_YIELD = 0.013;

/** A future costs nothing to hold; stocks here pay nothing. */
function yieldOf({ secType, isCashSettled }: Instrument): number {
  if (secType === 'FOP') return MODEL_RATE;
  return isCashSettled === true ? INDEX_YIELD : 0;
}

/** Prices of options, computed from their underlyings when asked for, and told once per step while watched. */
export class OptionSource implements PriceSource {
  readonly #clock: Clock;
  readonly #grid: StepGrid;
  readonly #underlyingQuote: (option: Instrument) => Quote;
  readonly #settleUnderlyings: (step: number) => void;
  readonly #sink: EventSink;
  readonly #seed: number;
  readonly #underlyingOf: OptionSourceOptions['underlyingOf'];
  readonly #listedOf: OptionSourceOptions['listed'];
  readonly #listed = new Map<number, ListedOption>();
  readonly #expiries = new Map<string, number>();
  /** Those that somebody has looked at. */
  readonly #options = new Map<number, PricedOption>();
  readonly #watched = new Set<PricedOption>();
  #timer: Timer | undefined;
  #toldStep = 0;
  #started = false;
  #closed = false;

  constructor(options: OptionSourceOptions) {
    this.#clock = options.clock;
    this.#grid = options.grid;
    this.#underlyingQuote = options.underlyingQuote;
    this.#settleUnderlyings = options.settleUnderlyings;
    this.#sink = options.sink;
    this.#seed = options.seed;
    this.#underlyingOf = options.underlyingOf;
    this.#listedOf = options.listed;
    for (const option of options.options) this.#listed.set(option.instrument.conId, option);
  }

  get conIds(): Iterable<number> {
    return this.#listed.keys();
  }

  quote(conId: number): Quote {
    const option = this.#option(conId);
    return option.quote(this.#momentOf(option));
  }

  /** The past up to now. */
  history(conId: number): PriceHistory {
    const option = this.#option(conId);
    this.#underlyingQuote(option.instrument);
    return option.history;
  }

  /** See `Market.optionModel`. */
  model(conId: number, basis: OptionBasis): OptionModel | undefined {
    const option = this.#option(conId);
    return option.model(this.#momentOf(option), basis);
  }

  /** See `Market.optionAt`. */
  modelAt(conId: number, given: OptionGiven): OptionModel | undefined {
    return this.#option(conId).modelAt(this.#grid.timeOf(this.#grid.now()), given);
  }

  watched(conId: number): void {
    const option = this.#option(conId);
    option.beginTelling(this.#momentOf(option));
    this.#watched.add(option);
    this.#arm();
  }

  unwatched(conId: number): void {
    this.#watched.delete(this.#option(conId));
    if (this.#watched.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  settle(beforeMs: number): void {
    if (this.#started && !this.#closed) this.#tellAt(this.#grid.before(beforeMs));
  }

  start(): void {
    this.#started = true;
    this.#arm();
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#watched.clear();
  }

  /** There are thousands of options, and few of them are ever looked at: each is made when it is. */
  #option(conId: number): PricedOption {
    const known = this.#options.get(conId);
    if (known !== undefined) return known;
    const listed = this.#listed.get(conId);
    if (listed === undefined) throw new RangeError(`conId must be one of this source, got ${conId}`);
    const { instrument } = listed;
    const option = this.#listedOf?.(instrument) ?? this.#seeded(listed);
    this.#options.set(conId, option);
    return option;
  }

  #seeded({ instrument, volatility }: ListedOption): SeededOption {
    const { expiry = '', settledAtOpenOf = '' } = instrument;
    const key = `${expiry}${settledAtOpenOf}`;
    const expiresAtMs = this.#expiries.get(key) ?? expiryInstant(instrument);
    this.#expiries.set(key, expiresAtMs);
    return new SeededOption({ instrument, expiresAtMs, volatility, dividendYield: yieldOf(instrument), seed: this.#seed, underlying: this.#underlyingOf(instrument) });
  }

  #momentOf(option: PricedOption, atStep = this.#grid.now()): OptionMoment {
    const step = option.lastOpen(atStep);
    const underlying = this.#underlyingQuote(option.instrument);
    const day = this.#grid.days.dayOf(this.#grid.timeOf(step));
    return { underlying, atMs: this.#grid.timeOf(step), step, day, dayStartMs: this.#grid.days.midnightOf(day) };
  }

  #arm(): void {
    if (!this.#started || this.#closed || this.#timer !== undefined || this.#watched.size === 0) return;
    this.#timer = this.#clock.setTimer(this.#grid.delayUntil(this.#grid.now() + 1), () => {
      this.#timer = undefined;
      this.#tellAt(this.#grid.now());
      this.#arm();
    });
  }

  /** Each step is told once. */
  #tellAt(step: number): void {
    if (step <= this.#toldStep || this.#watched.size === 0) return;
    this.#toldStep = step;
    this.#settleUnderlyings(step);
    for (const option of this.#watched) if (option.lastOpen(step) === step) option.tell(this.#momentOf(option, step), this.#sink);
  }
}
