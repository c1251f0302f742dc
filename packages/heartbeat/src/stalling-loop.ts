import type { Clock, Timer } from '@ibkit/clock';

interface Due {
  readonly atMs: number;
  readonly run: () => void;
}

/**
 * For tests: an event loop like Node's, with its time. In a turn it first runs the timers that are due and then reads what arrived;
 * a timer that is set during a turn waits for the next one. While it is stalled, time passes and nothing runs. Not part of the package.
 */
export class StallingLoop implements Clock {
  #nowMs = 0;
  #timers: Due[] = [];
  #arrivals: Due[] = [];

  now(): number {
    return this.#nowMs;
  }

  monotonic(): number {
    return this.#nowMs;
  }

  get pending(): number {
    return this.#timers.length;
  }

  setTimer(delayMs: number, fire: () => void): Timer {
    const timer = { atMs: this.#nowMs + Math.max(0, delayMs), run: fire };
    this.#timers.push(timer);
    const cancel = (): void => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
    return { cancel, [Symbol.dispose]: cancel };
  }

  /** Bytes reach the machine after a delay; they are read when the loop next looks. */
  arrive(delayMs: number, read: () => void): void {
    this.#arrivals.push({ atMs: this.#nowMs + delayMs, run: read });
  }

  /** Lets time pass while nothing runs. */
  stall(ms: number): void {
    this.#nowMs += ms;
  }

  /** Lets time pass with every turn on time; begins with a turn for what is overdue. */
  run(ms: number): void {
    const targetMs = this.#nowMs + ms;
    for (;;) {
      const nextMs = Math.min(...[...this.#timers, ...this.#arrivals].map(({ atMs }) => atMs));
      if (nextMs > targetMs) break;
      this.#nowMs = Math.max(this.#nowMs, nextMs);
      this.#turn();
    }
    this.#nowMs = targetMs;
  }

  #turn(): void {
    const due = this.#timers.filter(({ atMs }) => atMs <= this.#nowMs).sort((a, b) => a.atMs - b.atMs);
    for (const timer of due) {
      if (!this.#timers.includes(timer)) continue;
      this.#timers = this.#timers.filter((other) => other !== timer);
      timer.run();
    }
    const arrived = this.#arrivals.filter(({ atMs }) => atMs <= this.#nowMs);
    this.#arrivals = this.#arrivals.filter(({ atMs }) => atMs > this.#nowMs);
    for (const arrival of arrived) arrival.run();
  }
}
