import { TimeZone } from '@ibkit/clock';
import type { Clock, Timer } from '@ibkit/clock';
import type { Instrument } from './instrument.js';
import type { OptionBasis, OptionGiven, OptionModel, Quote } from './market.js';
import type { EventSink, PriceSource } from './price-source.js';
import { SeededOption } from './seeded-option.js';
import type { OptionMoment, PricedOption } from './priced-option.js';
import type { PriceHistory } from './price-history.js';
import type { SeededStock } from './seeded-stock.js';
import type { StepGrid } from './step-grid.js';

const CLOSE_OF_DAY_MS = 16 * 3_600_000;

/** What an option source is made from. */
export interface OptionSourceOptions {
  readonly clock: Clock;
  readonly grid: StepGrid;
  readonly seed: number;
  readonly options: Iterable<{ readonly instrument: Instrument; readonly volatility: number }>;
  /** The market of an underlying, now. */
  readonly underlyingQuote: (conId: number) => Quote;
  /** The underlying when its prices are seeded. */
  readonly seededStock: (conId: number) => SeededStock | undefined;
  /** Brings the underlyings to this step before the options follow. */
  readonly settleUnderlyings: () => void;
  readonly sink: EventSink;
  /** The option of an instrument that is priced otherwise; undefined for all others. @defaultValue none */
  readonly listed?: ((instrument: Instrument) => PricedOption | undefined) | undefined;
}

/** Prices of options, computed from their underlyings when asked for, and told once per step while watched. */
export class OptionSource implements PriceSource {
  readonly #clock: Clock;
  readonly #grid: StepGrid;
  readonly #underlyingQuote: (conId: number) => Quote;
  readonly #settleUnderlyings: () => void;
  readonly #sink: EventSink;
  readonly #options = new Map<number, PricedOption>();
  readonly #watched = new Set<PricedOption>();
  #timer: Timer | undefined;
  #started = false;
  #closed = false;

  constructor(options: OptionSourceOptions) {
    this.#clock = options.clock;
    this.#grid = options.grid;
    this.#underlyingQuote = options.underlyingQuote;
    this.#settleUnderlyings = options.settleUnderlyings;
    this.#sink = options.sink;
    const zone = new TimeZone('America/New_York');
    const expiries = new Map<string, number>();
    for (const { instrument, volatility } of options.options) {
      const { expiry = '' } = instrument;
      const expiresAtMs = expiries.get(expiry) ?? zone.instantOf(`${expiry.slice(0, 4)}-${expiry.slice(4, 6)}-${expiry.slice(6, 8)}`, CLOSE_OF_DAY_MS);
      expiries.set(expiry, expiresAtMs);
      const made = options.listed?.(instrument);
      this.#options.set(instrument.conId, made ?? new SeededOption({ instrument, expiresAtMs, volatility, seed: options.seed, stock: options.seededStock(instrument.underConId ?? 0) }));
    }
  }

  get conIds(): Iterable<number> {
    return this.#options.keys();
  }

  quote(conId: number): Quote {
    const option = this.#option(conId);
    return option.quote(this.#momentOf(option));
  }

  /** The past up to now. */
  history(conId: number): PriceHistory {
    const option = this.#option(conId);
    this.#underlyingQuote(option.instrument.underConId ?? 0);
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

  #option(conId: number): PricedOption {
    const option = this.#options.get(conId);
    if (option === undefined) throw new RangeError(`conId must be one of this source, got ${conId}`);
    return option;
  }

  #momentOf(option: PricedOption): OptionMoment {
    const step = option.lastOpen(this.#grid.now());
    const underlying = this.#underlyingQuote(option.instrument.underConId ?? 0);
    const day = this.#grid.days.dayOf(this.#grid.timeOf(step));
    return { underlying, atMs: this.#grid.timeOf(step), step, day, dayStartMs: this.#grid.days.midnightOf(day) };
  }

  #arm(): void {
    if (!this.#started || this.#closed || this.#timer !== undefined || this.#watched.size === 0) return;
    this.#timer = this.#clock.setTimer(this.#grid.delayUntil(this.#grid.now() + 1), () => {
      this.#timer = undefined;
      this.#settleUnderlyings();
      const step = this.#grid.now();
      for (const option of this.#watched) if (option.lastOpen(step) === step) option.tell(this.#momentOf(option), this.#sink);
      this.#arm();
    });
  }
}
