import { createSimulator } from '@ibkit/simulator';
import type { Simulator } from '@ibkit/simulator';
import type { ConnectionOptions } from '../options.js';
import { Loopback } from './loopback.js';
import type { Connected } from './loopback.js';

/** Simulators, gateways and connections of one test, closed together. */
export class Simulated extends Loopback {
  readonly #simulators: Simulator[] = [];

  async simulator(options: Parameters<typeof createSimulator>[0] = {}): Promise<Simulator> {
    const simulator = await createSimulator(options);
    this.#simulators.push(simulator);
    return simulator;
  }

  /** A simulator and a connection to it that is ready. */
  async ready(options: ConnectionOptions = {}, simulatorOptions: Parameters<typeof createSimulator>[0] = {}): Promise<Connected & { readonly server: Simulator }> {
    const server = await this.simulator(simulatorOptions);
    const connected = this.manager(server.port, options);
    await connected.connection.connect();
    return { ...connected, server };
  }

  override async close(): Promise<void> {
    await super.close();
    for (const simulator of this.#simulators.splice(0)) await simulator.close();
  }
}

/** How many messages of a type the simulator got from its clients. */
export function received(server: Simulator, type: string): number {
  return server.control.journal({ kind: 'in', type }).length;
}
