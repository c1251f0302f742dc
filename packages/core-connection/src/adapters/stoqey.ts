import type { IBApi } from '@stoqey/ib';
import { EventName } from '@stoqey/ib/dist/api/data/enum/event-name.js';
import { splitFields } from '@ibkit/wire';
import type { HotMessage, ServerMessage } from '@ibkit/wire';
import { FIRST_INTERNAL_REQUEST_ID, requestIdOf } from '../requests/request-ids.js';
import type { SessionEnd } from '../session/session-end.js';
import { ApiController } from './api-controller.js';
import { ApiFace } from './api-face.js';
import { ApiListeners } from './api-listeners.js';
import type { ApiOwner, ApiSession } from './api-owner.js';
import { FrameDecoder } from './frame-decoder.js';
import { HotEvents } from './hot-events.js';
import type { ApiOrderGate } from './order-calls.js';
import { ShownOrders } from './shown-orders.js';

/** `@stoqey/ib`: ErrorCode values that are made locally, and its id for "no request". */
const CONNECT_FAIL = 502;
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
  /** The message, when it came from the fast path. */
  readonly hot: HotMessage | undefined;
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
  readonly #listeners: ApiListeners;
  readonly #hotEvents: HotEvents;
  readonly #shown: ShownOrders;
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
        this.#emit(name, ...this.#shown.args(name, args));
      },
      emitError: (message, code, reqId, advanced) => {
        this.#emitError(message, code, reqId === undefined ? undefined : this.#shown.noticeId(reqId, code), advanced);
      },
      emitInfo: (message, code) => {
        this.#emit(EventName.info, message, code);
      },
    });
    const controller = new ApiController(owner, {
      sent: (fields) => {
        if (this.#listeners.hears(EventName.sent)) this.#emit(EventName.sent, [...fields], fields.join('\0'));
      },
      error: (message, code, reqId) => {
        this.#emitError(message, code, reqId, undefined);
      },
      info: (message, code) => {
        this.#emit(EventName.info, message, code);
      },
    });
    this.#face = new ApiFace(owner, controller, (error, code, id) => {
      this.#emit(EventName.error, error, code, id, undefined);
    });
    this.#shown = new ShownOrders(() => this.#face.desk);
    this.api = this.#face;
    this.#listeners = new ApiListeners(this.api);
    this.#hotEvents = new HotEvents(this.api, this.#listeners, {
      emit: (name, ...args) => {
        this.#emit(name, ...args);
      },
      repeat: (name, ...args) => {
        this.#repeat(name, args);
      },
      error: (message, code, reqId, advanced) => {
        if (this.#listeners.hears(EventName.error)) this.#emitError(message, code, reqId, advanced);
      },
      onListenerError: owner.onListenerError,
    });
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
    if (!this.#listeners.any) return;
    this.#emit(EventName.connected);
    this.#emit(EventName.server, session.serverVersion, session.connectionTime);
    for (const { payload, message, hot } of held) {
      if (hot === undefined) this.#deliver(payload, message);
      else this.#deliverHot(hot, payload, 0, payload.length);
    }
  }

  /** One inbound frame behind the handshake that is not hot. */
  frame(payload: Uint8Array, message: ServerMessage | undefined): void {
    if (isInternal(message)) return;
    // The bytes belong to the socket's buffer: what is held back is copied.
    if (!this.#live) this.#held.push({ payload: new Uint8Array(payload), message, hot: undefined });
    else if (this.#listeners.any) this.#deliver(payload, message);
  }

  /** One inbound frame that the fast path has read. */
  hotFrame(message: HotMessage, bytes: Uint8Array, start: number, end: number): void {
    if (this.#live) {
      if (this.#listeners.any) this.#deliverHot(message, bytes, start, end);
    } else if (!isInternal(message)) {
      this.#held.push({ payload: new Uint8Array(bytes.subarray(start, end)), message, hot: message });
    }
  }

  /** A session ended, or an attempt failed. */
  sessionEnded(end: SessionEnd): void {
    const wasLive = this.#live;
    const held = this.#held;
    this.#live = false;
    this.#held = [];
    if (!this.#listeners.any) return;
    for (const { message } of held) {
      if (message?.type === 'errMsg' && message.id === NO_VALID_ID) this.#emit(EventName.info, message.msg, message.code);
    }
    if (end.kind !== 'requested' && end.kind !== 'peerClosed') this.#emitError(end.error.message, CONNECT_FAIL, NO_VALID_ID, undefined);
    if (wasLive) this.#emit(EventName.disconnected);
  }

  #deliver(payload: Uint8Array, message: ServerMessage | undefined): void {
    const tokens = splitFields(payload);
    if (this.#listeners.received) this.#emitReceived(tokens);
    this.#decoder.decode(tokens, message);
  }

  #deliverHot(message: HotMessage, bytes: Uint8Array, start: number, end: number): void {
    if (this.#listeners.received && !isInternal(message)) this.#emitReceived(splitFields(bytes.subarray(start, end)));
    this.#hotEvents.deliver(this.#shown.message(message));
  }

  #emitReceived(tokens: readonly string[]): void {
    this.#emit(EventName.received, [...tokens], `${tokens.join('\0')}\0`);
  }

  #emitError(message: string, code: number, reqId: number | undefined, advanced: unknown): void {
    this.#emit(EventName.error, new Error(message), code, reqId ?? NO_VALID_ID, advanced);
  }

  /** The event, then `result`, then `all`, in the library's order. A listener that throws harms neither the session nor later events. */
  #emit(name: EventName, ...args: unknown[]): void {
    try {
      this.api.emit(name, ...args);
      this.#repeat(name, args);
    } catch (error) {
      this.#owner.onListenerError(error);
    }
  }

  #repeat(name: EventName, args: readonly unknown[]): void {
    if (!NOT_RESULTS.includes(name)) this.api.emit(EventName.result, name, args);
    this.api.emit(EventName.all, name, args);
  }
}

/** Whether a frame answers a request of ours, which users of the face did not make. */
function isInternal(message: ServerMessage | undefined): boolean {
  const id = message === undefined ? undefined : requestIdOf(message);
  return id !== undefined && id >= FIRST_INTERNAL_REQUEST_ID;
}
