import { optionValues } from './black-scholes.js';
import type { OptionInputs } from './black-scholes.js';
import type { Instrument } from './instrument.js';
import { mixed } from './price-source.js';
import { TickScale } from './tick-scale.js';

/** Yearly interest that the model uses. */
export const MODEL_RATE = 0.04;

const YEAR_MS = 365 * 86_400_000;
const MINUTE_MS = 60_000;
/** Sizes change every eighth step: two seconds. */
const SIZE_STEPS = 8;

/** Bid and ask of an option. */
export interface OptionSides {
  readonly bid: number | undefined;
  readonly ask: number | undefined;
}

/** Bid and ask with their sizes. */
export interface SizedSides extends OptionSides {
  readonly bidSize: number | undefined;
  readonly askSize: number | undefined;
}

const NO_SIDES: SizedSides = { bid: undefined, ask: undefined, bidSize: undefined, askSize: undefined };

/**
 * What an option is worth at a price of its underlying. Its time to expiry is counted in whole minutes, so that within a minute its price depends on that of
 * the underlying alone, and rises (calls) or falls (puts) with it.
 */
export class OptionPricing {
  readonly instrument: Instrument;
  readonly expiresAtMs: number;
  readonly #volatility: number;
  readonly #seed: number;
  readonly #dividendYield: number;
  readonly #scale: TickScale;

  constructor(options: { readonly instrument: Instrument; readonly expiresAtMs: number; readonly volatility: number; readonly seed: number; readonly dividendYield?: number | undefined }) {
    this.#dividendYield = options.dividendYield ?? 0;
    this.#scale = new TickScale(options.instrument.minTick);
    this.instrument = options.instrument;
    this.expiresAtMs = options.expiresAtMs;
    this.#volatility = options.volatility;
    this.#seed = options.seed;
  }

  /** What the model is given; undefined after expiry. */
  inputs(undPrice: number, atMs: number): OptionInputs | undefined {
    const { strike = 0, right = 'C' } = this.instrument;
    const years = (this.expiresAtMs - Math.floor(atMs / MINUTE_MS) * MINUTE_MS) / YEAR_MS;
    return years > 0 ? { right, undPrice, strike, years, rate: MODEL_RATE, dividendYield: this.#dividendYield } : undefined;
  }

  /** Volatility by distance from the money: low strikes cost more, both ends a little more. */
  smile(inputs: OptionInputs): number {
    const distance = Math.log(inputs.strike / inputs.undPrice) / Math.sqrt(Math.max(inputs.years, 1 / 52));
    const bounded = Math.max(-1.5, Math.min(1.5, distance));
    return this.#volatility * (1 - 0.2 * bounded + 0.25 * bounded * bounded);
  }

  /** The model's price on the tick grid, at least one tick; undefined after expiry. */
  rounded(undPrice: number | undefined, atMs: number): number | undefined {
    const ticks = this.#ticks(undPrice, atMs);
    return ticks === undefined ? undefined : this.#scale.price(Math.max(1, Math.round(ticks)));
  }

  /** Bid and ask; no bid when the option is worth nothing, neither after expiry. */
  sides(undPrice: number | undefined, atMs: number): OptionSides {
    const ticks = this.#ticks(undPrice, atMs);
    if (ticks === undefined) return NO_SIDES;
    const half = Math.max(0.75, ticks * 0.01);
    const bid = Math.floor(ticks - half);
    const ask = Math.max(bid + 1, Math.ceil(ticks + half), 1);
    return { bid: bid > 0 ? this.#scale.price(bid) : undefined, ask: this.#scale.price(ask) };
  }

  /** {@link sides} with the sizes of a step. */
  sized(undPrice: number | undefined, atMs: number, step: number): SizedSides {
    const { bid, ask } = this.sides(undPrice, atMs);
    if (ask === undefined) return NO_SIDES;
    const chance = mixed(this.#seed, this.instrument.conId, Math.floor(step / SIZE_STEPS));
    return { bid, ask, bidSize: bid === undefined ? undefined : 1 + (chance % 60), askSize: 1 + ((chance >>> 8) % 60) };
  }

  /** What a trade at one of the sides costs; undefined after expiry. */
  tradePrice(undPrice: number, atMs: number, atBid: boolean): number | undefined {
    const { bid, ask } = this.sides(undPrice, atMs);
    return atBid ? (bid ?? ask) : ask;
  }

  #ticks(undPrice: number | undefined, atMs: number): number | undefined {
    const inputs = undPrice === undefined ? undefined : this.inputs(undPrice, atMs);
    return inputs === undefined ? undefined : this.#scale.ticks(optionValues(inputs, this.smile(inputs)).price);
  }
}
