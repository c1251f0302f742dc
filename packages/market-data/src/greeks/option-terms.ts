import { UsageError } from '@ibkit/error-codes';
import type { OptionRight } from '../contracts/contract-query.js';

/** When an option can be exercised: at its expiry only, or at any time until then. */
export type OptionStyle = 'european' | 'american';

/** What an option is written on: something that is paid for and held now, or a future, that costs nothing to hold. */
export type UnderlyingKind = 'spot' | 'future';

/** A cash dividend, or a coupon, that the holder of the underlying gets and the holder of the option does not. Give `atMs` or `years`. */
export interface DividendPayment {
  /** Per unit of the underlying, in its currency: 0 and more. */
  readonly amount: number;
  /** The ex-date, epoch milliseconds UTC; needs `nowMs`. */
  readonly atMs?: number | undefined;
  /** The ex-date in years of 365 days from now. */
  readonly years?: number | undefined;
}

/** What all the options on one underlying share at one moment. Rates are per year, continuously compounded, 0.05 being 5 %. */
export interface OptionMarket {
  /** The price of the underlying: above 0. For `future` the price of the future. */
  readonly underlying: number;
  /** @defaultValue `spot` */
  readonly underlyingKind?: UnderlyingKind | undefined;
  /** The interest rate until expiry, may be negative: -1 to 2. */
  readonly rate: number;
  /** What the underlying yields: of an index its dividends, of a currency its own interest. @defaultValue 0 */
  readonly dividendYield?: number | undefined;
  /** Cash dividends, in any order, instead of `dividendYield`. What lies before now or not before expiry does not count. */
  readonly dividends?: readonly DividendPayment[] | undefined;
  /** Now, epoch milliseconds UTC: what `expiryAtMs` and `atMs` are counted from. */
  readonly nowMs?: number | undefined;
  /** @defaultValue `european` */
  readonly style?: OptionStyle | undefined;
  /**
   * Time steps of the tree for American exercise: an odd number from 25 to 2001. The work grows with its square. @defaultValue 101
   */
  readonly steps?: number | undefined;
}

/** One contract. Give `expiryYears`, or `expiryAtMs` together with `nowMs`. */
export interface OptionContract {
  readonly right: OptionRight;
  /** Above 0. */
  readonly strike: number;
  /** Years of 365 days until expiry: 0 to 100. */
  readonly expiryYears?: number | undefined;
  /** The instant of expiry, epoch milliseconds UTC. What is past counts as expired now. */
  readonly expiryAtMs?: number | undefined;
}

/** A contract and its market. */
export type OptionTerms = OptionContract & OptionMarket;

/** {@link OptionTerms} checked and put in one shape. */
export interface ResolvedTerms {
  /** 1 of a call, -1 of a put. */
  readonly sign: 1 | -1;
  readonly american: boolean;
  readonly future: boolean;
  readonly underlying: number;
  readonly strike: number;
  readonly years: number;
  readonly rate: number;
  /** What the underlying yields; of a future the rate. */
  readonly carry: number;
  /** Those within the life of the option, by time. */
  readonly dividends: readonly { readonly years: number; readonly amount: number }[];
  /** The value now of the dividends. */
  readonly pvDividends: number;
  readonly steps: number;
}

/** TWS and this package count a year as 365 days. */
const YEAR_MS = 365 * 24 * 60 * 60 * 1000;
const DEFAULT_STEPS = 101;
const STEPS = { least: 25, most: 2001 } as const;
const RATE = { least: -1, most: 2 } as const;
const PRICE = { least: 1e-6, most: 1e12 } as const;
const MOST_YEARS = 100;
const NO_DIVIDENDS: ResolvedTerms['dividends'] = Object.freeze([]);

/** The highest volatility that is accepted and searched: 1,000 % a year. */
export const HIGHEST_VOLATILITY = 10;

/** A year in days, for values per day. */
export const DAYS_PER_YEAR = 365;

/**
 * Checks a market, once for all its contracts.
 * @returns what makes the terms of one contract; it throws {@link UsageError} when the contract is wrong
 * @throws {@link UsageError} naming the field, its value and the rule.
 */
export function termsFor(market: OptionMarket): (contract: OptionContract, path?: string) => ResolvedTerms {
  const { nowMs } = market;
  const underlying = inRange('underlying', market.underlying, PRICE);
  const rate = inRange('rate', market.rate, RATE);
  const future = oneOf('underlyingKind', market.underlyingKind ?? 'spot', ['spot', 'future']) === 'future';
  const american = oneOf('style', market.style ?? 'european', ['european', 'american']) === 'american';
  const steps = checkedSteps(market.steps ?? DEFAULT_STEPS);
  if (nowMs !== undefined && !Number.isFinite(nowMs)) throw new UsageError({ field: 'nowMs', value: nowMs, rule: 'must be epoch milliseconds' });
  const dividends = checkedDividends(market, nowMs);
  if (future) refuseIncome(market);
  if (dividends.length > 0 && (market.dividendYield ?? 0) !== 0) {
    throw new UsageError({ field: 'dividendYield', value: market.dividendYield, rule: 'must not be given together with dividends' });
  }
  const carry = future ? rate : inRange('dividendYield', market.dividendYield ?? 0, RATE);

  return (contract, path = '') => {
    const years = yearsOf(contract, nowMs, path);
    const within = dividends.length === 0 ? dividends : dividends.filter((dividend) => dividend.years > 0 && dividend.years < years);
    const pvDividends = presentValue(within, rate);
    if (pvDividends >= underlying) {
      throw new UsageError({ field: 'dividends', value: pvDividends, rule: `must be worth less than the underlying (${underlying}) until expiry` });
    }
    return {
      sign: oneOf(`${path}right`, contract.right, ['C', 'P']) === 'C' ? 1 : -1,
      american,
      future,
      underlying,
      strike: inRange(`${path}strike`, contract.strike, PRICE),
      years,
      rate,
      carry,
      dividends: within,
      pvDividends,
      steps,
    };
  };
}

