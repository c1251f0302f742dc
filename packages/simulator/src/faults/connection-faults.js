import { oneOf, optional } from '../control/rules.js';
import { defineFault, once } from './fault.js';
import { CLIENT_ID } from './triggers.js';
/** Faults of sockets and of the way in. */
export const CONNECTION_FAULTS = [
    defineFault({
        type: 'half-open',
        rules: { stop: optional(oneOf('reading', 'writing', 'both')), clientId: optional(CLIENT_ID) },
        begin: ({ stop = 'both', clientId }, host) => {
            const stalled = host.clients(clientId);
            return {
                start: () => {
                    for (const { connection } of stalled)
                        connection.setStall({ reading: stop !== 'writing', writing: stop !== 'reading' });
                },
                stop: () => {
                    for (const { connection } of stalled)
                        connection.setStall({ reading: false, writing: false });
                },
            };
        },
    }),
    defineFault({
        type: 'drop',
        rules: { how: optional(oneOf('rst', 'fin')), clientId: optional(CLIENT_ID) },
        begin: ({ how = 'rst', clientId }, host, done) => once(() => {
            for (const { connection } of host.clients(clientId)) {
                if (how === 'rst')
                    connection.reset('dropped by a fault (RST)');
                else
                    connection.end('dropped by a fault (FIN)');
            }
        }, done),
    }),
    defineFault({ type: 'refuse', rules: {}, begin: () => ({ closesPort: true }) }),
    defineFault({ type: 'mute-accept', rules: {}, begin: () => ({ neverAnswers: true }) }),
    defineFault({
        type: 'mute-ready',
        rules: {},
        begin: (_fault, host) => ({ onStart: () => 'mute', stop: host.completeStarts }),
    }),
    defineFault({
        type: 'id-in-use',
        rules: { clientId: optional(CLIENT_ID) },
        begin: (fault) => ({ onStart: (clientId) => (fault.clientId === undefined || fault.clientId === clientId ? 'inUse' : undefined) }),
    }),
];
