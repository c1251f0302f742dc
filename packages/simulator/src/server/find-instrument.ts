import type { ContractQuery, Instrument } from '../market/instrument.js';
import type { Market } from '../market/market.js';
import type { ClientSession } from './client-session.js';
import { frontMonths, isContinuous } from './continuous-future.js';

/** TWS API: 200, when nothing fits a contract. */
export const NO_SECURITY = 'No security definition has been found for the request';

/** TWS API: a continuous future has a past and nothing else. */
const PAST_ONLY = 'Error validating request : cause - Continuous futures (CONTFUT) have contract details and historical data only; name a contract month (FUT)';

/**
 * The one instrument that a request means. Otherwise the client is told (200, unknown or ambiguous; 321 for a continuous future) and the result is undefined.
 */
export function findInstrument(market: Market, session: ClientSession, reqId: number, query: ContractQuery): Instrument | undefined {
  if (!isContinuous(query)) return onlyOne(session, reqId, market.universe.find(query));
  session.sendError(reqId, 321, PAST_ONLY);
  return undefined;
}

/** {@link findInstrument} for requests about the past: the first month stands for a continuous future. */
export function findForHistory(market: Market, session: ClientSession, reqId: number, query: ContractQuery): Instrument | undefined {
  return onlyOne(session, reqId, isContinuous(query) ? frontMonths(market.universe, query, market.clock.now()) : market.universe.find(query));
}

function onlyOne(session: ClientSession, reqId: number, found: readonly Instrument[]): Instrument | undefined {
  const [instrument] = found;
  if (instrument === undefined) {
    session.sendError(reqId, 200, NO_SECURITY);
    return undefined;
  }
  if (found.length > 1) {
    session.sendError(reqId, 200, `The contract description specified for ${instrument.symbol} is ambiguous.`);
    return undefined;
  }
  return instrument;
}

/** Lets a replay that waits for its first subscriber run, once somebody listens to an instrument that depends on it. */
export function releaseFor(market: Market, instrument: Instrument): void {
  if (!market.held) return;
  const { conId, underConId } = instrument;
  if (market.isReplayed(conId) || (underConId !== undefined && market.isReplayed(underConId))) market.release();
}
