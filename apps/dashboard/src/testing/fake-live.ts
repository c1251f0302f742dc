import { createTestClock } from '@ibkit/clock/testing';
import type { TestClock } from '@ibkit/clock/testing';
import type { ApiStatus, Scope, TopicKindName } from '@ibkit/api-contract';
import type { StreamConnectionChange, TopicEvent } from '@ibkit/websocket-provider/browser';
import type { ClientPort, Connect, StreamPort } from '../data/live.js';
import { Session } from '../data/session.js';

type WithoutTime<T> = T extends unknown ? Omit<T, 'atMs'> : never;

type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** What a browser remembers, in memory. */
export function memoryStore(entries: Readonly<Record<string, string>> = {}): Store {
  const kept = new Map(Object.entries(entries));
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => { kept.set(key, value); }, removeItem: (key) => { kept.delete(key); } };
}

const UP = { status: 'up', sinceMs: 0, cause: 'ok' } as const;

/** A healthy answer of `/v1/status`. */
export const STATUS: ApiStatus = {
  version: '1.0.0', uptimeMs: 60_000, simulated: true,
  connection: { state: 'connected', host: '127.0.0.1', port: 4002, clientId: 1, mode: 'paper', reconnectCount: 0, accounts: ['DU1234567'] },
  health: { tcp: UP, handshake: UP, api: UP, upstream: UP, farms: {} },
  usage: { openLines: 3, waitingMessages: 0, messageHeadroom: 45, messagesPerSecond: 45 },
}; // prettier-ignore

/** A daemon without a network, for the page. */
export class FakeDaemon {
  readonly clock: TestClock = createTestClock();
  readonly session: Session;
  readonly calls: (readonly [name: string, input: unknown])[] = [];
  readonly closed = new Set<string>();
  readonly #sinks = new Map<string, (event: never) => void>();
  #onConnection: (change: StreamConnectionChange) => void = () => undefined;
  errors: Awaited<ReturnType<ClientPort['errors']>>['errors'] = [];

  constructor({ token = 't0ken', symbols = 'SPY' }: { readonly token?: string; readonly symbols?: string } = {}) {
    this.session = new Session({ local: memoryStore({ 'ibkit.symbols': symbols }), session: memoryStore(token === '' ? {} : { 'ibkit.token': token }) });
  }

  readonly connect: Connect = ({ onConnection }) => {
    this.#onConnection = onConnection;
    const stream: StreamPort = {
      subscribe: (_kind, topic, sink) => {
        this.#sinks.set(topic, sink);
        return { topic, ready: Promise.resolve(), holes: 0, close: () => { this.closed.add(topic); } };
      },
      close: () => {
        this.closed.add('stream');
        return Promise.resolve();
      },
    };
    const client: ClientPort = {
      status: () => Promise.resolve(STATUS),
      errors: () => Promise.resolve({ errors: this.errors }),
      cancelOrder: (input) => this.#refuse('cancelOrder', input),
      cancelAll: (input) => this.#refuse('cancelAll', input),
      kill: (input) => this.#refuse('kill', input),
      close: () => Promise.resolve(),
    };
    return { stream, client };
  };

  get topics(): readonly string[] {
    return [...this.#sinks.keys()];
  }

  open(scope: Scope = 'read'): void {
    this.#onConnection({ state: 'open', scope, bootId: 'b', restarted: false });
  }

  link(change: StreamConnectionChange): void {
    this.#onConnection(change);
  }

  /** Tells the page something about a topic. */
  tell<K extends TopicKindName>(_kind: K, topic: string, event: WithoutTime<TopicEvent<K>>): void {
    this.#sinks.get(topic)?.({ ...event, atMs: this.clock.now() } as never);
  }

  #refuse(name: string, input: unknown): Promise<never> {
    this.calls.push([name, input]);
    return Promise.reject(new Error(`${name} is refused <b>here</b>`));
  }
}
