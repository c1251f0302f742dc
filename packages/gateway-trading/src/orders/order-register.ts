import type { JournalRecord, OrderRecord } from '../journal/journal-record.js';
import type { JournalWriter } from '../journal/journal-writer.js';
import { isOrderRecord } from './order-ledger.js';
import type { OrderChange, OrderLedger } from './order-ledger.js';

/** Hears of every change of one order, synchronously and in order. */
export type OrderListener = (change: OrderChange) => void;

/** What an {@link OrderRegister} is made from. */
export interface OrderRegisterOptions {
  readonly ledger: OrderLedger;
  readonly writer: JournalWriter;
  readonly onChange: OrderListener;
}

/** The one place where records are booked: into the ledger, into the journal, and on to whoever watches. */
export class OrderRegister {
  readonly ledger: OrderLedger;
  readonly #writer: JournalWriter;
  readonly #onChange: OrderListener;
  readonly #watchers = new Map<string, Set<OrderListener>>();

  constructor({ ledger, writer, onChange }: OrderRegisterOptions) {
    this.ledger = ledger;
    this.#writer = writer;
    this.#onChange = onChange;
  }

  /**
   * Books what has happened already: the ledger knows it at once and the journal writes it as soon as it can. What is not news is
   * dropped. Should the process die in between, the broker tells it again in the next sweep.
   */
  book(record: JournalRecord): void {
    const change = this.ledger.apply(record);
    if (change === undefined && isOrderRecord(record)) return;
    this.#writer.note([record]);
    if (change !== undefined) this.#tell(change);
  }

  /**
   * Books what is about to be done: durable first, known second, all records or none.
   * @throws {@link OrderError} `IBKR_JOURNAL_FENCED` or `IBKR_JOURNAL_FAILED`; then nothing may be done.
   */
  async stage(records: readonly OrderRecord[]): Promise<void> {
    await this.#writer.append(records);
    this.#apply(records);
  }

  /**
   * The same for what lowers risk, such as a cancel: storage that has failed does not keep it from being done, and it is known here alone.
   * @throws {@link OrderError} `IBKR_JOURNAL_FENCED`; then nothing may be done.
   */
  async attempt(records: readonly JournalRecord[]): Promise<void> {
    try {
      await this.#writer.append(records);
    } catch (error) {
      if (this.#writer.status !== 'failed') throw error;
    }
    this.#apply(records);
  }

  /** Calls `listener` with every later change of an order. */
  watch(intentId: string, listener: OrderListener): () => void {
    const listeners = this.#watchers.get(intentId) ?? new Set();
    this.#watchers.set(intentId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#watchers.delete(intentId);
    };
  }

  #apply(records: readonly JournalRecord[]): void {
    for (const record of records) {
      const change = this.ledger.apply(record);
      if (change !== undefined) this.#tell(change);
    }
  }

  #tell(change: OrderChange): void {
    for (const listener of [...(this.#watchers.get(change.after.intentId) ?? [])]) listener(change);
    this.#onChange(change);
  }
}
