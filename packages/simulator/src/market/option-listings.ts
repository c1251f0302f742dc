import { TimeZone } from '@ibkit/clock';
import type { Instrument, OptionRight } from './instrument.js';
import { newYorkDays } from './new-york-days.js';

/** The expiries and strikes that an underlying's options have. */
export interface OptionGrid {
  /** `YYYYMMDD`, ascending. */
  readonly expirations: readonly string[];
  /** Ascending. */
  readonly strikes: readonly number[];
}

/** What makes an option on a list: its terms, and how many contracts are open where that is known. */
export interface OptionTerms {
  /** `YYYYMMDD`. */
  readonly expiry: string;
  readonly strike: number;
  readonly right: OptionRight;
  readonly openInterest?: number | undefined;
}

/** Exchanges that list the options, `SMART` first. */
export const OPTION_EXCHANGES = ['SMART', 'AMEX', 'BOX', 'CBOE', 'ISE', 'MERCURY', 'NASDAQOM', 'PHLX', 'PSE'] as const;

export const OPTION_MULTIPLIER = 100;

const DAY_MS = 86_400_000;
const FRIDAY = 5;
const WEEKLY_EXPIRIES = 4;
const MONTHLY_EXPIRIES = 6;
const STRIKES_PER_SIDE = 20;
const HIGHEST_STRIKE = 2000;
const WIDE_STEP_ABOVE = 4000;
const WIDE_STEP = 25;

function compact(dayMs: number): string {
  return new Date(dayMs).toISOString().slice(0, 10).replaceAll('-', '');
}

/** The third Friday of a month (0 is January; more than 11 are of later years), epoch milliseconds in UTC. */
export function thirdFriday(year: number, monthIndex: number): number {
  const first = Date.UTC(year, monthIndex, 1);
  const untilFriday = (FRIDAY - new Date(first).getUTCDay() + 7) % 7;
  return first + (untilFriday + 14) * DAY_MS;
}

/** The next four Fridays and the next six third Fridays after the New York day of `atMs`; the trading day before where a Friday is a holiday. */
export function expirationsAfter(atMs: number): readonly string[] {
  const { year, month, day } = new TimeZone('America/New_York').read(atMs);
  const today = Date.UTC(year, month - 1, day);
  const expiries = new Set<number>();
  const untilFriday = (FRIDAY - new Date(today).getUTCDay() + 7) % 7 || 7;
  for (let week = 0; week < WEEKLY_EXPIRIES; week += 1) expiries.add(today + (untilFriday + week * 7) * DAY_MS);
  let monthlies = 0;
  for (let ahead = 0; monthlies < MONTHLY_EXPIRIES; ahead += 1) {
    const expiry = thirdFriday(year, month - 1 + ahead);
    if (expiry <= today) continue;
    expiries.add(expiry);
    monthlies += 1;
  }
  const tradingDays = [...expiries].map((expiry) => (newYorkDays().isTradingDay(expiry / DAY_MS) ? expiry : newYorkDays().tradingDayBefore(expiry / DAY_MS) * DAY_MS));
  return [...new Set(tradingDays.filter((expiry) => expiry > today))].sort((a, b) => a - b).map(compact);
}

function strikeStep(price: number): number {
  if (price < 100) return 1;
  if (price < 250) return 2.5;
  return price < 1000 ? 5 : 10;
}

/** Strikes around a price, from far below to far above, on a round grid; with `isWide` also above 2000, the highest strike of a stock. */
export function strikesAround(price: number, isWide = false): readonly number[] {
  const step = isWide && price > WIDE_STEP_ABOVE ? WIDE_STEP : strikeStep(price);
  const middle = Math.round(price / step);
  const strikes: number[] = [];
  for (let at = middle - STRIKES_PER_SIDE; at <= middle + STRIKES_PER_SIDE; at += 1) {
    const strike = at * step;
    if (strike > 0 && (isWide || strike <= HIGHEST_STRIKE)) strikes.push(strike);
  }
  return strikes;
}

