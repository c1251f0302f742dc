import { createTestClock } from '@ibkit/clock/testing';
import { createSimulator } from '../create-simulator.js';
import { WireClient } from './wire-client.js';
/** Runs a test with a simulator on a test clock, and checks at the end that nothing was left behind. */
export async function withSimulator(options, body) {
    const clock = createTestClock();
    const simulator = await createSimulator({ ...options, clock });
    const clients = [];
    try {
        await body({
            simulator,
            clock,
            connect: async (clientOptions = {}) => {
                const client = await WireClient.ready({ ...clientOptions, port: simulator.port });
                clients.push(client);
                return client;
            },
        });
        const failed = simulator.control.journal({ kind: 'fault', type: 'encodeFailed' });
        if (failed.length > 0)
            throw new Error(`the server could not encode: ${JSON.stringify(failed[0]?.message)}`);
        const garbled = clients.flatMap((client) => client.undecodable);
        if (garbled.length > 0)
            throw new Error(`a client could not decode: ${garbled.join('; ')}`);
    }
    finally {
        await simulator.close();
        await Promise.all(clients.map((client) => client.close()));
    }
    if (clock.pending > 0)
        throw new Error(`${clock.pending} timers were left behind`);
}
