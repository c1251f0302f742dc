import { abortReason } from '@ibkit/clock';
import { createTestClock } from '@ibkit/clock/testing';
import type { TestClock } from '@ibkit/clock/testing';
import { ConnectionError, TimeoutError, brokerError } from '@ibkit/error-codes';
import type { IbkrError } from '@ibkit/error-codes';
import { EventBus } from '@ibkit/event-bus';
import type { ClientMessage, ClientMessageOf, ServerMessage, ServerMessageOf } from '@ibkit/wire';
import type { TradingConnection, TradingConnectionEvent, TradingRequest, TradingSendOptions, TradingSession, TradingStreamSpec } from '../broker/connection-port.js';

/** What the broker has, for the lists that reconciling asks for. */
export interface FakeBroker {
  open: ServerMessageOf<'openOrder'>[];
  completed: ServerMessageOf<'completedOrder'>[];
  executions: ServerMessageOf<'execDetails'>[];
  commissions: ServerMessageOf<'commissionReport'>[];
  positions: ServerMessageOf<'position'>[];
  summary: Omit<ServerMessageOf<'accountSummary'>, 'reqId'>[];
}

/** What a send does: leaves at once, waits for its turn, or breaks. */
export type SendBehaviour = 'now' | 'wait' | Error;

interface Pending {
  readonly id: number;
  receive(message: ServerMessage): void;
  reject(error: Error): void;
}

interface Stream {
  readonly spec: TradingStreamSpec;
  id: number | undefined;
}

interface ConnectionFacts extends Record<string, unknown> {
  'connection.stateChanged': TradingConnectionEvent;
  'connection.recovered': TradingConnectionEvent;
  'connection.degraded': TradingConnectionEvent;
}

/** A connection in memory: the test is the broker. */
export class FakeConnection implements TradingConnection {
  readonly clock: TestClock = createTestClock();
  readonly events = new EventBus<ConnectionFacts>();
  readonly broker: FakeBroker = { open: [], completed: [], executions: [], commissions: [], positions: [], summary: [] };
  /** Everything that left, in order. */
  readonly sent: ClientMessage[] = [];
  /** Requests that are not answered. */
  readonly mute = new Set<string>();
  accounts: readonly string[] = ['DU1234567'];
  nextOrderIdFloor = 1;
  health = { layers: { upstream: { status: 'up' } } };
  session: TradingSession | undefined;
  silentMs: number | undefined = 0;
  restartOutlook: { readonly occurrence: { readonly fromMs: number; readonly untilMs: number } | undefined } = { occurrence: undefined };
  orders: SendBehaviour = 'now';
  #epoch = 0;
  #requestId = 100_000_000;
  #endSession: () => void = () => undefined;
  #release: (() => void)[] = [];
  readonly #pending = new Set<Pending>();
  readonly #streams = new Set<Stream>();
  readonly #listeners = new Set<(message: ServerMessage, session: TradingSession) => void>();

