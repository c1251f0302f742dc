import { UsageError } from '@ibkit/error-codes';
import type { ConnectionOptions } from '../options.js';
import { resolveConnectionOptions } from '../options.js';
import { DATA_CLIENT_IDS } from './client-id-leases.js';
import type { ClientIdRange } from './client-id-leases.js';

/**
 * What a connection of a pool is for: `order` is the one connection with the fixed client id that orders belong to; `data` connections
 * are interchangeable and lease their ids.
 */
export type PoolRole = 'order' | 'data';

/** Options of `ConnectionPool`. */
export interface ConnectionPoolOptions {
  /** Shared by every program that uses the same gateway: the leases of client ids are files in it. */
  readonly stateDirectory: string;
  /** What every connection of the pool is made with. */
  readonly connection?: Omit<ConnectionOptions, 'clientId'> | undefined;
  /** The client id of the order role, outside the data range. @defaultValue 1 */
  readonly orderClientId?: number | undefined;
  /** Where data connections lease their ids. @defaultValue 100 to 131 */
  readonly dataClientIds?: ClientIdRange | undefined;
  /** Data connections at once, 1 to 31: TWS and IB Gateway take 32 clients. @defaultValue 4 */
  readonly maxDataConnections?: number | undefined;
  /** Users of one data connection at once. Each connection may send 45 messages per second, which its users share. @defaultValue 8 */
  readonly usersPerConnection?: number | undefined;
  /** For one connection to become ready, milliseconds. @defaultValue 30_000 */
  readonly connectTimeoutMs?: number | undefined;
  /** How long a data connection without users is kept, milliseconds. @defaultValue 60_000 */
  readonly idleMs?: number | undefined;
  /** How long an id that a program without a lease uses (326) is left alone, milliseconds. @defaultValue 300_000 */
  readonly busyForMs?: number | undefined;
}

/** {@link ConnectionPoolOptions} checked and complete. */
export interface ResolvedPoolOptions {
  readonly stateDirectory: string;
  readonly connection: Omit<ConnectionOptions, 'clientId'>;
  readonly endpoint: { readonly host: string; readonly port: number };
  readonly orderClientId: number;
  readonly dataClientIds: ClientIdRange;
  readonly maxDataConnections: number;
  readonly usersPerConnection: number;
  readonly connectTimeoutMs: number;
  readonly idleMs: number;
  readonly busyForMs: number;
}

/** The options of a `ConnectionPool` that apply when nothing else is said. */
export const DEFAULT_POOL = Object.freeze({
  orderClientId: 1,
  dataClientIds: DATA_CLIENT_IDS,
  maxDataConnections: 4,
  usersPerConnection: 8,
  connectTimeoutMs: 30_000,
  idleMs: 60_000,
  busyForMs: 300_000,
});

/**
 * Fills in the defaults and checks every value.
 * @throws {@link UsageError} that names the option, the value and the rule.
 */
export function resolvePoolOptions(options: ConnectionPoolOptions): ResolvedPoolOptions {
  const { stateDirectory, connection = {} } = options;
  const resolved = {
    stateDirectory,
    connection,
    orderClientId: options.orderClientId ?? DEFAULT_POOL.orderClientId,
    dataClientIds: options.dataClientIds ?? DEFAULT_POOL.dataClientIds,
    maxDataConnections: options.maxDataConnections ?? DEFAULT_POOL.maxDataConnections,
    usersPerConnection: options.usersPerConnection ?? DEFAULT_POOL.usersPerConnection,
    connectTimeoutMs: options.connectTimeoutMs ?? DEFAULT_POOL.connectTimeoutMs,
    idleMs: options.idleMs ?? DEFAULT_POOL.idleMs,
    busyForMs: options.busyForMs ?? DEFAULT_POOL.busyForMs,
  };
  const { orderClientId, dataClientIds: range } = resolved;
  const { host, port } = resolveConnectionOptions({ ...connection, clientId: orderClientId });
  const rule = (field: string, value: number, holds: boolean, text: string): void => {
    if (!holds) throw new UsageError({ field, value, rule: text });
  };
  const wholeTo = (field: 'maxDataConnections' | 'usersPerConnection', max: number): void => {
    const value = resolved[field];
    rule(field, value, Number.isSafeInteger(value) && value >= 1 && value <= max, `must be a whole number from 1 to ${max}`);
  };
  wholeTo('maxDataConnections', 31);
  wholeTo('usersPerConnection', 1_000_000);
  for (const field of ['connectTimeoutMs', 'idleMs'] as const) rule(field, resolved[field], Number.isFinite(resolved[field]) && resolved[field] > 0, 'must be a number of milliseconds above 0');
  rule('orderClientId', orderClientId, orderClientId < range.first || orderClientId > range.last, `must be outside dataClientIds (${range.first} to ${range.last}), because orders belong to their id`);
  return { ...resolved, endpoint: { host, port } };
}
