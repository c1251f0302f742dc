import { listOf, oneOf, optional, text, wholeNumber } from '../control/rules.js';
import { defineFault } from './fault.js';
import { createLineFilter } from './line-filter.js';
import { noticeText } from './notice-texts.js';
import { CLIENT_ID } from './triggers.js';
const ORDER_ID = wholeNumber(1, 2_147_483_647);
const READ_ONLY_REQUESTS = ['placeOrder', 'cancelOrder', 'reqGlobalCancel', 'exerciseOptions', 'reqIds'];
const OUTAGE_MS = 5_000;
const DATA_FAMILIES = /marketData|tickByTick|bars|historical|depth/i;
function subjectOf(message) {
    if ('orderId' in message && typeof message.orderId === 'number')
        return message.orderId;
    return 'reqId' in message ? message.reqId : -1;
}
function outage(fault, host) {
    const { callbacks = 'late', restore = 1102 } = fault;
    const isSilenced = createLineFilter(host, {});
    const waiting = [];
    return {
        start: () => {
            for (const session of host.readySessions())
                session.sendError(-1, 1100, noticeText(1100));
            host.brokerage.fillWorking({ clientId: fault.clientId, orderId: fault.orderId });
        },
        onCallback: (callback, next) => {
            if (callbacks === 'during')
                next(callback);
            else if (callbacks === 'late')
                waiting.push(() => {
                    next(callback);
                });
            else
                host.note('lostCallback', callback.clientId, { orderId: callback.orderId, message: callback.message });
        },
        onMessage: (session, message) => (isSilenced(session, message) ? undefined : message),
        stop: () => {
            for (const session of host.readySessions()) {
                session.sendError(-1, restore, noticeText(restore));
                if (restore !== 1101)
                    continue;
                for (const family of session.families.filter((name) => DATA_FAMILIES.test(name))) {
                    for (const reqId of session.held(family))
                        session.release(family, reqId);
                }
            }
            for (const deliver of waiting)
                deliver();
        },
    };
}
/** Faults of orders on their way in. */
export const ORDER_FAULTS = [
    defineFault({
        type: 'read-only',
        rules: { requests: optional(listOf(text(60), 100)) },
        begin: (fault) => {
            const refused = new Set(fault.requests ?? READ_ONLY_REQUESTS);
            return {
                onRequest: (session, message) => {
                    if (!refused.has(message.type))
                        return false;
                    session.sendError(subjectOf(message), 321, "Error validating request.-'bF' : cause - The API interface is currently in Read-Only mode.");
                    return true;
                },
            };
        },
    }),
    defineFault({
        type: 'id-rollback',
        rules: { by: optional(ORDER_ID), to: optional(ORDER_ID), clientId: optional(CLIENT_ID) },
        begin: ({ by = 1, to, clientId }) => ({
            onMessage: (session, message) => {
                if (message.type !== 'nextValidId' || (clientId !== undefined && clientId !== session.clientId))
                    return message;
                return { ...message, orderId: to ?? Math.max(1, message.orderId - by) };
            },
        }),
    }),
    defineFault({
        type: 'lose-order',
        rules: { count: optional(wholeNumber(1, 1_000_000)), clientId: optional(CLIENT_ID) },
        begin: ({ count = 1, clientId }, host, done) => {
            let left = count;
            return {
                onRequest: (session, message) => {
                    if (message.type !== 'placeOrder' || left === 0 || (clientId !== undefined && clientId !== session.clientId))
                        return false;
                    left -= 1;
                    host.note('lostOrder', session.clientId, { orderId: message.orderId, orderRef: message.order.orderRef });
                    if (left === 0)
                        done();
                    return true;
                },
            };
        },
    }),
    defineFault({
        type: 'fill-during-outage',
        defaultForMs: OUTAGE_MS,
        rules: {
            clientId: optional(CLIENT_ID),
            orderId: optional(ORDER_ID),
            callbacks: optional(oneOf('late', 'during', 'lost')),
            restore: optional(oneOf(1101, 1102)),
        },
        begin: outage,
    }),
];
