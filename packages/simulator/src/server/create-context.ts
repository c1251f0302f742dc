import type { Clock } from '@ibkit/clock';
import type { Brokerage } from '../brokerage/brokerage.js';
import type { Market } from '../market/market.js';
import { OptionStatistics } from './generic/option-statistics.js';
import { WeekRangeReader } from './generic/week-ranges.js';
import { createPaces, createQuotas } from './limits.js';
import type { SimulatorLimits } from './limits.js';
import type { PacingMode } from './message-pacer.js';
import type { PriceAt } from './news/stories.js';
import type { DataPermission, RouteContext } from './route-context.js';

/** What a simulator's routes are made from. */
export interface ContextOptions {
  readonly market: Market;
  readonly brokerage: Brokerage;
  readonly dataPermission: DataPermission;
  readonly dataDelayMs: number;
  readonly limits: SimulatorLimits;
  readonly pacing: PacingMode;
  /** What times between requests are measured by. */
  readonly requestClock: Clock;
}

const MINUTE_MS = 60_000;
/** How far back the last price is looked for. */
const PATIENCE_MS = 10 * MINUTE_MS;

/** Reads past prices off the market's own history: stories tell what the bars show. */
function priceReader(market: Market): PriceAt {
  return (conId, atMs) => {
    const history = market.history(conId);
    const endMs = Math.ceil(atMs / MINUTE_MS) * MINUTE_MS;
    let price: number | undefined;
    history.spans(history.has('TRADES') ? 'TRADES' : 'MIDPOINT', 'minute', { startMs: endMs - PATIENCE_MS, endMs }, ({ close }) => {
      price = close;
    });
    return price === undefined ? undefined : Number(price.toFixed(6));
  };
}

/** Everything that routes answer from. */
export function createContext({ market, brokerage, dataPermission, dataDelayMs, limits, pacing, requestClock }: ContextOptions): RouteContext {
  return {
    market,
    brokerage,
    dataPermission,
    limits,
    quotas: createQuotas(limits),
    paces: createPaces(limits, { pacing, clock: requestClock }),
    optionStatistics: new OptionStatistics(market),
    weekRanges: new WeekRangeReader(market),
    priceAt: priceReader(market),
    delayedMarket: () => market.delayed(dataDelayMs),
  };
}
