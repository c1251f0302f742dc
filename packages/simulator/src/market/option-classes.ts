import { futureLocalSymbol } from './future-months.js';
import type { Instrument, OptionChain, OptionRight } from './instrument.js';
import { compactDay, newYorkDays } from './new-york-days.js';
import { expirationsAfter, occSymbol, optionName, strikesAround, thirdFriday } from './option-listings.js';

/** One day on which options of a class expire. */
export interface ClassExpiry {
  /** Last trading day, `YYYYMMDD`. */
  readonly expiry: string;
  /** The day at whose open they are settled, when it is not at the close of the last trading day. */
  readonly settledAtOpenOf?: string | undefined;
}

/** A class of options on an index or on a contract month of a future: every expiry has every strike. */
export interface OptionClass {
  readonly underlying: Instrument;
  readonly tradingClass: string;
  readonly expiries: readonly ClassExpiry[];
  /** Ascending. */
  readonly strikes: readonly number[];
  /** Part of the ids: 0 to 7, one for each name of a class. */
  readonly place: number;
}

/** Class names that ids have room for. */
export const MOST_CLASSES = 8;

const DAY_MS = 86_400_000;
const FIRST_CON_ID = 615_000_000;
const FIRST_DAY = Date.UTC(2020, 0, 1) / DAY_MS;
const DAY_SLOTS = 1 << 12;
const STRIKE_SLOTS = 1 << 10;
const WEEKLY_EXPIRIES = 4;
const MONTHLY_EXPIRIES = 6;
const QUARTERLY_UNDERLYINGS = 2;
const MOST_FRIDAYS = 4;
const INDEX_EXCHANGES = ['SMART', 'CBOE'] as const;
const INDEX_MULTIPLIER = 100;
const MIN_TICK = 0.05;


function dayOf(date: string): number {
  return Date.UTC(Number(date.slice(0, 4)), Number(date.slice(4, 6)) - 1, Number(date.slice(6, 8))) / DAY_MS;
}

/** Which Friday of its month a date is in, from 1. */
function weekOf(date: string): number {
  return Math.ceil(Number(date.slice(6, 8)) / 7);
}

/** The next third Fridays after a day; on a Good Friday the day before. */
function monthlies(today: number, count: number): readonly number[] {
  const found: number[] = [];
  const first = new Date(today * DAY_MS);
  for (let ahead = 0; found.length < count; ahead += 1) {
    const friday = thirdFriday(first.getUTCFullYear(), first.getUTCMonth() + ahead) / DAY_MS;
    const expiry = newYorkDays().isTradingDay(friday) ? friday : newYorkDays().tradingDayBefore(friday);
    if (expiry > today + 1) found.push(expiry);
  }
  return found;
}

/**
 * The options on an index: weekly ones that are settled at Friday's close, and monthly ones whose last trading day is the Thursday before the third Friday and that are
 * settled at Friday's open. Both in cash.
 */
export function indexClasses(underlying: Instrument, price: number, startAtMs: number, names: { readonly weekly: string; readonly monthly?: string | undefined }, place: number): readonly OptionClass[] {
  const strikes = strikesAround(price, true);
  const fridays = expirationsAfter(startAtMs);
  const weekly: OptionClass = {
    underlying,
    tradingClass: names.weekly,
    expiries: (names.monthly === undefined ? fridays : fridays.slice(0, WEEKLY_EXPIRIES)).map((expiry) => ({ expiry })),
    strikes,
    place,
  };
  if (names.monthly === undefined) return [weekly];
  const expiries = monthlies(newYorkDays().dayOf(startAtMs), MONTHLY_EXPIRIES).map((friday) => ({ expiry: compactDay(newYorkDays().tradingDayBefore(friday)), settledAtOpenOf: compactDay(friday) }));
  return [weekly, { underlying, tradingClass: names.monthly, expiries, strikes, place: place + 1 }];
}

/**
 * The options on the months of a future: quarterly ones that expire with the future, at the open, and weekly ones (`EW1` to `EW4`: the Friday of the month) on the month that
 * is in front then.
 */
