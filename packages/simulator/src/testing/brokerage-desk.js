import { createTestClock } from '@ibkit/clock/testing';
import { createBrokerage } from '../brokerage/create-brokerage.js';
import { createMarket } from '../market/create-market.js';
export const SPY = { conId: 756733, exchange: 'SMART' };
export const CLIENT = 7;
function textOf(event) {
    switch (event.kind) {
        case 'openOrder':
            return `open ${event.order.orderId} ${event.order.status}${event.order.commission === undefined ? '' : ' charged'}`;
        case 'orderStatus': {
            const { orderId, status, filled, remaining, whyHeld } = event.order;
            return `status ${orderId} ${status} ${filled}/${remaining}${whyHeld === '' ? '' : ` ${whyHeld}`}`;
        }
        case 'execution':
            return `exec ${event.order.orderId} ${event.execution.side} ${event.execution.shares} ${event.execution.instrument.secType}`;
        case 'commission':
            return `commission ${event.order.orderId}`;
        case 'verdict':
            return `error ${event.orderId} ${event.code}`;
        case 'position':
            return `position ${event.position.instrument.symbol} ${event.position.position}`;
        case 'account':
            return `account ${event.account}`;
    }
}
/** Runs a test with a brokerage, and checks at the end that nothing was left behind. */
export async function withBrokerage(options, body) {
    const base = createTestClock();
    const market = createMarket({ base });
    market.start();
    const brokerage = createBrokerage({ market, accounts: ['DU1'], ...options });
    const events = [];
    brokerage.on((event) => events.push(event));
    let told = 0;
    try {
        await body({
            base,
            market,
            brokerage,
            events,
            said: () => {
                const texts = events.slice(told).map(textOf);
                told = events.length;
                return texts;
            },
            place: async (orderId, ticket, contract = SPY) => {
                brokerage.place(CLIENT, orderId, contract, ticket);
                await base.advance(0);
            },
            move: (price) => {
                market.setPrice('SPY', price);
            },
            order: (orderId) => {
                const found = [...brokerage.openOrders(), ...brokerage.completedOrders()].find((view) => view.orderId === orderId);
                if (found === undefined)
                    throw new Error(`there is no order ${orderId}`);
                return found;
            },
        });
    }
    finally {
        brokerage.close();
        market.close();
    }
    if (base.pending > 0)
        throw new Error(`${base.pending} timers were left behind`);
}
