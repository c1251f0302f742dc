import { seededRandom } from '@ibkit/clock';
import { ConnectionManager } from '@ibkit/core-connection';
import type { ConnectionLogger } from '@ibkit/core-connection';
import { isIbkrError } from '@ibkit/error-codes';
import type { CommandContext } from './globals.js';
import { commandLogger } from './logging.js';
import { remark } from './output.js';

/** Client ids that read-only commands share, so that several can run beside each other and never take the id of the order role. */
const LEASE_FIRST = 100;
const LEASE_COUNT = 32;

/** Which id a command connects with: `read` leases one from 100 to 131, `order` uses the one fixed id of the order role. */
export type Role = 'read' | 'order';

/** How a command wants its connection. */
export interface GatewayOptions {
  readonly role: Role;
  /** Whether a lost connection is made again; streams want it, one-shot commands do not. */
  readonly autoReconnect?: boolean;
}

interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly logger: ConnectionLogger | undefined;
}

function* clientIds({ globals, clock }: CommandContext, role: Role): Generator<number> {
  if (role === 'order') {
    yield globals.clientId;
    return;
  }
  const start = Math.floor(seededRandom(clock.now()).next() * LEASE_COUNT);
  for (let step = 0; step < LEASE_COUNT; step += 1) yield LEASE_FIRST + ((start + step) % LEASE_COUNT);
}

async function connected(context: CommandContext, endpoint: Endpoint, options: GatewayOptions): Promise<ConnectionManager> {
  const { globals, clock, io } = context;
  const { host, port, logger } = endpoint;
  let inUse: unknown;
  for (const clientId of clientIds(context, options.role)) {
    const connection = new ConnectionManager({
      host,
      port,
      logger,
      clientId,
      clock,
      paperTrading: globals.mode === 'paper',
      useGateway: globals.application === 'gateway',
      autoReconnect: options.autoReconnect ?? false,
    });
    try {
      await connection.connect({ timeoutMs: context.remainingMs(), retryCount: 0, signal: io.stop });
      return connection;
    } catch (error) {
      await connection.close();
      if (!isIbkrError(error) || error.brokerCode !== 326) throw error;
      inUse = error;
    }
  }
  throw inUse;
}

/**
 * Runs `work` on a ready connection and closes it afterwards. With `--simulate` the gateway is an embedded simulator that lives as long.
 * @throws ConnectionError or TimeoutError when no session becomes ready within `--timeout`.
 */
export async function withGateway<T>(context: CommandContext, options: GatewayOptions, work: (connection: ConnectionManager) => Promise<T>): Promise<T> {
  const { globals, clock } = context;
  await using log = await commandLogger(context);
  const { logger } = log;
  if (!globals.simulate) {
    await using connection = await connected(context, { host: globals.host, port: globals.port, logger }, options);
    return await work(connection);
  }
  const { createSimulator } = await import('@ibkit/simulator');
  await using simulator = await createSimulator({ clock });
  remark(context, `Embedded simulator on port ${simulator.port}`);
  await using connection = await connected(context, { host: simulator.host, port: simulator.port, logger }, options);
  return await work(connection);
}
