import { createSimulator } from '../create-simulator.js';
import type { Simulator } from '../create-simulator.js';
import type { SimulatorOptions } from '../simulator-options.js';
import { createStallingClock } from './stalling-clock.js';
import type { StallingClock } from './stalling-clock.js';
import { WireClient } from './wire-client.js';
import type { WireClientOptions } from './wire-client.js';

/** What a test works with: a simulator whose time stands still until the test moves it. */
export interface SimulatorTest {
  readonly simulator: Simulator;
  readonly clock: StallingClock;
  /** A client that is ready; closed at the end of the test. */
  readonly connect: (options?: Omit<WireClientOptions, 'port'>) => Promise<WireClient>;
}

/** Runs a test with a simulator on a test clock, and checks at the end that nothing was left behind. */
export async function withSimulator(options: Omit<SimulatorOptions, 'clock'>, body: (test: SimulatorTest) => Promise<void>): Promise<void> {
  const clock = createStallingClock();
  const simulator = await createSimulator({ ...options, clock });
  const clients: WireClient[] = [];
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
    if (failed.length > 0) throw new Error(`the server could not encode: ${JSON.stringify(failed[0]?.message)}`);
    const garbled = clients.flatMap((client) => client.undecodable);
    if (garbled.length > 0) throw new Error(`a client could not decode: ${garbled.join('; ')}`);
  } finally {
    await simulator.close();
    await Promise.all(clients.map((client) => client.close()));
  }
  if (clock.pending > 0) throw new Error(`${clock.pending} timers were left behind`);
}
