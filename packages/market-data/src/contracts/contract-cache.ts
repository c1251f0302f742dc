import type { Clock } from '@ibkit/clock';
import type { ResolvedContract } from './resolved-contract.js';

interface Entry {
  readonly contract: ResolvedContract;
  readonly expiresAt: number;
}

/** Answers of earlier look-ups, each for a limited time; the oldest go first when there are too many. */
export class ContractCache {
  readonly #clock: Clock;
  readonly #ttlMs: number;
  readonly #capacity: number;
  readonly #entries = new Map<string, Entry>();

  constructor(options: { readonly clock: Clock; readonly ttlMs: number; readonly capacity: number }) {
    this.#clock = options.clock;
    this.#ttlMs = options.ttlMs;
    this.#capacity = options.capacity;
  }

  /** The answer for a key, unless it is too old. */
  get(key: string): ResolvedContract | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (this.#clock.monotonic() < entry.expiresAt) return entry.contract;
    this.#entries.delete(key);
    return undefined;
  }

  /** Keeps an answer from now on. */
  set(key: string, contract: ResolvedContract): void {
    this.#entries.delete(key);
    this.#entries.set(key, { contract, expiresAt: this.#clock.monotonic() + this.#ttlMs });
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#capacity) break;
      this.#entries.delete(oldest);
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.#entries.clear();
  }
}
