import { sleep } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import type { AppendGuard, AppendResult, Journal, JournalEntry, JournalHead, JournalRecord } from '@ibkit/gateway-trading';

/** A journal that knows which orders are written down for sure, and can be made slow. */
export class WatchedJournal implements Journal {
  readonly #journal: Journal;
  readonly #clock: Clock;
  /** When orders were durable, by reference, monotonic milliseconds; those of earlier processes long ago. */
  readonly #written = new Map<string, number>();
  #delayMs = 0;

  constructor(journal: Journal, clock: Clock) {
    this.#journal = journal;
    this.#clock = clock;
  }

  /** Whether an order with this reference is durable. */
  has(orderRef: string): boolean {
    return this.#written.has(orderRef);
  }

  /** When it was durable, monotonic milliseconds. */
  writtenMs(orderRef: string): number | undefined {
    return this.#written.get(orderRef);
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
    if (result.status === 'ok') for (const record of records) if (record.type === 'order.staged') this.#written.set(record.orderRef, this.#clock.monotonic());
    return result;
  }

  async *read(fromSeq: number): AsyncGenerator<JournalEntry> {
    for await (const entry of this.#journal.read(fromSeq)) {
      if (entry.record.type === 'order.staged') this.#written.set(entry.record.orderRef, -Infinity);
      yield entry;
    }
  }

  head(): Promise<JournalHead> {
    return this.#journal.head();
  }
}
