import { isIbkrError } from '@ibkit/error-codes';
import type { ClientMessage, TextCodec } from '@ibkit/wire';
import type { ClientSession } from './client-session.js';
import { unprintablePlace } from './printable-texts.js';
import type { Route } from './route.js';
import type { WitnessJournal } from './witness-journal.js';
import { shownFields } from './shown-fields.js';

/** The id for what belongs to no request. */
const NO_ID = -1;

/** What the request would be called back with: its request id, else its order id, else -1. */
function idOf(message: ClientMessage): number {
  if ('reqId' in message && typeof message.reqId === 'number') return message.reqId;
  if ('orderId' in message && typeof message.orderId === 'number') return message.orderId;
  return NO_ID;
}

/** Requests whose first field behind the message id is the request or order id; in all others a version field stands before it. */
const ID_COMES_FIRST: ReadonlySet<number> = new Set([
  3, 4, 20, 22, 78, 79, 81, 83, 84, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95, 96, 97, 98, 100, 101, 102, 103, 104, 107,
]);

/** Requests that carry no id at all, so that the fields where one would be mean something else. */
const CARRIES_NO_ID: ReadonlySet<number> = new Set([5, 6, 8, 12, 13, 14, 15, 16, 17, 18, 19, 24, 49, 58, 59, 61, 64, 71, 80, 82, 85, 91, 99, 105]);

/** The request id of a message that could not be read as a whole, so that its caller is told at all. */
function idFromFields(messageId: number | undefined, fields: readonly string[]): number {
  if (messageId === undefined || CARRIES_NO_ID.has(messageId)) return NO_ID;
  const text = fields[ID_COMES_FIRST.has(messageId) ? 1 : 2];
  if (text === undefined || !/^\d{1,10}$/.test(text)) return NO_ID;
  return Number(text);
}

/** Options of a {@link Dispatcher}. */
export interface DispatcherOptions {
  readonly routes: readonly Route[];
  readonly journal: WitnessJournal;
  /** Whether a fault has taken the request: it goes no further. */
  readonly takes: (session: ClientSession, message: ClientMessage) => boolean;
  /** Called when a request has been handled. */
  readonly onHandled: (session: ClientSession, type: string) => void;
}

/** Turns the frames of a client into calls of the routes. Whatever a client sends is answered or explained; nothing that it sends can stop the server. */
export class Dispatcher {
  readonly #routes = new Map<string, Route>();
  readonly #journal: WitnessJournal;
  readonly #takes: DispatcherOptions['takes'];
  readonly #onHandled: DispatcherOptions['onHandled'];

  constructor(options: DispatcherOptions) {
    for (const route of options.routes) this.#routes.set(route.type, route);
    this.#journal = options.journal;
    this.#takes = options.takes;
    this.#onHandled = options.onHandled;
  }

  /** The types of request that have an answer, sorted. */
  get answered(): readonly string[] {
    return [...this.#routes.keys()].sort();
  }

  dispatch(session: ClientSession, codec: TextCodec, payload: Uint8Array): void {
    session.countReceived();
    const decoded = codec.decodeClient(payload);
    if (!decoded.ok) {
      this.#explain(session, decoded.failure);
      return;
    }
    const { message } = decoded;
    this.#journal.append('in', message.type, { clientId: session.clientId, message });
    const unprintable = unprintablePlace(message);
    if (unprintable !== undefined) {
      session.sendError(idOf(message), 320, `Error reading request.-'${message.type}.${unprintable}' : cause - must be a text without control characters`);
      return;
    }
    if ('reqId' in message && 'contract' in message) session.noteContract(message.reqId, message.contract);
    if (!this.#takes(session, message)) this.#handle(session, message);
    this.#onHandled(session, message.type);
  }

  #handle(session: ClientSession, message: ClientMessage): void {
    const route = this.#routes.get(message.type);
    if (route === undefined) {
      // Not 321: some clients take that one for a warning and go on waiting.
      session.sendError(idOf(message), 322, `Error processing request.-'${message.type}' : cause - not supported by this simulator version`);
      return;
    }
    try {
      route.handle(session, message);
    } catch (error) {
      this.#apologise(session, message, error);
    }
  }

  #apologise(session: ClientSession, message: ClientMessage, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    if (isIbkrError(error)) {
      session.sendError(idOf(message), 321, `Error validating request.-'${message.type}' : cause - ${reason}`);
      return;
    }
    this.#journal.append('fault', 'requestFailed', { clientId: session.clientId, message: { type: message.type, reason } });
    session.sendError(idOf(message), 322, `Error processing request.-'${message.type}' : cause - ${reason}`);
  }

  #explain(
    session: ClientSession,
    failure: {
      readonly messageId: number | undefined;
      readonly type: string | undefined;
      readonly field: string | undefined;
      readonly reason: string;
      readonly fields: readonly string[];
    },
  ): void {
    const { messageId, type, field, reason, fields } = failure;
    this.#journal.append('in', type ?? 'unreadable', { clientId: session.clientId, message: { messageId, field, reason, fields: shownFields(fields) } });
    if (type === undefined) {
      session.sendError(NO_ID, 505, `Unknown message id: ${messageId ?? 'none'}, not supported by this simulator version`);
      return;
    }
    const where = field === undefined ? type : `${type}.${field}`;
    session.sendError(idFromFields(messageId, fields), 320, `Error reading request.-'${where}' : cause - ${reason}`);
  }
}
