import { optional, text, wholeNumber } from '../control/rules.js';
import { defineFault, once } from './fault.js';
import { createLineFilter } from './line-filter.js';
import { noticeText } from './notice-texts.js';
import { CLIENT_ID } from './triggers.js';
const REQUEST_ID = wholeNumber(0, 2_147_483_647);
const LINE_REQUESTS = new Set(['reqMktData', 'reqTickByTickData', 'reqRealTimeBars', 'reqMktDepth']);
const BAR_FAMILY = /bars|historical/i;
function tellCompeting(session) {
    for (const reqId of [...session.held('marketData'), ...session.held('tickByTick')])
        session.sendError(reqId, 10197, noticeText(10197));
}
/** Faults of market data. */
export const DATA_FAULTS = [
    defineFault({
        type: 'data-dead',
        rules: { symbol: optional(text(20)), reqId: optional(REQUEST_ID), clientId: optional(CLIENT_ID) },
        begin: (fault, host) => {
            const isSilenced = createLineFilter(host, fault);
            return { onMessage: (session, message) => (isSilenced(session, message) ? undefined : message) };
        },
    }),
    defineFault({
        type: 'competing-session',
        rules: {},
        begin: (_fault, host) => {
            const isSilenced = createLineFilter(host, {});
            return {
                start: () => {
                    for (const session of host.readySessions())
                        tellCompeting(session);
                },
                onRequest: (session, message) => {
                    if (LINE_REQUESTS.has(message.type) && 'reqId' in message)
                        session.sendError(message.reqId, 10197, noticeText(10197));
                    return false;
                },
                onMessage: (session, message) => (isSilenced(session, message) ? undefined : message),
            };
        },
    }),
    defineFault({
        type: 'kill-bar-stream',
        rules: { reqId: optional(REQUEST_ID), clientId: optional(CLIENT_ID) },
        begin: (fault, host, done) => once(() => {
            for (const session of host.readySessions(fault.clientId)) {
                for (const family of session.families.filter((name) => BAR_FAMILY.test(name))) {
                    for (const reqId of session.held(family)) {
                        if (fault.reqId !== undefined && fault.reqId !== reqId)
                            continue;
                        session.release(family, reqId);
                        session.sendError(reqId, 10182, noticeText(10182));
                    }
                }
            }
        }, done),
    }),
];
