import { impliedVolatility, optionValues } from '../market/black-scholes.js';
import type { OptionInputs } from '../market/black-scholes.js';
import type { Instrument } from '../market/instrument.js';
import type { OptionModel } from '../market/market.js';
import type { OptionSides, SizedSides } from '../market/option-pricing.js';
import { mixed, priceToTicks, ticksToPrice } from '../market/price-source.js';
import type { ContractFit } from './chain-fit.js';

const YEAR_MS = 365 * 86_400_000;
const MINUTE_MS = 60_000;
/** Sizes change every eighth step: two seconds. */
const SIZE_STEPS = 8;
const NO_SIDES: SizedSides = { bid: undefined, ask: undefined, bidSize: undefined, askSize: undefined };

/** What fitted pricing is made from. */
export interface FittedPricingOptions {
  readonly instrument: Instrument;
  readonly expiresAtMs: number;
  readonly fit: () => ContractFit;
  /** The regular session of the file's day. */
  readonly openMs: number;
  readonly closeMs: number;
  readonly seed: number;
}

/** What an option of a universe is worth at a price of its underlying and a time, by its fit. Time to expiry is counted in whole minutes. */
export class FittedPricing {
  readonly #options: FittedPricingOptions;
  #fit: ContractFit | undefined;

  constructor(options: FittedPricingOptions) {
    this.#options = options;
  }

  /** What the model is given; undefined after expiry. */
  inputs(undPrice: number, atMs: number): OptionInputs | undefined {
    const { instrument, expiresAtMs } = this.#options;
    const { strike = 0, right = 'C' } = instrument;
    const years = (expiresAtMs - Math.floor(atMs / MINUTE_MS) * MINUTE_MS) / YEAR_MS;
    return years > 0 && undPrice > 0 ? { right, undPrice, strike, years, rate: this.#fitted.rate } : undefined;
  }

  volatilityAt(atMs: number): number {
    const { open, close } = this.#fitted;
    return open.volatility + (close.volatility - open.volatility) * this.#partAt(atMs);
  }

  /** The values behind a volatility; undefined after expiry. */
  modelAt(undPrice: number, atMs: number, volatility = this.volatilityAt(atMs)): OptionModel | undefined {
    const inputs = this.inputs(undPrice, atMs);
    if (inputs === undefined) return undefined;
    const { price: optPrice, delta, gamma, vega, theta } = optionValues(inputs, volatility);
    return { impliedVol: volatility, optPrice, undPrice, delta, gamma, vega, theta, pvDividend: 0 };
  }

  /** The values behind a price; undefined after expiry and when no volatility gives it. */
  modelOf(undPrice: number, atMs: number, price: number): OptionModel | undefined {
    const inputs = this.inputs(undPrice, atMs);
    const volatility = inputs === undefined ? undefined : impliedVolatility(inputs, price);
    return volatility === undefined ? undefined : this.modelAt(undPrice, atMs, volatility);
  }

  /** Bid and ask around the fitted price; no bid when the option is worth nothing, neither after expiry. */
  sides(undPrice: number | undefined, atMs: number): OptionSides {
    const price = undPrice === undefined ? undefined : this.#middle(undPrice, atMs);
    if (price === undefined) return NO_SIDES;
    const ticks = priceToTicks(price);
    const half = Math.max(0.75, ticks * 0.01);
    const bid = Math.floor(ticks - half);
    const ask = Math.max(bid + 1, Math.ceil(ticks + half), 1);
    return { bid: bid > 0 ? ticksToPrice(bid) : undefined, ask: ticksToPrice(ask) };
  }

  /** {@link sides} with the sizes of a step. */
  sized(undPrice: number | undefined, atMs: number, step: number): SizedSides {
    const { bid, ask } = this.sides(undPrice, atMs);
    if (ask === undefined) return NO_SIDES;
    const chance = mixed(this.#options.seed, this.#options.instrument.conId, Math.floor(step / SIZE_STEPS));
    return { bid, ask, bidSize: bid === undefined ? undefined : 1 + (chance % 60), askSize: 1 + ((chance >>> 8) % 60) };
  }

  get #fitted(): ContractFit {
    return (this.#fit ??= this.#options.fit());
  }

  #middle(undPrice: number, atMs: number): number | undefined {
    const inputs = this.inputs(undPrice, atMs);
    if (inputs === undefined) return undefined;
    const { open, close } = this.#fitted;
    const excess = open.excess + (close.excess - open.excess) * this.#partAt(atMs);
    return Math.max(0, optionValues(inputs, this.volatilityAt(atMs)).price + excess);
  }

  /** How much of the session is over, 0 to 1. */
  #partAt(atMs: number): number {
    const { openMs, closeMs } = this.#options;
    return Math.min(1, Math.max(0, (atMs - openMs) / (closeMs - openMs)));
  }
}
