import type { Clock } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import { EventOutbox } from './event-outbox.js';
import { packError } from './packed-error.js';
import type { HostedSession, StartSession } from './session-module.js';
import type { HostMessage, SessionMessage, SessionThreadData } from './session-protocol.js';

/** What a {@link SessionRunner} needs of its thread. */
export interface SessionRunnerPorts {
  readonly clock: Clock;
  readonly post: (message: SessionMessage) => void;
  /** Loads the session's module. */
  readonly load: (module: string) => Promise<unknown>;
}

/** Runs one session module in its thread: starts it, answers the host, carries its events, closes it. */
export class SessionRunner {
  readonly #ports: SessionRunnerPorts;
  readonly #outbox: EventOutbox;
  readonly #stop = new AbortController();
  readonly #requests = new Map<number, AbortController>();
  #session: HostedSession | undefined;
  #started: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(data: SessionThreadData, ports: SessionRunnerPorts) {
    this.#ports = ports;
    this.#outbox = new EventOutbox({
      ...data.limits,
      clock: ports.clock,
      post: (events) => {
        ports.post({ type: 'events', events });
      },
      lost: (error) => {
        ports.post({ type: 'lost', error: packError(error) });
      },
    });
    this.#started = this.#start(data);
  }

  /** Takes a message of the host. */
  receive(message: HostMessage): void {
    switch (message.type) {
      case 'request':
        void this.#answer(message.id, message.message);
        break;
      case 'abort':
        this.#requests.get(message.id)?.abort();
        break;
      case 'ack':
        this.#outbox.acknowledged(message.count);
        break;
      case 'close':
        void this.#close();
        break;
    }
  }

  async #start(data: SessionThreadData): Promise<void> {
    try {
      const startSession = startOf(await this.#ports.load(data.module), data.module);
      this.#session = await startSession({
        data: data.data,
        signal: this.#stop.signal,
        emit: (event, options) => this.#outbox.emit(event, options),
        drained: () => this.#outbox.drained(),
      });
      this.#ports.post({ type: 'ready' });
    } catch (error) {
      this.#ports.post({ type: 'failed', error: packError(error) });
    }
  }

  async #answer(id: number, message: unknown): Promise<void> {
    const stop = new AbortController();
    this.#requests.set(id, stop);
    try {
      if (this.#session?.request === undefined) throw new UsageError({ field: 'request', rule: 'is not answered by this session: it has no request function' });
      const value: unknown = await this.#session.request(message, stop.signal);
      this.#ports.post({ type: 'answer', id, value });
    } catch (error) {
      this.#ports.post({ type: 'refusal', id, error: packError(error) });
    } finally {
      this.#requests.delete(id);
    }
  }

  async #close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    // The last words of the session find room, however far the host is behind.
    this.#outbox.flush();
    this.#stop.abort();
    let failure: unknown;
    try {
      await this.#started;
      await this.#session?.close?.();
    } catch (error) {
      failure = error;
    }
    this.#outbox.flush();
    this.#ports.post({ type: 'closed', error: failure === undefined ? undefined : packError(failure) });
  }
}

function startOf(module: unknown, name: string): StartSession {
  const start = exported(module) ?? (typeof module === 'object' && module !== null && 'default' in module ? exported(module.default) : undefined);
  if (start === undefined) throw new UsageError({ field: 'session.module', value: name, rule: 'must export a function named startSession' });
  return start;
}

function exported(module: unknown): StartSession | undefined {
  if (typeof module !== 'object' || module === null || !('startSession' in module)) return undefined;
  return isStart(module.startSession) ? module.startSession : undefined;
}

function isStart(value: unknown): value is StartSession {
  return typeof value === 'function';
}
