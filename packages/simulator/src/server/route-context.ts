import type { Brokerage } from '../brokerage/brokerage.js';
import type { Market } from '../market/market.js';
import type { OptionStatistics } from './generic/option-statistics.js';
import type { WeekRangeReader } from './generic/week-ranges.js';
import type { Paces, Quotas, SimulatorLimits } from './limits.js';
import type { PriceAt } from './news/stories.js';

/** Whether clients have market data subscriptions: `live`, only `delayed` data, which must be asked for with reqMarketDataType 3 or 4, or `none`. */
export type DataPermission = 'live' | 'delayed' | 'none';

/** What the routes answer from. */
export interface RouteContext {
  readonly market: Market;
  readonly brokerage: Brokerage;
  readonly dataPermission: DataPermission;
  readonly limits: SimulatorLimits;
  readonly quotas: Quotas;
  /** Undefined unless pacing is strict. */
  readonly paces: Paces | undefined;
  readonly optionStatistics: OptionStatistics;
  readonly weekRanges: WeekRangeReader;
  /** Prices of the past, for stories about them. */
  readonly priceAt: PriceAt;
  /** The market as it was before the delay of delayed data. */
  readonly delayedMarket: () => Market;
}
