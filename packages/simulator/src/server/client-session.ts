import type { ClientMessage, ServerMessage, TextCodec, WireContract } from '@ibkit/wire';
import type { OutgoingFrame } from '../faults/fault.js';
import type { ClientConnection } from './client-connection.js';
import { TICK_FRAME_BYTES, putTickFrame } from './tick-frames.js';
import type { TickMessage } from './tick-frames.js';
import type { WitnessJournal } from './witness-journal.js';

/** What a client may hold on the server under an id of its own; ids of one family must be distinct while they are held. */
export const HOLD_FAMILIES = [
  'marketData',
  'tickByTick',
  'realTimeBars',
  'marketDepth',
  'optionCalculations',
  'scanner',
  'newsBulletins',
  'displayGroups',
  'historicalData',
  'headTimestamp',
  'histogram',
  'historicalTicks',
  'accountSummary',
  'accountUpdates',
  'accountUpdatesMulti',
  'positions',
  'positionsMulti',
  'pnl',
  'pnlSingle',
] as const;

/** One of {@link HOLD_FAMILIES}. */
export type HoldFamily = (typeof HOLD_FAMILIES)[number];

/** Where faults, and whoever waits for a message, step into what is sent. */
export interface SendTaps {
  /** Whether nobody steps in at present. */
  readonly idle: boolean;
  /** The message as it is to be sent; undefined: not at all. */
  outgoing(session: ClientSession, message: ServerMessage): ServerMessage | undefined;
  frame(frame: OutgoingFrame): OutgoingFrame;
}

/** Options of a {@link ClientSession}. */
export interface ClientSessionOptions {
  readonly clientId: number;
  readonly codec: TextCodec;
  readonly connection: ClientConnection;
  readonly journal: WitnessJournal;
  /** Whether every tick is journalled, or only counted. */
  readonly journalTicks: boolean;
  readonly connectedAtMs: number;
  readonly taps: SendTaps;
  /** Called when a message has been handed to the socket. */
  readonly onSent: (session: ClientSession, type: ServerMessage['type']) => void;
}

/** How many requests a client is remembered by; the oldest go first. */
const CONTRACTS_KEPT = 10_000;

const TICK_TYPES: ReadonlySet<ServerMessage['type']> = new Set<ServerMessage['type']>([
  'tickPrice',
  'tickSize',
  'tickString',
  'tickGeneric',
  'tickOptionComputation',
  'tickByTick',
]);

/** The messages that are written straight into the output. */
const STRAIGHT: ReadonlySet<string> = new Set<TickMessage['type']>(['tickPrice', 'tickSize', 'tickString', 'tickGeneric', 'tickByTick']);

function isStraight(message: ServerMessage): message is TickMessage {
  return STRAIGHT.has(message.type);
}

const UNPRINTABLE = /[^\x20-\x7e\xa0-\ud7ff\ue000-\ufffc]/gu;

/** Whom a message is for: a request, an order, or (-1) the connection. */
function addressee(message: ServerMessage): number {
  if ('reqId' in message) return message.reqId;
  return 'orderId' in message ? message.orderId : -1;
}

/** One client after START_API: who it is, what it holds on the server, and how to speak to it. Everything it holds dies with its socket. */
export class ClientSession {
  readonly clientId: number;
  readonly serverVersion: number;
  readonly connectedAtMs: number;
  /** What the client asked for with reqMarketDataType: 1 live, 2 frozen, 3 delayed, 4 delayed-frozen. */
  marketDataType = 1;
  /** Set by reqAutoOpenOrders: orders of other origins are bound to this client. */
  autoOpenOrders = false;
  readonly #codec: TextCodec;
  readonly #connection: ClientConnection;
  readonly #journal: WitnessJournal;
  readonly #journalTicks: boolean;
  readonly #holds = new Map<HoldFamily, Map<number, () => void>>();
  readonly #sent = new Map<ServerMessage['type'], number>();
  readonly #contracts = new Map<number, WireContract>();
  readonly #taps: SendTaps;
  readonly #onSent: ClientSessionOptions['onSent'];
  #received = 0;

  constructor(options: ClientSessionOptions) {
    this.clientId = options.clientId;
    this.serverVersion = options.codec.serverVersion;
    this.connectedAtMs = options.connectedAtMs;
    this.#codec = options.codec;
    this.#connection = options.connection;
    this.#journal = options.journal;
    this.#journalTicks = options.journalTicks;
    this.#taps = options.taps;
    this.#onSent = options.onSent;
  }

  /** How many messages of each type were sent. */
  get sent(): ReadonlyMap<ServerMessage['type'], number> {
    return this.#sent;
  }

  /** How many messages the client has sent since START_API. */
  get received(): number {
    return this.#received;
  }

