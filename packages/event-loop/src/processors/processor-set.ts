import { withDeadline } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { TimeoutError, asError } from '@ibkit/error-codes';
import { setMaxListeners } from 'node:events';
import process from 'node:process';
import type { Tinypool } from 'tinypool';
import type { LoopProblem } from '../loop-problem.js';
import { threadFlags } from '../worker-entry.js';

/** Handles one message on the caller's loop. The signal aborts when its time is up or the loop stops by force. */
export type MessageHandler = (message: unknown, signal: AbortSignal) => unknown;

/** A processor that runs in the pool of worker threads. */
export interface PooledProcessor {
  /** The module, as an absolute file URL: `new URL('./bars.js', import.meta.url)`. */
  readonly module: URL;
  /** The export that takes an array of messages and gives a result, or a promise of one. @defaultValue 'processMessages' */
  readonly exportName?: string | undefined;
  /** Called on the caller's loop with what each call gave. */
  readonly onResult?: ((result: unknown) => void) | undefined;
  /** Whether batches may run at the same time, on several threads, and end in any order. @defaultValue false */
  readonly parallel?: boolean | undefined;
}

/** A handler on this loop, or a module for the pool. */
export type MessageProcessor = MessageHandler | PooledProcessor;

/** Options of {@link ProcessorSet}. */
export interface ProcessorSetOptions {
  readonly clock: Clock;
  readonly maxWorkers: number;
  readonly timeoutMs: number;
  readonly report: (problem: LoopProblem) => void;
}

interface Entry {
  readonly name: string;
  readonly processor: MessageProcessor;
  /** Ends when the batches so far are dealt with. */
  tail: Promise<void>;
  busy: number;
}

/** Processors of messages: each sees every batch in order, and none sees what another one threw or waits for it. */
export class ProcessorSet {
  readonly #options: ProcessorSetOptions;
  readonly #entries = new Set<Entry>();
  readonly #stop = new AbortController();
  #pool: Promise<Tinypool> | undefined;
  #count = 0;

  constructor(options: ProcessorSetOptions) {
    this.#options = options;
    // Each batch under way listens.
    setMaxListeners(0, this.#stop.signal);
  }

  /** Those that are at work. */
  get busy(): readonly string[] {
    return [...this.#entries].filter(({ busy }) => busy > 0).map(({ name }) => name);
  }

  /** Adds a processor; the function given back takes it out again. */
  add(processor: MessageProcessor, name: string | undefined): () => void {
    this.#count += 1;
    const entry: Entry = { name: name ?? `processor ${this.#count}`, processor, tail: Promise.resolve(), busy: 0 };
    this.#entries.add(entry);
    return () => {
      this.#entries.delete(entry);
    };
  }

  /** Hands a batch to every processor; resolves when all are through with it. Never rejects. */
  async dispatch(messages: readonly unknown[]): Promise<void> {
    await Promise.all([...this.#entries].map((entry) => this.#enqueue(entry, messages)));
  }

  /** Resolves when nothing is at work. */
  async idle(): Promise<void> {
    while (this.busy.length > 0) await Promise.all([...this.#entries].map(({ tail }) => tail));
  }

  /** Ends the pool; work under way is abandoned. */
  async close(): Promise<void> {
    this.#stop.abort();
    const pool = await this.#pool?.catch(() => undefined);
    await pool?.destroy();
  }

  #enqueue(entry: Entry, messages: readonly unknown[]): Promise<void> {
    const { processor } = entry;
    entry.busy += 1;
    const run = async (): Promise<void> => {
      await (typeof processor === 'function' ? this.#handle(entry, processor, messages) : this.#runInPool(entry, processor, messages));
      entry.busy -= 1;
    };
    const before = entry.tail;
    const done = typeof processor !== 'function' && processor.parallel === true ? run() : before.then(run);
    entry.tail = Promise.all([before, done]).then(() => undefined);
    return done;
  }

  async #handle(entry: Entry, handler: MessageHandler, messages: readonly unknown[]): Promise<void> {
    for (const message of messages) {
      if (this.#stop.signal.aborted) return;
      try {
        const result = handler(message, this.#stop.signal);
        // Most handlers are synchronous and need neither timer nor turn.
        if (isThenable(result)) await this.#inTime(entry, Promise.resolve(result));
      } catch (error) {
        this.#report(entry, error);
      }
    }
  }

  async #runInPool(entry: Entry, processor: PooledProcessor, messages: readonly unknown[]): Promise<void> {
    const { module, exportName = 'processMessages', onResult } = processor;
    const stop = new AbortController();
    try {
      const pool = await this.#startPool();
      const result: unknown = await this.#inTime(entry, pool.run(messages, { filename: module.href, name: exportName, signal: stop.signal }));
      onResult?.(result);
    } catch (error) {
      // A thread that hangs is ended; another one takes its place.
      stop.abort();
      this.#report(entry, error);
    }
  }

  #inTime<T>(entry: Entry, work: Promise<T>): Promise<T> {
    const { clock, timeoutMs } = this.#options;
    return withDeadline(clock, timeoutMs, work, {
      signal: this.#stop.signal,
      timeoutError: () =>
        new TimeoutError({ code: 'IBKR_LOOP_PROCESSOR_TIMEOUT', message: `${entry.name} did not finish within ${timeoutMs} ms: it was left behind, and gets the next messages.` }),
    });
  }

  #report(entry: Entry, error: unknown): void {
    if (!this.#stop.signal.aborted) this.#options.report({ source: 'processor', name: entry.name, error: asError(error) });
  }

  #startPool(): Promise<Tinypool> {
    this.#pool ??= import('tinypool').then(
      ({ Tinypool: Pool }) => new Pool({ minThreads: 0, maxThreads: this.#options.maxWorkers, isolateWorkers: false, ...threadFlags(process.execArgv) }),
    );
    return this.#pool;
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
