import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { ClientHelloReader, FrameSplitter, createTextCodec, encodeServerHello } from '@ibkit/wire';
import type { ClientMessage, ServerMessage } from '@ibkit/wire';

const codec = createTextCodec({ serverVersion: 193 });

/** A gateway that is polite until a client is ready, and then sends whatever it is told to. */
export class HostileGateway {
  readonly #server: Server;
  #socket: Socket | undefined;
  /** The market data requests of the present session, newest last. */
  #streams: number[] = [];
  #onStream: (() => void) | undefined;
  sessions = 0;
  /** Requests that could not be read. */
  readonly complaints: string[] = [];

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => {
      this.#serve(socket);
    });
  }

  static async start(): Promise<HostileGateway> {
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new HostileGateway(server);
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the gateway is not listening');
    return address.port;
  }

  /** The request ids of the streams of the present session. */
  get streams(): readonly number[] {
    return this.#streams;
  }

  /** Resolves when the present session has at least so many streams. */
  async streamed(count: number): Promise<void> {
    while (this.#streams.length < count) {
      await new Promise<void>((resolve) => {
        this.#onStream = resolve;
      });
    }
  }

  send(...frames: readonly Uint8Array[]): void {
    if (this.#socket?.writable === true) this.#socket.write(Buffer.concat(frames));
  }

  say(message: ServerMessage): void {
    this.send(codec.encodeServer(message));
  }

  /** Closes the present session behind what was sent. */
  hangUp(): void {
    this.#socket?.end();
  }

  async close(): Promise<void> {
    this.#socket?.destroy();
    await new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }

  #serve(socket: Socket): void {
    const hello = new ClientHelloReader();
    let greeted = false;
    const splitter = new FrameSplitter({
      onFrame: (payload) => {
        const decoded = codec.decodeClient(payload);
        if (decoded.ok) this.#answer(socket, decoded.message);
        else this.complaints.push(`unreadable ${decoded.failure.type ?? 'request'}: ${decoded.failure.reason}`);
      },
    });
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      if (greeted) {
        splitter.push(chunk);
        return;
      }
      const result = hello.push(chunk);
      if (result.status !== 'complete') return;
      greeted = true;
      socket.write(encodeServerHello({ serverVersion: 193, connectionTime: '20260302 14:30:00 UTC' }));
      splitter.push(result.rest);
    });
  }

  #answer(socket: Socket, message: ClientMessage): void {
    if (message.type === 'startApi') {
      this.#socket = socket;
      this.#streams = [];
      this.sessions += 1;
      this.say({ type: 'managedAccounts', accountsList: 'DU1000001' });
      this.say({ type: 'nextValidId', orderId: 1 });
    } else if (socket !== this.#socket) {
      return;
    } else if (message.type === 'reqMktData') {
      this.#streams.push(message.reqId);
      this.#onStream?.();
    } else if (message.type === 'cancelMktData') {
      this.#streams = this.#streams.filter((id) => id !== message.reqId);
    } else if (message.type === 'reqCurrentTime') {
      this.say({ type: 'currentTime', time: 1_772_461_800 });
    }
  }
}
