import type { Lane } from './lane.js';

/** One request that waits for its grant. */
export interface Waiter {
  readonly lane: Lane;
  readonly sinceMs: number;
  /** Monotonic time at which it gives up, Infinity for never. */
  readonly deadlineAtMs: number;
  readonly resolve: () => void;
  readonly reject: (reason: Error) => void;
  /** Takes the abort listener off. */
  readonly release: () => void;
  previous: Waiter | undefined;
  next: Waiter | undefined;
  /** Its place in the deadline heap, -1 when it has none. */
  heapIndex: number;
}

/** Waiters of one lane, first in, first out; any of them can leave at constant cost, since thousands may abort at once. */
export class WaitQueue {
  #first: Waiter | undefined;
  #last: Waiter | undefined;
  #size = 0;

  /** How many wait. */
  get size(): number {
    return this.#size;
  }

  /** The one that waits longest, left in place. */
  get first(): Waiter | undefined {
    return this.#first;
  }

  /** Adds a waiter at the end. */
  push(waiter: Waiter): void {
    waiter.previous = this.#last;
    if (this.#last === undefined) this.#first = waiter;
    else this.#last.next = waiter;
    this.#last = waiter;
    this.#size += 1;
  }

  /** Takes out a waiter that is in this queue. */
  remove(waiter: Waiter): void {
    const { previous, next } = waiter;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    waiter.previous = undefined;
    waiter.next = undefined;
    this.#size -= 1;
  }
}
