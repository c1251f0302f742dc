import { IBApi } from '@stoqey/ib/dist/api/api.js';
import { EventName } from '@stoqey/ib/dist/api/data/enum/event-name.js';
import { Encoder } from '@stoqey/ib/dist/core/io/encoder.js';
import type { Contract, OptionExerciseAction, Order, OrderCancel } from '@stoqey/ib';
import { GateRefusedError, SystemError, UsageError } from '@ibkit/error-codes';
import type { IbkrError } from '@ibkit/error-codes';
import type { Lane } from '@ibkit/rate-limiter';
import { encodeFields, encodeFrame, splitFields } from '@ibkit/wire';
import type { ServerMessage } from '@ibkit/wire';
import type { SendOptions } from '../connection-port.js';
import { FIRST_INTERNAL_REQUEST_ID, requestIdOf } from '../request-ids.js';
import type { SessionEnd } from '../session/session-end.js';
import { FrameDecoder } from './frame-decoder.js';
import type { ApiOrderCall, ApiOrderGate } from './order-calls.js';
import { fieldsOf, laneOf } from './outgoing-tokens.js';

/** The session as the face needs it. */
export interface ApiSession {
  readonly serverVersion: number;
  readonly connectionTime: string;
  trySendFrame(frame: Uint8Array, lane: Lane): boolean;
  sendFrame(frame: Uint8Array, what: string, options?: SendOptions): Promise<void>;
}

/** The connection as the face needs it. */
export interface ApiOwner {
  readonly host: string;
  readonly port: number;
  readonly clientId: number;
  /** Defined exactly while the connection is ready. */
  readonly session: () => ApiSession | undefined;
  readonly connect: () => void;
  readonly disconnect: () => void;
  readonly notConnected: (what: string) => IbkrError;
  /** What a listener on the face threw. */
  readonly onListenerError: (error: unknown) => void;
}

/** The names by which IBApi 1.6.10 uses its private `controller`; nothing else of it is touched. */
export const CONTROLLER_NAMES = ['schedule', 'encoder', 'connect', 'disconnect', 'connected', 'serverVersion', 'disableUseV100Plus'] as const;

/** The version of `@stoqey/ib` that this file was written against. */
export const STOQEY_VERSION = '1.6.10';

/** `@stoqey/ib`: ErrorCode values that are made locally, and its id for "no request". */
const ALREADY_CONNECTED = 501;
const CONNECT_FAIL = 502;
const NOT_CONNECTED = 504;
const FAIL_SEND = 509;
const NO_VALID_ID = -1;

/** Events that the library does not repeat as `result`. */
const NOT_RESULTS: readonly string[] = [
  EventName.connected,
  EventName.disconnected,
  EventName.error,
  EventName.received,
  EventName.sent,
  EventName.server,
];

interface HeldFrame {
  readonly payload: Uint8Array;
  readonly message: ServerMessage | undefined;
}

/**
 * A true `IBApi` whose transport is ours.
 *
 * Its one private field, the controller, is replaced by {@link ApiController}: calls go through the library's encoder into our limiter and
 * socket, frames of our session go through the library's decoder into its events. It is the same object over all reconnects.
 */
export class StoqeyApi {
  readonly api: IBApi;
  readonly #owner: ApiOwner;
  readonly #face: ApiFace;
  readonly #decoder: FrameDecoder;
  /** Frames that arrived before readiness: their events must not fire while calls are still refused. */
  #held: HeldFrame[] = [];
  #live: boolean;

