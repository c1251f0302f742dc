import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { Clock } from '@ibkit/clock';
import { FrameSplitter, MAX_SERVER_VERSION, MIN_SERVER_VERSION, createTextCodec, decodeServerHello, encodeClientHello } from '@ibkit/wire';
import type { ServerMessage, TextCodec } from '@ibkit/wire';
import type { ProbeFinding } from '../machine/gateway-state.js';

/** What a probe found. */
export interface ProbeResult {
  readonly finding: ProbeFinding;
  /** The accounts that the gateway serves, when it said so. Not for logs. */
  readonly accounts?: readonly string[] | undefined;
  readonly serverVersion?: number | undefined;
}

/** How a port is looked at. */
export interface ApiProbeOptions {
  readonly host: string;
  readonly port: number;
  /** A client id that nobody else uses. Whoever finds it taken has its answer, too. */
  readonly clientId: number;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** The broker's code for a client id that is in use: the API answers. */
const ID_IN_USE = 326;

/** The conversation up to the moment at which the API has proven itself. */
class Handshake {
  #codec: TextCodec | undefined;
  #serverVersion: number | undefined;
  #accounts: readonly string[] | undefined;
  #hasOrderId = false;
  #inUse = false;
  readonly #splitter: FrameSplitter;
  readonly #clientId: number;
  readonly #send: (bytes: Uint8Array) => void;

  constructor(clientId: number, send: (bytes: Uint8Array) => void) {
    this.#clientId = clientId;
    this.#send = send;
    this.#splitter = new FrameSplitter({
      onFrame: (payload) => {
        this.#take(payload);
      },
    });
  }

  /** Whether the gateway said everything that a ready one says. */
  get ready(): boolean {
    return this.#inUse || (this.#accounts !== undefined && this.#accounts.length > 0 && this.#hasOrderId);
  }

  result(failed: Exclude<ProbeFinding, 'ready'>): ProbeResult {
    if (this.ready) return { finding: 'ready', accounts: this.#accounts, serverVersion: this.#serverVersion };
    // It speaks, and does not say what a gateway with a login says.
    return { finding: this.#serverVersion === undefined ? failed : 'notReady', serverVersion: this.#serverVersion };
  }

  push(bytes: Uint8Array): void {
    this.#splitter.push(bytes);
  }

  #take(payload: Uint8Array): void {
    if (this.#codec === undefined) {
      const hello = decodeServerHello(payload);
      if (!hello.ok) return;
      this.#serverVersion = hello.serverVersion;
      this.#codec = createTextCodec({ serverVersion: Math.min(MAX_SERVER_VERSION, Math.max(MIN_SERVER_VERSION, hello.serverVersion)) });
      this.#send(this.#codec.encodeClient({ type: 'startApi', clientId: this.#clientId }));
      return;
    }
    const decoded = this.#codec.decodeServer(payload);
    if (decoded.ok) this.#hear(decoded.message);
  }

  #hear(message: ServerMessage): void {
    if (message.type === 'nextValidId') this.#hasOrderId = true;
    else if (message.type === 'managedAccounts') this.#accounts = message.accountsList.split(',').map((account) => account.trim()).filter((account) => account !== '');
    else if (message.type === 'errMsg' && message.code === ID_IN_USE) this.#inUse = true;
  }
}

/**
 * Asks a port for a full API handshake: server version, accounts, next order id. That a port accepts a connection proves nothing: relays and gateways that are
 * at their login do so, too. Never throws.
 */
export function probeApi({ host, port, clientId, timeoutMs, clock }: ApiProbeOptions): Promise<ProbeResult> {
  return new Promise((resolve) => {
    let connected = false;
    const socket: Socket = connect({ host, port, noDelay: true });
    const handshake = new Handshake(clientId, (bytes) => socket.write(bytes));
    const finish = (): void => {
      timer.cancel();
      socket.destroy();
      resolve(handshake.result(connected ? 'mute' : 'refused'));
    };
    const timer = clock.setTimer(timeoutMs, finish);
    socket.on('connect', () => {
      connected = true;
      socket.write(encodeClientHello({ minVersion: MIN_SERVER_VERSION, maxVersion: MAX_SERVER_VERSION }));
    });
    socket.on('data', (bytes) => {
      try {
        handshake.push(bytes);
      } catch {
        // Whatever speaks there is no gateway.
        finish();
        return;
      }
      if (handshake.ready) finish();
    });
    socket.on('error', () => undefined);
    socket.on('close', finish);
  });
}