/** `AAPL  261218C00200000`: the symbol padded to six places, the date, the right, the strike times 1000 in eight digits (OCC form). */
export function occSymbol(symbol: string, expiry: string, right: OptionRight, strike: number): string {
  return `${symbol.padEnd(6)}${expiry.slice(2)}${right}${String(Math.round(strike * 1000)).padStart(8, '0')}`;
}

const FIRST_OPTION_CON_ID = 700_000_000;
const EPOCH_2000 = Date.UTC(2000, 0, 1);
const DAY_SLOTS = 1 << 14;
const STRIKE_SLOTS = 1 << 12;
/** Of listed contracts whose strikes have no place of their own, by their place on the list. */
const FIRST_ODD_CON_ID = 600_000_000;
const ODD_SLOTS = 1_000_000;

/** An id that depends on the contract alone: days since 2000, half dollars of strike, right and place of the underlying, side by side. */
function optionConId(place: number, expiry: string, right: OptionRight, strike: number): number {
  const day = (Date.UTC(Number(expiry.slice(0, 4)), Number(expiry.slice(4, 6)) - 1, Number(expiry.slice(6, 8))) - EPOCH_2000) / DAY_MS;
  const slot = place * 2 + (right === 'C' ? 0 : 1);
  return FIRST_OPTION_CON_ID + (slot * DAY_SLOTS + (day % DAY_SLOTS)) * STRIKE_SLOTS + Math.round(strike * 2);
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'] as const;

/** `SPY JAN19'24 480 CALL`. */
export function optionName(symbol: string, expiry: string, right: OptionRight, strike: number): string {
  return `${symbol} ${MONTHS[Number(expiry.slice(4, 6)) - 1] ?? ''}${expiry.slice(6)}'${expiry.slice(2, 4)} ${strike} ${right === 'C' ? 'CALL' : 'PUT'}`;
}

/**
 * The option contracts of an underlying: every expiry with every strike, calls and puts.
 * @param place which of the underlyings with options this is, 0 to 15; part of the ids
 */
export function optionContracts(underlying: Instrument, grid: OptionGrid, place: number): readonly Instrument[] {
  const contracts: Instrument[] = [];
  for (const expiry of grid.expirations) {
    for (const strike of grid.strikes) {
      for (const right of ['C', 'P'] as const) contracts.push(contractOf(underlying, { expiry, strike, right }, optionConId(place, expiry, right, strike)));
    }
  }
  return contracts;
}

/** The contracts of a list, such as that of a file; `place` as for {@link optionContracts}. */
export function listedContracts(underlying: Instrument, listed: readonly OptionTerms[], place: number): readonly Instrument[] {
  return listed.map((terms, index) => {
    const isOnGrid = Number.isInteger(terms.strike * 2) && terms.strike * 2 < STRIKE_SLOTS;
    const conId = isOnGrid ? optionConId(place, terms.expiry, terms.right, terms.strike) : FIRST_ODD_CON_ID + place * ODD_SLOTS + index;
    return contractOf(underlying, terms, conId);
  });
}

/** The expiries and strikes of a list. */
export function gridOf(listed: readonly OptionTerms[]): OptionGrid {
  return {
    expirations: [...new Set(listed.map(({ expiry }) => expiry))].sort(),
    strikes: [...new Set(listed.map(({ strike }) => strike))].sort((a, b) => a - b),
  };
}

function contractOf(underlying: Instrument, { expiry, strike, right, openInterest }: OptionTerms, conId: number): Instrument {
  return {
    conId,
    symbol: underlying.symbol,
    secType: 'OPT',
    currency: underlying.currency,
    exchange: 'SMART',
    primaryExch: '',
    validExchanges: OPTION_EXCHANGES,
    localSymbol: occSymbol(underlying.symbol, expiry, right, strike),
    tradingClass: underlying.symbol,
    marketName: underlying.symbol,
    longName: optionName(underlying.symbol, expiry, right, strike),
    industry: underlying.industry,
    category: underlying.category,
    subcategory: underlying.subcategory,
    minTick: 0.01,
    timeZoneId: underlying.timeZoneId,
    multiplier: OPTION_MULTIPLIER,
    expiry,
    strike,
    right,
    underConId: underlying.conId,
    openInterest,
  };
}
