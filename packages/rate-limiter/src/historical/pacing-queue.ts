import type { PacedQuery } from './historical-query.js';
import type { PacingBook } from './pacing-book.js';

/** Something that waits for its turn. */
export interface Queued {
  readonly query: PacedQuery;
}

/** What decides who may start. */
export interface PacingState {
  readonly book: PacingBook;
  readonly open: number;
  readonly maxOpen: number;
  readonly pausedUntilMs: number;
}

interface Place<T> {
  readonly item: T;
  readonly sequence: number;
}

/**
 * Queries that wait, in the order in which they came. A query that is held by a rule of its own (identical, contract) lets others pass,
 * but keeps its share of the window; one that waits for the window lets only those pass that the window does not count.
 */
export class PacingQueue<T extends Queued> {
  readonly #small = new Map<T, Place<T>>();
  readonly #relaxed = new Map<T, Place<T>>();
  #sequence = 0;

  /** How many wait. */
  get size(): number {
    return this.#small.size + this.#relaxed.size;
  }

  /** Whether it waits. */
  has(item: T): boolean {
    return this.#lane(item).has(item);
  }

  /** Everything that waits, first come, first. */
  items(): readonly T[] {
    return [...this.#small.values(), ...this.#relaxed.values()].sort((a, b) => a.sequence - b.sequence).map(({ item }) => item);
  }

  /** Adds at the end. */
  push(item: T): void {
    this.#sequence += 1;
    this.#lane(item).set(item, { item, sequence: this.#sequence });
  }

  /** Takes out; says whether it was in. */
  remove(item: T): boolean {
    return this.#lane(item).delete(item);
  }

  /**
   * Takes out the first that may start now.
   * @returns it, or when it is worth looking again: Infinity while only an answer can make room
   */
  takeDue(state: PacingState, nowMs: number): { readonly item: T } | { readonly againAtMs: number } {
    if (state.open >= state.maxOpen) return { againAtMs: Number.POSITIVE_INFINITY };
    if (nowMs < state.pausedUntilMs) return { againAtMs: state.pausedUntilMs };
    const [relaxed] = this.#relaxed.values();
    let againAtMs = Number.POSITIVE_INFINITY;
    let reserved = 0;
    for (const place of this.#small.values()) {
      if (relaxed !== undefined && relaxed.sequence < place.sequence) break;
      const { query } = place.item;
      const windowAtMs = state.book.windowFreeAtMs(query.weight + reserved);
      const ownAtMs = state.book.ownFreeAtMs(query);
      if (windowAtMs <= nowMs && ownAtMs <= nowMs) return this.#take(place.item);
      // One that is held by both lets those behind it pass as soon as the window has room for them all.
      againAtMs = Math.min(againAtMs, windowAtMs > nowMs ? windowAtMs : ownAtMs);
      if (windowAtMs > nowMs) break;
      reserved += query.weight;
    }
    return relaxed === undefined ? { againAtMs } : this.#take(relaxed.item);
  }

  #take(item: T): { readonly item: T } {
    this.remove(item);
    return { item };
  }

  #lane(item: T): Map<T, Place<T>> {
    return item.query.small ? this.#small : this.#relaxed;
  }
}
