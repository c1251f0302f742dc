import type { Instrument } from '../../market/instrument.js';
import type { Market } from '../../market/market.js';
import { mixed } from '../../market/price-source.js';

/** What the options on an underlying add up to. */
export interface OptionTotals {
  readonly callVolume: number;
  readonly putVolume: number;
  readonly callInterest: number;
  readonly putInterest: number;
}

/** How long a sum over a whole chain stays good: it is costly. */
const KEPT_MS = 30_000;
/** How far ahead the expiry for the volatility of an underlying is. */
const MONTH_MS = 30 * 86_400_000;
const SALT = 0x01;

function expiryMs(expiry: string): number {
  return Date.UTC(Number(expiry.slice(0, 4)), Number(expiry.slice(4, 6)) - 1, Number(expiry.slice(6, 8)));
}

/** The contracts of an option that are open: what a file says, else a fixed number. */
export function openInterest({ conId, secType, openInterest: known }: Instrument): number {
  if (known !== undefined) return known;
  return secType === 'OPT' || secType === 'FOP' || secType === 'FUT' ? 50 + (mixed(conId, SALT) % (secType === 'FUT' ? 900_000 : 5_000)) : 0;
}

/** Sums over option chains, shared by all clients of a simulator. */
export class OptionStatistics {
  readonly #market: Market;
  readonly #totals = new Map<number, { readonly atMs: number; readonly totals: OptionTotals }>();

  constructor(market: Market) {
    this.#market = market;
  }

  /** Volumes of the day and open interest over the whole chain; undefined for an underlying without options. */
  totals(underlying: Instrument): OptionTotals | undefined {
    const { conId } = underlying;
    const nowMs = this.#market.clock.now();
    const known = this.#totals.get(conId);
    if (known !== undefined && nowMs - known.atMs < KEPT_MS && nowMs >= known.atMs) return known.totals;
    const options = this.#optionsOn(underlying);
    if (options.length === 0) return undefined;
    const [calls, puts] = [options.filter(({ right }) => right === 'C'), options.filter(({ right }) => right === 'P')];
    const totals = {
      callVolume: this.#volume(calls),
      putVolume: this.#volume(puts),
      callInterest: calls.reduce((sum, option) => sum + openInterest(option), 0),
      putInterest: puts.reduce((sum, option) => sum + openInterest(option), 0),
    };
    this.#totals.set(conId, { atMs: nowMs, totals });
    return totals;
  }

  /** The model's volatility at the money about a month ahead, per year; undefined without options. */
  impliedVolatility(underlying: Instrument): number | undefined {
    const options = this.#optionsOn(underlying);
    const spot = this.#market.mark(underlying.conId);
    if (options.length === 0 || spot === undefined) return undefined;
    const wanted = this.#market.clock.now() + MONTH_MS;
    const far = ({ expiry = '', strike = 0 }: Instrument): number => Math.abs(expiryMs(expiry) - wanted) / MONTH_MS + Math.abs(strike / spot - 1);
    const nearest = options.reduce((best, option) => (far(option) < far(best) ? option : best));
    return this.#market.optionModel(nearest.conId, 'model')?.impliedVol;
  }

  #optionsOn({ conId }: Instrument): readonly Instrument[] {
    return this.#market.universe.optionsOn(conId);
  }

  #volume(options: readonly Instrument[]): number {
    return options.reduce((sum, { conId }) => sum + (this.#market.quote(conId).volume ?? 0), 0);
  }
}
