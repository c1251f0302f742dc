import type { Clock } from '@ibkit/clock';
import { LiveReader } from './live-stream.js';
import type { Live, LiveStream, Liveness, StreamGap } from './live-stream.js';

/** What a {@link LiveSource} is made from. */
export interface LiveSourceOptions<T> {
  readonly clock: Clock;
  /** The value of this moment; asked for when somebody wants it, at most once per change. */
  readonly read: () => T;
  /** The last reader is gone. */
  readonly onIdle: () => Promise<void>;
  readonly onListenerError?: ((error: unknown, type: string) => void) | undefined;
}

/** A value with how true it is, and the readers that follow it. */
export class LiveSource<T extends object> {
  readonly #options: LiveSourceOptions<T>;
  readonly #readers = new Set<LiveReader<T>>();
  #version = 0;
  #receivedAtMs: number | undefined;
  #interruption: { readonly fromMs: number; readonly reason: string } | undefined;
  #gaps = 0;
  #lastGap: StreamGap | undefined;
  #made: { readonly version: number; readonly value: Live<T> } | undefined;
  #told = 0;

  constructor(options: LiveSourceOptions<T>) {
    this.#options = options;
  }

  /** Whether there is a complete value. */
  get isOpen(): boolean {
    return this.#receivedAtMs !== undefined;
  }

  /** Whether there is a complete value and nothing broke since. */
  get isFresh(): boolean {
    return this.isOpen && this.#interruption === undefined;
  }

  get hasReaders(): boolean {
    return this.#readers.size > 0;
  }

  /** A reader more. */
  open(): LiveStream<T> {
    const { clock, onIdle, onListenerError } = this.#options;
    const reader = new LiveReader<T>({
      clock,
      reading: () => ({ version: this.#version, value: this.#value() }),
      onClose: (closed) => {
        const wasReader = this.#readers.delete(closed);
        return wasReader && this.#readers.size === 0 ? onIdle() : Promise.resolve();
      },
      onListenerError,
    });
    this.#readers.add(reader);
    return reader;
  }

  /** Some of the value was received; it is as stale as it was. Nothing happens before the first complete value. */
  touched(): void {
    if (this.#receivedAtMs === undefined) return;
    this.#receivedAtMs = this.#options.clock.now();
    this.#changed();
  }

  /** All of the value was received just now: it is fresh, and a break is over. */
  completed(): void {
    const nowMs = this.#options.clock.now();
    const interruption = this.#interruption;
    const hadValue = this.#receivedAtMs !== undefined;
    this.#interruption = undefined;
    this.#receivedAtMs = nowMs;
    // Before the first value nothing was promised, so nothing was missed.
    if (interruption !== undefined && hadValue) {
      this.#gaps += 1;
      this.#lastGap = Object.freeze({ fromMs: interruption.fromMs, toMs: nowMs, reason: interruption.reason });
      for (const reader of [...this.#readers]) reader.gap(this.#lastGap);
    }
    this.#changed();
  }

  /** Nothing is known any more since `fromMs`; the first of several breaks in a row counts. */
  interrupted(reason: string, fromMs: number): void {
    if (this.#interruption !== undefined) return;
    this.#interruption = { fromMs, reason };
    if (this.#receivedAtMs !== undefined) this.#changed();
  }

  /** Ends every reader. */
  end(error: Error | undefined): void {
    for (const reader of [...this.#readers]) {
      reader.end(error);
      this.#readers.delete(reader);
    }
  }

  #value(): Live<T> | undefined {
    if (this.#receivedAtMs === undefined) return undefined;
    if (this.#made?.version !== this.#version) this.#made = { version: this.#version, value: Object.freeze({ ...this.#options.read(), ...this.#liveness(this.#receivedAtMs) }) };
    return this.#made.value;
  }

  #liveness(receivedAtMs: number): Liveness {
    const staleReason = this.#interruption?.reason;
    return {
      receivedAtMs,
      stale: staleReason !== undefined,
      ...(staleReason === undefined ? {} : { staleReason }),
      gaps: this.#gaps,
      ...(this.#lastGap === undefined ? {} : { lastGap: this.#lastGap }),
    };
  }

  #changed(): void {
    this.#version += 1;
    const { version } = this;
    queueMicrotask(() => {
      // What one read of the socket brought is told once.
      if (version !== this.#version || this.#told === version) return;
      this.#told = version;
      const value = this.#value();
      if (value !== undefined) for (const reader of [...this.#readers]) reader.update(value);
    });
  }

  get version(): number {
    return this.#version;
  }
}
