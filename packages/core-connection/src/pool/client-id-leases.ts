import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { systemClock, systemRandom } from '@ibkit/clock';
import type { Clock, Random } from '@ibkit/clock';
import { ConnectionError, UsageError } from '@ibkit/error-codes';
import { ProcessLock, SilenceWatch, removeLockLitter } from '@ibkit/process-lock';
import { checkText } from '../option-shapes.js';

/** Client ids from `first` to `last`, both included. */
export interface ClientIdRange {
  readonly first: number;
  readonly last: number;
}

/** The ids that data connections and read-only programs share. Orders belong to the id that placed them, so no order role is among them. */
export const DATA_CLIENT_IDS: ClientIdRange = Object.freeze({ first: 100, last: 131 });

/** Options of {@link ClientIdLeases}. */
export interface ClientIdLeasesOptions {
  /** Shared by every program that uses the same gateway; the leases are files in it. */
  readonly stateDirectory: string;
  /** The gateway: each one has client ids of its own. */
  readonly host: string;
  readonly port: number;
  /** @defaultValue {@link DATA_CLIENT_IDS} */
  readonly range?: ClientIdRange | undefined;
  /** How long an id that somebody without a lease uses (326) is left alone, milliseconds. @defaultValue 300_000 */
  readonly busyForMs?: number | undefined;
  /** How often a lease shows that its holder lives, milliseconds. @defaultValue 10_000 */
  readonly beatMs?: number | undefined;
  /** After how long without a sign of life a holder on another machine or in another container counts as dead, milliseconds. @defaultValue 60_000 */
  readonly silentAfterMs?: number | undefined;
  /** Told when a lease was found in other hands, which can happen only over machines or containers. The gateway still lets in one at a time. */
  readonly onLost?: ((clientId: number) => void) | undefined;
  /** @defaultValue the machine's clock */
  readonly clock?: Clock | undefined;
  /** Chooses where the search for a free id begins. @defaultValue the engine's */
  readonly random?: Random | undefined;
}

/** The right to connect with a client id until it is given back. */
export interface ClientIdLease extends AsyncDisposable {
  readonly clientId: number;
  /** Whether it was found in other hands. */
  readonly lost: boolean;
  /** Gives the id back. Idempotent. Do it after the connection is closed. */
  close(): Promise<void>;
}

const MAX_CLIENT_ID = 2_147_483_647;

function checkRange({ first, last }: ClientIdRange): void {
  const whole = Number.isSafeInteger(first) && Number.isSafeInteger(last);
  if (!whole || first < 0 || last < first || last > MAX_CLIENT_ID) {
    throw new UsageError({ field: 'range', value: `${first}..${last}`, rule: `must go upwards from 0 at the least to ${MAX_CLIENT_ID} at the most` });
  }
}

function checkDuration(field: string, value: number): void {
  if (!(Number.isFinite(value) && value > 0)) throw new UsageError({ field, value, rule: 'must be a number of milliseconds above 0' });
}

/** A gateway as the name of a directory. */
function folderOf(host: string, port: number): string {
  return `${host.toLowerCase().replaceAll(/[^a-z0-9.-]/gu, '_')}-${port}`;
}

/**
 * Hands out client ids of a range so that no two processes of this machine ever have the same one, and takes those of processes that
 * were killed back. See {@link ProcessLock} for how.
 */
export class ClientIdLeases implements AsyncDisposable {
  readonly #directory: string;
  readonly #range: ClientIdRange;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #busyForMs: number;
  readonly #beatMs: number;
  readonly #silence: SilenceWatch;
  readonly #onLost: ((clientId: number) => void) | undefined;
  readonly #held = new Map<number, ProcessLock>();
  /** Until when each id is left alone, monotonic milliseconds. */
  readonly #busy = new Map<number, number>();
  #closed = false;

  /** @throws {@link UsageError} that names the option, the value and the rule. */
  constructor(options: ClientIdLeasesOptions) {
    const { stateDirectory, host, port, range = DATA_CLIENT_IDS, clock = systemClock(), random = systemRandom() } = options;
    const { busyForMs = 300_000, beatMs = 10_000, silentAfterMs = 60_000 } = options;
    checkRange(range);
    for (const [field, value] of Object.entries({ busyForMs, beatMs, silentAfterMs })) checkDuration(field, value);
    if (silentAfterMs < 3 * beatMs) throw new UsageError({ field: 'silentAfterMs', value: silentAfterMs, rule: `must be at least three times beatMs (${beatMs})` });
    checkText('stateDirectory', stateDirectory, 'must name a directory');
    this.#directory = path.join(stateDirectory, 'client-ids', folderOf(host, port));
    this.#range = range;
    this.#clock = clock;
    this.#random = random;
    this.#busyForMs = busyForMs;
    this.#beatMs = beatMs;
    this.#silence = new SilenceWatch({ clock, silentAfterMs });
    this.#onLost = options.onLost;
  }