  constructor(owner: ApiOwner) {
    this.#owner = owner;
    this.#live = owner.session() !== undefined;
    this.#decoder = new FrameDecoder({
      get serverVersion(): number {
        return owner.session()?.serverVersion ?? 0;
      },
      emitEvent: (name, ...args) => {
        this.#emit(name, ...args);
      },
      emitError: (message, code, reqId, advanced) => {
        this.#emitError(message, code, reqId, advanced);
      },
      emitInfo: (message, code) => {
        this.#emit(EventName.info, message, code);
      },
    });
    const controller = new ApiController(owner, {
      sent: (fields) => {
        if (this.#listensTo(EventName.sent)) this.#emit(EventName.sent, [...fields], fields.join('\0'));
      },
      error: (message, code, reqId) => {
        this.#emitError(message, code, reqId, undefined);
      },
      info: (message, code) => {
        this.#emit(EventName.info, message, code);
      },
    });
    this.#face = new ApiFace(owner, controller);
    this.api = this.#face;
  }

  /** Lets `gate` decide about order calls; the returned function detaches it, and calls are refused again. */
  attachOrderGate(gate: ApiOrderGate): () => void {
    return this.#face.attachOrderGate(gate);
  }

  /** A session is ready: tells it as the library does, and delivers what arrived before. */
  sessionReady(session: ApiSession): void {
    this.#live = true;
    const held = this.#held;
    this.#held = [];
    if (!this.#anybodyListens()) return;
    this.#emit(EventName.connected);
    this.#emit(EventName.server, session.serverVersion, session.connectionTime);
    for (const { payload, message } of held) this.#deliver(payload, message);
  }

  /** One inbound frame behind the handshake. */
  frame(payload: Uint8Array, message: ServerMessage | undefined): void {
    if (isInternal(message)) return;
    // The bytes belong to the socket's buffer: what is held back is copied.
    if (!this.#live) this.#held.push({ payload: new Uint8Array(payload), message });
    else if (this.#anybodyListens()) this.#deliver(payload, message);
  }

  /** A session ended, or an attempt failed. */
  sessionEnded(end: SessionEnd): void {
    const wasLive = this.#live;
    const held = this.#held;
    this.#live = false;
    this.#held = [];
    if (!this.#anybodyListens()) return;
    for (const { message } of held) {
      if (message?.type === 'errMsg' && message.id === NO_VALID_ID) this.#emit(EventName.info, message.msg, message.code);
    }
    if (end.kind !== 'requested' && end.kind !== 'peerClosed') this.#emitError(end.error.message, CONNECT_FAIL, NO_VALID_ID, undefined);
    if (wasLive) this.#emit(EventName.disconnected);
  }

  #deliver(payload: Uint8Array, message: ServerMessage | undefined): void {
    const tokens = splitFields(payload);
    if (this.#listensTo(EventName.received)) this.#emit(EventName.received, [...tokens], `${tokens.join('\0')}\0`);
    this.#decoder.decode(tokens, message);
  }

  #anybodyListens(): boolean {
    return this.api.eventNames().length > 0;
  }

  #listensTo(name: EventName): boolean {
    return this.api.listenerCount(name) > 0 || this.api.listenerCount(EventName.all) > 0;
  }

  #emitError(message: string, code: number, reqId: number | undefined, advanced: unknown): void {
    this.#emit(EventName.error, new Error(message), code, reqId ?? NO_VALID_ID, advanced);
  }

  /** The event, then `result`, then `all`, in the library's order. A listener that throws harms neither the session nor later events. */
  #emit(name: EventName, ...args: unknown[]): void {
    try {
      this.api.emit(name, ...args);
      if (!NOT_RESULTS.includes(name)) this.api.emit(EventName.result, name, args);
      this.api.emit(EventName.all, name, args);
    } catch (error) {
      this.#owner.onListenerError(error);
    }
  }
}

/** Whether a frame answers a request of ours, which users of the face did not make. */
function isInternal(message: ServerMessage | undefined): boolean {
  const id = message === undefined ? undefined : requestIdOf(message);
  return id !== undefined && id >= FIRST_INTERNAL_REQUEST_ID;
}

interface ControllerOutput {
  readonly sent: (fields: readonly string[]) => void;
  readonly error: (message: string, code: number, reqId: number) => void;
  readonly info: (message: string, code: number) => void;
}

/** Stands in for the library's private controller: exactly the {@link CONTROLLER_NAMES}. */
class ApiController {
  readonly encoder: Encoder;
  readonly #owner: ApiOwner;
  readonly #output: ControllerOutput;

  constructor(owner: ApiOwner, output: ControllerOutput) {
    this.#owner = owner;
    this.#output = output;
    this.encoder = new Encoder({
      get serverVersion(): number {
        return owner.session()?.serverVersion ?? 0;
      },
      sendMsg: (...tokens) => {
        this.#send(tokens);
      },
      emitError: output.error,
    });
  }

  get connected(): boolean {
    return this.#owner.session() !== undefined;
  }

  get serverVersion(): number {
    return this.#owner.session()?.serverVersion ?? 0;
  }

