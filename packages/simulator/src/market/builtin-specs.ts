import { futureMonthsAfter } from './future-months.js';
import type { FutureCycle } from './future-months.js';
import type { InstrumentSpec } from './instrument-spec.js';
import type { PriceWalk } from './price-walk.js';
import type { StockListing } from './stock-listings.js';

/** The price of crude oil, which is not listed itself: its futures follow it. */
export const OIL_SPOT: PriceWalk = {
  conId: 590_000_000,
  symbol: 'CL',
  primaryExch: 'NYMEX',
  otherExchanges: [],
  referencePrice: 71.4,
  volatility: 0.34,
  lot: 1,
};

const SPX = 416904;
const NDX = 416843;
/** Interest less dividends, yearly. */
const INDEX_CARRY = 0.027;
const OIL_CARRY = -0.02;
const SPX_PER_SPY = 10.03;
const NDX_PER_QQQ = 41.1;
const VIX_LEVEL = 100;
/** How many percent the VIX falls when SPY rises by one. */
const VIX_POWER = -5;
const FIRST_FUTURE_CON_ID = 600_000_000;
const CON_IDS_PER_FUTURE = 1_000_000;

interface FutureProduct {
  readonly symbol: string;
  readonly cycle: FutureCycle;
  readonly parent: number;
  readonly ratio: number;
  readonly carry: number;
  readonly minTick: number;
  readonly multiplier: number;
  readonly exchange: string;
  readonly sizeFactor: number;
  readonly longName: string;
  readonly underConId?: number | undefined;
  readonly timeZoneId: string;
}

function monthsOf(product: FutureProduct, place: number, startAtMs: number): readonly InstrumentSpec[] {
  const { symbol, cycle, parent, ratio, carry, minTick, multiplier, exchange, sizeFactor, longName, underConId, timeZoneId } = product;
  return futureMonthsAfter(cycle, startAtMs).map(({ contractMonth, expiry }) => ({
    symbol,
    secType: 'FUT',
    conId: FIRST_FUTURE_CON_ID + place * CON_IDS_PER_FUTURE + Number(contractMonth),
    follows: { conId: parent, ratio, carry },
    exchange,
    minTick,
    multiplier,
    lot: sizeFactor,
    expiry,
    contractMonth,
    longName,
    underConId,
    timeZoneId,
  }));
}

function indexes(spy: StockListing, qqq: StockListing): readonly InstrumentSpec[] {
  const vixRatio = (VIX_LEVEL * spy.volatility) / spy.referencePrice ** VIX_POWER;
  return [
    { symbol: 'SPX', secType: 'IND', conId: SPX, exchange: 'CBOE', longName: 'S&P 500 STOCK INDEX', follows: { conId: spy.conId, ratio: SPX_PER_SPY } },
    { symbol: 'NDX', secType: 'IND', conId: NDX, exchange: 'NASDAQ', longName: 'NASDAQ 100 STOCK INDEX', follows: { conId: qqq.conId, ratio: NDX_PER_QQQ } },
    { symbol: 'VIX', secType: 'IND', conId: 13455763, exchange: 'CBOE', longName: 'CBOE VOLATILITY INDEX', follows: { conId: spy.conId, ratio: vixRatio, power: VIX_POWER } },
  ]; // prettier-ignore
}

function futures(spy: StockListing, qqq: StockListing): readonly FutureProduct[] {
  const index = { cycle: 'indexQuarters', carry: INDEX_CARRY, minTick: 0.25, exchange: 'CME', sizeFactor: 0.05, timeZoneId: 'US/Central' } as const;
  return [
    { ...index, symbol: 'ES', parent: spy.conId, ratio: SPX_PER_SPY, multiplier: 50, longName: 'E-mini S&P 500', underConId: SPX },
    { ...index, symbol: 'NQ', parent: qqq.conId, ratio: NDX_PER_QQQ, multiplier: 20, longName: 'E-mini NASDAQ 100', underConId: NDX },
    {
      symbol: 'CL',
      cycle: 'oilMonths',
      parent: OIL_SPOT.conId,
      ratio: 1,
      carry: OIL_CARRY,
      minTick: 0.01,
      multiplier: 1000,
      exchange: 'NYMEX',
      sizeFactor: 1,
      longName: 'Light Sweet Crude Oil',
      timeZoneId: 'US/Eastern',
    },
  ];
}

const CURRENCIES: readonly InstrumentSpec[] = [
  { symbol: 'EUR', secType: 'CASH', currency: 'USD', conId: 12087792, price: 1.0835, volatility: 0.075, longName: 'European Monetary Union Euro' },
  { symbol: 'GBP', secType: 'CASH', currency: 'USD', conId: 12087797, price: 1.2712, volatility: 0.08, longName: 'British pound' },
  { symbol: 'USD', secType: 'CASH', currency: 'JPY', conId: 15016059, price: 151.62, volatility: 0.1, minTick: 0.005, longName: 'US dollar' },
];

const CRYPTO: readonly InstrumentSpec[] = [
  { symbol: 'BTC', secType: 'CRYPTO', conId: 479624278, price: 67_250, volatility: 0.55, minTick: 0.25, lot: 0.05, longName: 'Bitcoin cryptocurrency' },
  { symbol: 'ETH', secType: 'CRYPTO', conId: 495759171, price: 3_180, volatility: 0.65, minTick: 0.01, lot: 0.5, longName: 'Ethereum cryptocurrency' },
];

/** The names and terms of the bonds are invented; no such paper exists. */
const BONDS: readonly InstrumentSpec[] = [
  {
    symbol: 'US-T',
    secType: 'BOND',
    conId: 590_000_101,
    price: 98.875,
    volatility: 0.06,
    longName: 'US-T 4 1/4 11/15/34',
    bond: { cusip: '91282SIM4', coupon: 4.25, maturity: '20341115', issueDate: '20241115', ratings: 'AAA', bondType: 'GOVT' },
  },
  {
    symbol: 'AAPL',
    secType: 'BOND',
    conId: 590_000_102,
    price: 86.4,
    volatility: 0.08,
    longName: 'AAPL 3.85 05/04/43',
    bond: { cusip: '037833SM1', coupon: 3.85, maturity: '20430504', issueDate: '20130503', ratings: 'Aaa/AA+', bondType: 'CORP' },
  },
];

/** Everything that the simulator lists besides stocks and options, for a market that starts at `startAtMs`. Whatever follows a stock that is not listed is left out. */
export function builtinSpecs(stocks: readonly StockListing[], startAtMs: number): readonly InstrumentSpec[] {
  const stock = (symbol: string): StockListing | undefined => stocks.find((listing) => listing.symbol === symbol);
  const [spy, qqq, apple] = [stock('SPY'), stock('QQQ'), stock('AAPL')];
  const onIndexes =
    spy === undefined || qqq === undefined
      ? []
      : [...indexes(spy, qqq), ...futures(spy, qqq).flatMap((product, place) => monthsOf(product, place, startAtMs))];
  const cfds: readonly InstrumentSpec[] =
    apple === undefined ? [] : [{ symbol: 'AAPL', secType: 'CFD', conId: 118_089_500, follows: { conId: apple.conId, ratio: 1 }, longName: apple.longName }];
  return [...onIndexes, ...CURRENCIES, ...CRYPTO, ...BONDS, ...cfds];
}
