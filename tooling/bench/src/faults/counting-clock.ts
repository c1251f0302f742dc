import type { Clock, Timer, TimerOptions } from '@ibkit/clock';

/** A clock that knows how many of its timers are pending: what is left behind shows. */
export class CountingClock implements Clock {
  readonly #base: Clock;
  readonly #pending = new Set<Timer>();

  constructor(base: Clock) {
    this.#base = base;
  }

  get pending(): number {
    return this.#pending.size;
  }

  now(): number {
    return this.#base.now();
  }

  monotonic(): number {
    return this.#base.monotonic();
  }

  setTimer(delayMs: number, fire: () => void, options?: TimerOptions): Timer {
    const inner = this.#base.setTimer(
      delayMs,
      () => {
        this.#pending.delete(timer);
        fire();
      },
      options,
    );
    const cancel = (): void => {
      this.#pending.delete(timer);
      inner.cancel();
    };
    const timer: Timer = { cancel, [Symbol.dispose]: cancel };
    this.#pending.add(timer);
    return timer;
  }
}
