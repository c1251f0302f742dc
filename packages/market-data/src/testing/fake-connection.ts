import type { TestClock } from '@ibkit/clock/testing';
import { ConnectionError, TimeoutError, brokerError, describeError } from '@ibkit/error-codes';
import type { ClientMessage, ServerMessage } from '@ibkit/wire';
import type {
  BrokerNoticeMessage,
  ConnectionFact,
  ConnectionFactEvent,
  LinkLayer,
  MarketDataConnection,
  MarketDataRequest,
  MarketDataSubscriptionSpec,
  MarketDataUpstream,
} from '../connection-port.js';

type UpstreamLine = { readonly spec: MarketDataSubscriptionSpec; id: number; interruptedFromMs: number | undefined; everSent: boolean };

interface Keyed {
  readonly unkeyed: boolean;
  receive(message: ServerMessage): void;
  fail(error: Error): void;
}

type RequestType = Extract<ClientMessage, { readonly reqId: number }>['type'];

const FIRST_REQUEST_ID = 100_000_000;

/** Answers a message that was sent: what the fake broker does. */
export type Broker = (message: ClientMessage, connection: FakeConnection) => void;

/** A connection in memory that keeps the rules of the real one: keyed answers, notices by effect, restored streams with gaps. */
export class FakeConnection implements MarketDataConnection {
  readonly clock: TestClock;
  /** Everything that was sent, in order. */
  readonly sent: ClientMessage[] = [];
  readonly listeners = new Map<ConnectionFact, Set<(event: ConnectionFactEvent) => void>>();
  readonly #broker: Broker;
  /** Every message waits for it, as for the limiter of a real connection. */
  readonly #pace: (() => Promise<void>) | undefined;
  readonly #requests = new Map<number, Keyed>();
  readonly #lines = new Set<UpstreamLine>();
  readonly #messageListeners = new Set<(message: ServerMessage) => void>();
  #nextId = FIRST_REQUEST_ID;
  state = 'connected';
  upstream: LinkLayer = { status: 'up' };
  farms: Record<string, LinkLayer> = {};

  constructor(options: { readonly clock: TestClock; readonly broker?: Broker; readonly pace?: () => Promise<void> }) {
    this.clock = options.clock;
    this.#pace = options.pace;
    this.#broker = options.broker ?? (() => undefined);
  }

  readonly events = {
    on: (type: ConnectionFact, listener: (event: ConnectionFactEvent) => void): (() => void) => {
      const set = this.listeners.get(type) ?? new Set();
      this.listeners.set(type, set.add(listener));
      return () => set.delete(listener);
    },
  };

  get health(): MarketDataConnection['health'] {
    return { layers: { upstream: this.upstream, farms: this.farms } };
  }

  get session(): MarketDataConnection['session'] {
    if (this.state !== 'connected') return undefined;
    return {
      send: (message) => {
        this.#send(message);
        return Promise.resolve();
      },
    };
  }

  /** Listeners on the connection that were not taken off. */
  get listenerCount(): number {
    return [...this.listeners.values()].reduce((sum, set) => sum + set.size, 0);
  }

  /** Streams and requests that are not over. */
  get openCount(): number {
    return this.#requests.size + this.#lines.size;
  }

  /** The messages of one type that were sent. */
  sentOf<T extends ClientMessage['type']>(type: T): readonly Extract<ClientMessage, { readonly type: T }>[] {
    return this.sent.filter((message): message is Extract<ClientMessage, { readonly type: T }> => message.type === type);
  }

  /** The request id of the latest message of one type. */
  latestId(type: RequestType): number {
    const latest = this.sentOf(type).at(-1);
    if (latest === undefined) throw new Error(`no ${type} was sent`);
    return latest.reqId;
  }

  request<T>(spec: MarketDataRequest<T>): Promise<T> {
    if (this.state !== 'connected') {
      return Promise.reject(new ConnectionError({ code: 'IBKR_NOT_CONNECTED', message: `${spec.name}: not connected` }));
    }
    const id = this.#nextId++;
    return new Promise<T>((resolve, reject) => {
      const done = (run: () => void): void => {
        if (!this.#requests.delete(id)) return;
        spec.signal?.removeEventListener('abort', onAbort);
        timer?.cancel();
        run();
      };
      const fail = (error: Error): void => {
        done(() => { reject(error); });
      };
      const giveUp = (error: Error): void => {
        if (!this.#requests.has(id)) return;
        fail(error);
        if (spec.cancel !== undefined) this.#send(spec.cancel(id));
      };
      const onAbort = (): void => {
        giveUp(spec.signal?.reason instanceof Error ? spec.signal.reason : new Error('aborted'));
      };
      const timer = spec.timeoutMs === undefined ? undefined : this.clock.setTimer(spec.timeoutMs, () => {
        giveUp(new TimeoutError({ code: 'IBKR_REQUEST_TIMEOUT', message: `${spec.name}: timeout` }));
      });
      const reply = { resolve: (value: T): void => { done(() => { resolve(value); }); }, reject: fail };
      this.#requests.set(id, {
        unkeyed: spec.unkeyed ?? false,
        fail,
        receive: (message) => {
          if (message.type === 'errMsg' && message.id === id && (spec.onNotice?.(message) ?? (fails(message) ? 'fail' : 'ignore')) === 'fail') {
            fail(brokerError({ code: message.code, message: message.msg, id, context: spec.name }));
          } else spec.receive(message, reply, id);
        },
      });
      spec.signal?.addEventListener('abort', onAbort, { once: true });
      this.#send(spec.build(id));
    });
  }

