import { EventName, IBApi } from '@stoqey/ib';
import { createSimulator } from '../create-simulator.js';
import type { Simulator } from '../create-simulator.js';
import type { SimulatorOptions } from '../simulator-options.js';

/** Everything that the client's own event surface has told. */
export class Heard {
  readonly #events: { readonly name: `${EventName}`; readonly args: readonly unknown[] }[] = [];
  readonly #waiters = new Set<() => void>();

  constructor(api: IBApi) {
    for (const name of Object.values(EventName)) {
      // `all` and `received` repeat the others, `sent` is our own voice.
      if (name === EventName.all || name === EventName.received || name === EventName.sent) continue;
      api.addListener(name, (...args: unknown[]) => {
        this.#events.push({ name, args });
        for (const waiter of this.#waiters) waiter();
      });
    }
  }

  all(name: `${EventName}`): readonly (readonly unknown[])[] {
    return this.#events.filter((event) => event.name === name).map((event) => event.args);
  }

  async first(name: `${EventName}`, fits: (args: readonly unknown[]) => boolean = () => true): Promise<readonly unknown[]> {
    for (;;) {
      const found = this.all(name).find(fits);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        const waiter = (): void => {
          this.#waiters.delete(waiter);
          resolve();
        };
        this.#waiters.add(waiter);
      });
    }
  }
}

/** Runs a test with an unmodified client of @stoqey/ib, on real time; it ends with a check that the client could read everything. */
export async function withStoqey(body: (api: IBApi, heard: Heard, simulator: Simulator) => Promise<void>, options: SimulatorOptions = {}): Promise<void> {
  const simulator = await createSimulator({ accounts: ['DU1234567', 'DU7654321'], ...options });
  const api = new IBApi({ host: simulator.host, port: simulator.port, maxReqPerSec: 40 });
  const heard = new Heard(api);
  try {
    api.connect(11);
    await heard.first(EventName.nextValidId);
    await body(api, heard, simulator);
    const faults = simulator.control.journal({ kind: 'fault' });
    if (faults.length > 0) throw new Error(`the server had faults: ${JSON.stringify(faults)}`);
    const garbled = heard.all(EventName.error).filter(([, code]) => typeof code === 'number' && code >= 500 && code < 600);
    if (garbled.length > 0) throw new Error(`the client could not read everything: ${JSON.stringify(garbled)}`);
  } finally {
    api.disconnect();
    await simulator.close();
  }
}
