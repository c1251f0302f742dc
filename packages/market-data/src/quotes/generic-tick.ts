import { UsageError } from '@ibkit/error-codes';
import type { QuoteField } from './quote.js';

/**
 * Extra ticks that a line carries only when asked, by name, with the number of the TWS API (generic tick list). {@link GENERIC_TICK_FACTS} says
 * what each gives.
 */
export const GENERIC_TICKS = {
  optionVolume: 100,
  optionOpenInterest: 101,
  historicalVolatility: 104,
  averageOptionVolume: 105,
  impliedVolatility: 106,
  indexFuturePremium: 162,
  miscStats: 165,
  creditmanMark: 220,
  auction: 225,
  markPrice: 232,
  rtVolume: 233,
  shortable: 236,
  fundamentalRatios: 258,
  news: 292,
  tradeCount: 293,
  tradeRate: 294,
  volumeRate: 295,
  lastRth: 318,
  rtTradeVolume: 375,
  rtHistoricalVolatility: 411,
  dividends: 456,
  bondFactor: 460,
  navBidAsk: 576,
  navLast: 577,
  navClose: 578,
  ipo: 586,
  futuresOpenInterest: 588,
  shortTermVolume: 595,
  navRange: 614,
  slowMark: 619,
  navFrozenLast: 623,
  oddLots: 787,
} as const;

/** The name of an extra tick. */
export type GenericTickName = keyof typeof GENERIC_TICKS;

/** An extra tick by name, or by its number in the TWS API. What fills no field of a quote comes in its `raw`. */
export type GenericTick = GenericTickName | number;

/** What an extra tick gives. */
export interface GenericTickFacts {
  /** The fields of the quote that it fills. */
  readonly gives: readonly QuoteField[];
  readonly unit: string;
  /** Only older versions of TWS know it; the others refuse a list with it (321). */
  readonly older?: boolean | undefined;
}

/**
 * What each extra tick gives. Sources: TWS API, tick types; the list of legal ones that TWS prints with error 321 (2026, server version 193, the same
 * for every type of contract).
 */
export const GENERIC_TICK_FACTS: Readonly<Record<GenericTickName, GenericTickFacts>> = {
  optionVolume: { gives: ['callVolume', 'putVolume'], unit: 'contracts today' },
  optionOpenInterest: { gives: ['callOpenInterest', 'putOpenInterest'], unit: 'contracts' },
  historicalVolatility: { gives: ['historicalVolatility'], unit: 'of 30 days, per year: 0.25 is 25 %', older: true },
  averageOptionVolume: { gives: ['averageOptionVolume'], unit: 'contracts a day' },
  impliedVolatility: { gives: ['impliedVolatility'], unit: 'of 30 days, per year: 0.25 is 25 %' },
  indexFuturePremium: { gives: ['indexFuturePremium'], unit: 'points of the index', older: true },
  miscStats: {
    gives: ['low13Week', 'high13Week', 'low26Week', 'high26Week', 'low52Week', 'high52Week', 'averageVolume'],
    unit: 'prices; volume a day over 90 days, in hundreds as TWS sends it',
  },
  creditmanMark: { gives: ['creditmanMark'], unit: 'price' },
  auction: { gives: ['auctionVolume', 'auctionPrice', 'auctionImbalance', 'regulatoryImbalance'], unit: 'shares, price, shares, shares; imbalances with the sign that TWS sends' },
  markPrice: { gives: ['mark'], unit: 'price' },
  rtVolume: { gives: ['rtVolume', 'vwap'], unit: 'the last trade, unreportable ones included, with the volume of the day and its average price' },
  shortable: { gives: ['shortable', 'shortability', 'shortableShares'], unit: 'degree (above 2.5: 1,000 shares and more, above 1.5: if they can be located), the same as a word, shares' },
  fundamentalRatios: { gives: ['fundamentalRatios'], unit: 'by the name that TWS uses, in its units' },
  news: { gives: [], unit: 'headlines, as `news` events' },
  tradeCount: { gives: ['tradeCount'], unit: 'trades today' },
  tradeRate: { gives: ['tradeRate'], unit: 'trades a minute' },
  volumeRate: { gives: ['volumeRate'], unit: 'units a minute' },
  lastRth: { gives: ['lastRth'], unit: 'price of the last trade in regular hours' },
  rtTradeVolume: { gives: ['rtTradeVolume', 'vwap'], unit: 'as `rtVolume`, without unreportable trades' },
  rtHistoricalVolatility: { gives: ['rtHistoricalVolatility'], unit: 'of 30 days, per year: 0.25 is 25 %' },
  dividends: { gives: ['dividends'], unit: 'per share: of the last and the next 12 months, day and amount of the next' },
  bondFactor: { gives: ['bondFactor'], unit: 'present principal / original principal' },
  navBidAsk: { gives: ['navBid', 'navAsk'], unit: 'prices', older: true },
  navLast: { gives: ['navLast'], unit: 'price' },
  navClose: { gives: ['navClose', 'navPriorClose'], unit: 'prices', older: true },
  ipo: { gives: ['ipoEstimatedMidpoint', 'ipoFinalPrice'], unit: 'prices' },
  futuresOpenInterest: { gives: ['futuresOpenInterest'], unit: 'contracts' },
  shortTermVolume: { gives: ['shortTermVolume3Min', 'shortTermVolume5Min', 'shortTermVolume10Min'], unit: 'units in the last 3, 5 and 10 minutes' },
  navRange: { gives: ['navHigh', 'navLow'], unit: 'prices' },
  slowMark: { gives: ['slowMark'], unit: 'price, changed slowly: the one in the calculations of the broker' },
  navFrozenLast: { gives: ['navFrozenLast'], unit: 'price' },
  oddLots: { gives: ['oddLotBid', 'oddLotBidSize', 'oddLotBidExchange', 'oddLotAsk', 'oddLotAskSize', 'oddLotAskExchange'], unit: 'price, shares, exchange letters; server version 225' },
};

const LARGEST = 9999;

/**
 * The numbers for a list of ticks: each once, ascending.
 * @throws {@link UsageError} for an unknown name or an impossible number.
 */
export function genericTickIds(ticks: readonly GenericTick[]): readonly number[] {
  return [...new Set(ticks.map(idOf))].sort((a, b) => a - b);
}

/** The union of two lists of numbers: each once, ascending. */
export function mergedTickIds(a: readonly number[], b: readonly number[]): readonly number[] {
  return [...new Set([...a, ...b])].sort((x, y) => x - y);
}

function idOf(tick: GenericTick): number {
  if (typeof tick === 'string') {
    if (Object.hasOwn(GENERIC_TICKS, tick)) return GENERIC_TICKS[tick];
    throw new UsageError({ field: 'ticks', value: tick, rule: `must be a number or one of ${Object.keys(GENERIC_TICKS).join(', ')}` });
  }
  if (Number.isSafeInteger(tick) && tick > 0 && tick <= LARGEST) return tick;
  throw new UsageError({ field: 'ticks', value: tick, rule: `must be a whole number from 1 to ${LARGEST} or a name` });
}
