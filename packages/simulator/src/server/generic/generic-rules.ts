import { isOption } from '../../market/instrument.js';
import type { Instrument, SecurityType } from '../../market/instrument.js';
import type { Market, Quote } from '../../market/market.js';
import { isOpen } from '../../market/trading-hours.js';
import { openInterest } from './option-statistics.js';
import type { OptionStatistics } from './option-statistics.js';
import type { WeekRangeReader } from './week-ranges.js';

/** One tick to send. */
export interface GenericReading {
  readonly kind: 'price' | 'size' | 'generic' | 'string';
  readonly tickType: number;
  readonly value: number | string | undefined;
}

/** What a quote was at an earlier second. */
export interface Sample {
  readonly atMs: number;
  readonly volume: number;
  readonly trades: number;
}

/** What generic ticks are computed from. */
export interface GenericFacts {
  readonly market: Market;
  readonly instrument: Instrument;
  readonly quote: Quote;
  readonly nowMs: number;
  /** One per second since the line began, at most ten minutes, oldest first. */
  readonly samples: readonly Sample[];
  readonly options: OptionStatistics;
  readonly weeks: WeekRangeReader;
}

/** What a generic tick id of TWS gives here. */
export interface GenericRule {
  readonly id: number;
  /** As TWS prints it in its list of legal ones. */
  readonly name: string;
  readonly secTypes: readonly SecurityType[];
  /** Undefined for ids whose ticks come with events: trades (233, 375), stories (292), or never. */
  readonly read?: ((facts: GenericFacts) => readonly GenericReading[]) | undefined;
}

const MINUTE_MS = 60_000;
const TRADING_DAYS_PER_YEAR = 252;
const EVERYTHING: readonly SecurityType[] = ['STK', 'OPT', 'FOP', 'IND', 'FUT', 'CASH', 'CRYPTO', 'BOND', 'CFD'];
const TRADED: readonly SecurityType[] = ['STK', 'OPT', 'FOP', 'FUT', 'CRYPTO', 'BOND'];
const STOCKS: readonly SecurityType[] = ['STK'];
const OPTIONABLE: readonly SecurityType[] = ['STK', 'OPT', 'FOP', 'IND'];
/** TWS API: more than 1000 shares can be had. */
const EASY_TO_BORROW = 3;
const SHORTABLE_PER_TRADED = 0.5;

function size(tickType: number, value: number | undefined): GenericReading {
  return { kind: 'size', tickType, value: value === undefined ? undefined : Math.round(value) };
}

function price(tickType: number, value: number | undefined): GenericReading {
  return { kind: 'price', tickType, value };
}

function generic(tickType: number, value: number | undefined): GenericReading {
  return { kind: 'generic', tickType, value: value === undefined ? undefined : Number(value.toPrecision(10)) };
}

/** The yearly volatility that today's range speaks of (Parkinson's estimate). */
function rangeVolatility({ high, low }: Quote): number | undefined {
  if (high === undefined || low === undefined || low <= 0) return undefined;
  return (Math.log(high / low) / (2 * Math.sqrt(Math.LN2))) * Math.sqrt(TRADING_DAYS_PER_YEAR);
}

/** What was added within the last minutes; not below 0, since a new day starts from 0. */
function added({ samples, nowMs, quote }: GenericFacts, key: 'volume' | 'trades', minutes: number): number | undefined {
  const base = samples.find(({ atMs }) => atMs >= nowMs - minutes * MINUTE_MS);
  const now = quote[key];
  return base === undefined || now === undefined ? undefined : Math.max(0, now - base[key]);
}

function mark({ market, instrument }: GenericFacts): number | undefined {
  return market.mark(instrument.conId);
}

/** The middle of the quote: what a fund holds is worth that here. */
function netAssetValue({ quote: { bid, ask, last } }: GenericFacts): number | undefined {
  return bid === undefined || ask === undefined ? last : Number(((bid + ask) / 2).toFixed(6));
}

