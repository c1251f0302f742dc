import type { SecType } from '../contract.js';

/** How long an order lives (TWS API: Order.tif). Sent always, so that no preset of the trading platform decides (code 10349). */
export type TimeInForce = 'DAY' | 'GTC' | 'GTD' | 'IOC' | 'FOK' | 'OPG';

/** What an order does (TWS API: Order.orderType). At the open: `MKT` and `LMT` with `tif: 'OPG'`. */
export type OrderType =
  | 'MKT'
  | 'LMT'
  | 'STP'
  | 'STP LMT'
  | 'TRAIL'
  | 'TRAIL LIMIT'
  | 'MIT'
  | 'LIT'
  | 'MOC'
  | 'LOC'
  | 'MTL'
  | 'MKT PRT'
  | 'STP PRT'
  | 'REL'
  | 'MIDPRICE'
  | 'PEG MID'
  | 'PEG MKT'
  | 'PEG PRIM';

/** The fields that belong to some types and not to others. */
export type PriceField = 'limitPrice' | 'stopPrice' | 'triggerPrice' | 'trailAmount' | 'trailPercent' | 'limitOffset' | 'offset' | 'percentOffset' | 'adjust';

/** Every {@link PriceField}. */
export const PRICE_FIELDS: readonly PriceField[] = [
  'limitPrice', 'stopPrice', 'triggerPrice', 'trailAmount', 'trailPercent', 'limitOffset', 'offset', 'percentOffset', 'adjust',
]; // prettier-ignore

/** What a type takes. A field that is neither needed nor taken is refused: it would be ignored, and the caller meant something by it. */
export interface OrderTypeRule {
  readonly needs: readonly PriceField[];
  readonly takes: readonly PriceField[];
  /** Exactly one of these. */
  readonly oneOf?: readonly PriceField[] | undefined;
  readonly tifs: readonly TimeInForce[];
  /** Absent: every kind. */
  readonly secTypes?: readonly SecType[] | undefined;
  /** Trades at whatever price there is as soon as it arrives. */
  readonly isImmediate?: boolean | undefined;
}

const ANY: readonly TimeInForce[] = ['DAY', 'GTC', 'GTD', 'IOC', 'FOK', 'OPG'];
const RESTING: readonly TimeInForce[] = ['DAY', 'GTC', 'GTD'];
const DAY: readonly TimeInForce[] = ['DAY'];
const FUTURES: readonly SecType[] = ['FUT', 'FOP'];
const PEGGED = { needs: [], takes: ['limitPrice', 'offset'], tifs: RESTING } as const;

/** Per type, what it needs and takes (TWS API: order types, available orders). */
export const ORDER_TYPE_RULES: Readonly<Record<OrderType, OrderTypeRule>> = Object.freeze({
  MKT: { needs: [], takes: [], tifs: ANY, isImmediate: true },
  LMT: { needs: ['limitPrice'], takes: [], tifs: ANY },
  STP: { needs: ['stopPrice'], takes: ['adjust'], tifs: RESTING },
  'STP LMT': { needs: ['stopPrice', 'limitPrice'], takes: ['adjust'], tifs: RESTING },
  TRAIL: { needs: [], takes: ['stopPrice'], oneOf: ['trailAmount', 'trailPercent'], tifs: RESTING },
  'TRAIL LIMIT': { needs: ['limitOffset'], takes: ['stopPrice'], oneOf: ['trailAmount', 'trailPercent'], tifs: RESTING },
  MIT: { needs: ['triggerPrice'], takes: [], tifs: RESTING },
  LIT: { needs: ['triggerPrice', 'limitPrice'], takes: [], tifs: RESTING },
  MOC: { needs: [], takes: [], tifs: DAY },
  LOC: { needs: ['limitPrice'], takes: [], tifs: DAY },
  MTL: { needs: [], takes: [], tifs: RESTING, isImmediate: true },
  'MKT PRT': { needs: [], takes: [], tifs: RESTING, secTypes: FUTURES, isImmediate: true },
  'STP PRT': { needs: ['stopPrice'], takes: [], tifs: RESTING, secTypes: FUTURES },
  REL: { needs: [], takes: ['limitPrice', 'offset', 'percentOffset'], tifs: RESTING },
  MIDPRICE: { needs: [], takes: ['limitPrice'], tifs: DAY },
  'PEG MID': PEGGED,
  'PEG MKT': PEGGED,
  'PEG PRIM': PEGGED,
});

/** Every {@link OrderType}. */
export const ORDER_TYPES: readonly string[] = Object.keys(ORDER_TYPE_RULES);

/** Every {@link TimeInForce}. */
export const TIMES_IN_FORCE: readonly TimeInForce[] = ANY;
