import { route } from './route.js';
/** Requests about the connection itself. */
export function systemRoutes({ market, brokerage }) {
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
        // TWS API: how much the server logs; there is no answer.
        route('setServerLogLevel', () => undefined),
        route('startApi', (session) => {
            session.sendError(-1, 320, "Error reading request.-'startApi' : cause - This connection was already started");
        }),
    ];
}
