import type { JournalRecord } from '../journal/journal-record.js';
import { LimitLedger } from './limit-ledger.js';
import type { Arming } from './own-arming.js';

/** How many stamps of earlier orders are kept for the order rate. */
const MAX_STAMPS = 10_000;

/** What the guards know from the journal: caps that are used up, the arming, and how late it was when something was last written. */
export class GuardState {
  readonly limits = new LimitLedger();
  #arming: Arming | undefined;
  #lastAtMs = Number.NEGATIVE_INFINITY;
  #stamps: number[] = [];

  /** Notes a record that says something new. */
  apply(record: JournalRecord): void {
    this.#lastAtMs = Math.max(this.#lastAtMs, record.atMs);
    this.limits.apply(record);
    if ('counts' in record && record.counts !== undefined) this.#stamp(record.atMs);
    if (record.type === 'armed') {
      const { account, armedAtMs, expiresAtMs } = record;
      this.#arming = { account, armedAtMs, expiresAtMs };
    }
    if (record.type === 'disarmed') this.#arming = undefined;
  }

  /** The last arming that was written down and not ended. */
  get arming(): Arming | undefined {
    return this.#arming;
  }

  /** The latest stamp of any record: a clock that shows less was set back. */
  get lastAtMs(): number {
    return this.#lastAtMs;
  }

  /** When orders and changes were staged, the latest last. */
  get stamps(): readonly number[] {
    return this.#stamps;
  }

  #stamp(atMs: number): void {
    this.#stamps.push(atMs);
    if (this.#stamps.length > 2 * MAX_STAMPS) this.#stamps = this.#stamps.slice(-MAX_STAMPS);
  }
}