export function quarterlyFutureClasses(months: readonly Instrument[], price: number, startAtMs: number, place: number): readonly OptionClass[] {
  const strikes = strikesAround(price, true);
  const sorted = [...months].sort((a, b) => ((a.expiry ?? '') < (b.expiry ?? '') ? -1 : 1));
  const ownDays = new Set(sorted.map(({ expiry }) => expiry));
  const quarterly = sorted.slice(0, QUARTERLY_UNDERLYINGS).map((underlying): OptionClass => {
    const { expiry = '', symbol } = underlying;
    return { underlying, tradingClass: symbol, expiries: [{ expiry, settledAtOpenOf: expiry }], strikes, place };
  });
  const weekly = expirationsAfter(startAtMs)
    .slice(0, WEEKLY_EXPIRIES)
    .filter((expiry) => !ownDays.has(expiry) && weekOf(expiry) <= MOST_FRIDAYS)
    .flatMap((expiry): readonly OptionClass[] => {
      const underlying = sorted.find((month) => (month.expiry ?? '') >= expiry);
      return underlying === undefined ? [] : [{ underlying, tradingClass: `EW${weekOf(expiry)}`, expiries: [{ expiry }], strikes, place: place + 1 }];
    });
  return [...quarterly, ...weekly];
}

/** The options on a single future: on the Fridays until it expires, and on its last day. */
export function futureClass(underlying: Instrument, price: number, startAtMs: number, place: number): OptionClass {
  const { expiry: last = '', symbol } = underlying;
  const expiries = [...new Set([...expirationsAfter(startAtMs).filter((expiry) => expiry < last), last])].map((expiry) => ({ expiry }));
  return { underlying, tradingClass: symbol, expiries, strikes: strikesAround(price, true), place };
}

function conIdOf({ place, strikes }: OptionClass, expiry: string, right: OptionRight, strike: number): number {
  const [first = 1, second = first * 2] = strikes;
  const slot = Math.round(strike / (second - first));
  return FIRST_CON_ID + ((place * 2 + (right === 'C' ? 0 : 1)) * DAY_SLOTS + ((dayOf(expiry) - FIRST_DAY + DAY_SLOTS) % DAY_SLOTS)) * STRIKE_SLOTS + (slot % STRIKE_SLOTS);
}

/** The contracts of a class. */
export function classContracts(optionClass: OptionClass): readonly Instrument[] {
  const { underlying, tradingClass, expiries, strikes } = optionClass;
  const isOnFuture = underlying.secType === 'FUT';
  const contracts: Instrument[] = [];
  for (const { expiry, settledAtOpenOf } of expiries) {
    const expires = settledAtOpenOf ?? expiry;
    for (const strike of strikes) {
      for (const right of ['C', 'P'] as const) {
        contracts.push({
          conId: conIdOf(optionClass, expiry, right, strike),
          symbol: underlying.symbol,
          secType: isOnFuture ? 'FOP' : 'OPT',
          currency: underlying.currency,
          exchange: isOnFuture ? underlying.exchange : 'SMART',
          primaryExch: '',
          validExchanges: isOnFuture ? [underlying.exchange] : INDEX_EXCHANGES,
          localSymbol: isOnFuture ? `${futureLocalSymbol(tradingClass, expires.slice(0, 6))} ${right}${strike}` : occSymbol(tradingClass, expires, right, strike),
          tradingClass,
          marketName: tradingClass,
          longName: isOnFuture ? underlying.longName : optionName(underlying.symbol, expires, right, strike),
          industry: underlying.industry,
          category: underlying.category,
          subcategory: underlying.subcategory,
          minTick: MIN_TICK,
          timeZoneId: underlying.timeZoneId,
          multiplier: isOnFuture ? underlying.multiplier : INDEX_MULTIPLIER,
          expiry,
          settledAtOpenOf,
          contractMonth: isOnFuture ? expires.slice(0, 6) : undefined,
          strike,
          right,
          underConId: underlying.conId,
          isCashSettled: !isOnFuture,
        });
      }
    }
  }
  return contracts;
}

/** The chains that classes make, one for each exchange. */
export function classChains(classes: readonly OptionClass[]): readonly OptionChain[] {
  return classes.flatMap(({ underlying, tradingClass, expiries, strikes }) =>
    (underlying.secType === 'FUT' ? [underlying.exchange] : INDEX_EXCHANGES).map((exchange) => ({
      underConId: underlying.conId,
      exchange,
      tradingClass,
      multiplier: underlying.secType === 'FUT' ? (underlying.multiplier ?? 1) : INDEX_MULTIPLIER,
      expirations: expiries.map(({ expiry }) => expiry),
      strikes,
    })),
  );
}

/** When an option ends: at the regular close of its last trading day, or at the open of the day on which it is settled. Epoch milliseconds. */
export function expiryInstant({ expiry = '', settledAtOpenOf }: Instrument): number {
  const { startMs, endMs } = newYorkDays().regularSession(dayOf(settledAtOpenOf ?? expiry));
  return settledAtOpenOf === undefined ? endMs : startMs;
}
