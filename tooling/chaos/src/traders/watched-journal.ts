import { sleep } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import type { AppendGuard, AppendResult, Journal, JournalEntry, JournalHead, JournalRecord } from '@ibkit/gateway-trading';

/** A journal that knows which orders are written down for sure, and can be made slow. */
export class WatchedJournal implements Journal {
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #written = new Set<string>();
  #delayMs = 0;

  constructor(journal: Journal, clock: Clock) {
    this.#journal = journal;
    this.#clock = clock;
  }

  /** Whether an order with this reference is durable. */
  has(orderRef: string): boolean {
    return this.#written.has(orderRef);
  }

  /** The next append takes so long, milliseconds of the clock: half of it before the write, half behind it. */
  delayNext(ms: number): void {
    this.#delayMs = ms;
  }

  async append(records: readonly JournalRecord[], guard: AppendGuard): Promise<AppendResult> {
    const halfMs = this.#delayMs / 2;
    this.#delayMs = 0;
    if (halfMs > 0) await sleep(this.#clock, halfMs);
    const result = await this.#journal.append(records, guard);
    if (halfMs > 0) await sleep(this.#clock, halfMs);
    if (result.status === 'ok') for (const record of records) if (record.type === 'order.staged') this.#written.add(record.orderRef);
    return result;
  }

  async *read(fromSeq: number): AsyncGenerator<JournalEntry> {
    for await (const entry of this.#journal.read(fromSeq)) {
      if (entry.record.type === 'order.staged') this.#written.add(entry.record.orderRef);
      yield entry;
    }
  }

  head(): Promise<JournalHead> {
    return this.#journal.head();
  }
}
