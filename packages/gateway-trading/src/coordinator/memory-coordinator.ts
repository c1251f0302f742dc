import type { Clock } from '@ibkit/clock';
import { SystemError, UsageError } from '@ibkit/error-codes';
import type { AcquireOptions, Coordinator, Lease, Leadership } from './coordinator.js';

/** How long the leases of a {@link memoryCoordinator} last. */
export interface MemoryCoordinatorOptions {
  /** Needed for leases that expire. */
  readonly clock?: Clock | undefined;
  /** Without a renewal a lease ends after this many milliseconds, as those of a coordinator on several machines do. @defaultValue never */
  readonly leaseMs?: number | undefined;
}

/** A lease says that it is not held any more this part of its duration before anybody else may have it. */
const MARGIN = 1 / 3;

interface Grant {
  readonly term: number;
  /** On the monotonic clock. */
  untilMs: number;
}

/**
 * The error for a right that somebody has.
 * @param holder what is known of the holder, for people
 */
export function leaseHeldError(holder: string, details: Readonly<Record<string, unknown>> = {}): SystemError {
  return new SystemError({
    code: 'IBKR_LEASE_HELD',
    message: `Another process trades with this journal: ${holder}. Nothing was sent`,
    retryable: true,
    tips: ['Use that process, or stop it. A journal directory of its own makes this one independent.'],
    details,
  });
}

/** One coordinator for everybody in this process who is given it: for tests, and for programs that trade from one place only. */
export function memoryCoordinator({ clock, leaseMs = Infinity }: MemoryCoordinatorOptions = {}): Coordinator {
  if (!(leaseMs > 0)) throw new UsageError({ field: 'leaseMs', value: leaseMs, rule: 'must be a number of milliseconds above 0' });
  if (leaseMs !== Infinity && clock === undefined) throw new UsageError({ field: 'clock', rule: 'must be given with leaseMs' });
  const now = (): number => clock?.monotonic() ?? 0;
  const watchers = new Set<(leadership: Leadership) => void>();
  let term = 0;
  let holder: Grant | undefined;
  const leadership = (): Leadership => ({ term, held: holder !== undefined && now() < holder.untilMs });
  const tell = (): void => {
    for (const watcher of [...watchers]) watcher(leadership());
  };

  const lease = (grant: Grant): Lease => {
    const isOurs = (): boolean => holder === grant && now() < grant.untilMs;
    return {
      term: grant.term,
      durationMs: leaseMs,
      isHeld: () => isOurs() && (leaseMs === Infinity || now() < grant.untilMs - leaseMs * MARGIN),
      renew(): Promise<boolean> {
        if (!isOurs()) return Promise.resolve(false);
        grant.untilMs = now() + leaseMs;
        return Promise.resolve(true);
      },
      release(): Promise<void> {
        if (holder === grant) {
          holder = undefined;
          tell();
        }
        return Promise.resolve();
      },
    };
  };

  return {
    acquire({ above = 0, takeOver = false }: AcquireOptions = {}): Promise<Lease> {
      if (leadership().held && !takeOver) return Promise.reject(leaseHeldError(`term ${term}`, { term }));
      term = Math.max(term, above) + 1;
      holder = { term, untilMs: now() + leaseMs };
      const granted = lease(holder);
      tell();
      return Promise.resolve(granted);
    },
    term: () => Promise.resolve(term),
    watch(listener: (leadership: Leadership) => void): () => void {
      watchers.add(listener);
      listener(leadership());
      return () => {
        watchers.delete(listener);
      };
    },
  };
}
