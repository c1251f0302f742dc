import type { Clock } from '@ibkit/clock';

/**
 * What happens once per turn of the event loop, however many messages the turn brought: one look at the clock for all of them, and one microtask
 * that tells everybody who has news.
 */
export class TurnQueue {
  readonly #clock: Pick<Clock, 'now'>;
  #queue: (() => void)[] = [];
  #nowMs = 0;
  #inTurn = false;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** What the clock showed when this was first asked in this turn, epoch milliseconds. */
  now(): number {
    if (!this.#inTurn) {
      this.#begin();
      this.#nowMs = this.#clock.now();
    }
    return this.#nowMs;
  }

  /** Calls at the end of the turn, in the order of the calls to this. */
  atEnd(run: () => void): void {
    if (!this.#inTurn) this.now();
    this.#queue.push(run);
  }

  #begin(): void {
    this.#inTurn = true;
    queueMicrotask(() => {
      this.#inTurn = false;
      const queue = this.#queue;
      this.#queue = [];
      for (const run of queue) {
        try {
          run();
        } catch (error) {
          // One that fails takes nothing from the others; it surfaces where an error of a microtask does.
          queueMicrotask(() => {
            throw error;
          });
        }
      }
    });
  }
}
