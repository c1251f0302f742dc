import { abortReason, onAbort } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { MarketDataError, TimeoutError, asError } from '@ibkit/error-codes';
import { ConflatingReader } from '../quotes/conflating-reader.js';

/** How to wait for a value. */
export interface WaitForValueOptions {
  /** @defaultValue no limit */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Something that changes faster than it is read: a loop over it gives the latest value that the loop has not seen. */
export interface LatestValues<T> extends AsyncIterable<T>, AsyncDisposable {
  /** The latest value; `undefined` before the first and after the end, since nobody keeps it true any more. */
  readonly current: T | undefined;
  /** Why it ended, when it did not end by request. */
  readonly error: Error | undefined;
  /**
   * Resolves with the first value that fits, the present one included.
   * @throws TimeoutError `IBKR_MARKET_DATA_TIMEOUT` after `timeoutMs`, the signal's reason, what ended it, or what the predicate throws.
   */
  waitFor(predicate: (value: T) => boolean, options?: WaitForValueOptions): Promise<T>;
  /** Leaving a loop ends it for all. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T>;
  /** Ends it. Idempotent. */
  close(): Promise<void>;
}

interface Waiter<T> {
  onValue(value: T): void;
  onEnd(): void;
}

/** The latest value of something, with its readers, and the end of both. */
export class LatestValue<T> {
  readonly #clock: Clock;
  readonly #name: string;
  readonly #onEnd: (error: Error | undefined) => void;
  readonly #readers = new Set<ConflatingReader<T>>();
  readonly #waiters = new Set<Waiter<T>>();
  #version = 0;
  #value: T | undefined;
  #ended = false;
  #error: Error | undefined;

  /** @param options `name` is what it is called in errors; `onEnd` is called once, after the readers were told */
  constructor(options: { readonly clock: Clock; readonly name: string; readonly onEnd: (error: Error | undefined) => void }) {
    this.#clock = options.clock;
    this.#name = options.name;
    this.#onEnd = options.onEnd;
  }

  get current(): T | undefined {
    return this.#ended ? undefined : this.#value;
  }

  get ended(): boolean {
    return this.#ended;
  }

  get error(): Error | undefined {
    return this.#error;
  }

  /** There is a new value. */
  set(value: T): void {
    if (this.#ended) return;
    this.#value = value;
    this.#version += 1;
    for (const waiter of [...this.#waiters]) waiter.onValue(value);
    for (const reader of [...this.#readers]) reader.wake();
  }

  /** There will be no more values. Only the first call counts. */
  end(error: Error | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    for (const reader of this.#readers) reader.end(error);
    this.#readers.clear();
    for (const waiter of [...this.#waiters]) waiter.onEnd();
    this.#onEnd(error);
  }

  /** A reader of its own for each loop. One that begins after the end gets no value: nobody keeps the last one true. */
  iterate(): AsyncIterableIterator<T> {
    const begunAfterEnd = this.#ended;
    const reader = new ConflatingReader<T>({
      source: () => (begunAfterEnd ? { version: 0, value: undefined } : { version: this.#version, value: this.#value }),
      onReturn: () => {
        this.end(undefined);
      },
    });
    if (begunAfterEnd) reader.end(this.#error);
    else this.#readers.add(reader);
    return reader;
  }

  /** See {@link LatestValues.waitFor}. */
  waitFor(predicate: (value: T) => boolean, { signal, timeoutMs }: WaitForValueOptions = {}): Promise<T> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(abortReason(signal));
        return;
      }
      if (this.#ended) {
        reject(this.#endError());
        return;
      }
      const settle = (run: () => void): void => {
        this.#waiters.delete(waiter);
        timer?.cancel();
        offAbort?.();
        run();
      };
      const waiter: Waiter<T> = {
        onValue: (value) => {
          try {
            if (predicate(value)) settle(() => { resolve(value); });
          } catch (error) {
            settle(() => { reject(asError(error)); });
          }
        },
        onEnd: () => {
          settle(() => { reject(this.#endError()); });
        },
      };
      this.#waiters.add(waiter);
      const timer = timeoutMs === undefined ? undefined : this.#clock.setTimer(timeoutMs, () => {
        settle(() => { reject(this.#tooLate(timeoutMs)); });
      });
      const offAbort = signal === undefined ? undefined : onAbort(signal, () => {
        settle(() => { reject(abortReason(signal)); });
      });
      if (this.#value !== undefined) waiter.onValue(this.#value);
    });
  }

  #endError(): Error {
    return this.#error ?? new MarketDataError({ code: 'IBKR_MARKET_DATA_ENDED', message: `${this.#name} has ended` });
  }

  #tooLate(timeoutMs: number): TimeoutError {
    return new TimeoutError({
      code: 'IBKR_MARKET_DATA_TIMEOUT',
      message: `${this.#name}: nothing that fits came within ${timeoutMs} ms`,
      tips: ['The market may be closed, or the connection down: see the health of the connection.'],
    });
  }
}
