import { route } from './route.js';
import type { Route } from './route.js';
import type { RouteContext } from './route-context.js';

/** Requests about the connection itself. */
export function systemRoutes({ market, brokerage }: RouteContext): readonly Route[] {
  return [
    route('reqCurrentTime', (session) => {
      session.send({ type: 'currentTime', time: Math.floor(market.clock.now() / 1000) });
    }),
    route('reqIds', (session) => {
      // TWS API: the argument is ignored; the number stays the same until an order is placed.
      session.send({ type: 'nextValidId', orderId: brokerage.nextValidId(session.clientId) });
    }),
    route('reqManagedAccts', (session) => {
      session.send({ type: 'managedAccounts', accountsList: brokerage.accounts.join(',') });
    }),
    route('setServerLogLevel', (session, { logLevel }) => {
      // TWS API: how much the server logs, 1 (system) to 5 (detail); there is no answer.
      if (logLevel < 1 || logLevel > 5) session.sendError(-1, 319, `Invalid log level ${logLevel}, must be 1 to 5`);
    }),
    route('startApi', (session) => {
      session.sendError(-1, 320, "Error reading request.-'startApi' : cause - This connection was already started");
    }),
  ];
}
