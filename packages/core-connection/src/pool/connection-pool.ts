import { abortReason, onAbort, systemClock } from '@ibkit/clock';
import type { Clock, Timer } from '@ibkit/clock';
import { TimeoutError, UsageError, asError, isIbkrError } from '@ibkit/error-codes';
import { ConnectionManager } from '../connection-manager.js';
import type { ConnectionState } from '../lifecycle/connection-machine.js';
import { ClientIdLeases } from './client-id-leases.js';
import type { ClientIdLease } from './client-id-leases.js';
import { PoolMember } from './pool-member.js';
import { resolvePoolOptions } from './pool-options.js';
import type { ConnectionPoolOptions, PoolRole, ResolvedPoolOptions } from './pool-options.js';

/** A connection of the pool in the hands of one user. Do not close it: release it. */
export interface PooledConnection extends AsyncDisposable {
  readonly role: PoolRole;
  readonly clientId: number;
  readonly connection: ConnectionManager;
  /** Gives it back. Idempotent. */
  release(): Promise<void>;
}

/** How `acquire` waits. */
export interface PoolAcquireOptions {
  /** For the whole call, milliseconds above 0. @defaultValue 30_000 */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** One connection of a pool for people and dashboards. */
export interface PoolConnectionStatus {
  readonly role: PoolRole;
  readonly clientId: number;
  readonly state: ConnectionState;
  /** Whether it is handed out: a ready session whose gateway has not lost the broker. */
  readonly healthy: boolean;
  readonly users: number;
  readonly limit: number;
  /** Whether its client id was found in other hands, which can happen only over machines or containers. */
  readonly leaseLost: boolean;
}

/** A snapshot of a pool. */
export interface PoolStatus {
  readonly connections: readonly PoolConnectionStatus[];
  /** Connections that are being made or closed. */
  readonly opening: number;
  /** Callers that wait for a connection. */
  readonly waiting: number;
}

interface Waiter {
  readonly resolve: (handle: PooledConnection) => void;
  readonly reject: (error: unknown) => void;
}

const DEFAULT_ACQUIRE_TIMEOUT_MS = 30_000;
/** TWS API: the client id is already in use. */
const CLIENT_ID_IN_USE = 326;

/**
 * Several connections to one gateway, handed out by role and health.
 *
 * The order role is one connection with one fixed client id and one user at a time; nothing ever changes its id. Data connections lease
 * their ids, so that no two processes meet on one, are shared up to a limit, and go when nobody has used them for a while.
 * Only healthy connections are handed out, the least used first.
 */
export class ConnectionPool implements AsyncDisposable {
  readonly #options: ResolvedPoolOptions;
  readonly #clock: Clock;
  readonly #leases: ClientIdLeases;
  readonly #members = new Set<PoolMember>();
  readonly #waiting: Readonly<Record<PoolRole, Waiter[]>> = { order: [], data: [] };
  readonly #opening: Record<PoolRole, number> = { order: 0, data: 0 };
  /** Connections that are being made or closed. */
  readonly #work = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  #closing: Promise<void> | undefined;