/** The same terms at another rate. */
export function atRate(terms: ResolvedTerms, rate: number): ResolvedTerms {
  return { ...terms, rate, carry: terms.future ? rate : terms.carry, pvDividends: presentValue(terms.dividends, rate) };
}

/** What exercise at once is worth. */
export function exerciseValue({ sign, underlying, strike }: ResolvedTerms): number {
  return Math.max(sign * (underlying - strike), 0);
}

/**
 * Checks a volatility.
 * @throws {@link UsageError} when it is not from 0 to 10.
 */
export function checkedVolatility(field: string, value: number): number {
  return inRange(field, value, { least: 0, most: HIGHEST_VOLATILITY });
}

function presentValue(dividends: ResolvedTerms['dividends'], rate: number): number {
  let sum = 0;
  for (const { years, amount } of dividends) sum += amount * Math.exp(-rate * years);
  return sum;
}

function yearsOf({ expiryYears, expiryAtMs }: OptionContract, nowMs: number | undefined, path: string): number {
  if (expiryYears !== undefined && expiryAtMs !== undefined) {
    throw new UsageError({ field: `${path}expiryYears`, value: expiryYears, rule: 'must not be given together with expiryAtMs' });
  }
  if (expiryYears !== undefined) return inRange(`${path}expiryYears`, expiryYears, { least: 0, most: MOST_YEARS });
  if (expiryAtMs === undefined) throw new UsageError({ field: `${path}expiryYears`, rule: 'must be given, or expiryAtMs together with nowMs' });
  return inRange(`${path}expiryAtMs`, Math.max(yearsFrom(nowMs, expiryAtMs, `${path}expiryAtMs`), 0), { least: 0, most: MOST_YEARS }, 'years from nowMs');
}

function yearsFrom(nowMs: number | undefined, atMs: number, field: string): number {
  if (nowMs === undefined) throw new UsageError({ field: 'nowMs', rule: `must be given together with ${field}` });
  if (!Number.isFinite(atMs)) throw new UsageError({ field, value: atMs, rule: 'must be epoch milliseconds' });
  return (atMs - nowMs) / YEAR_MS;
}

function checkedDividends({ dividends }: OptionMarket, nowMs: number | undefined): ResolvedTerms['dividends'] {
  if (dividends === undefined || dividends.length === 0) return NO_DIVIDENDS;
  const checked = dividends.map(({ amount, atMs, years }, index) => {
    const path = `dividends[${index}]`;
    inRange(`${path}.amount`, amount, { least: 0, most: PRICE.most });
    if ((atMs === undefined) === (years === undefined)) throw new UsageError({ field: path, rule: 'must have either atMs or years' });
    if (atMs !== undefined) return { amount, years: yearsFrom(nowMs, atMs, `${path}.atMs`) };
    return { amount, years: inRange(`${path}.years`, years ?? 0, { least: -MOST_YEARS, most: MOST_YEARS }) };
  });
  return checked.sort((one, other) => one.years - other.years);
}

function refuseIncome({ dividendYield, dividends }: OptionMarket): void {
  if (dividendYield !== undefined && dividendYield !== 0) {
    throw new UsageError({ field: 'dividendYield', value: dividendYield, rule: 'must not be given for a future: it pays none' });
  }
  if (dividends !== undefined && dividends.length > 0) {
    throw new UsageError({ field: 'dividends', value: dividends, rule: 'must not be given for a future: it pays none' });
  }
}

function checkedSteps(steps: number): number {
  if (Number.isInteger(steps) && steps % 2 === 1 && steps >= STEPS.least && steps <= STEPS.most) return steps;
  throw new UsageError({ field: 'steps', value: steps, rule: `must be an odd number from ${STEPS.least} to ${STEPS.most}` });
}

function oneOf<T extends string>(field: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value;
  throw new UsageError({ field, value, rule: `must be ${allowed.map((it) => `'${it}'`).join(' or ')}` });
}

function inRange(field: string, value: number, range: { readonly least: number; readonly most: number }, unit?: string): number {
  if (value >= range.least && value <= range.most) return value;
  throw new UsageError({ field, value, rule: `must be a number from ${range.least} to ${range.most}${unit === undefined ? '' : ` ${unit}`}` });
}
