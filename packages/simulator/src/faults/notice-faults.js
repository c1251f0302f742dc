import { optional, text, wholeNumber } from '../control/rules.js';
import { createLineFilter } from './line-filter.js';
import { defineFault, once } from './fault.js';
import { noticeText } from './notice-texts.js';
import { CLIENT_ID, MILLISECONDS } from './triggers.js';
const DEFAULT_FARM = 'usfarm';
const CODE = wholeNumber(-1, 2_147_483_647);
const REQUEST_ID = wholeNumber(-1, 2_147_483_647);
const NO_ID = -1;
/** TWS API: codes and words of the farm notices. */
const FARM_NOTICES = {
    data: { words: 'Market data farm', down: 2103, up: 2104 },
    history: { words: 'HMDS data farm', down: 2105, up: 2106 },
    definitions: { words: 'Sec-def data farm', down: 2157, up: 2158 },
};
const SERVES = { usfarm: 'STK', usopt: 'OPT' };
const DEFINITION_REQUESTS = new Set(['reqContractDetails', 'reqSecDefOptParams', 'reqMatchingSymbols']);
const HISTORY_REQUEST = /^req(?:Historical|HeadTimestamp|Histogram)/;
function kindOf(farm) {
    if (farm.includes('hmds'))
        return 'history';
    return farm.includes('secdef') ? 'definitions' : 'data';
}
function broadcast(host, code, message) {
    for (const session of host.readySessions())
        session.sendError(NO_ID, code, message);
}
function tellFarm(host, farm, isUp) {
    const { words, down, up } = FARM_NOTICES[kindOf(farm)];
    broadcast(host, isUp ? up : down, `${words} connection is ${isUp ? 'OK' : 'broken'}:${farm}`);
}
function storm({ code = 1100, count = 833, everyMs = 0, ...fault }, host, done) {
    const message = fault.text ?? noticeText(code);
    let cancel = () => undefined;
    const send = (left) => {
        if (left === 0) {
            done();
            return;
        }
        broadcast(host, code, message);
        cancel = host.later(everyMs, () => {
            send(left - 1);
        });
    };
    if (everyMs === 0) {
        for (let sent = 0; sent < count; sent += 1)
            broadcast(host, code, message);
        done();
        return cancel;
    }
    send(count);
    return () => {
        cancel();
    };
}
/** Faults that are told in notices. */
export const NOTICE_FAULTS = [
    defineFault({
        type: 'notice',
        rules: { code: CODE, text: optional(text(1_000)), id: optional(REQUEST_ID), clientId: optional(CLIENT_ID) },
        begin: (fault, host, done) => once(() => {
            for (const session of host.readySessions(fault.clientId))
                session.sendError(fault.id ?? NO_ID, fault.code, fault.text ?? noticeText(fault.code));
        }, done),
    }),
    defineFault({
        type: 'error-storm',
        rules: { code: optional(CODE), text: optional(text(1_000)), count: optional(wholeNumber(1, 100_000)), everyMs: optional(MILLISECONDS) },
        begin: (fault, host, done) => {
            let cancel = () => undefined;
            return {
                start: () => {
                    cancel = storm(fault, host, done);
                },
                stop: () => {
                    cancel();
                },
            };
        },
    }),
    defineFault({
        type: 'farm-down',
        rules: { farm: optional(text(60)) },
        begin: ({ farm = DEFAULT_FARM }, host) => {
            const kind = kindOf(farm);
            const isSilenced = createLineFilter(host, { secType: SERVES[farm] ?? 'none' });
            return {
                start: () => {
                    tellFarm(host, farm, false);
                },
                stop: () => {
                    tellFarm(host, farm, true);
                },
                onRequest: (session, message) => {
                    if (kind === 'definitions' && DEFINITION_REQUESTS.has(message.type))
                        return true;
                    if (kind !== 'history' || !HISTORY_REQUEST.test(message.type) || !('reqId' in message))
                        return false;
                    session.sendError(message.reqId, 162, `Historical Market Data Service error message:HMDS data farm connection is broken:${farm}`);
                    return true;
                },
                onMessage: (session, message) => (kind === 'data' && isSilenced(session, message) ? undefined : message),
            };
        },
    }),
    defineFault({
        type: 'farm-up',
        rules: { farm: optional(text(60)) },
        begin: ({ farm = DEFAULT_FARM }, host, done) => once(() => {
            if (host.endFaults('farm-down', (fault) => (fault['farm'] ?? DEFAULT_FARM) === farm) === 0)
                tellFarm(host, farm, true);
        }, done),
    }),
];