  get connection(): ClientConnection {
    return this.#connection;
  }

  countReceived(): void {
    this.#received += 1;
  }

  /** Sends one message. One that cannot be encoded is journalled as a fault, and the client is told: it and the server live on. */
  send(message: ServerMessage): void {
    if (this.#taps.idle && !this.#journalTicks && isStraight(message) && this.#sendStraight(message)) return;
    const outgoing = this.#taps.idle ? message : this.#taps.outgoing(this, message);
    const isKept = this.#journalTicks || !TICK_TYPES.has(message.type);
    if (outgoing === undefined) {
      if (isKept) this.#journal.append('fault', 'withheld', { clientId: this.clientId, message });
      return;
    }
    const bytes = this.#encode(outgoing);
    if (bytes === undefined) return;
    const { type } = outgoing;
    this.#sent.set(type, (this.#sent.get(type) ?? 0) + 1);
    if (isKept) this.#journal.append('out', type, { clientId: this.clientId, message: outgoing });
    if (this.#taps.idle) this.#connection.send(bytes);
    else this.#sendFrame(type, bytes);
    this.#onSent(this, type);
  }

  /** Sends a tick that nobody steps in on and that is only counted; false when it has to go the long way. */
  #sendStraight(message: TickMessage): boolean {
    const connection = this.#connection;
    const room = connection.room(TICK_FRAME_BYTES);
    if (room === undefined) return false;
    const end = putTickFrame(room, connection.roomAt, message);
    if (end < 0) return false;
    const { type } = message;
    this.#sent.set(type, (this.#sent.get(type) ?? 0) + 1);
    connection.wrote(end);
    this.#onSent(this, type);
    return true;
  }

  #sendFrame(type: ServerMessage['type'], bytes: Uint8Array): void {
    const frame = this.#taps.frame({ session: this, type, bytes });
    this.#connection.send(frame.bytes);
    if (frame.close === 'fin') this.#connection.end(`cut by a fault in the middle of ${type}`);
    if (frame.close === 'rst') this.#connection.reset(`cut by a fault in the middle of ${type}`);
  }

  /** Notes in the journal that a request came too soon and stays without an answer. */
  noteUnanswered(message: ClientMessage): void {
    this.#journal.append('in', 'rejectedByPacing', { clientId: this.clientId, message });
  }

  /** Remembers what a request is about. */
  noteContract(reqId: number, contract: WireContract): void {
    const [oldest] = this.#contracts.keys();
    if (this.#contracts.size >= CONTRACTS_KEPT && oldest !== undefined) this.#contracts.delete(oldest);
    this.#contracts.set(reqId, contract);
  }

  /** The contract of the last request with this id. */
  contractOf(reqId: number): WireContract | undefined {
    return this.#contracts.get(reqId);
  }

  #encode(message: ServerMessage): Uint8Array | undefined {
    try {
      return this.#codec.encodeServer(message);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#journal.append('fault', 'encodeFailed', { clientId: this.clientId, message: { type: message.type, reason } });
      if (message.type !== 'errMsg') this.sendError(addressee(message), 322, `Error processing request.-'${message.type}' : cause - ${reason}`);
      return undefined;
    }
  }

  /** Sends an error or notice; `id` is a request id, an order id, or -1 for what concerns the whole connection. */
  sendError(id: number, code: number, msg: string): void {
    // Texts may repeat what the client sent, and that may be anything.
    this.send({ type: 'errMsg', id, code, msg: msg.replaceAll(UNPRINTABLE, '?') });
  }

  /** Whether `id` of `family` is held. */
  holds(family: HoldFamily, id: number): boolean {
    return this.#holds.get(family)?.has(id) ?? false;
  }

  /** Which ids of `family` are held, in the order in which they were taken. */
  held(family: HoldFamily): readonly number[] {
    return [...(this.#holds.get(family)?.keys() ?? [])];
  }

  /** Remembers what to undo when `id` of `family` is cancelled or the client goes. An id that is already held is released first. */
  hold(family: HoldFamily, id: number, release: () => void): void {
    this.release(family, id);
    const ids = this.#holds.get(family) ?? new Map<number, () => void>();
    this.#holds.set(family, ids);
    ids.set(id, release);
  }

  /** Undoes what is held; false when nothing is. */
  release(family: HoldFamily, id: number): boolean {
    const ids = this.#holds.get(family);
    const release = ids?.get(id);
    if (ids === undefined || release === undefined) return false;
    ids.delete(id);
    release();
    return true;
  }

  /** Undoes everything that the client holds. */
  releaseAll(): void {
    const all = [...this.#holds.values()].flatMap((ids) => [...ids.values()]);
    this.#holds.clear();
    for (const release of all) release();
  }
}
