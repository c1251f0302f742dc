import type { Clock, Timer } from '@ibkit/clock';

const SETTLE_TURNS = 20;

/** For tests: a clock whose time can pass without its timers firing, as in a process that was stalled. Not part of the package. */
export class LateClock implements Clock {
  #elapsedMs = 0;
  #timers: { readonly dueAtMs: number; readonly fire: () => void }[] = [];

  now(): number {
    return this.#elapsedMs;
  }

  monotonic(): number {
    return this.#elapsedMs;
  }

  get pending(): number {
    return this.#timers.length;
  }

  /** Whether a timer should have fired already. */
  get overdue(): boolean {
    return this.#timers.some(({ dueAtMs }) => dueAtMs <= this.#elapsedMs);
  }

  setTimer(delayMs: number, fire: () => void): Timer {
    const timer = { dueAtMs: this.#elapsedMs + Math.max(0, delayMs), fire };
    this.#timers.push(timer);
    const cancel = (): void => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
    return { cancel, [Symbol.dispose]: cancel };
  }

  /** Lets time pass while nothing runs. */
  stall(ms: number): void {
    this.#elapsedMs += ms;
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < SETTLE_TURNS; turn += 1) await Promise.resolve();
  }

  /** Fires what is overdue at the present time, then lets time pass with every timer on time. */
  async advance(ms: number): Promise<void> {
    const targetMs = this.#elapsedMs + ms;
    await this.settle();
    for (;;) {
      const [next] = this.#timers.filter(({ dueAtMs }) => dueAtMs <= targetMs).sort((a, b) => a.dueAtMs - b.dueAtMs);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#elapsedMs = Math.max(this.#elapsedMs, next.dueAtMs);
      next.fire();
      await this.settle();
    }
    this.#elapsedMs = targetMs;
    await this.settle();
  }
}
