import { slotOf, textSlotOf } from './field-store.js';
import type { EfpSide, GreeksSide, NumericQuoteField, TextQuoteField } from './quote.js';

/** A price with a size of its own. */
export type QuoteSide = 'bid' | 'ask' | 'last';

/** What the number of a tick type means. */
export type TickMeaning = { readonly delayed: boolean } & (
  | { readonly kind: 'sidePrice'; readonly side: QuoteSide }
  | { readonly kind: 'sideSize'; readonly side: QuoteSide }
  /** 0 and -1 are "none", and whatever is below 0 unless the contract may cost less than nothing. */
  | { readonly kind: 'price'; readonly field: NumericQuoteField }
  /** A count or rate: 0 is a value. */
  | { readonly kind: 'count'; readonly field: NumericQuoteField }
  /** A number of any sign. */
  | { readonly kind: 'signed'; readonly field: NumericQuoteField }
  /** Percent a year, of any sign; 0 and -1 are "none". */
  | { readonly kind: 'yield'; readonly field: NumericQuoteField }
  | { readonly kind: 'epochSeconds'; readonly field: NumericQuoteField }
  | { readonly kind: 'text'; readonly field: TextQuoteField }
  | { readonly kind: 'halted' }
  | { readonly kind: 'shortable' }
  /** `price;size;epoch ms;volume;vwap;single` */
  | { readonly kind: 'trade'; readonly field: 'rtVolume' | 'rtTradeVolume' }
  | { readonly kind: 'dividends' }
  | { readonly kind: 'ratios' }
  | { readonly kind: 'greeks'; readonly side: GreeksSide }
  | { readonly kind: 'efp'; readonly side: EfpSide }
);

/** TWS API: the size that belongs to each side. */
export const SIZE_FIELD = { bid: 'bidSize', ask: 'askSize', last: 'lastSize' } as const;

const live = { delayed: false };
const delayed = { delayed: true };

/** TWS API, tick types. Delayed ticks have numbers of their own and mean the same fields. */
const TICKS: readonly (readonly [tickType: number, meaning: TickMeaning])[] = [
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
  [38, { kind: 'efp', side: 'bid', ...live }],
  [39, { kind: 'efp', side: 'ask', ...live }],
  [40, { kind: 'efp', side: 'last', ...live }],
  [41, { kind: 'efp', side: 'open', ...live }],
  [42, { kind: 'efp', side: 'high', ...live }],
  [43, { kind: 'efp', side: 'low', ...live }],
  [44, { kind: 'efp', side: 'close', ...live }],
  [46, { kind: 'shortable', ...live }],
  [47, { kind: 'ratios', ...live }],
  [48, { kind: 'trade', field: 'rtVolume', ...live }],
  [49, { kind: 'halted', ...live }],
  [50, { kind: 'yield', field: 'bidYield', ...live }],
  [51, { kind: 'yield', field: 'askYield', ...live }],
  [52, { kind: 'yield', field: 'lastYield', ...live }],
  [53, { kind: 'greeks', side: 'custom', ...live }],
  [54, { kind: 'count', field: 'tradeCount', ...live }],
  [55, { kind: 'count', field: 'tradeRate', ...live }],
  [56, { kind: 'count', field: 'volumeRate', ...live }],
  [57, { kind: 'price', field: 'lastRth', ...live }],
  [58, { kind: 'count', field: 'rtHistoricalVolatility', ...live }],
  [59, { kind: 'dividends', ...live }],
  [60, { kind: 'count', field: 'bondFactor', ...live }],
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
  [77, { kind: 'trade', field: 'rtTradeVolume', ...live }],
  [78, { kind: 'price', field: 'creditmanMark', ...live }],
  [79, { kind: 'price', field: 'slowMark', ...live }],
  [80, { kind: 'greeks', side: 'bid', ...delayed }],
  [81, { kind: 'greeks', side: 'ask', ...delayed }],
  [82, { kind: 'greeks', side: 'last', ...delayed }],
  [83, { kind: 'greeks', side: 'model', ...delayed }],
  [84, { kind: 'text', field: 'lastExchange', ...live }],
  [85, { kind: 'epochSeconds', field: 'lastRegularTime', ...live }],
  [86, { kind: 'count', field: 'futuresOpenInterest', ...live }],
  [87, { kind: 'count', field: 'averageOptionVolume', ...live }],
  [88, { kind: 'epochSeconds', field: 'lastTime', ...delayed }],
  [89, { kind: 'count', field: 'shortableShares', ...live }],
  [90, { kind: 'halted', ...delayed }],
  [92, { kind: 'price', field: 'navClose', ...live }],
  [93, { kind: 'price', field: 'navPriorClose', ...live }],
  [94, { kind: 'price', field: 'navBid', ...live }],
  [95, { kind: 'price', field: 'navAsk', ...live }],
  [96, { kind: 'price', field: 'navLast', ...live }],
  [97, { kind: 'price', field: 'navFrozenLast', ...live }],
  [98, { kind: 'price', field: 'navHigh', ...live }],
  [99, { kind: 'price', field: 'navLow', ...live }],
  [100, { kind: 'text', field: 'socialAnalytics', ...live }],
  [101, { kind: 'price', field: 'ipoEstimatedMidpoint', ...live }],
  [102, { kind: 'price', field: 'ipoFinalPrice', ...live }],
  [103, { kind: 'yield', field: 'bidYield', ...delayed }],
  [104, { kind: 'yield', field: 'askYield', ...delayed }],
  [105, { kind: 'price', field: 'oddLotBid', ...live }],
  [106, { kind: 'price', field: 'oddLotAsk', ...live }],
  [107, { kind: 'count', field: 'oddLotBidSize', ...live }],
  [108, { kind: 'count', field: 'oddLotAskSize', ...live }],
  [109, { kind: 'text', field: 'oddLotBidExchange', ...live }],
  [110, { kind: 'text', field: 'oddLotAskExchange', ...live }],
];

/** A meaning with the places in a {@link FieldStore} that it fills; -1 for none. */
export type PlacedMeaning = TickMeaning & { readonly slot: number; readonly sizeSlot: number };

const LARGEST = Math.max(...TICKS.map(([tickType]) => tickType));
const byType = new Map(TICKS);
const MEANINGS: readonly (PlacedMeaning | undefined)[] = Array.from({ length: LARGEST + 1 }, (_, tickType) => {
  const meaning = byType.get(tickType);
  return meaning === undefined ? undefined : placed(meaning);
});

function placed(meaning: TickMeaning): PlacedMeaning {
  if (meaning.kind === 'sidePrice' || meaning.kind === 'sideSize') return { ...meaning, slot: slotOf(meaning.side), sizeSlot: slotOf(SIZE_FIELD[meaning.side]) };
  if (meaning.kind === 'text') return { ...meaning, slot: textSlotOf(meaning.field), sizeSlot: -1 };
  if (meaning.kind === 'trade') return { ...meaning, slot: slotOf('vwap'), sizeSlot: -1 };
  if (meaning.kind === 'shortable') return { ...meaning, slot: slotOf('shortable'), sizeSlot: -1 };
  return { ...meaning, slot: 'field' in meaning ? slotOf(meaning.field) : -1, sizeSlot: -1 };
}

/** What a tick type means; `undefined` for those that fill no field. */
export function tickMeaning(tickType: number): PlacedMeaning | undefined {
  return MEANINGS[tickType];
}
