import type { Timer } from './clock.js';

/** A timer that waits in a {@link TimerQueue}. */
export interface QueuedTimer {
  readonly dueAtMs: number;
  fire(): void;
}

interface Entry extends QueuedTimer {
  readonly sequence: number;
  live: boolean;
  fire: () => void;
}

/** As many cancelled timers may wait in any case; beyond, they are thrown out once they are the greater part. */
const MOST_CANCELLED = 64;

function nothing(): void {
  // A cancelled timer holds on to nothing.
}

/**
 * Pending timers in due order, ties in the order of their creation. A binary heap, so that a clock with
 * thousands of timers (a simulated market) stays fast; cancelled entries are dropped when they surface, or all at once
 * when they are the greater part.
 */
export class TimerQueue {
  #heap: Entry[] = [];
  #sequence = 0;
  #live = 0;

  /** How many timers are pending. */
  get size(): number {
    return this.#live;
  }

  /** How many timers are in memory, cancelled ones included. */
  get stored(): number {
    return this.#heap.length;
  }

  /** Adds a timer; `onCancel` runs once, when it is cancelled while pending. */
  add(dueAtMs: number, fire: () => void, onCancel?: () => void): Timer {
    const entry: Entry = { dueAtMs, fire, sequence: this.#sequence++, live: true };
    this.#heap.push(entry);
    this.#up(this.#heap.length - 1);
    this.#live += 1;
    const cancel = (): void => {
      if (!entry.live) return;
      entry.live = false;
      entry.fire = nothing;
      this.#live -= 1;
      this.#compact();
      onCancel?.();
    };
    return { cancel, [Symbol.dispose]: cancel };
  }

  /** The earliest pending timer, left in place. */
  peek(): QueuedTimer | undefined {
    for (;;) {
      const top = this.#heap[0];
      if (top === undefined || top.live) return top;
      this.#removeTop();
    }
  }

  /** Takes the earliest timer that is due at `atMs` or before. */
  takeDue(atMs: number): QueuedTimer | undefined {
    const top = this.peek();
    if (top === undefined || top.dueAtMs > atMs) return undefined;
    const entry = this.#removeTop();
    if (entry !== undefined) {
      entry.live = false;
      this.#live -= 1;
    }
    return top;
  }

  #compact(): void {
    const cancelled = this.#heap.length - this.#live;
    if (cancelled <= MOST_CANCELLED || cancelled <= this.#live) return;
    // A list in due order is a heap.
    this.#heap = this.#heap.filter((entry) => entry.live).sort((a, b) => a.dueAtMs - b.dueAtMs || a.sequence - b.sequence);
  }

  #removeTop(): Entry | undefined {
    const top = this.#heap[0];
    const last = this.#heap.pop();
    if (last !== undefined && this.#heap.length > 0) {
      this.#heap[0] = last;
      this.#down();
    }
    return top;
  }

  #up(start: number): void {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#swapIfBefore(index, parent)) return;
      index = parent;
    }
  }

  #down(): void {
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      const child = this.#isBefore(right, left) ? right : left;
      if (!this.#swapIfBefore(child, index)) return;
      index = child;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const first = this.#heap[a];
    const second = this.#heap[b];
    if (first === undefined || second === undefined) return false;
    return first.dueAtMs < second.dueAtMs || (first.dueAtMs === second.dueAtMs && first.sequence < second.sequence);
  }

  #swapIfBefore(child: number, parent: number): boolean {
    if (!this.#isBefore(child, parent)) return false;
    const a = this.#heap[child];
    const b = this.#heap[parent];
    if (a === undefined || b === undefined) return false;
    this.#heap[child] = b;
    this.#heap[parent] = a;
    return true;
  }
}