  /** @throws {@link UsageError} that names the option, the value and the rule. */
  constructor(options: ConnectionPoolOptions) {
    const resolved = resolvePoolOptions(options);
    const { stateDirectory, connection, endpoint, dataClientIds: range, busyForMs } = resolved;
    this.#options = resolved;
    this.#clock = connection.clock ?? systemClock();
    this.#leases = new ClientIdLeases({
      stateDirectory,
      ...endpoint,
      range,
      busyForMs,
      clock: this.#clock,
      random: connection.random,
      onLost: (clientId) => connection.logger?.warn({ clientId }, 'the lease of a client id was found in other hands'),
    });
  }

  /**
   * Resolves with a healthy connection of the role: one that has room, a new one, or the first that becomes free or healthy again.
   * Callers are served in the order of their calls.
   * @throws what kept a new connection from being made (`IBKR_CONNECT_...`, `IBKR_CLIENT_ID_LEASED`, `IBKR_CLIENT_IDS_EXHAUSTED`,
   *   `IBKR_STATE_DIR_UNUSABLE`); TimeoutError `IBKR_POOL_TIMEOUT`; the signal's reason; {@link UsageError} when the pool is closed.
   */
  acquire(role: PoolRole, options: PoolAcquireOptions = {}): Promise<PooledConnection> {
    const { timeoutMs = DEFAULT_ACQUIRE_TIMEOUT_MS, signal } = options;
    if (!(Number.isFinite(timeoutMs) && timeoutMs > 0)) {
      return Promise.reject(new UsageError({ field: 'timeoutMs', value: timeoutMs, rule: 'must be a number of milliseconds above 0' }));
    }
    if (this.#stop.signal.aborted) return Promise.reject(closedError());
    if (signal?.aborted === true) return Promise.reject(abortReason(signal));
    return new Promise((resolve, reject) => {
      let timer: Timer | undefined = undefined;
      const leave = (): void => {
        timer?.cancel();
        stopWatching?.();
        const at = this.#waiting[role].indexOf(waiter);
        if (at >= 0) this.#waiting[role].splice(at, 1);
      };
      const waiter: Waiter = {
        resolve: (handle) => {
          leave();
          resolve(handle);
        },
        reject: (error) => {
          leave();
          reject(asError(error));
        },
      };
      const stopWatching =
        signal === undefined
          ? undefined
          : onAbort(signal, () => {
              waiter.reject(abortReason(signal));
            });
      this.#waiting[role].push(waiter);
      timer = this.#clock.setTimer(timeoutMs, () => {
        waiter.reject(this.#timeoutError(role, timeoutMs));
      });
      this.#serve(role);
    });
  }

  /** A snapshot of everything that is known about the pool. */
  getStatus(): PoolStatus {
    return {
      connections: [...this.#members].map(({ role, lease, connection, healthy, users, limit }) => ({
        role,
        clientId: lease.clientId,
        state: connection.state,
        healthy,
        users,
        limit,
        leaseLost: lease.lost,
      })),
      opening: this.#opening.order + this.#opening.data,
      waiting: this.#waiting.order.length + this.#waiting.data.length,
    };
  }

  /** Closes every connection, whoever uses it, and gives every client id back. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#stop.abort(closedError());
    for (const role of ['order', 'data'] as const) for (const waiter of [...this.#waiting[role]]) waiter.reject(closedError());
    for (const member of [...this.#members]) this.#retire(member);
    while (this.#work.size > 0) await Promise.all(this.#work);
    await this.#leases.close();
  }

  #serve(role: PoolRole): void {
    const queue = this.#waiting[role];
    for (let waiter = queue[0]; waiter !== undefined && !this.#stop.signal.aborted; waiter = queue[0]) {
      const member = this.#pick(role);
      if (member === undefined) break;
      waiter.resolve(this.#handOut(member));
    }
    // One that gave up makes room for a new one, unless somebody still holds it.
    for (const member of [...this.#members]) if (member.role === role && member.gaveUp && member.users === 0) this.#retire(member);
    while (this.#opening[role] < queue.length && this.#mayOpen(role)) this.#do(this.#open(role));
  }

  #pick(role: PoolRole): PoolMember | undefined {
    let best: PoolMember | undefined;
    for (const member of this.#members) {
      if (member.role === role && member.healthy && member.hasRoom && (best === undefined || member.users < best.users)) best = member;
    }
    return best;
  }

  #mayOpen(role: PoolRole): boolean {
    if (this.#stop.signal.aborted) return false;
    const there = [...this.#members].filter((member) => member.role === role).length;
    return there + this.#opening[role] < (role === 'order' ? 1 : this.#options.maxDataConnections);
  }

  /** Keeps track of work that nobody waits for but `close`. */
  #do(work: Promise<void>): void {
    const kept = work
      .catch((error: unknown) => {
        this.#options.connection.logger?.error({ error: String(error) }, 'a connection of the pool could not be closed cleanly');
      })
      .finally(() => this.#work.delete(kept));
    this.#work.add(kept);
  }

  async #open(role: PoolRole): Promise<void> {
    this.#opening[role] += 1;
    let failure: { readonly error: unknown } | undefined;
    try {
      const member = role === 'order' ? await this.#openOrder() : await this.#openData();
      if (this.#stop.signal.aborted) await member.close();
      else this.#welcome(member);
    } catch (error) {
      failure = { error };
    }
    this.#opening[role] -= 1;
    if (failure !== undefined) this.#waiting[role][0]?.reject(failure.error);
    this.#serve(role);
  }

  async #openOrder(): Promise<PoolMember> {
    const lease = await this.#leases.take(this.#options.orderClientId);
    // The same id again and again: orders belong to it, and after a crash the gateway needs some seconds to forget the old session.
    return await this.#connect('order', lease, Number.POSITIVE_INFINITY);
  }

  async #openData(): Promise<PoolMember> {
    for (;;) {
      const lease = await this.#leases.acquire();
      try {
        return await this.#connect('data', lease, 0);
      } catch (error) {
        if (!isIbkrError(error) || error.brokerCode !== CLIENT_ID_IN_USE) throw error;
        this.#leases.markBusy(lease.clientId);
      }
    }
  }

  async #connect(role: PoolRole, lease: ClientIdLease, retryCount: number): Promise<PoolMember> {
    const { connection: options, connectTimeoutMs, usersPerConnection } = this.#options;
    const connection = new ConnectionManager({ ...options, clientId: lease.clientId });
    const member = new PoolMember({
      role,
      connection,
      lease,
      limit: role === 'order' ? 1 : usersPerConnection,
      onChange: () => {
        if (this.#members.has(member)) this.#serve(role);
      },
    });
    try {
      await connection.connect({ timeoutMs: connectTimeoutMs, retryCount, signal: this.#stop.signal });
      return member;
    } catch (error) {
      await member.close();
      throw error;
    }
  }

  #welcome(member: PoolMember): void {
    this.#members.add(member);
    this.#letIdle(member);
  }

  #handOut(member: PoolMember): PooledConnection {
    member.addUser();
    let released: Promise<void> | undefined;
    const release = (): Promise<void> => {
      released ??= this.#release(member);
      return released;
    };
    return { role: member.role, clientId: member.lease.clientId, connection: member.connection, release, [Symbol.asyncDispose]: release };
  }

  async #release(member: PoolMember): Promise<void> {
    member.removeUser();
    if (!this.#members.has(member)) return;
    this.#serve(member.role);
    this.#letIdle(member);
    await Promise.resolve();
  }

  #letIdle(member: PoolMember): void {
    if (member.role !== 'data' || member.users > 0 || !this.#members.has(member)) return;
    member.waitIdle(this.#clock, this.#options.idleMs, () => {
      if (member.users === 0) this.#retire(member);
    });
  }

  #retire(member: PoolMember): void {
    if (!this.#members.delete(member)) return;
    // Its place counts as taken until its client id is free again.
    this.#opening[member.role] += 1;
    this.#do(
      member.close().finally(() => {
        this.#opening[member.role] -= 1;
        this.#serve(member.role);
      }),
    );
  }

  #timeoutError(role: PoolRole, timeoutMs: number): TimeoutError {
    const ofRole = [...this.#members].filter((member) => member.role === role);
    const sick = ofRole.filter((member) => !member.healthy).length;
    const why = ofRole.length === 0 ? 'no connection could be made in time' : `${sick} of ${ofRole.length} are not healthy, the others are full`;
    return new TimeoutError({
      code: 'IBKR_POOL_TIMEOUT',
      message: `No ${role} connection became free within ${timeoutMs} ms: ${why}.`,
      tips: ['Release connections that are not used, or allow more with maxDataConnections or usersPerConnection.'],
      details: { role, connections: ofRole.length, unhealthy: sick },
    });
  }
}

function closedError(): UsageError {
  return new UsageError({ field: 'ConnectionPool', rule: 'is closed: make another one' });
}