  /** Runs an encoder call now; nothing is kept for later. */
  schedule(call: () => void): void {
    if (this.#owner.session() === undefined) throw this.#owner.notConnected('A call on api');
    call();
  }

  connect(clientId?: number): void {
    if (clientId !== undefined && clientId !== this.#owner.clientId) {
      throw new UsageError({
        field: 'clientId',
        value: clientId,
        rule: `must be ${this.#owner.clientId}: the client id belongs to the connection and never changes; make another ConnectionManager for another id`,
      });
    }
    if (this.connected) this.#output.info('Cannot connect if already connected.', ALREADY_CONNECTED);
    else this.#owner.connect();
  }

  disconnect(): void {
    if (this.connected) this.#owner.disconnect();
    else this.#output.info('Cannot disconnect if already disconnected.', NOT_CONNECTED);
  }

  disableUseV100Plus(): never {
    throw new UsageError({ field: 'disableUseV100Plus', rule: 'is not possible: ibkit speaks the V100+ protocol only' });
  }

  #send(tokens: readonly unknown[]): void {
    const session = this.#owner.session();
    if (session === undefined) throw this.#owner.notConnected('A call on api');
    const fields = fieldsOf(tokens);
    const frame = encodeFrame(encodeFields(fields));
    const lane = laneOf(Number(fields[0]));
    if (session.trySendFrame(frame, lane)) {
      this.#output.sent(fields);
      return;
    }
    session.sendFrame(frame, `api message ${fields[0] ?? ''}`, { lane }).then(
      () => {
        this.#output.sent(fields);
      },
      (error: unknown) => {
        this.#output.error(error instanceof Error ? error.message : String(error), FAIL_SEND, NO_VALID_ID);
      },
    );
  }
}

class ApiFace extends IBApi {
  readonly #owner: ApiOwner;
  #gate: ApiOrderGate | undefined;

  constructor(owner: ApiOwner, controller: ApiController) {
    // All four are given on purpose: for what is missing the library reads .env files and the environment.
    super({ host: owner.host, port: owner.port, clientId: owner.clientId, maxReqPerSec: 1000 });
    this.#owner = owner;
    assertReplaceable(Reflect.get(this, 'controller'));
    Reflect.set(this, 'controller', controller);
  }

  attachOrderGate(gate: ApiOrderGate): () => void {
    if (this.#gate !== undefined) {
      throw new UsageError({ field: 'attachOrderGate', rule: 'may be called once at a time: another trading layer is attached already' });
    }
    this.#gate = gate;
    return () => {
      if (this.#gate === gate) this.#gate = undefined;
    };
  }

  override placeOrder(id: number, contract: Contract, order: Order): this {
    return this.#decide({ method: 'placeOrder', orderId: id, contract, order, transmit: () => void super.placeOrder(id, contract, order) });
  }

  override cancelOrder(orderId: number, orderCancelParam?: string | OrderCancel): this {
    const transmit = (): void => void super.cancelOrder(orderId, orderCancelParam);
    return this.#decide({ method: 'cancelOrder', orderId, orderCancel: orderCancelParam, transmit });
  }

  override reqGlobalCancel(orderCancel?: OrderCancel): this {
    return this.#decide({ method: 'reqGlobalCancel', orderCancel, transmit: () => void super.reqGlobalCancel(orderCancel) });
  }

  override exerciseOptions(reqId: number, contract: Contract, exerciseAction: OptionExerciseAction, exerciseQuantity: number, account: string, override: number): this {
    return this.#decide({
      method: 'exerciseOptions',
      requestId: reqId,
      contract,
      action: exerciseAction,
      quantity: exerciseQuantity,
      account,
      override,
      transmit: () => void super.exerciseOptions(reqId, contract, exerciseAction, exerciseQuantity, account, override),
    });
  }

  #decide(call: ApiOrderCall): this {
    if (this.#owner.session() === undefined) throw this.#owner.notConnected(`api.${call.method}`);
    if (this.#gate === undefined) {
      throw new GateRefusedError({
        reasons: [`api.${call.method} needs a trading layer: attach Trading of @ibkit/gateway-trading to this connection, which journals orders before they are sent`],
      });
    }
    this.#gate(call);
    return this;
  }
}

/** Fails loudly when a version of the library has another inside than the one this file knows. */
function assertReplaceable(controller: unknown): void {
  const missing =
    typeof controller === 'object' && controller !== null ? CONTROLLER_NAMES.filter((name) => !(name in controller)) : CONTROLLER_NAMES;
  if (missing.length === 0) return;
  throw new SystemError({
    code: 'IBKR_API_LIBRARY_CHANGED',
    message: `@stoqey/ib is not the version that ibkit was built for (${STOQEY_VERSION}): its controller lacks ${missing.join(', ')}. Install exactly ${STOQEY_VERSION}.`,
  });
}
