import { checkDelay } from './clock.js';
import type { Clock, Timer, TimerOptions } from './clock.js';

/** The longest delay that Node takes in one timer (2^31 - 1 ms, about 24.8 days); longer ones are chained. */
const MAX_NODE_DELAY_MS = 2_147_483_647;

class SystemTimer implements Timer {
  #handle: NodeJS.Timeout | undefined;
  readonly #keepAlive: boolean;

  constructor(delayMs: number, fire: () => void, keepAlive: boolean) {
    this.#keepAlive = keepAlive;
    this.#arm(Math.max(0, delayMs), fire);
  }

  #arm(remainingMs: number, fire: () => void): void {
    if (remainingMs === Number.POSITIVE_INFINITY) return;
    const stepMs = Math.min(remainingMs, MAX_NODE_DELAY_MS);
    this.#handle = setTimeout(() => {
      if (remainingMs > stepMs) this.#arm(remainingMs - stepMs, fire);
      else {
        this.#handle = undefined;
        fire();
      }
    }, stepMs);
    if (!this.#keepAlive) this.#handle.unref();
  }

  cancel(): void {
    if (this.#handle === undefined) return;
    clearTimeout(this.#handle);
    this.#handle = undefined;
  }

  [Symbol.dispose](): void {
    this.cancel();
  }
}

/** The clock of the machine: `Date.now`, `performance.now` and Node timers. */
export function systemClock(): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    setTimer(delayMs: number, fire: () => void, options?: TimerOptions): Timer {
      checkDelay(delayMs);
      return new SystemTimer(delayMs, fire, options?.keepAlive ?? true);
    },
  };
}
