import type { HistoricalRules } from './historical-options.js';
import type { PacedQuery } from './historical-query.js';

/** A query that left. */
export interface BookEntry {
  readonly query: PacedQuery;
  readonly atMs: number;
}

/** Which small-bar queries went when, and from when the next one may go. Pure: time comes in as numbers, never falling. */
export class PacingBook {
  readonly #windowMs: number;
  readonly #identicalMs: number;
  readonly #contractWindowMs: number;
  readonly #keptMs: number;
  readonly #rules: HistoricalRules;
  /** Oldest first; only those that still count for a rule. */
  #entries: readonly BookEntry[];

  constructor(rules: HistoricalRules, entries: readonly BookEntry[] = []) {
    this.#rules = rules;
    this.#windowMs = rules.windowMs + rules.guardMs;
    this.#identicalMs = rules.identicalMs + rules.guardMs;
    this.#contractWindowMs = rules.contractWindowMs + rules.guardMs;
    this.#keptMs = Math.max(this.#windowMs, this.#identicalMs, this.#contractWindowMs);
    this.#entries = entries;
  }

  /** Another book with the same past. */
  copy(): PacingBook {
    return new PacingBook(this.#rules, this.#entries);
  }

  /** A query leaves. */
  note(query: PacedQuery, atMs: number): void {
    this.#entries = [...this.entries(atMs), { query, atMs }];
  }

  /** What still counts, oldest first. */
  entries(nowMs: number): readonly BookEntry[] {
    return this.#entries.filter((entry) => entry.atMs + this.#keptMs > nowMs);
  }

  /** What counts against the window now. */
  used(nowMs: number): number {
    return this.#entries.reduce((sum, { query, atMs }) => (atMs + this.#windowMs > nowMs ? sum + query.weight : sum), 0);
  }

  /** From when the window has room for `weight`, -Infinity for long since; Infinity when not before others were served. */
  windowFreeAtMs(weight: number): number {
    return freeAtMs(this.#entries, { windowMs: this.#windowMs, most: this.#rules.mostInWindow - weight });
  }

  /** From when the rules about identical queries and about one contract let it go. */
  ownFreeAtMs({ identity, contract, weight }: PacedQuery): number {
    const same = this.#entries.filter(({ query }) => query.contract === contract);
    const last = same.findLast(({ query }) => query.identity === identity);
    return Math.max(
      last === undefined ? Number.NEGATIVE_INFINITY : last.atMs + this.#identicalMs,
      freeAtMs(same, { windowMs: this.#contractWindowMs, most: this.#rules.mostPerContract - weight }),
    );
  }
}

/** From when what still counts is at most `most`. */
function freeAtMs(entries: readonly BookEntry[], { windowMs, most }: { windowMs: number; most: number }): number {
  let rest = entries.reduce((sum, { query }) => sum + query.weight, 0);
  let atMs = Number.NEGATIVE_INFINITY;
  for (const entry of entries) {
    if (rest <= most) return atMs;
    rest -= entry.query.weight;
    atMs = entry.atMs + windowMs;
  }
  return rest <= most ? atMs : Number.POSITIVE_INFINITY;
}
