import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { FrameSplitter, createTextCodec, decodeServerHello, encodeClientHello } from '@ibkit/wire';
import type { ClientMessage, ServerMessage, ServerMessageOf, TextCodec } from '@ibkit/wire';

/** How a {@link WireClient} introduces itself. */
export interface WireClientOptions {
  readonly port: number;
  readonly host?: string | undefined;
  readonly clientId?: number | undefined;
  readonly minVersion?: number | undefined;
  readonly maxVersion?: number | undefined;
  readonly connectOptions?: string | undefined;
  /** Keeps every byte that comes, for {@link WireClient.bytes}. */
  readonly keepBytes?: boolean | undefined;
}

interface Waiter {
  readonly fits: (message: ServerMessage) => boolean;
  readonly resolve: (message: ServerMessage) => void;
  readonly reject: (error: Error) => void;
}

/** A client of the tests, on real sockets and the wire codec: it sends what it is told and keeps what it gets. */
export class WireClient {
  readonly #socket: Socket;
  readonly #splitter: FrameSplitter;
  readonly #waiters = new Set<Waiter>();
  #codec: TextCodec | undefined;
  #hello: { resolve: () => void; reject: (error: Error) => void } | undefined;
  #failure: Error | undefined;
  serverVersion = 0;
  /** Why the server's bytes could not be cut into frames; the client has left then. */
  framingError: string | undefined;
  bytesIn = 0;
  readonly #kept: Uint8Array[] | undefined;
  connectionTime = '';
  readonly messages: ServerMessage[] = [];
  /** Frames that could not be decoded. */
  readonly undecodable: string[] = [];
  /** Resolves with true after an error (such as RST), with false after FIN. */
  readonly closed: Promise<boolean>;

  private constructor(socket: Socket, keepBytes: boolean) {
    this.#socket = socket;
    this.#kept = keepBytes ? [] : undefined;
    this.#splitter = new FrameSplitter({
      onFrame: (payload) => {
        this.#onFrame(payload);
      },
    });
    socket.on('data', (chunk: Uint8Array) => {
      this.bytesIn += chunk.length;
      this.#kept?.push(chunk);
      try {
        this.#splitter.push(chunk);
      } catch (error) {
        this.framingError = error instanceof Error ? error.message : String(error);
        socket.destroy();
      }
    });
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.on('close', (hadError) => {
        this.#failure = new Error('the connection is closed');
        this.#hello?.reject(this.#failure);
        for (const waiter of this.#waiters) waiter.reject(this.#failure);
        this.#waiters.clear();
        resolve(hadError);
      });
    });
  }

  /** A bare TCP connection. */
  static async open(port: number, host = '127.0.0.1', keepBytes = false): Promise<WireClient> {
    const socket = connect({ port, host, noDelay: true });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new WireClient(socket, keepBytes);
  }

  /** Connects and waits for the version frame. */
  static async greet(options: WireClientOptions): Promise<WireClient> {
    const client = await WireClient.open(options.port, options.host, options.keepBytes);
    const { minVersion = 157, maxVersion = 193, connectOptions } = options;
    const greeted = new Promise<void>((resolve, reject) => {
      client.#hello = { resolve, reject };
    });
    client.sendBytes(encodeClientHello({ minVersion, maxVersion, connectOptions }));
    await greeted;
    return client;
  }

  /** Connects and waits for nextValidId. */
  static async ready(options: WireClientOptions): Promise<WireClient> {
    const client = await WireClient.greet(options);
    client.send({ type: 'startApi', clientId: options.clientId ?? 1, optionalCapabilities: '' });
    await client.first('nextValidId');
    return client;
  }

  /** Every byte that has come, when they are kept. */
  get bytes(): Buffer {
    return Buffer.concat(this.#kept ?? []);
  }

  send(message: ClientMessage): void {
    if (this.#codec === undefined) throw new Error('no version has been agreed');
    this.sendBytes(this.#codec.encodeClient(message));
  }

  sendBytes(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Sends FIN and waits until the server has closed its side, too. */
  async finish(): Promise<void> {
    this.#socket.end();
    await this.closed;
  }

  /** Stops reading: the server's output piles up. */
  pause(): void {
    this.#socket.pause();
  }

  /** Every message of one type so far. */
  all<T extends ServerMessage['type']>(type: T): readonly ServerMessageOf<T>[] {
    return this.messages.filter((message): message is ServerMessageOf<T> => message.type === type);
  }

  /** The first message of a type, past or to come, that fits. */
  async first<T extends ServerMessage['type']>(type: T, fits: (message: ServerMessageOf<T>) => boolean = () => true): Promise<ServerMessageOf<T>> {
    const isWanted = (message: ServerMessage): message is ServerMessageOf<T> => message.type === type;
    const known = this.all(type).find(fits);
    if (known !== undefined) return known;
    if (this.#failure !== undefined) throw this.#failure;
    const found = await new Promise<ServerMessage>((resolve, reject) => {
      this.#waiters.add({ fits: (message) => isWanted(message) && fits(message), resolve, reject });
    });
    if (!isWanted(found)) throw new Error(`expected ${type}`);
    return found;
  }

  /** The first error or notice with this code (and id). */
  error(code: number, id?: number): Promise<ServerMessageOf<'errMsg'>> {
    return this.first('errMsg', (message) => message.code === code && (id === undefined || message.id === id));
  }

  /** Waits until the server has answered everything sent before. */
  async barrier(): Promise<void> {
    const before = this.all('currentTime').length;
    this.send({ type: 'reqCurrentTime' });
    await this.first('currentTime', (message) => this.all('currentTime').indexOf(message) >= before);
  }

  async close(): Promise<void> {
    this.#socket.destroy();
    await this.closed;
  }

  #onFrame(payload: Uint8Array): void {
    if (this.#codec === undefined) {
      const hello = decodeServerHello(payload);
      if (!hello.ok) throw new Error(hello.reason);
      this.serverVersion = hello.serverVersion;
      this.connectionTime = hello.connectionTime;
      // A fault may announce a version that nobody speaks.
      if (hello.serverVersion >= 157 && hello.serverVersion <= 193) this.#codec = createTextCodec({ serverVersion: hello.serverVersion });
      this.#hello?.resolve();
      return;
    }
    const decoded = this.#codec.decodeServer(payload);
    if (!decoded.ok) {
      this.undecodable.push(`${decoded.failure.type ?? 'unknown'}.${decoded.failure.field ?? ''}: ${decoded.failure.reason}`);
      return;
    }
    this.messages.push(decoded.message);
    for (const waiter of [...this.#waiters]) {
      if (!waiter.fits(decoded.message)) continue;
      this.#waiters.delete(waiter);
      waiter.resolve(decoded.message);
    }
  }
}
