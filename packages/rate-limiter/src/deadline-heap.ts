import type { Waiter } from './wait-queue.js';

/** Waiters by deadline, earliest first. Each knows its place, so one that is served or aborted leaves nothing behind. */
export class DeadlineHeap {
  readonly #heap: Waiter[] = [];

  /** The waiter with the earliest deadline. */
  get earliest(): Waiter | undefined {
    return this.#heap[0];
  }

  /** Adds a waiter that has a deadline. */
  add(waiter: Waiter): void {
    this.#put(waiter, this.#heap.length);
    this.#up(waiter);
  }

  /** Takes a waiter out; does nothing when it is not in. */
  remove(waiter: Waiter): void {
    const index = waiter.heapIndex;
    if (index < 0) return;
    waiter.heapIndex = -1;
    const last = this.#heap.pop();
    if (last === undefined || last === waiter) return;
    this.#put(last, index);
    this.#up(last);
    this.#down(last);
  }

  #put(waiter: Waiter, index: number): void {
    this.#heap[index] = waiter;
    waiter.heapIndex = index;
  }

  #up(waiter: Waiter): void {
    while (waiter.heapIndex > 0) {
      const index = waiter.heapIndex;
      const parent = this.#heap[(index - 1) >> 1];
      if (parent === undefined || parent.deadlineAtMs <= waiter.deadlineAtMs) return;
      const parentIndex = parent.heapIndex;
      this.#put(parent, index);
      this.#put(waiter, parentIndex);
    }
  }

  #down(waiter: Waiter): void {
    for (;;) {
      const index = waiter.heapIndex;
      const left = this.#heap[2 * index + 1];
      const right = this.#heap[2 * index + 2];
      const child = right !== undefined && left !== undefined && right.deadlineAtMs < left.deadlineAtMs ? right : left;
      if (child === undefined || child.deadlineAtMs >= waiter.deadlineAtMs) return;
      const childIndex = child.heapIndex;
      this.#put(child, index);
      this.#put(waiter, childIndex);
    }
  }
}
