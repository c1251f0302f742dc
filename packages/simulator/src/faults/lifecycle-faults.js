import { finiteNumber, flag, optional, wholeNumber } from '../control/rules.js';
import { defineFault } from './fault.js';
const RESTART_MS = 30_000;
const YEAR_MS = 366 * 86_400_000;
function closeAll(host, reason) {
    return {
        closesPort: true,
        start: () => {
            for (const { connection } of host.clients())
                connection.end(reason);
        },
    };
}
/** Faults of the gateway as a program. */
export const LIFECYCLE_FAULTS = [
    defineFault({ type: 'restart', rules: {}, defaultForMs: RESTART_MS, begin: (_fault, host) => closeAll(host, 'the gateway restarts') }),
    defineFault({ type: 'weekly-login', rules: {}, begin: (_fault, host) => closeAll(host, 'the gateway waits for its weekly login') }),
    defineFault({
        type: 'clock-skew',
        rules: { byMs: finiteNumber(-YEAR_MS, YEAR_MS) },
        begin: ({ byMs }) => ({
            skewMs: byMs,
            onMessage: (_session, message) => (message.type === 'currentTime' ? { ...message, time: message.time + Math.round(byMs / 1_000) } : message),
        }),
    }),
    defineFault({
        type: 'old-version',
        rules: { version: optional(wholeNumber(1, 192)), refuse: optional(flag) },
        begin: ({ version = 100, refuse = false }) => ({ version: refuse ? 'none' : version }),
    }),
    defineFault({
        type: 'new-version',
        rules: { version: optional(wholeNumber(194, 10_000)), refuse: optional(flag) },
        begin: ({ version = 226, refuse = false }) => ({ version: refuse ? 'none' : version }),
    }),
];
