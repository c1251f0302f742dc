import { sleep } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import type { AcquireOptions, Coordinator, Lease } from '../coordinator/coordinator.js';

/** How a {@link createSlowCoordinator} behaves. */
export interface SlowCoordinatorOptions {
  readonly clock: Clock;
  /** The coordinator behind it. */
  readonly coordinator: Coordinator;
  /** How long each answer takes, milliseconds. */
  readonly answerMs: number;
}

/** A coordinator that is slow, that can be cut off, and whose right somebody else can take: what one on other machines is like. */
export interface SlowCoordinator extends Coordinator {
  /** Takes the right over for somebody else. */
  takeOver(): Promise<void>;
  /** Leaves every later question without an answer, until {@link SlowCoordinator.heal}. */
  partition(): void;
  /** Makes every later question throw. */
  break(error: Error): void;
  /** Answers again. */
  heal(): void;
}

/** Makes a {@link SlowCoordinator} around another coordinator. */
export function createSlowCoordinator({ clock, coordinator, answerMs }: SlowCoordinatorOptions): SlowCoordinator {
  let broken: Error | undefined;
  let healed: Promise<void> | undefined;
  let heal = (): void => undefined;
  const answer = async <T>(question: () => Promise<T>): Promise<T> => {
    await sleep(clock, answerMs);
    await healed;
    if (broken !== undefined) throw broken;
    return question();
  };
  const slow = (lease: Lease): Lease => ({
    term: lease.term,
    durationMs: lease.durationMs,
    isHeld: () => lease.isHeld(),
    renew: () => answer(() => lease.renew()),
    release: () => lease.release(),
  });
  return {
    acquire: async (options?: AcquireOptions) => slow(await answer(() => coordinator.acquire(options))),
    term: () => answer(() => coordinator.term()),
    watch: (listener) => coordinator.watch(listener),
    async takeOver(): Promise<void> {
      await coordinator.acquire({ takeOver: true });
    },
    partition(): void {
      healed = new Promise((resolve) => {
        heal = resolve;
      });
    },
    break(error: Error): void {
      broken = error;
    },
    heal(): void {
      broken = undefined;
      healed = undefined;
      heal();
    },
  };
}
