import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { ClientHelloReader, FrameSplitter, createTextCodec, encodeServerHello } from '@ibkit/wire';
import type { ClientMessage, ClientMessageOf, ServerMessage, TextCodec } from '@ibkit/wire';

/** What a scripted gateway does with a client that has connected. */
export type Behaviour =
  /** Handshake, readiness, and then only what the test sends. */
  | 'normal'
  /** Accepts and says nothing at all. */
  | 'mute'
  /** Answers the handshake and says nothing more. */
  | 'mute-ready'
  /** Hangs up at once. */
  | 'hang-up'
  /** Says 326 after START_API and hangs up. */
  | 'id-in-use'
  /** Hands the raw socket to the test. */
  | 'raw';

export interface ScriptedGatewayOptions {
  readonly port?: number;
  readonly behaviour?: Behaviour;
  readonly serverVersion?: number;
  /** What the gateway says that its clock shows. */
  readonly connectionTime?: string;
}

/** A queue that tests wait on. */
class Arrivals<T> {
  readonly #items: T[] = [];
  readonly #waiting: ((item: T) => void)[] = [];

  push(item: T): void {
    const waiter = this.#waiting.shift();
    if (waiter === undefined) this.#items.push(item);
    else waiter(item);
  }

  next(): Promise<T> {
    const item = this.#items.shift();
    if (item !== undefined) return Promise.resolve(item);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

/** One client of a scripted gateway. */
export class GatewayClient {
  readonly socket: Socket;
  readonly received: ClientMessage[] = [];
  readonly closed: Promise<void>;
  readonly #codec: TextCodec;
  readonly #arrivals = new Arrivals<ClientMessage>();
  readonly #behaviour: Behaviour;
  /** The API handshake has begun; a port that is only looked at hears nothing. */
  readonly #onHello: () => void;
  readonly #connectionTime: string;

  constructor(socket: Socket, behaviour: Behaviour, serverVersion: number, connectionTime: string, onHello: (client: GatewayClient) => void) {
    this.#connectionTime = connectionTime;
    this.#onHello = () => {
      onHello(this);
    };
    this.socket = socket;
    this.#behaviour = behaviour;
    this.#codec = createTextCodec({ serverVersion: Math.min(193, Math.max(157, serverVersion)) });
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        resolve();
      });
    });
    socket.on('error', () => undefined);
    socket.setNoDelay(true);
    if (behaviour === 'normal' || behaviour === 'mute-ready' || behaviour === 'id-in-use') this.#shakeHands(serverVersion);
    else {
      if (behaviour === 'hang-up') socket.end();
      // Nobody reads what comes, but the end of the link must be seen.
      if (behaviour !== 'raw') socket.resume();
      this.#onHello();
    }
  }

  /** Sends typed messages in one write. */
  send(...messages: ServerMessage[]): void {
    this.socket.write(Buffer.concat(messages.map((message) => this.#codec.encodeServer(message))));
  }

  /** Sends bytes as they are. */
  sendRaw(bytes: Uint8Array | string): void {
    this.socket.write(bytes);
  }

  /** The next message of one type; the ones before it are skipped. */
  async next<T extends ClientMessage['type']>(type: T): Promise<ClientMessageOf<T>> {
    for (;;) {
      const message = await this.#arrivals.next();
      if (isOfType(message, type)) return message;
    }
  }

  /** Hangs up politely. */
  hangUp(): void {
    this.socket.end();
  }

  /** Breaks the link. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  #shakeHands(serverVersion: number): void {
    const hello = new ClientHelloReader();
    const splitter = new FrameSplitter({
      onFrame: (payload) => {
        this.#onFrame(payload);
      },
    });
    let greeted = false;
    this.socket.on('data', (chunk) => {
      if (greeted) {
        splitter.push(chunk);
        return;
      }
      const result = hello.push(chunk);
      if (result.status !== 'complete') return;
      greeted = true;
      this.#onHello();
      this.socket.write(encodeServerHello({ serverVersion, connectionTime: this.#connectionTime }));
      splitter.push(result.rest);
    });
  }

  #onFrame(payload: Uint8Array): void {
    const decoded = this.#codec.decodeClient(payload);
    if (!decoded.ok) throw new Error(`the client sent what cannot be read: ${decoded.failure.reason}`);
    const { message } = decoded;
    this.received.push(message);
    if (message.type === 'startApi') this.#onStart();
    this.#arrivals.push(message);
  }

  #onStart(): void {
    if (this.#behaviour === 'normal') {
      this.send({ type: 'managedAccounts', accountsList: 'DU1234567,DU7654321' }, { type: 'nextValidId', orderId: 42 });
    } else if (this.#behaviour === 'id-in-use') {
      this.send({ type: 'errMsg', id: -1, code: 326, msg: 'Unable to connect as the client id is already in use.' });
      this.socket.end();
    }
  }
}

function isOfType<T extends ClientMessage['type']>(message: ClientMessage, type: T): message is ClientMessageOf<T> {
  return message.type === type;
}

/** A gateway on a real port that does exactly what a test says. */
export class ScriptedGateway {
  behaviour: Behaviour;
  readonly serverVersion: number;
  readonly #server: Server;
  readonly #clients = new Set<Socket>();
  readonly #arrivals = new Arrivals<GatewayClient>();
  accepted = 0;

  private constructor(server: Server, options: ScriptedGatewayOptions) {
    this.#server = server;
    this.behaviour = options.behaviour ?? 'normal';
    this.serverVersion = options.serverVersion ?? 193;
    server.on('connection', (socket) => {
      this.#clients.add(socket);
      socket.on('close', () => this.#clients.delete(socket));
      new GatewayClient(socket, this.behaviour, this.serverVersion, options.connectionTime ?? '20240102 09:30:00 EST', (client) => {
        this.accepted += 1;
        this.#arrivals.push(client);
      });
    });
  }

  /** Listens on 127.0.0.1; on any free port unless one is given. */
  static async start(options: ScriptedGatewayOptions = {}): Promise<ScriptedGateway> {
    const server = createServer();
    const gateway = new ScriptedGateway(server, options);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(options.port ?? 0, '127.0.0.1', resolve);
    });
    return gateway;
  }

  get port(): number {
    return portOf(this.#server.address());
  }

  /** Sockets that are open. */
  get clients(): number {
    return this.#clients.size;
  }

  /** The next client that connects. */
  next(): Promise<GatewayClient> {
    return this.#arrivals.next();
  }

  /** Breaks every link, and goes on listening. */
  breakAll(): void {
    for (const socket of this.#clients) socket.destroy();
  }

  /** Stops listening and breaks every link. */
  async close(): Promise<void> {
    this.breakAll();
    if (!this.#server.listening) return;
    await new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }
}

function portOf(address: string | AddressInfo | null): number {
  if (address === null || typeof address === 'string') throw new Error('the gateway is not listening');
  return address.port;
}

/** A port on which nothing listens. */
export async function closedPort(): Promise<number> {
  const gateway = await ScriptedGateway.start();
  const { port } = gateway;
  await gateway.close();
  return port;
}
