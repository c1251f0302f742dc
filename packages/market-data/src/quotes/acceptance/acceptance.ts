import { brokerError } from '@ibkit/error-codes';
import type { IbkrError } from '@ibkit/error-codes';
import type { BrokerNoticeMessage } from '../../connection-port.js';
import { allowsDelayed, allowsFrozen, isDelayed, isFrozen } from '../market-data-mode.js';
import type { MarketDataMode, QuoteMode } from '../market-data-mode.js';

/** TWS API: requested market data is not subscribed, displaying delayed market data. */
const DELAYED_FOLLOWS = 10_167;

/** TWS API: requested market data is not subscribed. */
const NOT_SUBSCRIBED = 354;

/** Whether the broker says with it that the line carries delayed data from now on. */
export function announcesDelayed({ code }: Pick<BrokerNoticeMessage, 'code'>): boolean {
  return code === DELAYED_FOLLOWS;
}

/** Whether somebody gets nothing from a line that carries this: alone, the broker would have refused it. */
export function isRefused(served: QuoteMode, accepts: MarketDataMode): boolean {
  return isDelayed(served) && !allowsDelayed(accepts);
}

/**
 * What a line is to somebody who reads it. A line that shows the frozen end of a session is one without bid and ask to whoever did not ask for
 * frozen values: TWS shows no more of a closed market then.
 */
export function modeFor(mode: QuoteMode, accepts: MarketDataMode): QuoteMode {
  if (!isFrozen(mode) || allowsFrozen(accepts)) return mode;
  return isDelayed(mode) ? 'delayed' : 'live';
}

/**
 * What somebody is told who gets nothing because only delayed data comes. It is what the broker says to those who are alone: that somebody else on
 * the session has delayed data changes nothing.
 */
export function notSubscribedError(what: string): IbkrError {
  return brokerError({ code: NOT_SUBSCRIBED, message: 'Requested market data is not subscribed. Delayed market data is available.', context: what });
}
