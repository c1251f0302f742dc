import { abortReason } from '@ibkit/clock';
import { SystemError } from '@ibkit/error-codes';
import type { IbkrError } from '@ibkit/error-codes';
import process from 'node:process';
import { Worker } from 'node:worker_threads';
import { threadFlags } from '../worker-entry.js';
import { unpackError } from './packed-error.js';
import type { HostMessage, SessionMessage, SessionThreadData } from './session-protocol.js';

/** What a {@link SessionThread} tells its host. */
export interface SessionThreadEvents {
  readonly events: (events: readonly unknown[]) => void;
  /** Something went wrong that no call carries: an event that cannot be cloned, a failing close. */
  readonly problem: (error: Error) => void;
  /** The thread ended without being asked to. */
  readonly ended: (error: IbkrError) => void;
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: Error) => void;
}

/** The host's end of a session's thread. */
export class SessionThread {
  readonly #worker: Worker;
  readonly #events: SessionThreadEvents;
  readonly #pending = new Map<number, Pending>();
  readonly #ready: PromiseWithResolvers;
  readonly #closed: PromiseWithResolvers;
  #nextId = 1;
  #ending = false;
  #failure: Error | undefined;

  constructor(entry: URL, data: SessionThreadData, events: SessionThreadEvents) {
    this.#events = events;
    this.#ready = withResolvers();
    this.#closed = withResolvers();
    this.#worker = new Worker(entry, { name: 'ibkit-session', workerData: data, ...threadFlags(process.execArgv) });
    this.#worker.on('message', (message: SessionMessage) => {
      this.#onMessage(message);
    });
    this.#worker.on('error', (error) => {
      this.#failure = error;
    });
    this.#worker.once('exit', (exitCode) => {
      this.#onExit(exitCode);
    });
  }

  /** Settles when the session is there, or when it failed to start. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Asks the session; rejects when it refuses, ends, or the signal aborts. */
  request(message: unknown, signal: AbortSignal | undefined): Promise<unknown> {
    if (signal?.aborted === true) return Promise.reject(abortReason(signal));
    if (this.#ending) return Promise.reject(this.#lostError('is closing'));
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#pending.delete(id);
        this.#post({ type: 'abort', id });
        if (signal !== undefined) reject(abortReason(signal));
      };
      const release = (): void => signal?.removeEventListener('abort', onAbort);
      this.#post({ type: 'request', id, message });
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#pending.set(id, {
        resolve: (value) => {
          release();
          resolve(value);
        },
        reject: (reason) => {
          release();
          reject(reason);
        },
      });
    });
  }

  /** This many events are dealt with. */
  acknowledge(count: number): void {
    this.#post({ type: 'ack', count });
  }

  /** Asks the session to close; resolves when its last event is here and its thread ended. */
  async close(): Promise<void> {
    this.#ending = true;
    this.#post({ type: 'close' });
    await this.#closed.promise;
    await this.#worker.terminate();
  }

  /** Ends the thread at once. */
  async terminate(): Promise<void> {
    this.#ending = true;
    await this.#worker.terminate();
  }

  #post(message: HostMessage): void {
    this.#worker.postMessage(message);
  }

  #onMessage(message: SessionMessage): void {
    switch (message.type) {
      case 'ready':
        this.#ready.resolve();
        break;
      case 'failed':
        this.#ending = true;
        this.#ready.reject(unpackError(message.error));
        break;
      case 'events':
        this.#events.events(message.events);
        break;
      case 'lost':
        this.#events.problem(unpackError(message.error));
        break;
      case 'answer':
        this.#take(message.id)?.resolve(message.value);
        break;
      case 'refusal':
        this.#take(message.id)?.reject(unpackError(message.error));
        break;
      case 'closed':
        if (message.error !== undefined) this.#events.problem(unpackError(message.error));
        this.#closed.resolve();
        break;
    }
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }

  #onExit(exitCode: number): void {
    const error = this.#lostError(this.#failure === undefined ? `ended with code ${exitCode}` : `died: ${this.#failure.message}`);
    this.#closed.resolve();
    this.#ready.reject(error);
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
    if (this.#ending) return;
    this.#ending = true;
    this.#events.ended(error);
  }

  #lostError(what: string): SystemError {
    return new SystemError({
      code: 'IBKR_LOOP_SESSION_LOST',
      message: `The session's thread ${what}: nothing is asked of it and no event comes from it any more. Reconcile, then start a new loop.`,
      cause: this.#failure,
    });
  }
}

interface PromiseWithResolvers {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (reason: Error) => void;
}

function withResolvers(): PromiseWithResolvers {
  let resolve = (): void => undefined;
  let reject: (reason: Error) => void = () => undefined;
  const promise = new Promise<void>((resolveIt, rejectIt) => {
    resolve = resolveIt;
    reject = rejectIt;
  });
  // Whoever waits hears of it; nobody need wait.
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
