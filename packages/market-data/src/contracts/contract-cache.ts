import type { Clock, Timer } from '@ibkit/clock';
import { MarketDataError } from '@ibkit/error-codes';
import { isExpired } from './contract-expiry.js';
import type { ContractStore, StoredContract } from './contract-store.js';
import type { ResolvedContract } from './resolved-contract.js';

interface Entry {
  readonly contract: ResolvedContract;
  readonly includeExpired: boolean;
  readonly expiresAt: number;
}

/** What a {@link ContractCache} is made of. */
export interface ContractCacheOptions {
  readonly clock: Clock;
  /** The market's time, by which contracts expire. @defaultValue the clock's */
  readonly marketNow?: (() => number) | undefined;
  /** How long an answer is good, in milliseconds. */
  readonly ttlMs: number;
  readonly capacity: number;
  /** Keeps answers between runs. */
  readonly store?: ContractStore | undefined;
  readonly onProblem?: ((error: MarketDataError) => void) | undefined;
}

/** Answers come in crowds: one write for all of them. */
const WRITE_AFTER_MS = 1000;

/** Answers of earlier look-ups, each for a limited time; the oldest go first when there are too many. Contracts that trade no more are not given for live ones. */
export class ContractCache {
  readonly #options: ContractCacheOptions;
  readonly #entries = new Map<string, Entry>();
  #unsaved = new Map<string, StoredContract>();
  #loading: Promise<void> | undefined;
  #loaded: boolean;
  #writing: Promise<void> = Promise.resolve();
  #timer: Timer | undefined;

  constructor(options: ContractCacheOptions) {
    this.#options = options;
    this.#loaded = options.store === undefined;
  }

  /** Resolves when what was kept in earlier runs is here, never rejects; `undefined` once that is so. */
  loading(): Promise<void> | undefined {
    if (this.#loaded) return undefined;
    this.#loading ??= this.#load().then(() => {
      this.#loaded = true;
    });
    return this.#loading;
  }

  /** The answer for a key, unless it is too old. */
  get(key: string): ResolvedContract | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const { clock, marketNow } = this.#options;
    const good = clock.monotonic() < entry.expiresAt && (entry.includeExpired || !isExpired(entry.contract, marketNow?.() ?? clock.now()));
    if (good) return entry.contract;
    this.#entries.delete(key);
    return undefined;
  }

  /** Keeps an answer from now on. */
  set(key: string, contract: ResolvedContract, includeExpired: boolean): void {
    const { clock, ttlMs, store } = this.#options;
    this.#keep(key, { contract, includeExpired, expiresAt: clock.monotonic() + ttlMs });
    if (store === undefined) return;
    this.#unsaved.set(key, { key, includeExpired, storedAtMs: clock.now(), contract });
    this.#timer ??= clock.setTimer(WRITE_AFTER_MS, () => {
      void this.#save();
    }, { keepAlive: false });
  }

  /** Forgets everything. Resolves once what is new is kept for the next run. */
  async close(): Promise<void> {
    this.#entries.clear();
    await this.#save();
  }

  #keep(key: string, entry: Entry): void {
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#options.capacity) break;
      this.#entries.delete(oldest);
    }
  }

  async #load(): Promise<void> {
    const { store, clock, ttlMs } = this.#options;
    if (store === undefined) return;
    try {
      const stored = [...(await store.load())].sort((a, b) => a.storedAtMs - b.storedAtMs);
      const nowMs = clock.now();
      for (const { key, contract, includeExpired, storedAtMs } of stored) {
        const ageMs = nowMs - storedAtMs;
        // From the future: the clock was set back, and nobody knows how old it is.
        if (ageMs < 0 || ageMs >= ttlMs || this.#entries.has(key)) continue;
        this.#keep(key, { contract, includeExpired, expiresAt: clock.monotonic() + ttlMs - ageMs });
      }
    } catch (error) {
      this.#report('read', error);
    }
  }

  #save(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    const { store, clock, ttlMs } = this.#options;
    const entries = [...this.#unsaved.values()];
    this.#unsaved = new Map();
    if (store !== undefined && entries.length > 0) {
      this.#writing = this.#writing
        .then(() => store.save(entries, clock.now() - ttlMs))
        .catch((error: unknown) => {
          this.#report('written', error);
        });
    }
    return this.#writing;
  }

  #report(what: 'read' | 'written', cause: unknown): void {
    this.#options.onProblem?.(
      new MarketDataError({
        code: 'IBKR_CONTRACT_CACHE_FAILED',
        message: `The contract cache cannot be ${what}: ${cause instanceof Error ? cause.message : String(cause)}`,
        tips: ['Contracts are looked up at the broker instead. Check the path, its rights and the space on the disk.'],
        cause,
      }),
    );
  }
}
