import type { Brokerage } from '../brokerage/brokerage.js';
import type { Market } from '../market/market.js';

/** Whether clients have market data subscriptions: `live`, or only `delayed` data, which must be asked for with reqMarketDataType 3 or 4. */
export type DataPermission = 'live' | 'delayed';

/** What the routes answer from. */
export interface RouteContext {
  readonly market: Market;
  readonly brokerage: Brokerage;
  readonly dataPermission: DataPermission;
}
