import type { Clock } from '@ibkit/clock';
import type { MarketDataConnection } from '../connection-port.js';
import { tradingHoursOf } from './trading-hours.js';
import type { ContractHours, MarketSession } from './trading-hours.js';

/** Where in the hours of a contract the present lies, by the gateway's time where that is known. */
export function sessionNow(contract: ContractHours, connection: Pick<MarketDataConnection, 'serverNow'>, clock: Pick<Clock, 'now'>): () => MarketSession {
  const hours = tradingHoursOf(contract);
  return () => hours.phaseAt(connection.serverNow?.() ?? clock.now());
}
