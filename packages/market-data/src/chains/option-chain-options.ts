import { parseLocalDate } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import type { OptionRight } from '../contracts/contract-query.js';
import type { DividendPayment, OptionStyle } from '../greeks/option-terms.js';
import { checkDuration } from '../options.js';
import { genericTickIds } from '../quotes/generic-tick.js';
import type { GenericTick } from '../quotes/generic-tick.js';
import { checkedMode } from '../quotes/market-data-mode.js';
import type { MarketDataMode } from '../quotes/market-data-mode.js';

/** A range of numbers, both ends included; what is left out is open. */
export interface NumberRange {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** A range of days, both ends included, `YYYY-MM-DD` or `YYYYMMDD`; what is left out is open. */
export interface DayRange {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** Which part of a chain is wanted, relative to the market of now. What is given must all hold. */
export interface OptionWindow {
  /** Strike divided by the price of the underlying: `{ from: 0.9, to: 1.1 }` is 10 % to either side. */
  readonly moneyness?: NumberRange | undefined;
  /** Delta without its sign, 0 to 1: `{ from: 0.2, to: 0.5 }` holds calls and puts alike. */
  readonly delta?: NumberRange | undefined;
  /** Calendar days from today at the exchange; 0 is today. */
  readonly daysToExpiry?: NumberRange | undefined;
  /** So many strikes below and above the price of the underlying, in each expiry. */
  readonly strikesEachSide?: number | undefined;
  /** So many expiries, the nearest first. */
  readonly nextExpiries?: number | undefined;
}

/** What the Greeks are computed with where the broker sends none. */
export interface LocalGreeksOptions {
  /** Per year, continuously compounded. @defaultValue 0 */
  readonly rate?: number | undefined;
  /** Per year, continuously compounded. @defaultValue 0 */
  readonly dividendYield?: number | undefined;
  /** Cash dividends, instead of `dividendYield`. */
  readonly dividends?: readonly DividendPayment[] | undefined;
  /** @defaultValue European on an index, American on anything else */
  readonly style?: OptionStyle | undefined;
  /** How long the broker's model is waited for after bid and ask came. @defaultValue 3000 */
  readonly waitMs?: number | undefined;
}

/** Which contracts of a chain, and how to follow them. */
export interface OptionChainOptions {
  /** These expiries, `YYYY-MM-DD` or `YYYYMMDD`, or those of a range. @defaultValue all */
  readonly expiries?: readonly string[] | DayRange | undefined;
  /** These strikes, or those of a range. @defaultValue all */
  readonly strikes?: readonly number[] | NumberRange | undefined;
  /** Calls or puts only: `C` or `P`. @defaultValue both */
  readonly right?: OptionRight | undefined;
  /** @defaultValue SMART where there is one, else the exchange of the underlying, or the only one */
  readonly exchange?: string | undefined;
  /** `SPXW`. Needed only where several classes fit: the error lists them. */
  readonly tradingClass?: string | undefined;
  /** Units per contract. Needed only where classes of one name differ in it. */
  readonly multiplier?: number | undefined;
  readonly window?: OptionWindow | undefined;
  /** What the broker may send where live data is not to be had. @defaultValue 'live' */
  readonly mode?: MarketDataMode | undefined;
  /** Ticks that come only when asked for. @defaultValue none */
  readonly ticks?: readonly GenericTick[] | undefined;
  /** The price of the underlying, for as long as the broker gives none. */
  readonly underlyingPrice?: number | undefined;
  /** Greeks of our own where the broker sends none; `false` for none. @defaultValue `{}` */
  readonly localGreeks?: LocalGreeksOptions | false | undefined;
  /**
   * Quote lines that the chain may hold at a time, that of the underlying not counted. @defaultValue with a `lineBudget` whatever it has left,
   * else 80 of the 100 lines that every account has
   */
  readonly lines?: number | undefined;
  /** How long a contract that is not complete keeps its line while others wait for one, in milliseconds. @defaultValue 5000 */
  readonly rowTimeoutMs?: number | undefined;
  /** Contracts that are read anew per second once all were read, where there are more of them than lines: 0 to 20. @defaultValue 5 */
  readonly rowsPerSecond?: number | undefined;
  /** When a chain that is not complete counts as partial, in milliseconds from the call. @defaultValue 60000 */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Days, checked: a list in order, or a range. */
export type WantedDays = { readonly list: readonly string[] } | { readonly from: string | undefined; readonly to: string | undefined };
/** Strikes, checked: a list in order, or a range. */
export type WantedStrikes = { readonly list: readonly number[] } | { readonly from: number; readonly to: number };

/** A closed range. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** {@link OptionChainOptions}, checked, with every default applied. */
export interface ChainWants {
  readonly expiries: WantedDays;
  readonly strikes: WantedStrikes;
  readonly right: OptionRight | undefined;
  readonly exchange: string | undefined;
  readonly tradingClass: string | undefined;
  readonly multiplier: number | undefined;
  readonly moneyness: Span | undefined;
  readonly delta: Span | undefined;
  readonly daysToExpiry: Span | undefined;
  readonly strikesEachSide: number | undefined;
  readonly nextExpiries: number | undefined;
  readonly mode: MarketDataMode;
  readonly ticks: readonly number[];
  readonly underlyingPrice: number | undefined;
  readonly localGreeks: (LocalGreeksOptions & { readonly waitMs: number }) | undefined;
  readonly lines: number | undefined;
  readonly rowTimeoutMs: number;
  readonly rowsPerSecond: number;
  readonly timeoutMs: number;
}

const ALL: Span = { from: 0, to: Number.POSITIVE_INFINITY };
const RIGHTS: ReadonlySet<string> = new Set<OptionRight>(['C', 'P']);
const STYLES: ReadonlySet<string> = new Set<OptionStyle>(['european', 'american']);
const MOST_LINES = 10_000;
const MOST_ROWS_PER_SECOND = 20;
const COMPACT_DAY = /^(\d{4})(\d{2})(\d{2})$/u;

/**
 * Checks what a caller wants of a chain.
 * @throws {@link UsageError} naming the option, its value and the rule.
 */
export function checkedChainOptions(options: OptionChainOptions): ChainWants {
  const { window = {}, localGreeks = {} } = options;
  const wants: ChainWants = {
    expiries: checkedDays(options.expiries),
    strikes: checkedStrikes(options.strikes),
    right: checkedRight(options.right),
    exchange: textOf('exchange', options.exchange),
    tradingClass: textOf('tradingClass', options.tradingClass),
    multiplier: options.multiplier === undefined ? undefined : inRange('multiplier', options.multiplier, { from: 1e-6, to: 1e9 }),
    moneyness: checkedSpan('window.moneyness', window.moneyness, { from: 0, to: 1000 }),
    delta: checkedSpan('window.delta', window.delta, { from: 0, to: 1 }),
    daysToExpiry: checkedSpan('window.daysToExpiry', window.daysToExpiry, { from: 0, to: 36_500 }),
    strikesEachSide: wholeOf('window.strikesEachSide', window.strikesEachSide, { from: 1, to: MOST_LINES }),
    nextExpiries: wholeOf('window.nextExpiries', window.nextExpiries, { from: 1, to: 1000 }),
    mode: checkedMode(options.mode ?? 'live'),
    ticks: genericTickIds(options.ticks ?? []),
    underlyingPrice: options.underlyingPrice === undefined ? undefined : inRange('underlyingPrice', options.underlyingPrice, { from: 1e-6, to: 1e12 }),
    localGreeks: localGreeks === false ? undefined : { ...localGreeks, waitMs: checkDuration('localGreeks.waitMs', localGreeks.waitMs ?? 3000, 0) },
    lines: wholeOf('lines', options.lines, { from: 1, to: MOST_LINES }),
    rowTimeoutMs: checkDuration('rowTimeoutMs', options.rowTimeoutMs ?? 5000, 100),
    rowsPerSecond: inRange('rowsPerSecond', options.rowsPerSecond ?? 5, { from: 0, to: MOST_ROWS_PER_SECOND }),
    timeoutMs: checkDuration('timeoutMs', options.timeoutMs ?? 60_000, 1),
  };
  if (wants.localGreeks !== undefined) checkModel(wants.localGreeks);
  return wants;
}

/** A day as `YYYY-MM-DD`. @throws {@link UsageError} when it is none. */
export function isoDay(field: string, value: string): string {
  const day = value.trim().replace(COMPACT_DAY, '$1-$2-$3');
  try {
    parseLocalDate(day);
    return day;
  } catch (cause) {
    throw new UsageError({ field, value, rule: 'must be a day of the calendar, YYYY-MM-DD or YYYYMMDD', cause });
  }
}

function checkedDays(days: OptionChainOptions['expiries']): WantedDays {
  if (days === undefined) return { from: undefined, to: undefined };
  if (isList(days)) {
    if (days.length === 0) throw new UsageError({ field: 'expiries', value: days, rule: 'must not be empty: leave it out for all' });
    return { list: [...new Set(days.map((day, index) => isoDay(`expiries[${index}]`, day)))].sort() };
  }
  const from = days.from === undefined ? undefined : isoDay('expiries.from', days.from);
  const to = days.to === undefined ? undefined : isoDay('expiries.to', days.to);
  if (from !== undefined && to !== undefined && from > to) throw new UsageError({ field: 'expiries.from', value: from, rule: `must not be after expiries.to (${to})` });
  return { from, to };
}

function checkedStrikes(strikes: OptionChainOptions['strikes']): WantedStrikes {
  if (strikes === undefined) return ALL;
  if (!isList(strikes)) return checkedSpan('strikes', strikes, { from: 0, to: 1e12 }) ?? ALL;
  if (strikes.length === 0) throw new UsageError({ field: 'strikes', value: strikes, rule: 'must not be empty: leave it out for all' });
  const list = strikes.map((strike, index) => inRange(`strikes[${index}]`, strike, { from: 1e-6, to: 1e12 }));
  return { list: [...new Set(list)].sort((a, b) => a - b) };
}

function checkedRight(right: OptionRight | undefined): OptionRight | undefined {
  if (right === undefined || RIGHTS.has(right)) return right;
  throw new UsageError({ field: 'right', value: right, rule: "must be 'C' or 'P'; leave it out for both" });
}

function checkedSpan(field: string, range: NumberRange | undefined, limits: Span): Span | undefined {
  if (range === undefined) return undefined;
  const from = range.from === undefined ? limits.from : inRange(`${field}.from`, range.from, limits);
  const to = range.to === undefined ? limits.to : inRange(`${field}.to`, range.to, limits);
  if (from > to) throw new UsageError({ field: `${field}.from`, value: from, rule: `must not be above ${field}.to (${to})` });
  return { from, to };
}

/** The rest is checked with each contract; these would fail on all of them. */
function checkModel({ rate, dividendYield, style }: LocalGreeksOptions): void {
  if (rate !== undefined) inRange('localGreeks.rate', rate, { from: -1, to: 2 });
  if (dividendYield !== undefined) inRange('localGreeks.dividendYield', dividendYield, { from: -1, to: 2 });
  if (style !== undefined && !STYLES.has(style)) {
    throw new UsageError({ field: 'localGreeks.style', value: style, rule: "must be 'european' or 'american'" });
  }
}

function textOf(field: string, value: string | undefined): string | undefined {
  const text = value?.trim();
  if (text === '') throw new UsageError({ field, value, rule: 'must not be empty: leave it out' });
  return text;
}

function wholeOf(field: string, value: number | undefined, limits: Span): number | undefined {
  if (value === undefined || (Number.isSafeInteger(value) && value >= limits.from && value <= limits.to)) return value;
  throw new UsageError({ field, value, rule: `must be a whole number from ${limits.from} to ${limits.to}` });
}

function inRange(field: string, value: number, { from, to }: Span): number {
  if (value >= from && value <= to) return value;
  throw new UsageError({ field, value, rule: `must be a number from ${from} to ${to}` });
}

function isList<T>(value: readonly T[] | object): value is readonly T[] {
  return Array.isArray(value);
}
