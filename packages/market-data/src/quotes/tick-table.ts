import type { GreeksSide, NumericQuoteField, TextQuoteField } from './quote.js';

/** A price with a size of its own. */
export type QuoteSide = 'bid' | 'ask' | 'last';

/** What the number of a tick type means. */
export type TickMeaning =
  | { readonly kind: 'sidePrice'; readonly side: QuoteSide; readonly delayed: boolean }
  | { readonly kind: 'sideSize'; readonly side: QuoteSide; readonly delayed: boolean }
  | { readonly kind: 'price'; readonly field: NumericQuoteField; readonly delayed: boolean }
  /** A count or rate: 0 is a value. */
  | { readonly kind: 'count'; readonly field: NumericQuoteField; readonly delayed: boolean }
  /** A number of any sign. */
  | { readonly kind: 'signed'; readonly field: NumericQuoteField; readonly delayed: boolean }
  | { readonly kind: 'epochSeconds'; readonly field: NumericQuoteField; readonly delayed: boolean }
  | { readonly kind: 'text'; readonly field: TextQuoteField; readonly delayed: boolean }
  | { readonly kind: 'halted'; readonly delayed: boolean }
  /** `price;size;epoch ms;volume;vwap;single` */
  | { readonly kind: 'rtVolume'; readonly delayed: boolean }
  | { readonly kind: 'greeks'; readonly side: GreeksSide; readonly delayed: boolean };

/** TWS API: the size that belongs to each side. */
export const SIZE_FIELD = { bid: 'bidSize', ask: 'askSize', last: 'lastSize' } as const;

const live = { delayed: false };
const delayed = { delayed: true };

/** TWS API, tick types. Delayed ticks have numbers of their own and mean the same fields. */
const TICKS: ReadonlyMap<number, TickMeaning> = new Map<number, TickMeaning>([
  [0, { kind: 'sideSize', side: 'bid', ...live }],
  [1, { kind: 'sidePrice', side: 'bid', ...live }],
  [2, { kind: 'sidePrice', side: 'ask', ...live }],
  [3, { kind: 'sideSize', side: 'ask', ...live }],
  [4, { kind: 'sidePrice', side: 'last', ...live }],
  [5, { kind: 'sideSize', side: 'last', ...live }],
  [6, { kind: 'price', field: 'high', ...live }],
  [7, { kind: 'price', field: 'low', ...live }],
  [8, { kind: 'count', field: 'volume', ...live }],
  [9, { kind: 'price', field: 'close', ...live }],
  [10, { kind: 'greeks', side: 'bid', ...live }],
  [11, { kind: 'greeks', side: 'ask', ...live }],
  [12, { kind: 'greeks', side: 'last', ...live }],
  [13, { kind: 'greeks', side: 'model', ...live }],
  [14, { kind: 'price', field: 'open', ...live }],
  [15, { kind: 'price', field: 'low13Week', ...live }],
  [16, { kind: 'price', field: 'high13Week', ...live }],
  [17, { kind: 'price', field: 'low26Week', ...live }],
  [18, { kind: 'price', field: 'high26Week', ...live }],
  [19, { kind: 'price', field: 'low52Week', ...live }],
  [20, { kind: 'price', field: 'high52Week', ...live }],
  [21, { kind: 'count', field: 'averageVolume', ...live }],
  [22, { kind: 'count', field: 'openInterest', ...live }],
  [23, { kind: 'count', field: 'historicalVolatility', ...live }],
  [24, { kind: 'count', field: 'impliedVolatility', ...live }],
  [27, { kind: 'count', field: 'callOpenInterest', ...live }],
  [28, { kind: 'count', field: 'putOpenInterest', ...live }],
  [29, { kind: 'count', field: 'callVolume', ...live }],
  [30, { kind: 'count', field: 'putVolume', ...live }],
  [31, { kind: 'signed', field: 'indexFuturePremium', ...live }],
  [32, { kind: 'text', field: 'bidExchange', ...live }],
  [33, { kind: 'text', field: 'askExchange', ...live }],
  [34, { kind: 'count', field: 'auctionVolume', ...live }],
  [35, { kind: 'price', field: 'auctionPrice', ...live }],
  [36, { kind: 'signed', field: 'auctionImbalance', ...live }],
  [37, { kind: 'price', field: 'mark', ...live }],
  [45, { kind: 'epochSeconds', field: 'lastTime', ...live }],
  [46, { kind: 'count', field: 'shortable', ...live }],
  [48, { kind: 'rtVolume', ...live }],
  [49, { kind: 'halted', ...live }],
  [54, { kind: 'count', field: 'tradeCount', ...live }],
  [55, { kind: 'count', field: 'tradeRate', ...live }],
  [56, { kind: 'count', field: 'volumeRate', ...live }],
  [57, { kind: 'price', field: 'lastRth', ...live }],
  [58, { kind: 'count', field: 'rtHistoricalVolatility', ...live }],
  [61, { kind: 'signed', field: 'regulatoryImbalance', ...live }],
  [63, { kind: 'count', field: 'shortTermVolume3Min', ...live }],
  [64, { kind: 'count', field: 'shortTermVolume5Min', ...live }],
  [65, { kind: 'count', field: 'shortTermVolume10Min', ...live }],
  [66, { kind: 'sidePrice', side: 'bid', ...delayed }],
  [67, { kind: 'sidePrice', side: 'ask', ...delayed }],
  [68, { kind: 'sidePrice', side: 'last', ...delayed }],
  [69, { kind: 'sideSize', side: 'bid', ...delayed }],
  [70, { kind: 'sideSize', side: 'ask', ...delayed }],
  [71, { kind: 'sideSize', side: 'last', ...delayed }],
  [72, { kind: 'price', field: 'high', ...delayed }],
  [73, { kind: 'price', field: 'low', ...delayed }],
  [74, { kind: 'count', field: 'volume', ...delayed }],
  [75, { kind: 'price', field: 'close', ...delayed }],
  [76, { kind: 'price', field: 'open', ...delayed }],
  [77, { kind: 'rtVolume', ...live }],
  [80, { kind: 'greeks', side: 'bid', ...delayed }],
  [81, { kind: 'greeks', side: 'ask', ...delayed }],
  [82, { kind: 'greeks', side: 'last', ...delayed }],
  [83, { kind: 'greeks', side: 'model', ...delayed }],
  [84, { kind: 'text', field: 'lastExchange', ...live }],
  [86, { kind: 'count', field: 'futuresOpenInterest', ...live }],
  [87, { kind: 'count', field: 'averageOptionVolume', ...live }],
  [88, { kind: 'epochSeconds', field: 'lastTime', ...delayed }],
  [89, { kind: 'count', field: 'shortableShares', ...live }],
  [90, { kind: 'halted', ...delayed }],
]);

/** What a tick type means; `undefined` for those that fill no field. */
export function tickMeaning(tickType: number): TickMeaning | undefined {
  return TICKS.get(tickType);
}
