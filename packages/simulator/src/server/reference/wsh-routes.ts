import { route } from '../route.js';
import type { Route } from '../route.js';

/** TWS API: 10276, for logins without a subscription to Wall Street Horizon. */
const NOT_ALLOWED = 'News feed is not allowed.';

/** The calendar of corporate events, which the simulated login has no subscription to. */
export function wshRoutes(): readonly Route[] {
  return [
    route('reqWshMetaData', (session, { reqId }) => {
      session.sendError(reqId, 10276, NOT_ALLOWED);
    }),
    route('reqWshEventData', (session, { reqId }) => {
      session.sendError(reqId, 10276, NOT_ALLOWED);
    }),
    route('cancelWshMetaData', (session, { reqId }) => {
      session.sendError(reqId, 10280, 'Failed to cancel WSH meta data: not requested.');
    }),
    route('cancelWshEventData', (session, { reqId }) => {
      session.sendError(reqId, 10284, 'Failed to cancel WSH event data: not requested.');
    }),
  ];
}
