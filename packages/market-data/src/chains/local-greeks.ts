import { isIbkrError } from '@ibkit/error-codes';
import type { ResolvedContract } from '../contracts/resolved-contract.js';
import { greeksOfChain } from '../greeks/greeks-of-chain.js';
import type { OptionMarket, OptionStyle } from '../greeks/option-terms.js';
import type { Quote } from '../quotes/quote.js';
import { twsTimeZone } from '../sessions/tws-time-zone.js';
import type { LocalGreeksOptions } from './option-chain-options.js';
import type { NoLocalGreeks, OptionRowGreeks } from './option-row.js';
import type { WindowContract } from './option-window.js';

/** What the model here needs besides the quote. */
export interface LocalModelDeps {
  readonly underlying: Pick<ResolvedContract, 'secType'>;
  readonly options: LocalGreeksOptions | undefined;
}

/** Local Greeks, or why there are none. */
export type LocalGreeksResult = { readonly ok: true; readonly greeks: OptionRowGreeks } | { readonly ok: false; readonly reason: NoLocalGreeks };

const HOUR_MS = 3_600_000;
const CLOSE_MS = 16 * HOUR_MS;
const CHICAGO_CLOSE_MS = 15 * HOUR_MS;
const NEW_YORK = 'America/New_York';
const CHICAGO: ReadonlySet<string> = new Set(['America/Chicago', 'US/Central']);
const YEAR_MS = 365 * 24 * HOUR_MS;
/** What the volatility is taken to be where nothing says any. */
const GUESSED_VOLATILITY = 0.3;

/**
 * Until when a contract lives, epoch milliseconds: 16:00 in New York, 15:00 in Chicago, else 16:00 at its exchange, on its last day. Options that
 * are settled at an open are over some hours earlier or later.
 */
export function expiryInstant(expiry: string, timeZoneId: string | undefined): number {
  const zone = twsTimeZone(timeZoneId ?? NEW_YORK) ?? twsTimeZone(NEW_YORK);
  if (zone === undefined) return Date.parse(`${expiry}T20:00:00Z`);
  return zone.instantOf(expiry, CHICAGO.has(zone.name) ? CHICAGO_CLOSE_MS : CLOSE_MS);
}

/** Greeks of our own, for when the broker sends none. */
export class LocalModel {
  readonly #options: LocalGreeksOptions | undefined;
  readonly #style: OptionStyle;
  readonly #isFuture: boolean;
  readonly #expiryAt = new Map<string, number>();

  constructor({ underlying, options }: LocalModelDeps) {
    this.#options = options;
    this.#isFuture = underlying.secType === 'FUT';
    this.#style = options?.style ?? (underlying.secType === 'IND' ? 'european' : 'american');
  }

  /** The Greeks at the middle of bid and ask. */
  of(contract: WindowContract & { readonly timeZoneId?: string | undefined }, quote: Quote | undefined, moment: { readonly underlyingPrice: number | undefined; readonly marketMs: number; readonly atMs: number }): LocalGreeksResult {
    const { underlyingPrice, marketMs, atMs } = moment;
    if (this.#options === undefined) return { ok: false, reason: 'switched-off' };
    if (quote?.bid === undefined || quote.ask === undefined) return { ok: false, reason: 'no-bid-or-ask' };
    if (underlyingPrice === undefined) return { ok: false, reason: 'no-underlying-price' };
    const { right, strike } = contract;
    const row = { right, strike, expiryAtMs: this.#expiry(contract), price: (quote.bid + quote.ask) / 2 };
    const [computed] = this.#compute(row, this.#market(underlyingPrice, marketMs));
    if (computed === undefined) return { ok: false, reason: 'not-converged' };
    if (!computed.ok) return { ok: false, reason: computed.reason === 'no-price' ? 'no-bid-or-ask' : computed.reason };
    return { ok: true, greeks: Object.freeze({ source: 'local', impliedVolatility: computed.volatility, ...computed.greeks, underlyingPrice, atMs }) };
  }

  /** What delta would be at a volatility, without its sign: a guess for contracts that were not read. Quick: as if it were European. */
  guessDelta(contract: WindowContract & { readonly timeZoneId?: string | undefined }, moment: { readonly underlyingPrice: number; readonly marketMs: number; readonly volatility: number | undefined }): number {
    const { right, strike } = contract;
    const expiryYears = Math.max(0, (this.#expiry(contract) - moment.marketMs) / YEAR_MS);
    const market: OptionMarket = { underlying: moment.underlyingPrice, rate: 0, style: 'european', underlyingKind: this.#isFuture ? 'future' : 'spot' };
    const volatility = Math.min(Math.max(moment.volatility ?? GUESSED_VOLATILITY, 0.01), 10);
    const [guess] = greeksOfChain([{ right, strike, expiryYears, volatility }], market);
    return guess?.ok === true ? Math.abs(guess.greeks.delta) : 0;
  }

  #expiry({ expiry, timeZoneId }: WindowContract & { readonly timeZoneId?: string | undefined }): number {
    const known = this.#expiryAt.get(expiry) ?? expiryInstant(expiry, timeZoneId);
    this.#expiryAt.set(expiry, known);
    return known;
  }

  #market(underlying: number, nowMs: number): OptionMarket {
    const { rate = 0, dividendYield, dividends } = this.#options ?? {};
    const income = this.#isFuture ? {} : { dividendYield, dividends };
    return { underlying, rate, ...income, nowMs, style: this.#style, underlyingKind: this.#isFuture ? 'future' : 'spot' };
  }

  #compute(row: Parameters<typeof greeksOfChain>[0][number], market: OptionMarket): ReturnType<typeof greeksOfChain> {
    try {
      return greeksOfChain([row], market);
    } catch (error) {
      // Prices from a broker may be beyond what a model takes (a negative future, dividends above the price): no Greeks, not an end of the chain.
      if (isIbkrError(error)) return [];
      throw error;
    }
  }
}
