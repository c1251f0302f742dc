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
import { ClientSession } from './client-session.js';
import { Dispatcher } from './dispatcher.js';
import { Listener } from './listener.js';
import { ChunkPool } from './output-buffer.js';
import { MessagePacer, VIOLATIONS_TO_CLOSE } from './message-pacer.js';
import type { PacingMode } from './message-pacer.js';
import type { Route } from './route.js';
import { shownFields } from './shown-fields.js';
import { SynHole } from './syn-hole.js';
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

/** What is known about one accepted connection. */
interface Client {
  readonly connection: ClientConnection;
  codec: TextCodec | undefined;
  session: ClientSession | undefined;
  pacer: MessagePacer | undefined;
  /** Whether nextValidId has been sent. */
  ready: boolean;
  /** Whether nothing more can be said or heard, though the socket may still be there. */
  ended: boolean;
  /** The client id that it asked for, also when it did not get it. */
  clientId: number | undefined;
}

/** TWS API: the notices that follow a connect while every farm is up. */
const FARM_NOTICES: readonly (readonly [code: number, text: string])[] = [
  [2104, 'Market data farm connection is OK:usfarm'],
  [2104, 'Market data farm connection is OK:usopt'],
  [2106, 'HMDS data farm connection is OK:ushmds'],
  [2158, 'Sec-def data farm connection is OK:secdefnj'],
];

/** The clock's time in the form of the version frame. TWS API: `yyyymmdd hh:mm:ss` and a time zone; three words, a zone that every client knows. */
export function connectionTime(atMs: number): string {
  const [date = '', time = ''] = new Date(atMs).toISOString().split('T');
  return `${date.replaceAll('-', '')} ${time.slice(0, 8)} UTC`;
}

