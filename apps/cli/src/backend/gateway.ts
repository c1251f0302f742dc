import { seededRandom, sleep } from '@ibkit/clock';
import { ClientIdLeases, ConnectionManager, DATA_CLIENT_IDS } from '@ibkit/core-connection';
import { isIbkrError } from '@ibkit/error-codes';
import type { CommandContext } from '../config/globals.js';
import { configuredConnection } from './configured-connection.js';
import { commandLogger } from './logging.js';
import type { CommandLog } from './logging.js';
import { withAddress } from './with-address.js';

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
  readonly log: CommandLog;
}

/** How long the one id of the order role is left alone before it is tried again while another command has it, in milliseconds. */
const ORDER_ROLE_RETRY_MS = 500;

/** Orders belong to their id, so the order role waits for its own. */
async function* orderRole(context: CommandContext): AsyncGenerator<number> {
  const { globals, clock, io } = context;
  yield globals.clientId;
  while (context.remainingMs() > ORDER_ROLE_RETRY_MS) {
    await sleep(clock, ORDER_ROLE_RETRY_MS, { signal: io.stop });
    yield globals.clientId;
  }
}

async function* only(clientId: number): AsyncGenerator<number> {
  yield await Promise.resolve(clientId);
}

/** Ids that nobody leased, for a state directory that cannot be written. */
function* unleased(context: CommandContext): Generator<number> {
  const { first, last } = DATA_CLIENT_IDS;
  const count = last - first + 1;
  const start = Math.floor(seededRandom(context.clock.now()).next() * count);
  for (let step = 0; step < count; step += 1) yield first + ((start + step) % count);
}

/** Ids that are this process's alone until `leases` is closed; one that is asked for again was in use by a program without a lease. */
async function* readRole(context: CommandContext, leases: ClientIdLeases): AsyncGenerator<number> {
  for (;;) {
    let lease;
    try {
      lease = await leases.acquire();
    } catch (error) {
      if (!isIbkrError(error) || error.code !== 'IBKR_STATE_DIR_UNUSABLE') throw error;
      yield* unleased(context);
      return;
    }
    yield lease.clientId;
    leases.markBusy(lease.clientId);
    await lease.close();
  }
}

async function connected(context: CommandContext, endpoint: Endpoint, options: GatewayOptions, clientIds: AsyncIterable<number>): Promise<ConnectionManager> {
  const { globals, clock, io } = context;
  const { host, port, log } = endpoint;
  const { logger, messages } = log;
  const configured = configuredConnection(globals.config);
  let inUse: unknown;
  for await (const clientId of clientIds) {
    const connection = new ConnectionManager({
      ...configured.options,
      host,
      port,
      logger,
      clientId,
      clock,
      paperTrading: globals.mode === 'paper',
      useGateway: globals.application === 'gateway',
      autoReconnect: options.autoReconnect === true && configured.autoReconnect,
    });
    if (messages !== undefined) {
      connection.onMessage(messages.received);
      connection.onSent(messages.sent);
    }
    try {
      await connection.connect({ timeoutMs: context.remainingMs(), retryCount: configured.retryCount, signal: io.stop });
      return connection;
    } catch (error) {
      await connection.close();
      if (!isIbkrError(error) || error.brokerCode !== CLIENT_ID_IN_USE) throw error;
      inUse = error;
    }
  }
  throw inUse;
}

async function withSession<T>(context: CommandContext, endpoint: Endpoint, options: GatewayOptions, work: (connection: ConnectionManager) => Promise<T>): Promise<T> {
  const { globals, clock } = context;
  const { host, port } = endpoint;
  if (globals.simulate) {
    // Nobody else knows of the embedded simulator.
    await using connection = await connected(context, endpoint, options, only(globals.clientId));
    return await work(connection);
  }
  // Given back after the connection is closed, because it is declared before.
  await using leases = new ClientIdLeases({ stateDirectory: globals.stateDirectory, host, port, clock, random: seededRandom(clock.now()) });
  await using connection = await connected(context, endpoint, options, options.role === 'order' ? orderRole(context) : readRole(context, leases));
  return await work(connection);
}

/**
 * Runs `work` on a ready connection and closes it afterwards. With `--simulate` the gateway is an embedded simulator that lives as long.
 * @throws ConnectionError or TimeoutError when no session becomes ready within `--timeout`.
 */
export async function withGateway<T>(context: CommandContext, options: GatewayOptions, work: (connection: ConnectionManager) => Promise<T>): Promise<T> {
  await using log = await commandLogger(context);
  return await withAddress(context, ({ host, port }) => withSession(context, { host, port, log }, options, work));
}
