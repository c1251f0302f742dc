import { OrderError, isIbkrError } from '@ibkit/error-codes';
import type { AppendResult, Journal, JournalHead } from './journal.js';
import type { JournalRecord } from './journal-record.js';

/** Whether this process may still write. */
export type JournalStatus = 'ok' | 'fenced' | 'failed';

interface Waiting {
  readonly records: readonly JournalRecord[];
  resolve(): void;
  reject(error: OrderError): void;
}

/** What a {@link JournalWriter} is made from. */
export interface JournalWriterOptions {
  readonly journal: Journal;
  readonly head: JournalHead;
  readonly term: number;
  /** Called once, when writing has come to an end. */
  readonly onStopped: (error: OrderError) => void;
}

/** The error of a writer that was replaced. */
export function fencedError(): OrderError {
  return new OrderError({
    code: 'IBKR_JOURNAL_FENCED',
    message: 'Another writer has taken the journal over, so nothing more is written or sent from here: stop this process, or stop the other and start again',
  });
}

/** The error of a writer whose storage failed. */
export function failedError(cause: unknown): OrderError {
  return new OrderError({
    code: 'IBKR_JOURNAL_FAILED',
    message: `The journal could not be written, so no order is sent any more: ${isIbkrError(cause) ? cause.message : 'repair its storage and start again'}`,
    tips: isIbkrError(cause) ? cause.tips : undefined,
    details: isIbkrError(cause) ? { reason: cause.code } : undefined,
    cause,
  });
}

/**
 * The one writer of a journal: keeps the order of records, knows the head, and writes whatever has piled up in one append, so that a
 * slow disk costs one commit per batch. After a fence or a failure it writes no more, because the head is then not known for sure.
 */
export class JournalWriter {
  readonly #journal: Journal;
  readonly #onStopped: (error: OrderError) => void;
  readonly #term: number;
  #seq: number;
  #waiting: Waiting[] = [];
  #draining: Promise<void> | undefined;
  #stopped: OrderError | undefined;

  constructor({ journal, head, term, onStopped }: JournalWriterOptions) {
    this.#journal = journal;
    this.#seq = head.seq;
    this.#term = term;
    this.#onStopped = onStopped;
  }

  get status(): JournalStatus {
    if (this.#stopped === undefined) return 'ok';
    return this.#stopped.code === 'IBKR_JOURNAL_FENCED' ? 'fenced' : 'failed';
  }

  /**
   * Resolves when the records are durable, all or none, after everything that was given before them.
   * @throws {@link OrderError} `IBKR_JOURNAL_FENCED` or `IBKR_JOURNAL_FAILED`.
   */
  append(records: readonly JournalRecord[]): Promise<void> {
    if (this.#stopped !== undefined) return Promise.reject(this.#stopped);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ records, resolve, reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Writes without anybody waiting: a failure is reported through `onStopped`. */
  note(records: readonly JournalRecord[]): void {
    this.append(records).catch(() => {
      // Reported once through onStopped, which closes the gate.
    });
  }

  /** Resolves when nothing is waiting to be written, whether it was written or not. */
  async flush(): Promise<void> {
    // What was waiting for a write may have something more to write.
    while (this.#draining !== undefined) await this.#draining;
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      const error = await this.#write(batch.flatMap(({ records }) => records));
      for (const waiting of batch) {
        if (error === undefined) waiting.resolve();
        else waiting.reject(error);
      }
    }
    this.#draining = undefined;
  }

  async #write(records: readonly JournalRecord[]): Promise<OrderError | undefined> {
    if (this.#stopped !== undefined) return this.#stopped;
    let result: AppendResult;
    try {
      result = await this.#journal.append(records, { term: this.#term, expectedSeq: this.#seq });
    } catch (cause) {
      return this.#stop(failedError(cause));
    }
    if (result.status === 'fenced') return this.#stop(fencedError());
    this.#seq = result.seq;
    return undefined;
  }

  #stop(error: OrderError): OrderError {
    this.#stopped = error;
    this.#onStopped(error);
    return error;
  }
}