  /**
   * Leases any free id of the range, without waiting. The search begins anywhere, because a gateway needs seconds to forget the session
   * that had an id before.
   * @throws ConnectionError `IBKR_CLIENT_IDS_EXHAUSTED` when every id is leased or busy; SystemError `IBKR_STATE_DIR_UNUSABLE`.
   */
  async acquire(): Promise<ClientIdLease> {
    this.#assertOpen();
    const { first, last } = this.#range;
    const count = last - first + 1;
    const start = Math.min(count - 1, Math.floor(this.#random.next() * count));
    await removeLockLitter(this.#directory);
    for (let step = 0; step < count; step += 1) {
      const clientId = first + ((start + step) % count);
      if (this.#isBusy(clientId)) continue;
      const attempt = await this.#tryTake(clientId);
      if (attempt.taken) return this.#leaseOf(clientId, attempt.lock);
    }
    throw new ConnectionError({
      code: 'IBKR_CLIENT_IDS_EXHAUSTED',
      message: `Every client id from ${first} to ${last} is in use at this gateway.`,
      retryable: true,
      tips: ['Close programs that are not needed, or widen the range. TWS and IB Gateway take 32 clients at once.', `The leases are in ${this.#directory}.`],
      details: { first, last, directory: this.#directory },
    });
  }

  /**
   * Leases exactly this id, inside the range or not: how the order role makes sure that it is the only one of its kind.
   * @throws ConnectionError `IBKR_CLIENT_ID_LEASED` when another process (or another part of this one) has it; SystemError `IBKR_STATE_DIR_UNUSABLE`.
   */
  async take(clientId: number): Promise<ClientIdLease> {
    this.#assertOpen();
    if (!Number.isSafeInteger(clientId) || clientId < 0 || clientId > MAX_CLIENT_ID) {
      throw new UsageError({ field: 'clientId', value: clientId, rule: `must be a whole number from 0 to ${MAX_CLIENT_ID}` });
    }
    const attempt = await this.#tryTake(clientId);
    if (attempt.taken) return this.#leaseOf(clientId, attempt.lock);
    const { pid, host } = attempt.holder;
    throw new ConnectionError({
      code: 'IBKR_CLIENT_ID_LEASED',
      message: `Client id ${clientId} is leased by ${pid === undefined ? 'something unknown' : `process ${pid} on host ${host ?? 'unknown'}`}.`,
      retryable: true,
      tips: ['Stop that process, or give this one another client id. ibkit never changes it by itself, because orders belong to it.', `If it is surely gone, remove ${this.#fileOf(clientId)}.`],
      details: { clientId, pid, host },
    });
  }

  /** Leaves an id alone for a while: the gateway says that somebody uses it who has no lease (326). */
  markBusy(clientId: number): void {
    this.#busy.set(clientId, this.#clock.monotonic() + this.#busyForMs);
  }

  /** The ids of this gateway for which there is a lease, of whichever process, also dead ones. */
  async leased(): Promise<readonly number[]> {
    const names = await readdir(this.#directory).catch((): string[] => []);
    return names.flatMap((name) => /^(\d+)\.lease$/u.exec(name)?.[1] ?? []).map(Number).sort((a, b) => a - b);
  }

  /** Gives back what this object leased. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#held.values()].map((lock) => lock.close()));
    this.#held.clear();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #assertOpen(): void {
    if (this.#closed) throw new UsageError({ field: 'ClientIdLeases', rule: 'is closed: make another one' });
  }

  #isBusy(clientId: number): boolean {
    const untilMs = this.#busy.get(clientId);
    if (untilMs === undefined) return false;
    if (this.#clock.monotonic() < untilMs) return true;
    this.#busy.delete(clientId);
    return false;
  }

  #fileOf(clientId: number): string {
    return path.join(this.#directory, `${clientId}.lease`);
  }

  async #tryTake(clientId: number): ReturnType<typeof ProcessLock.tryTake> {
    const attempt = await ProcessLock.tryTake({
      file: this.#fileOf(clientId),
      clock: this.#clock,
      beatMs: this.#beatMs,
      silence: this.#silence,
      onLost: () => this.#onLost?.(clientId),
    });
    // Closed meanwhile: nobody would give it back.
    if (attempt.taken && this.#closed) {
      await attempt.lock.close();
      this.#assertOpen();
    }
    return attempt;
  }

  #leaseOf(clientId: number, lock: ProcessLock): ClientIdLease {
    this.#held.set(clientId, lock);
    const close = async (): Promise<void> => {
      if (this.#held.get(clientId) === lock) this.#held.delete(clientId);
      await lock.close();
    };
    return {
      clientId,
      get lost() {
        return lock.lost;
      },
      close,
      [Symbol.asyncDispose]: close,
    };
  }
}
