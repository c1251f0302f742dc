import type { TextCodec } from '@ibkit/wire';
import type { FaultBoard } from '../faults/fault-board.js';
import type { Triggers } from '../faults/triggers.js';
import type { ClientConnection } from './client-connection.js';
import { ClientSession } from './client-session.js';
import type { Dispatcher } from './dispatcher.js';
import { MessagePacer, VIOLATIONS_TO_CLOSE } from './message-pacer.js';
import { shownFields } from './shown-fields.js';
import type { SimulatorServerOptions } from './simulator-server.js';

/** What is known about one accepted connection. */
export interface Client {
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

/** What a {@link ClientEntrance} is made from. */
export interface ClientEntranceOptions {
  readonly server: SimulatorServerOptions;
  /** Who has come in, by client id. */
  readonly sessions: Map<number, ClientSession>;
  readonly faults: FaultBoard;
  readonly triggers: Triggers;
  readonly dispatcher: Dispatcher;
}

/** The way in: from the first frame of a client to nextValidId, or to the door. */
export class ClientEntrance {
  readonly #options: ClientEntranceOptions;
  readonly #server: SimulatorServerOptions;

  constructor(options: ClientEntranceOptions) {
    this.#options = options;
    this.#server = options.server;
  }

  /** TWS API: what comes before START_API can confuse a real gateway; here it is noted and ignored. */
  onFirstFrames(client: Client, codec: TextCodec, payload: Uint8Array): void {
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
    this.#server.journal.append('in', 'startApi', { clientId, message: decoded.message });
    this.#start(client, codec, clientId);
    this.#options.triggers.noteMessage('in', 'startApi', clientId);
  }

  /** TWS API: managedAccounts, nextValidId, farm notices; nextValidId tells the client that it may begin. */
  complete(client: Client): void {
    const { session } = client;
    if (client.ready || client.ended || session === undefined) return;
    const { accounts, brokerage, journal } = this.#server;
    client.ready = true;
    session.send({ type: 'managedAccounts', accountsList: accounts.join(',') });
    session.send({ type: 'nextValidId', orderId: brokerage.nextValidId(session.clientId) });
    for (const [code, text] of FARM_NOTICES) session.sendError(-1, code, text);
    journal.append('client', 'ready', { clientId: session.clientId });
    this.#options.triggers.noteClient('ready', session.clientId);
  }

  #start(client: Client, codec: TextCodec, clientId: number): void {
    const { journal, journalTicks, clock } = this.#server;
    const { sessions, faults, triggers } = this.#options;
    const { connection } = client;
    client.clientId = clientId;
    const session = new ClientSession({
      clientId,
      codec,
      connection,
      journal,
      journalTicks,
      connectedAtMs: clock.now(),
      taps: faults,
      onSent: (sender, type) => {
        triggers.noteMessage('out', type, sender.clientId);
      },
    });
    const answer = faults.onStart(clientId);
    if (sessions.has(clientId) || answer === 'inUse') {
      session.sendError(-1, 326, 'Unable to connect as the client id is already in use. Retry with a unique client id.');
      connection.end(`client id ${clientId} is already in use`);
      return;
    }
    connection.ready();
    client.session = session;
    client.pacer = this.#createPacer(client, session, codec);
    sessions.set(clientId, session);
    journal.append('client', 'started', { clientId, message: { serverVersion: session.serverVersion } });
    if (answer !== 'mute') this.complete(client);
  }

  #createPacer(client: Client, session: ClientSession, codec: TextCodec): MessagePacer {
    const { pacing, messagesPerSecond, faultClock } = this.#server;
    return new MessagePacer({
      mode: pacing,
      perSecond: messagesPerSecond,
      clock: faultClock,
      process: (payload) => {
        // A gateway that is not ready yet answers nothing.
        if (client.ready) this.#options.dispatcher.dispatch(session, codec, payload);
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

  /** Journals a message that nothing answers. */
  #noteIgnored(type: string, client: Client, codec: TextCodec, payload: Uint8Array): void {
    const decoded = codec.decodeClient(payload);
    this.#server.journal.append('in', type, {
      clientId: client.clientId,
      message: decoded.ok ? decoded.message : { reason: decoded.failure.reason, fields: shownFields(decoded.failure.fields) },
    });
  }
}
