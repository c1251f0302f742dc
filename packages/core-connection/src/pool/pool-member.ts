import type { Clock, Timer } from '@ibkit/clock';
import type { ConnectionManager } from '../connection-manager.js';
import type { ClientIdLease } from './client-id-leases.js';
import type { PoolRole } from './pool-options.js';

export interface PoolMemberOptions {
  readonly role: PoolRole;
  readonly connection: ConnectionManager;
  readonly lease: ClientIdLease;
  /** Users at once. */
  readonly limit: number;
  /** The health of the connection changed. */
  readonly onChange: () => void;
}

/** One connection of a pool, with the lease of its client id and the number of its users. */
export class PoolMember {
  readonly role: PoolRole;
  readonly connection: ConnectionManager;
  readonly lease: ClientIdLease;
  readonly limit: number;
  readonly #detach: readonly (() => void)[];
  #users = 0;
  #idle: Timer | undefined;

  constructor({ role, connection, lease, limit, onChange }: PoolMemberOptions) {
    this.role = role;
    this.connection = connection;
    this.lease = lease;
    this.limit = limit;
    this.#detach = [connection.events.on('connection.stateChanged', onChange), connection.events.on('connection.healthChanged', onChange)];
  }

  get users(): number {
    return this.#users;
  }

  /** A ready session whose gateway has not lost the broker. */
  get healthy(): boolean {
    return this.connection.isConnected() && this.connection.health.layers.upstream.status !== 'down';
  }

  /** Nobody tries to connect any more. */
  get gaveUp(): boolean {
    return this.connection.state === 'failed' || this.connection.state === 'disconnected';
  }

  get hasRoom(): boolean {
    return this.#users < this.limit;
  }

  addUser(): void {
    this.#idle?.cancel();
    this.#users += 1;
  }

  removeUser(): void {
    this.#users -= 1;
  }

  /** Calls `done` when nobody has used the connection for so long. */
  waitIdle(clock: Clock, idleMs: number, done: () => void): void {
    this.#idle?.cancel();
    this.#idle = clock.setTimer(idleMs, done, { keepAlive: false });
  }

  /** Closes the connection, and only then gives its client id back. */
  async close(): Promise<void> {
    this.#idle?.cancel();
    for (const detach of this.#detach) detach();
    await this.connection.close();
    await this.lease.close();
  }
}
