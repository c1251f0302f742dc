import type { Socket } from 'node:net';
import { sleep } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { MAX_SERVER_VERSION, MIN_SERVER_VERSION, createTextCodec } from '@ibkit/wire';
import type { TextCodec } from '@ibkit/wire';
import type { Brokerage } from '../brokerage/brokerage.js';
import type { OrderCallback } from '../faults/fault.js';
import { FaultBoard } from '../faults/fault-board.js';
import type { SimulatorFault } from '../faults/catalogue.js';
import type { InjectedFault } from '../faults/fault-board.js';
import { Triggers } from '../faults/triggers.js';
import type { Market } from '../market/market.js';
import { ClientConnection } from './client-connection.js';
import { ClientEntrance } from './client-entrance.js';
import type { Client } from './client-entrance.js';
import type { ClientSession } from './client-session.js';
import { Dispatcher } from './dispatcher.js';
import { ChunkPool } from './output-buffer.js';
import type { PacingMode } from './message-pacer.js';
import type { Route } from './route.js';
import { ServerPort } from './server-port.js';
import type { WitnessJournal } from './witness-journal.js';

/** How long a client may leave what was written unread before the clock moves on without it, milliseconds. */
const PATIENCE_MS = 1_000;

/** Options of a {@link SimulatorServer}. */
export interface SimulatorServerOptions {
  readonly host: string;
  readonly port: number;
  readonly maxServerVersion: number;
  readonly maxClients: number;
  readonly maxPendingBytes: number;
  readonly handshakeTimeoutMs: number;
  readonly journalTicks: boolean;
  readonly pacing: PacingMode;
  readonly messagesPerSecond: number;
  /** Real time, for everything that belongs to the network. */
  readonly networkClock: Clock;
  /** What durations of faults, and the rates of messages, are measured by: real time, but in lock-step the simulator's own. */
  readonly faultClock: Clock;
  /** The simulator's own time. */
  readonly clock: Clock;
  readonly journal: WitnessJournal;
  readonly accounts: readonly string[];
  readonly market: Market;
  readonly brokerage: Brokerage;
  readonly routes: readonly Route[];
}

/** The clock's time in the form of the version frame. TWS API: `yyyymmdd hh:mm:ss` and a time zone; three words, a zone that every client knows. */
export function connectionTime(atMs: number): string {
  const [date = '', time = ''] = new Date(atMs).toISOString().split('T');
  return `${date.replaceAll('-', '')} ${time.slice(0, 8)} UTC`;
}

/** The TWS socket server: who is connected, who may be, and what they get on the way in. */
export class SimulatorServer {
  readonly #options: SimulatorServerOptions;
  readonly #port: ServerPort;
  readonly #entrance: ClientEntrance;
  readonly #clients = new Set<Client>();
  readonly #sessions = new Map<number, ClientSession>();
  readonly #chunks = new ChunkPool();
  /** A codec works its layouts out when they are first used: connections of one version share it. */
  readonly #codecs = new Map<number, TextCodec>();
  readonly faults: FaultBoard;
  /** Moments that faults and scenarios wait for. */
  readonly triggers: Triggers;
  #closed: Promise<void> | undefined;