  /** Begins a session. */
  up({ nextValidId = 1, clientId = 1 }: { readonly nextValidId?: number; readonly clientId?: number } = {}): void {
    this.#epoch += 1;
    const session: TradingSession = {
      epoch: this.#epoch,
      clientId,
      closed: new Promise<void>((resolve) => {
        this.#endSession = resolve;
      }),
      trySend: (message) => this.#trySend(message),
      send: (message, options) => this.#send(message, options),
    };
    this.session = session;
    this.health = { layers: { upstream: { status: 'up' } } };
    this.nextOrderIdFloor = Math.max(this.nextOrderIdFloor, nextValidId);
    this.emit({ type: 'nextValidId', orderId: nextValidId });
    for (const stream of this.#streams) this.#openStream(stream);
    this.events.emit('connection.stateChanged', { atMs: this.clock.now() });
  }

  /** Ends the session, as a broken socket does. */
  down(): void {
    this.session = undefined;
    const error = new ConnectionError({ code: 'IBKR_SESSION_CLOSED', message: 'the session ended', details: { bytesSent: 'maybe' } });
    for (const pending of [...this.#pending]) pending.reject(error);
    for (const stream of this.#streams) stream.id = undefined;
    this.#endSession();
    this.events.emit('connection.stateChanged', { atMs: this.clock.now() });
  }

  /** Lets whatever waits for its turn go. */
  release(): void {
    for (const go of this.#release.splice(0)) go();
  }

  /** Delivers a message of the broker. */
  emit(message: ServerMessage): void {
    const session = this.session;
    if (session === undefined) throw new Error('there is no session to receive through');
    for (const listener of [...this.#listeners]) listener(message, session);
    for (const pending of [...this.#pending]) pending.receive(message);
    const id = message.type === 'errMsg' ? message.id : 'reqId' in message ? message.reqId : undefined;
    for (const stream of [...this.#streams]) {
      if (id === undefined || stream.id !== id) continue;
      if (message.type === 'errMsg') this.#endStream(stream, brokerError({ code: message.code, message: message.msg, id }));
      else stream.spec.receive(message);
    }
  }

  /** Delivers a notice; id -1 is about the connection. */
  notice(code: number, msg: string, id = -1): void {
    if (code === 1100) {
      this.health = { layers: { upstream: { status: 'down' } } };
      this.events.emit('connection.degraded', { atMs: this.clock.now() });
    }
    if (code === 1101 || code === 1102) {
      this.health = { layers: { upstream: { status: 'up' } } };
      this.events.emit('connection.recovered', { dataKept: code === 1102, atMs: this.clock.now() });
      if (code === 1101) for (const stream of this.#streams) this.#openStream(stream);
    }
    this.emit({ type: 'errMsg', id, code, msg });
  }

  /** The orders that left, in order. */
  get placed(): readonly ClientMessageOf<'placeOrder'>[] {
    return this.sent.filter((message) => message.type === 'placeOrder');
  }

  onMessage(listener: (message: ServerMessage, session: TradingSession) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  subscribe(spec: TradingStreamSpec): { close(): Promise<void> } {
    const stream: Stream = { spec, id: undefined };
    this.#streams.add(stream);
    if (this.session !== undefined) this.#openStream(stream);
    return {
      close: () => {
        const { id } = stream;
        if (this.#streams.has(stream) && id !== undefined && this.session !== undefined) this.sent.push(spec.cancel(id));
        this.#endStream(stream, undefined);
        return Promise.resolve();
      },
    };
  }

  request<T>(spec: TradingRequest<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.session === undefined) {
        reject(new ConnectionError({ code: 'IBKR_NOT_CONNECTED', message: 'not connected' }));
        return;
      }
      const id = this.#requestId++;
      const done = (): void => {
        timer.cancel();
        this.#pending.delete(pending);
        spec.signal?.removeEventListener('abort', onAbort);
      };
      const fail = (error: Error): void => {
        done();
        reject(error);
      };
      const onAbort = (): void => {
        if (spec.signal !== undefined) fail(abortReason(spec.signal));
      };
      const reply = {
        resolve: (value: T): void => {
          done();
          resolve(value);
        },
        reject: fail,
      };
      const pending: Pending = {
        id,
        receive: (message) => {
          if (spec.unkeyed === true || ('reqId' in message && message.reqId === id)) spec.receive(message, reply, id);
        },
        reject: fail,
      };
      const timer = this.clock.setTimer(spec.timeoutMs ?? 60_000, () => {
        fail(new TimeoutError({ message: `${spec.name} timed out` }));
      });
      this.#pending.add(pending);
      spec.signal?.addEventListener('abort', onAbort, { once: true });
      const message = spec.build(id);
      this.sent.push(message);
      if (!this.mute.has(message.type)) queueMicrotask(() => {
        this.#answer(message);
      });
    });
  }

  #openStream(stream: Stream): void {
    const id = this.#requestId++;
    stream.id = id;
    const message = stream.spec.build(id);
    this.sent.push(message);
    if (!this.mute.has(message.type)) queueMicrotask(() => {
      this.#answer(message);
    });
  }

  #endStream(stream: Stream, error: IbkrError | undefined): void {
    if (this.#streams.delete(stream)) stream.spec.onEnd?.(error);
  }

  #answer(message: ClientMessage): void {
    if (this.session === undefined) return;
    for (const reply of this.#repliesTo(message)) this.emit(reply);
  }

  #repliesTo(message: ClientMessage): readonly ServerMessage[] {
    const { open, completed, executions, commissions, positions, summary } = this.broker;
    switch (message.type) {
      case 'reqAllOpenOrders':
        return [...open, { type: 'openOrderEnd' }];
      case 'reqCompletedOrders':
        return [...completed, { type: 'completedOrderEnd' }];
      case 'reqExecutions': {
        const { reqId } = message;
        return [...executions.map((execution) => ({ ...execution, reqId })), ...commissions, { type: 'execDetailsEnd', reqId }];
      }
      case 'reqPositions':
        return [...positions, { type: 'positionEnd' }];
      case 'reqAccountSummary': {
        const { reqId } = message;
        return [...summary.map((row) => ({ ...row, reqId })), { type: 'accountSummaryEnd', reqId }];
      }
      case 'reqCurrentTime':
        this.silentMs = 0;
        return [{ type: 'currentTime', time: Math.floor(this.clock.now() / 1000) }];
      default:
        return [];
    }
  }

  #trySend(message: ClientMessage): boolean {
    if (message.type === 'placeOrder' && this.orders !== 'now') return false;
    this.sent.push(message);
    return true;
  }

  async #send(message: ClientMessage, { signal, check }: TradingSendOptions = {}): Promise<void> {
    const behaviour = message.type === 'placeOrder' ? this.orders : 'now';
    if (behaviour instanceof Error) throw behaviour;
    if (behaviour === 'wait') {
      await new Promise<void>((resolve, reject) => {
        this.#release.push(resolve);
        signal?.addEventListener('abort', () => {
          reject(abortReason(signal));
        });
      });
    }
    check?.();
    this.sent.push(message);
  }
}

/** What the broker says about an order that was placed. */
export class FakeOrder {
  readonly #connection: FakeConnection;
  readonly placed: ClientMessageOf<'placeOrder'>;
  readonly permId: string;

  constructor(connection: FakeConnection, placed: ClientMessageOf<'placeOrder'>, permId = String(900_000 + placed.orderId)) {
    this.#connection = connection;
    this.placed = placed;
    this.permId = permId;
  }

  openOrder(status: string): ServerMessageOf<'openOrder'> {
    const { orderId, contract, order } = this.placed;
    return { type: 'openOrder', orderId, contract, order: { ...order, clientId: 1, permId: this.permId }, orderState: { status } };
  }

  completedOrder(status: string, filledQuantity = 0, completedStatus = ''): ServerMessageOf<'completedOrder'> {
    const { contract, order } = this.placed;
    return { type: 'completedOrder', contract, order: { ...order, permId: this.permId, filledQuantity }, orderState: { status, completedStatus } };
  }

  orderStatus(status: string, filled = 0): ServerMessageOf<'orderStatus'> {
    const { orderId, order } = this.placed;
    return { type: 'orderStatus', orderId, status, filled, remaining: (order.totalQuantity ?? 0) - filled, permId: this.permId, clientId: 1 };
  }

  execution(execId: string, shares: number, price = 190): ServerMessageOf<'execDetails'> {
    const { orderId, contract, order } = this.placed;
    return {
      type: 'execDetails',
      reqId: -1,
      orderId,
      contract,
      execution: {
        execId,
        time: '20240102-14:30:00',
        acctNumber: order.account ?? '',
        exchange: 'NASDAQ',
        side: order.action === 'BUY' ? 'BOT' : 'SLD',
        shares,
        price,
        permId: this.permId,
        clientId: 1,
        liquidation: 0,
        cumQty: shares,
        avgPrice: price,
        orderRef: order.orderRef,
      },
    };
  }

  commission(execId: string, commission: number): ServerMessageOf<'commissionReport'> {
    return { type: 'commissionReport', execId, commission, currency: 'USD' };
  }

  /** Acknowledges it and lets it work. */
  work(): this {
    this.#connection.emit(this.openOrder('Submitted'));
    this.#connection.emit(this.orderStatus('Submitted'));
    return this;
  }
}
