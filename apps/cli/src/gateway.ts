import { seededRandom, sleep } from '@ibkit/clock';
import { ConnectionManager } from '@ibkit/core-connection';
import type { ConnectionLogger } from '@ibkit/core-connection';
import { isIbkrError } from '@ibkit/error-codes';
import type { CommandContext } from './globals.js';
import { commandLogger } from './logging.js';
import { remark } from './output.js';

/** Client ids that read-only commands share, so that several can run beside each other and never take the id of the order role. */
const LEASE_FIRST = 100;
const LEASE_COUNT = 32;
/** TWS API: the client id is already in use. */
const CLIENT_ID_IN_USE = 326;

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

/** How long the one id of the order role is left alone before it is tried again while another command has it, in milliseconds. */
const ORDER_ROLE_RETRY_MS = 500;

/** The ids to try, one after the other, while each is in use. Orders belong to their id, so that role waits for its own. */
async function* clientIds(context: CommandContext, role: Role): AsyncGenerator<number> {
  const { globals, clock, io } = context;
  if (role === 'order') {
    yield globals.clientId;
    while (context.remainingMs() > ORDER_ROLE_RETRY_MS) {
      await sleep(clock, ORDER_ROLE_RETRY_MS, { signal: io.stop });
      yield globals.clientId;
    }
    return;
  }
  const start = Math.floor(seededRandom(clock.now()).next() * LEASE_COUNT);
  for (let step = 0; step < LEASE_COUNT; step += 1) yield LEASE_FIRST + ((start + step) % LEASE_COUNT);
}

async function connected(context: CommandContext, endpoint: Endpoint, options: GatewayOptions): Promise<ConnectionManager> {
  const { globals, clock, io } = context;
  const { host, port, logger } = endpoint;
  let inUse: unknown;
  for await (const clientId of clientIds(context, options.role)) {
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
      if (!isIbkrError(error) || error.brokerCode !== CLIENT_ID_IN_USE) throw error;
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