function fundsOnly(read: (facts: GenericFacts) => readonly GenericReading[]): (facts: GenericFacts) => readonly GenericReading[] {
  return (facts) => (facts.instrument.stockType === 'ETF' ? read(facts) : []);
}

/** The first future on an index less the index. */
function indexPremium({ market, instrument, quote }: GenericFacts): number | undefined {
  const [front] = market.universe.listed.filter(({ secType, underConId }) => secType === 'FUT' && underConId === instrument.conId);
  const future = front === undefined ? undefined : market.mark(front.conId);
  return future === undefined || quote.last === undefined ? undefined : Number((future - quote.last).toFixed(4));
}

function interest({ instrument, options }: GenericFacts): readonly GenericReading[] {
  if (isOption(instrument)) {
    const isCall = instrument.right === 'C';
    return [size(27, isCall ? openInterest(instrument) : 0), size(28, isCall ? 0 : openInterest(instrument))];
  }
  const totals = options.totals(instrument);
  return [size(27, totals?.callInterest), size(28, totals?.putInterest)];
}

function volumes({ instrument, options, quote }: GenericFacts): readonly GenericReading[] {
  if (isOption(instrument)) {
    const isCall = instrument.right === 'C';
    return [size(29, isCall ? quote.volume : 0), size(30, isCall ? 0 : quote.volume)];
  }
  const totals = options.totals(instrument);
  return [size(29, totals?.callVolume), size(30, totals?.putVolume)];
}

/** TWS API: the average volume is told in hundreds. */
const VOLUME_UNIT = 100;

/** Extremes of 13, 26 and 52 weeks, today included, and the average volume. They come once the past has been read, after some seconds. */
function longRanges({ instrument, quote, weeks }: GenericFacts): readonly GenericReading[] {
  const ranges = weeks.read(instrument.conId);
  if (ranges === undefined) return [];
  const { low = Infinity, high = -Infinity } = quote;
  const extreme = (value: number): number | undefined => (Number.isFinite(value) ? value : undefined);
  return [
    ...ranges.lows.map((value, place) => price(15 + 2 * place, extreme(Math.min(value, low)))),
    ...ranges.highs.map((value, place) => price(16 + 2 * place, extreme(Math.max(value, high)))),
    size(21, ranges.averageVolume / VOLUME_UNIT),
  ];
}

/** The ten minutes before an auction (09:30 and 16:00 by the usual hours). */
function isBeforeAuction({ instrument, nowMs }: GenericFacts): boolean {
  return isOpen(instrument, nowMs, 'liquid') !== isOpen(instrument, nowMs + 10 * MINUTE_MS, 'liquid');
}

function auction(facts: GenericFacts): readonly GenericReading[] {
  if (!isBeforeAuction(facts)) return [];
  const { bidSize = 0, askSize = 0 } = facts.quote;
  const imbalance = bidSize - askSize;
  return [size(34, bidSize + askSize), price(35, mark(facts)), size(36, imbalance), size(61, imbalance)];
}

