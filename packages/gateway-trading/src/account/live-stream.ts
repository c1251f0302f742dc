import { abortReason, onAbort, withDeadline } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { AccountError, TimeoutError } from '@ibkit/error-codes';
import { EventBus } from '@ibkit/event-bus';

/** A hole: what happened from `fromMs` to `toMs` (epoch milliseconds) was not seen. */
export interface StreamGap {
  readonly fromMs: number;
  readonly toMs: number;
  readonly reason: string;
}

/** How true a value is. */
export interface Liveness {
  /** When the newest part of it was received, epoch milliseconds. */
  readonly receivedAtMs: number;
  /** Whether it may be out of date: from the moment that a break is noticed until everything was received anew. */
  readonly stale: boolean;
  /** Why it is stale. */
  readonly staleReason?: string | undefined;
  /** Breaks so far: when it grows, something may have been missed. */
  readonly gaps: number;
  /** The latest of them. */
  readonly lastGap?: StreamGap | undefined;
}

/** A value and how true it is; never changes. */
export type Live<T> = T & Liveness;

/** The facts that a {@link LiveStream} tells, by name. */
export interface LiveStreamEvents<T> {
  /** The value changed, or became stale. Changes of one turn of the event loop come together. */
  readonly update: Live<T>;
  /** Everything was received anew after a break: what happened in between was not seen. */
  readonly gap: StreamGap;
  /** The last event; with the error when the stream did not end by request. */
  readonly end: { readonly error: Error | undefined; readonly atMs: number };
}

/** How to wait for a value. */
export interface LiveWaitOptions {
  /** @defaultValue no limit */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A value that is kept up to date, for one reader.
 *
 * A loop over it gives the latest value that the loop has not seen: a slow loop misses intermediate values and never the last one.
 * Leaving a loop ends the stream. It goes on over reconnects, `stale` meanwhile; what ends it with an error is thrown from the loop.
 */
export interface LiveStream<T> extends AsyncIterable<Live<T>>, AsyncDisposable {
  /** `waiting` until the first complete value. */
  readonly status: 'waiting' | 'open' | 'ended';
  /** The latest value; `undefined` before the first and after the end, since nobody keeps it true any more. */
  readonly current: Live<T> | undefined;
  /** Why it ended, when it did not end by request. */
  readonly error: Error | undefined;
  /** Calls `listener` with every event of one kind from now on, until the returned function is called. */
  on<K extends keyof LiveStreamEvents<T>>(type: K, listener: (event: LiveStreamEvents<T>[K]) => void): () => void;
  /**
   * Resolves with the first value that fits, the present one included.
   * @throws TimeoutError after `timeoutMs`, the signal's reason, what ended the stream, or what the predicate throws.
   */
  waitFor(predicate: (value: Live<T>) => boolean, options?: LiveWaitOptions): Promise<Live<T>>;
  [Symbol.asyncIterator](): AsyncIterableIterator<Live<T>>;
  /** Ends the stream. What feeds it at the broker ends with its last reader. */
  close(): Promise<void>;
}

/** What a reader reads from. */
export interface LiveReading<T> {
  readonly version: number;
  readonly value: Live<T> | undefined;
}

/** The one implementation of {@link LiveStream}. */
export class LiveReader<T> implements LiveStream<T> {
  readonly #clock: Clock;
  readonly #reading: () => LiveReading<T>;
  readonly #onClose: (reader: LiveReader<T>) => Promise<void>;
  readonly #events: EventBus<LiveStreamEvents<T>>;
  readonly #wakers = new Set<() => void>();
  #ended = false;
  #error: Error | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: {
    readonly clock: Clock;
    readonly reading: () => LiveReading<T>;
    readonly onClose: (reader: LiveReader<T>) => Promise<void>;
    readonly onListenerError?: ((error: unknown, type: string) => void) | undefined;
  }) {
    this.#clock = options.clock;
    this.#reading = options.reading;
    this.#onClose = options.onClose;
    this.#events = new EventBus({ onListenerError: options.onListenerError });
  }

  get status(): 'waiting' | 'open' | 'ended' {
    if (this.#ended) return 'ended';
    return this.#reading().value === undefined ? 'waiting' : 'open';
  }

  get current(): Live<T> | undefined {
    return this.#ended ? undefined : this.#reading().value;
  }

  get error(): Error | undefined {
    return this.#error;
  }

  on<K extends keyof LiveStreamEvents<T>>(type: K, listener: (event: LiveStreamEvents<T>[K]) => void): () => void {
    return this.#events.on(type, listener);
  }

  /** The value changed. */
  update(value: Live<T>): void {
    this.#events.emit('update', value);
    this.#wake();
  }

  gap(gap: StreamGap): void {
    this.#events.emit('gap', gap);
  }

  /** There will be no more. */
  end(error: Error | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#events.emit('end', { error, atMs: this.#clock.now() });
    this.#wake();
    this.#events.close();
  }

  async waitFor(predicate: (value: Live<T>) => boolean, { timeoutMs, signal }: LiveWaitOptions = {}): Promise<Live<T>> {
    const stop = new AbortController();
    const found = this.#find(predicate, signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]));
    try {
      if (timeoutMs === undefined) return await found;
      return await withDeadline(this.#clock, timeoutMs, found, {
        timeoutError: () => new TimeoutError({ message: `No value that fits arrived within ${timeoutMs} ms`, details: { timeoutMs } }),
      });
    } finally {
      stop.abort();
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Live<T>, void, undefined> {
    let seen = 0;
    try {
      for (;;) {
        const { version, value } = this.#reading();
        if (value !== undefined && version > seen && !this.#ended) {
          seen = version;
          yield value;
          continue;
        }
        if (this.#ended) {
          if (this.#error !== undefined) throw this.#error;
          return;
        }
        await this.#change();
      }
    } finally {
      await this.close();
    }
  }

  close(): Promise<void> {
    this.end(undefined);
    this.#closing ??= this.#onClose(this);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #find(predicate: (value: Live<T>) => boolean, signal: AbortSignal): Promise<Live<T>> {
    for (;;) {
      if (signal.aborted) throw abortReason(signal);
      const value = this.current;
      if (value !== undefined && predicate(value)) return value;
      if (this.#ended) throw this.#error ?? new AccountError({ code: 'IBKR_STREAM_CLOSED', message: 'The stream was closed before a value that fits arrived' });
      await this.#change(signal);
    }
  }

  /** Resolves with the next change, or when the signal aborts. */
  #change(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#wakers.delete(wake);
        stopWatching?.();
        resolve();
      };
      this.#wakers.add(wake);
      const stopWatching = signal === undefined ? undefined : onAbort(signal, wake);
    });
  }

  #wake(): void {
    for (const wake of [...this.#wakers]) wake();
  }
}