  constructor(options: SimulatorServerOptions) {
    this.#options = options;
    this.triggers = new Triggers(options.faultClock);
    this.faults = this.#createFaults();
    const dispatcher = new Dispatcher({
      routes: options.routes,
      journal: options.journal,
      takes: (session, message) => this.faults.takesRequest(session, message),
      onHandled: (session, type) => {
        this.triggers.noteMessage('in', type, session.clientId);
      },
    });
    this.#entrance = new ClientEntrance({ server: options, sessions: this.#sessions, faults: this.faults, triggers: this.triggers, dispatcher });
    this.#port = new ServerPort({
      host: options.host,
      port: options.port,
      journal: options.journal,
      faults: () => this.faults,
      onSocket: (socket) => {
        this.#accept(socket);
      },
    });
  }

  get host(): string {
    return this.#port.host;
  }

  get port(): number {
    return this.#port.port;
  }

  get listening(): boolean {
    return this.#port.listening;
  }

  /** The clients that have sent START_API, by client id. */
  get sessions(): ReadonlyMap<number, ClientSession> {
    return this.#sessions;
  }

  /** How many sockets are open, those before START_API included. */
  get connectionCount(): number {
    return this.#clients.size;
  }

  /** Opens the port; while a fault keeps it closed it opens when that ends. @throws ConnectionError when the port cannot be had. */
  listen(): Promise<void> {
    return this.#port.open();
  }

  /** Resolves when the port is what faults and control want it to be: open, closed, or a hole. Never rejects: what failed is in the journal. */
  portSettled(): Promise<void> {
    return this.#port.settled();
  }

  /** Refuses new connections from now on; the accepted ones live on. */
  stopListening(): void {
    this.#port.stop();
  }

  /** The client with this id, once it has got nextValidId. */
  readySession(clientId: number): ClientSession | undefined {
    return this.#readyClients().find((session) => session.clientId === clientId);
  }

  /** Sends a notice to every client that is ready; returns to how many. */
  broadcast(id: number, code: number, text: string): number {
    const ready = this.#readyClients();
    for (const session of ready) session.sendError(id, code, text);
    return ready.length;
  }

  /** Cuts connections, all or one client's; returns how many. */
  drop(kind: 'fin' | 'rst', clientId?: number): number {
    const chosen = this.#chosen(clientId);
    for (const client of chosen) {
      if (kind === 'rst') client.connection.reset('dropped by the control (RST)');
      else client.connection.end('dropped by the control (FIN)');
    }
    return chosen.length;
  }

  /** Begins a fault; the returned function ends it. */
  inject(fault: SimulatorFault): InjectedFault {
    return this.faults.inject(fault);
  }

  /** Sends what an order caused to the client that placed it, past the faults. */
  push(callback: OrderCallback): void {
    this.faults.callback(callback, ({ clientId, message, isManual }) => {
      const session = this.readySession(clientId);
      // TWS API: of orders without a client hears only client 0, and only when it has asked for that.
      if (isManual === true && session?.autoOpenOrders !== true) return;
      if (message.type === 'errMsg') session?.sendError(message.id, message.code, message.msg);
      else session?.send(message);
    });
  }

  /** Resolves when what has been sent is with the operating system, or waits for clients that do not read. */
  async written(): Promise<void> {
    // Connections hand over the frames of a turn in a microtask of that turn, so those were queued before this one.
    await Promise.resolve();
  }

  /** Whether it was closed. */
  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  /**
   * Resolves when the system has taken what was written to the clients that read.
   * @param laggards those who were waited for in vain, a real second each; they are not waited for again.
   */
  async caughtUp(laggards: Set<ClientConnection>): Promise<void> {
    await this.written();
    const behind = [...this.#clients].map(({ connection }) => connection).filter((connection) => connection.isBehind && !laggards.has(connection));
    if (behind.length === 0) return;
    const patience = new AbortController();
    const all = Promise.all(behind.map((connection) => connection.caughtUp()));
    const enough = sleep(this.#options.networkClock, PATIENCE_MS, { signal: patience.signal }).catch(() => undefined);
    await Promise.race([all, enough]);
    patience.abort();
    for (const connection of behind) if (connection.isBehind) laggards.add(connection);
  }

  /** Closes the port and every connection. */
  close(): Promise<void> {
    this.#closed ??= this.#shutDown();
    return this.#closed;
  }

  async #shutDown(): Promise<void> {
    this.stopListening();
    for (const client of [...this.#clients]) client.connection.destroy('the simulator was closed');
    this.faults.close();
    this.triggers.close();
    await this.#port.close();
  }

  #readyClients(): readonly ClientSession[] {
    return [...this.#clients].flatMap((client) => (client.ready && client.session !== undefined ? [client.session] : []));
  }

  #chosen(clientId: number | undefined): readonly Client[] {
    return [...this.#clients].filter((client) => !client.ended && (clientId === undefined || client.session?.clientId === clientId));
  }

  #createFaults(): FaultBoard {
    const { faultClock, market, brokerage, journal } = this.#options;
    return new FaultBoard({
      clock: faultClock,
      triggers: this.triggers,
      onChange: () => {
        this.#adjust();
      },
      ground: {
        market,
        brokerage,
        clients: (clientId) => this.#chosen(clientId),
        readySessions: (clientId) => this.#readyClients().filter((session) => clientId === undefined || clientId === session.clientId),
        completeStarts: () => {
          for (const client of this.#clients) {
            if (client.session !== undefined && this.faults.onStart(client.session.clientId) === undefined) this.#entrance.complete(client);
          }
        },
        note: (type, clientId, message) => {
          journal.append('fault', type, { clientId, message });
        },
      },
    });
  }

  /** The faults have changed: the port is open or closed, and bytes leave, as they say. */
  #adjust(): void {
    this.#port.adjust();
    for (const { connection } of this.#clients) connection.reshape();
  }

  #accept(socket: Socket): void {
    const { journal, maxClients } = this.#options;
    if (this.#closed !== undefined || this.#clients.size >= maxClients) {
      journal.append('client', 'refused', { message: { reason: `more than ${maxClients} connections` } });
      socket.destroy();
      return;
    }
    const client: Client = {
      connection: this.#connect(socket, () => client),
      codec: undefined,
      session: undefined,
      pacer: undefined,
      ready: false,
      ended: false,
      clientId: undefined,
    };
    this.#clients.add(client);
    journal.append('client', 'accepted');
    this.triggers.noteClient('accepted', undefined);
  }

  #connect(socket: Socket, client: () => Client): ClientConnection {
    const { clock, networkClock, faultClock, maxServerVersion, handshakeTimeoutMs, maxPendingBytes, journal } = this.#options;
    return new ClientConnection({
      socket,
      chunks: this.#chunks,
      clock: networkClock,
      shapeClock: faultClock,
      versions: { min: MIN_SERVER_VERSION, max: maxServerVersion },
      connectionTime: () => connectionTime(clock.now() + this.faults.skewMs),
      handshakeTimeoutMs,
      maxPendingBytes,
      neverAnswer: this.faults.neverAnswers,
      forcedVersion: () => this.faults.version,
      shape: () => (this.faults.idle ? undefined : this.faults.shape(client().clientId)),
      onVersion: (serverVersion, connectOptions) => {
        // A fault may announce a version that this server does not speak: then nothing follows.
        const isSpoken = serverVersion >= MIN_SERVER_VERSION && serverVersion <= MAX_SERVER_VERSION;
        client().codec = isSpoken ? this.#codecOf(serverVersion) : undefined;
        journal.append('client', 'handshake', { message: { serverVersion, connectOptions } });
      },
      onFrame: (payload) => {
        this.#onFrame(client(), payload);
      },
      onEnded: (reason) => {
        this.#onEnded(client(), reason);
      },
      onGone: () => {
        this.#clients.delete(client());
      },
    });
  }

  #codecOf(serverVersion: number): TextCodec {
    const codec = this.#codecs.get(serverVersion) ?? createTextCodec({ serverVersion });
    this.#codecs.set(serverVersion, codec);
    return codec;
  }

  #onFrame(client: Client, payload: Uint8Array): void {
    const { codec, pacer } = client;
    if (codec === undefined) return;
    if (pacer === undefined) this.#entrance.onFirstFrames(client, codec, payload);
    else pacer.push(payload);
  }

  /** The client id is free again, and what the client held is undone, before its socket is gone: it may come back at once. */
  #onEnded(client: Client, reason: string): void {
    const { session } = client;
    client.pacer?.close();
    client.ready = false;
    client.ended = true;
    if (session !== undefined && this.#sessions.get(session.clientId) === session) {
      this.#sessions.delete(session.clientId);
      session.releaseAll();
    }
    this.#options.journal.append('client', 'closed', { clientId: client.clientId, message: { reason } });
    this.triggers.noteClient('closed', client.clientId);
  }
}