/** Every generic tick id that TWS documents; those without a reader here and without events are accepted and stay silent. */
export const GENERIC_RULES: readonly GenericRule[] = [
  { id: 100, name: 'Option Volume', secTypes: OPTIONABLE, read: volumes },
  { id: 101, name: 'Option Open Interest', secTypes: OPTIONABLE, read: interest },
  { id: 104, name: 'Historical Volatility', secTypes: OPTIONABLE, read: ({ quote }) => [generic(23, rangeVolatility(quote))] },
  { id: 105, name: 'Average Opt Volume', secTypes: OPTIONABLE, read: ({ instrument, options }) => [size(87, sum(options.totals(instrument)))] },
  { id: 106, name: 'impvolat', secTypes: OPTIONABLE, read: impliedVolatility },
  { id: 162, name: 'Index Future Premium', secTypes: ['IND'], read: (facts) => [generic(31, indexPremium(facts))] },
  { id: 165, name: 'Misc. Stats', secTypes: ['STK', 'IND', 'FUT'], read: longRanges },
  { id: 220, name: 'Creditman', secTypes: EVERYTHING, read: (facts) => [price(78, mark(facts))] },
  { id: 221, name: 'Mark Price', secTypes: EVERYTHING, read: (facts) => [price(37, mark(facts))] },
  { id: 225, name: 'Auction', secTypes: STOCKS, read: auction },
  { id: 232, name: 'Mark Price', secTypes: EVERYTHING, read: (facts) => [price(37, mark(facts))] },
  { id: 233, name: 'RTVolume', secTypes: TRADED },
  {
    id: 236,
    name: 'Shortable',
    secTypes: STOCKS,
    read: ({ quote }) => [generic(46, EASY_TO_BORROW), size(89, Math.round(((quote.volume ?? 0) * SHORTABLE_PER_TRADED) / 100_000) * 100_000 + 100_000)],
  },
  { id: 258, name: 'Fundamental Ratios', secTypes: STOCKS },
  { id: 292, name: 'Wide_news', secTypes: ['STK', 'IND', 'FUT', 'CASH', 'CRYPTO'] },
  { id: 293, name: 'TradeCount', secTypes: TRADED, read: ({ quote }) => [generic(54, quote.trades)] },
  { id: 294, name: 'TradeRate', secTypes: TRADED, read: (facts) => [generic(55, added(facts, 'trades', 1))] },
  { id: 295, name: 'VolumeRate', secTypes: TRADED, read: (facts) => [generic(56, added(facts, 'volume', 1))] },
  { id: 318, name: 'LastRTHTrade', secTypes: TRADED, read: ({ quote }) => [price(57, quote.last)] },
  { id: 375, name: 'RT Trade Volume', secTypes: TRADED },
  { id: 411, name: 'RTHistVol', secTypes: OPTIONABLE, read: ({ quote }) => [generic(58, rangeVolatility(quote))] },
  // Nothing here pays a dividend: the option model has none either.
  { id: 456, name: 'IBDividends', secTypes: STOCKS, read: () => [{ kind: 'string', tickType: 59, value: ',,,' }] },
  { id: 460, name: 'Bond Factor Multiplier', secTypes: ['BOND'], read: () => [generic(60, 1)] },
  { id: 577, name: 'Etf Nav Last', secTypes: STOCKS, read: fundsOnly((facts) => [price(96, netAssetValue(facts))]) },
  { id: 586, name: 'IPO Prices', secTypes: STOCKS },
  { id: 588, name: 'Futures Open Interest', secTypes: ['FUT'], read: ({ instrument }) => [size(86, openInterest(instrument))] },
  { id: 595, name: 'Short-Term Volume X Mins', secTypes: STOCKS, read: (facts) => [size(63, added(facts, 'volume', 3)), size(64, added(facts, 'volume', 5)), size(65, added(facts, 'volume', 10))] },
  { id: 614, name: 'Etf Nav Misc', secTypes: STOCKS, read: fundsOnly(({ quote }) => [price(98, quote.high), price(99, quote.low)]) },
  { id: 619, name: 'Creditman Slow Mark Price', secTypes: EVERYTHING, read: (facts) => [price(79, mark(facts))] },
  { id: 623, name: 'Etf Nav Frozen Last', secTypes: STOCKS, read: fundsOnly(({ quote }) => [price(97, quote.close)]) },
]; // prettier-ignore

function sum(totals: { readonly callVolume: number; readonly putVolume: number } | undefined): number | undefined {
  return totals === undefined ? undefined : totals.callVolume + totals.putVolume;
}

function impliedVolatility({ market, instrument, options }: GenericFacts): readonly GenericReading[] {
  if (isOption(instrument)) return [generic(24, market.optionModel(instrument.conId, 'model')?.impliedVol)];
  return [generic(24, options.impliedVolatility(instrument))];
}
