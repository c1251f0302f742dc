import { listOf, oneOf, optional, wholeNumber } from '../control/rules.js';
import { defineFault } from './fault.js';
import { CLIENT_ID, MILLISECONDS } from './triggers.js';
const CALLBACK = oneOf('openOrder', 'orderStatus', 'execDetails', 'commissionReport', 'errMsg');
const CALLBACKS = optional(listOf(CALLBACK, 5));
const FILL_FIRST = ['execDetails', 'commissionReport', 'orderStatus', 'openOrder'];
function keyOf(clientId, orderId) {
    return `${clientId}/${orderId}`;
}
function isAmong(callbacks, { message }) {
    return callbacks === undefined || callbacks.some((type) => type === message.type);
}
function loseAck({ count = 1, callbacks, clientId }, host) {
    let left = count;
    const silenced = new Set();
    return {
        onRequest: (session, message) => {
            if (message.type !== 'placeOrder' || left === 0 || (clientId !== undefined && clientId !== session.clientId))
                return false;
            left -= 1;
            silenced.add(keyOf(session.clientId, message.orderId));
            return false;
        },
        onCallback: (callback, next) => {
            if (!silenced.has(keyOf(callback.clientId, callback.orderId)) || !isAmong(callbacks, callback))
                next(callback);
            else
                host.note('lostCallback', callback.clientId, { orderId: callback.orderId, message: callback.message });
        },
    };
}
function reorder({ order = FILL_FIRST, holdMs = 1_000 }, host) {
    const held = new Map();
    const rank = ({ message }) => {
        const index = order.findIndex((type) => type === message.type);
        return index < 0 ? order.length : index;
    };
    const deliver = (key) => {
        const orders = held.get(key);
        if (orders === undefined)
            return;
        held.delete(key);
        orders.cancel();
        const sorted = [...orders.callbacks].sort((a, b) => rank(a.callback) - rank(b.callback));
        for (const { callback, next } of sorted)
            next(callback);
    };
    return {
        onCallback: (callback, next) => {
            const key = keyOf(callback.clientId, callback.orderId);
            const orders = held.get(key) ?? {
                callbacks: [],
                cancel: host.later(holdMs, () => {
                    deliver(key);
                }),
            };
            held.set(key, orders);
            orders.callbacks.push({ callback, next });
            // The report of the cost is the last thing that a fill sends.
            if (callback.message.type === 'commissionReport')
                deliver(key);
        },
        stop: () => {
            for (const key of [...held.keys()])
                deliver(key);
        },
    };
}
/** Faults of what orders send. */
export const CALLBACK_FAULTS = [
    defineFault({
        type: 'lose-ack',
        rules: { count: optional(wholeNumber(1, 1_000_000)), callbacks: CALLBACKS, clientId: optional(CLIENT_ID) },
        begin: loseAck,
    }),
    defineFault({
        type: 'duplicate-callbacks',
        rules: { times: optional(wholeNumber(2, 100)), callbacks: CALLBACKS },
        begin: ({ times = 2, callbacks }) => ({
            onCallback: (callback, next) => {
                for (let time = 0; time < (isAmong(callbacks, callback) ? times : 1); time += 1)
                    next(callback);
            },
        }),
    }),
    defineFault({
        type: 'reorder-callbacks',
        rules: { order: CALLBACKS, holdMs: optional(MILLISECONDS) },
        begin: reorder,
    }),
    defineFault({
        type: 'late-commission',
        rules: { delayMs: optional(MILLISECONDS) },
        begin: ({ delayMs = 10_000 }, host) => ({
            onCallback: (callback, next) => {
                if (callback.message.type !== 'commissionReport')
                    next(callback);
                else {
                    host.later(delayMs, () => {
                        next(callback);
                    });
                }
            },
        }),
    }),
];