  subscribe(spec: MarketDataSubscriptionSpec): MarketDataUpstream {
    const line: UpstreamLine = { spec, id: 0, interruptedFromMs: undefined, everSent: false };
    this.#lines.add(line);
    if (this.state === 'connected') this.#open(line);
    return {
      close: () => {
        if (this.#lines.delete(line)) {
          if (line.id !== 0 && this.state === 'connected') this.#send(spec.cancel(line.id));
          spec.onEnd?.(undefined);
        }
        return Promise.resolve();
      },
    };
  }

  onMessage(listener: (message: ServerMessage) => void): () => void {
    this.#messageListeners.add(listener);
    return () => this.#messageListeners.delete(listener);
  }

  /** The broker sends something. */
  deliver(message: ServerMessage): void {
    this.#deliver(message);
    for (const listener of [...this.#messageListeners]) listener(message);
  }

  #deliver(message: ServerMessage): void {
    for (const request of [...this.#requests.values()]) if (request.unkeyed) request.receive(message);
    const id = message.type === 'errMsg' ? message.id : 'reqId' in message ? message.reqId : -1;
    const request = this.#requests.get(id);
    if (request?.unkeyed === false) {
      request.receive(message);
      return;
    }
    for (const line of [...this.#lines]) if (line.id === id && id !== 0) this.#deliverTo(line, message);
  }

  /** The session ends. */
  drop(): void {
    const atMs = this.clock.now();
    this.state = 'reconnecting';
    for (const request of [...this.#requests.values()]) {
      request.fail(new ConnectionError({ code: 'IBKR_SESSION_CLOSED', message: 'the session ended', retryable: true }));
    }
    for (const line of this.#lines) {
      line.id = 0;
      if (line.everSent) line.interruptedFromMs ??= atMs;
    }
    this.tell('connection.stateChanged');
    this.tell('connection.lost');
  }

  /** A new session is ready: everything that should stream is requested again. */
  restore(): void {
    this.state = 'connected';
    const lines = [...this.#lines];
    for (const line of lines) if (line.spec.restoreFirst === true) this.#open(line);
    for (const line of lines) if (line.spec.restoreFirst !== true) this.#open(line);
    this.tell('connection.stateChanged');
    this.tell('connection.recovered');
  }

  /** The gateway loses its link to the broker (1100). */
  cutUpstream(): void {
    this.upstream = { status: 'down' };
    this.tell('connection.degraded');
  }

  /** The gateway has its link again and kept the streams (1102). */
  mendUpstream(): void {
    this.upstream = { status: 'up' };
    this.tell('connection.recovered', { dataKept: true });
  }

  /** The gateway has its link again and lost the streams (1101): everything that should stream is requested again. */
  mendUpstreamWithoutStreams(): void {
    this.upstream = { status: 'up' };
    for (const line of this.#lines) line.interruptedFromMs ??= this.clock.now();
    for (const line of [...this.#lines]) this.#open(line);
    this.tell('connection.recovered', { dataKept: false });
  }

  /** Emits a fact. */
  tell(fact: ConnectionFact, more: Partial<ConnectionFactEvent> = {}): void {
    for (const listener of [...(this.listeners.get(fact) ?? [])]) listener({ atMs: this.clock.now(), ...more });
  }

  #open(line: UpstreamLine): void {
    line.id = this.#nextId++;
    line.everSent = true;
    this.#send(line.spec.build(line.id));
  }

  #deliverTo(line: UpstreamLine, message: ServerMessage): void {
    const { spec } = line;
    if (message.type === 'errMsg') {
      if ((spec.onNotice?.(message) ?? (fails(message) ? 'end' : 'ignore')) === 'end') {
        this.#lines.delete(line);
        spec.onEnd?.(brokerError({ code: message.code, message: message.msg, id: message.id, context: spec.name }));
      }
      return;
    }
    if (line.interruptedFromMs !== undefined) {
      const gap = { fromMs: line.interruptedFromMs, toMs: this.clock.now(), reason: 'the session ended' };
      line.interruptedFromMs = undefined;
      spec.onGap?.(gap);
    }
    spec.receive(message);
  }

  #send(message: ClientMessage): void {
    if (this.#pace === undefined) this.#write(message);
    else {
      this.#pace().then(
        () => {
          this.#write(message);
        },
        () => undefined,
      );
    }
  }

  #write(message: ClientMessage): void {
    this.sent.push(message);
    queueMicrotask(() => {
      this.#broker(message, this);
    });
  }
}

function fails(notice: BrokerNoticeMessage): boolean {
  const { effect } = describeError(notice.code, notice.msg);
  return effect === 'requestFailed' || effect === 'orderRejected';
}
