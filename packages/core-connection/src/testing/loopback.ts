import { createTestClock } from '@ibkit/clock/testing';
import type { TestClock } from '@ibkit/clock/testing';
import { isIbkrError } from '@ibkit/error-codes';
import type { IbkrError } from '@ibkit/error-codes';
import { ConnectionManager } from '../connection-manager.js';
import type { ConnectionOptions } from '../options.js';
import { ScriptedGateway } from './scripted-gateway.js';
import type { GatewayClient, ScriptedGatewayOptions } from './scripted-gateway.js';

/** A connection on a clock that only the test moves. */
export interface Connected {
  readonly connection: ConnectionManager;
  readonly clock: TestClock;
}

/** Gateways and connections of one test, closed together. */
export class Loopback {
  readonly #open: { close(): Promise<void> }[] = [];
  readonly #clocks: TestClock[] = [];

  async gateway(options: ScriptedGatewayOptions = {}): Promise<ScriptedGateway> {
    const gateway = await ScriptedGateway.start(options);
    this.#open.push(gateway);
    return gateway;
  }

  manager(port: number, options: ConnectionOptions = {}): Connected {
    const clock = createTestClock();
    this.#clocks.push(clock);
    const connection = new ConnectionManager({ port, clock, random: { next: () => 0.5 }, ...options });
    this.#open.push(connection);
    return { connection, clock };
  }

  /** A gateway and a connection that is ready. */
  async connected(options: ConnectionOptions = {}): Promise<Connected & { readonly gateway: ScriptedGateway; readonly client: GatewayClient }> {
    const gateway = await this.gateway();
    const { connection, clock } = this.manager(gateway.port, options);
    await connection.connect();
    const client = await gateway.next();
    await client.next('reqCurrentTime');
    return { gateway, client, connection, clock };
  }

  /** Closes everything. @throws Error when a timer is left on a clock. */
  async close(): Promise<void> {
    for (const thing of this.#open.splice(0).reverse()) await thing.close();
    for (const clock of this.#clocks.splice(0)) if (clock.pending !== 0) throw new Error(`${clock.pending} timers were left behind`);
  }
}

/** The error of ibkit that `work` rejects with. */
export async function failure(work: Promise<unknown>): Promise<IbkrError> {
  const error: unknown = await work.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  if (!isIbkrError(error)) throw error;
  return error;
}
