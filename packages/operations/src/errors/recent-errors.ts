import type { ApiRecentErrors } from '@ibkit/api-contract';
import { known } from '../views/known.js';

type RecentError = ApiRecentErrors['errors'][number];

/** What is written down about something that went wrong. */
export interface ErrorNews {
  readonly atMs: number;
  readonly code: string;
  readonly ibCode?: number | undefined;
  readonly message: string;
  readonly tips: readonly string[];
}

/** The newest that went wrong; the same again and again is one entry with a count. */
export class RecentErrors {
  readonly #capacity: number;
  #entries: RecentError[] = [];

  /** @param capacity how many entries are kept, at least 1 */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Writes one down. What is the same as the entry before counts there, with the newer time. */
  add({ atMs, code, ibCode, message, tips }: ErrorNews): void {
    const last = this.#entries.at(-1);
    if (last?.code === code && last.ibCode === ibCode && last.message === message) {
      this.#entries[this.#entries.length - 1] = { ...last, atMs, count: last.count + 1 };
      return;
    }
    this.#entries.push(known({ atMs, code, ibCode, message, tips: [...tips], count: 1 }));
    if (this.#entries.length > this.#capacity) this.#entries = this.#entries.slice(-this.#capacity);
  }

  /** The newest first. */
  newest(limit: number): RecentError[] {
    return this.#entries.slice(-limit).reverse();
  }
}