/** The TWS socket server: who is connected, who may be, and what they get on the way in. */
export class SimulatorServer {
  readonly #options: SimulatorServerOptions;
  readonly #listener: Listener;
  readonly #dispatcher: Dispatcher;
  readonly #clients = new Set<Client>();
  readonly #sessions = new Map<number, ClientSession>();
  readonly #chunks = new ChunkPool();
  /** A codec works its layouts out when they are first used: connections of one version share it. */
  readonly #codecs = new Map<number, TextCodec>();
  readonly faults: FaultBoard;
  /** Moments that faults and scenarios wait for. */
  readonly triggers: Triggers;
  /** Whether the port is to be open while no fault closes it. */
  #wantsPort = false;
  /** What throws the first packets of connections away, in the place of the port. */
  #hole: SynHole | undefined;
  /** Resolves when the port that a fault had closed is open again, or could not be had. */
  #reopening: Promise<void> | undefined;
  /** Settles when the hole has been made or filled; undefined while nothing is done to it. */
  #digging: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: SimulatorServerOptions) {
    this.#options = options;
    this.triggers = new Triggers(options.faultClock);
    this.faults = this.#createFaults();
    this.#dispatcher = new Dispatcher({
      routes: options.routes,
      journal: options.journal,
      takes: (session, message) => this.faults.takesRequest(session, message),
      onHandled: (session, type) => {
        this.triggers.noteMessage('in', type, session.clientId);
      },
    });
    this.#listener = new Listener({
      host: options.host,
      port: options.port,
      onSocket: (socket) => {
        this.#accept(socket);
      },
    });
  }

  get host(): string {
    return this.#listener.host;
  }

  get port(): number {
    return this.#listener.port;
  }

  get listening(): boolean {
    return this.#listener.listening;
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
  async listen(): Promise<void> {
    this.#wantsPort = true;
    if (this.#digging !== undefined) await this.#listenBehindHole();
    else if (!this.faults.closesPort) await this.#listener.listen();
  }

  /** Resolves when the port is what faults and control want it to be: open, closed, or a hole. Never rejects: what failed is in the journal. */
  async portSettled(): Promise<void> {
    await this.#digging;
    await this.#reopening;
  }

  /** Refuses new connections from now on; the accepted ones live on. */
  stopListening(): void {
    this.#wantsPort = false;
    this.#listener.stop();
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
    this.#dig(false);
    await this.#digging;
    this.stopListening();
    await this.#listener.drained();
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
            if (client.session !== undefined && this.faults.onStart(client.session.clientId) === undefined) this.#complete(client);
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
    if (this.faults.closesPort) this.#listener.stop();
    this.#dig(this.faults.swallows && this.#wantsPort && this.#closed === undefined);
    if (!this.faults.closesPort && this.#wantsPort && this.#closed === undefined && !this.listening) this.#listenAgain();
    for (const { connection } of this.#clients) connection.reshape();
  }

  /** Makes a hole where the port was, or fills it. One after the other: the port must be free for what comes next. */
  #dig(wanted: boolean): void {
    if (wanted === (this.#hole !== undefined)) return;
    const hole = this.#hole ?? new SynHole({ host: this.host, port: this.port });
    this.#hole = wanted ? hole : undefined;
    const work = this.#digOrFill(hole, wanted, this.#digging);
    this.#digging = work;
    void work.finally(() => {
      if (this.#digging === work) this.#digging = undefined;
    });
  }

  async #digOrFill(hole: SynHole, wanted: boolean, before: Promise<void> | undefined): Promise<void> {
    const { journal } = this.#options;
    try {
      // A hole that is being made is filled at once; a new one waits until the port is free.
      const filled = wanted ? undefined : hole.close();
      await before;
      await (filled ?? hole.open());
      journal.append('fault', wanted ? 'holeOpen' : 'holeClosed');
    } catch (error) {
      journal.append('fault', 'holeFailed', { message: { reason: error instanceof Error ? error.message : String(error) } });
    }
  }

  async #listenBehindHole(): Promise<void> {
    await this.#digging;
    // Much may have happened meanwhile.
    if (this.#wantsPort && this.#closed === undefined && !this.faults.closesPort) await this.#listener.listen();
  }

  #listenAgain(): void {
    const opened = this.#digging === undefined ? this.#listener.listen() : this.#listenBehindHole();
    this.#reopening = opened.catch((error: unknown) => {
      this.#options.journal.append('fault', 'listenFailed', { message: { reason: error instanceof Error ? error.message : String(error) } });
    });
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
    if (pacer === undefined) this.#onFirstFrames(client, codec, payload);
    else pacer.push(payload);
  }

  #createPacer(client: Client, session: ClientSession, codec: TextCodec): MessagePacer {
    const { pacing, messagesPerSecond, faultClock } = this.#options;
    return new MessagePacer({
      mode: pacing,
      perSecond: messagesPerSecond,
      clock: faultClock,
      process: (payload) => {
        // A gateway that is not ready yet answers nothing.
        if (client.ready) this.#dispatcher.dispatch(session, codec, payload);
        else this.#noteIgnored('ignoredBeforeReady', client, codec, payload);
      },
      onViolation: (violations, payload) => {
        this.#noteIgnored('rejectedByPacing', client, codec, payload);
        session.sendError(-1, 100, `Max rate of messages per second has been exceeded:max=${messagesPerSecond} rec=${messagesPerSecond + violations} (${violations})`);
        if (violations >= VIOLATIONS_TO_CLOSE) client.connection.end('the client sent too many messages per second');
      },
      onDelay: (delayed) => {
        client.connection.setPaced(delayed);
      },
    });
  }

  /** TWS API: what comes before START_API can confuse a real gateway; here it is noted and ignored. */
  #onFirstFrames(client: Client, codec: TextCodec, payload: Uint8Array): void {
    const decoded = codec.decodeClient(payload);
    if (!decoded.ok || decoded.message.type !== 'startApi') {
      this.#noteIgnored('ignoredBeforeStartApi', client, codec, payload);
      // A client whose START_API cannot be read would wait for ever, and nobody would see why.
      if (!decoded.ok && decoded.failure.type === 'startApi') {
        const { field, reason } = decoded.failure;
        const msg = `Error reading request.-'${field === undefined ? 'startApi' : `startApi.${field}`}' : cause - ${reason}`;
        client.connection.send(codec.encodeServer({ type: 'errMsg', id: -1, code: 320, msg }));
      }
      return;
    }
    const { clientId } = decoded.message;
    this.#options.journal.append('in', 'startApi', { clientId, message: decoded.message });
    this.#start(client, codec, clientId);
    this.triggers.noteMessage('in', 'startApi', clientId);
  }

  /** Journals a message that nothing answers. */
  #noteIgnored(type: string, client: Client, codec: TextCodec, payload: Uint8Array): void {
    const decoded = codec.decodeClient(payload);
    this.#options.journal.append('in', type, {
      clientId: client.clientId,
      message: decoded.ok ? decoded.message : { reason: decoded.failure.reason, fields: shownFields(decoded.failure.fields) },
    });
  }

  #start(client: Client, codec: TextCodec, clientId: number): void {
    const { journal, journalTicks, clock } = this.#options;
    const { connection } = client;
    client.clientId = clientId;
    const session = new ClientSession({
      clientId,
      codec,
      connection,
      journal,
      journalTicks,
      connectedAtMs: clock.now(),
      taps: this.faults,
      onSent: (sender, type) => {
        this.triggers.noteMessage('out', type, sender.clientId);
      },
    });
    const answer = this.faults.onStart(clientId);
    if (this.#sessions.has(clientId) || answer === 'inUse') {
      session.sendError(-1, 326, 'Unable to connect as the client id is already in use. Retry with a unique client id.');
      connection.end(`client id ${clientId} is already in use`);
      return;
    }
    connection.ready();
    client.session = session;
    client.pacer = this.#createPacer(client, session, codec);
    this.#sessions.set(clientId, session);
    journal.append('client', 'started', { clientId, message: { serverVersion: session.serverVersion } });
    if (answer !== 'mute') this.#complete(client);
  }

  /** TWS API: managedAccounts, nextValidId, farm notices; nextValidId tells the client that it may begin. */
  #complete(client: Client): void {
    const { session } = client;
    if (client.ready || client.ended || session === undefined) return;
    const { accounts, brokerage, journal } = this.#options;
    client.ready = true;
    session.send({ type: 'managedAccounts', accountsList: accounts.join(',') });
    session.send({ type: 'nextValidId', orderId: brokerage.nextValidId(session.clientId) });
    for (const [code, text] of FARM_NOTICES) session.sendError(-1, code, text);
    journal.append('client', 'ready', { clientId: session.clientId });
    this.triggers.noteClient('ready', session.clientId);
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
