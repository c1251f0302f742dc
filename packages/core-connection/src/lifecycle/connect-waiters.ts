import { abortReason, onAbort } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';

/** How one caller waits. */
export interface WaiterOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Makes the error of a deadline, when it passes. */
  readonly timeoutError: () => Error;
}

interface Waiter {
  readonly number: number;
  resolve(): void;
  reject(error: Error): void;
}

/**
 * The callers that wait for the connection to be ready. Each has its own deadline and signal; when the last one leaves without
 * an answer, the owner is told, so that nobody connects for nobody.
 */
export class ConnectWaiters {
  readonly #clock: Clock;
  readonly #onLastLeft: (reason: 'deadline' | 'aborted', error: Error) => void;
  readonly #waiters = new Set<Waiter>();
  #lastNumber = 0;

  constructor(options: { readonly clock: Clock; readonly onLastLeft: (reason: 'deadline' | 'aborted', error: Error) => void }) {
    this.#clock = options.clock;
    this.#onLastLeft = options.onLastLeft;
  }

  /** The number of the last caller that has come; they are numbered from 1. */
  get lastNumber(): number {
    return this.#lastNumber;
  }

  /** How many wait. */
  get size(): number {
    return this.#waiters.size;
  }

  /** Waits until `resolveAll` or `rejectAll`, the deadline, or the signal. */
  wait(options: WaiterOptions): Promise<void> {
    const { timeoutMs, signal, timeoutError } = options;
    if (signal?.aborted === true) return Promise.reject(abortReason(signal));
    this.#lastNumber += 1;
    const number = this.#lastNumber;
    return new Promise((resolve, reject) => {
      const leave = (finish: () => void): void => {
        if (!this.#waiters.delete(waiter)) return;
        timer.cancel();
        stopWatching?.();
        finish();
      };
      const giveUp = (error: Error, reason: 'deadline' | 'aborted'): void => {
        leave(() => {
          reject(error);
          if (this.#waiters.size === 0) this.#onLastLeft(reason, error);
        });
      };
      const waiter: Waiter = {
        number,
        resolve: () => {
          leave(resolve);
        },
        reject: (error) => {
          leave(() => {
            reject(error);
          });
        },
      };
      const timer = this.#clock.setTimer(timeoutMs, () => {
        giveUp(timeoutError(), 'deadline');
      });
      this.#waiters.add(waiter);
      const stopWatching =
        signal === undefined
          ? undefined
          : onAbort(signal, () => {
              giveUp(abortReason(signal), 'aborted');
            });
    });
  }

  /** Answers the callers up to a number: who came later has a wish of its own under way. */
  resolveAll(upTo: number): void {
    for (const waiter of [...this.#waiters]) if (waiter.number <= upTo) waiter.resolve();
  }

  rejectAll(error: Error, upTo: number): void {
    for (const waiter of [...this.#waiters]) if (waiter.number <= upTo) waiter.reject(error);
  }
}
