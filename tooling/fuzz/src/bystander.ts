import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { FrameSplitter, createTextCodec, encodeClientHello } from '@ibkit/wire';
import type { ClientMessage, ServerMessage } from '@ibkit/wire';
import { patiently } from './patience.js';

const codec = createTextCodec({ serverVersion: 193 });

interface Waiter {
  readonly fits: (message: ServerMessage) => boolean;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** A client that does nothing wrong, and notices when it is disturbed. It keeps nothing of what it gets. */
export class Bystander {
  readonly #socket: Socket;
  readonly #waiters = new Set<Waiter>();
  #greeted = false;
  #failure: Error | undefined;
  /** Messages that could not be read, or that nobody should send to it. */
  readonly complaints: string[] = [];
  received = 0;

  private constructor(socket: Socket, clientId: number) {
    this.#socket = socket;
    const splitter = new FrameSplitter({
      onFrame: (payload) => {
        if (this.#greeted) this.#take(payload);
        else this.send({ type: 'startApi', clientId });
        this.#greeted = true;
      },
    });
    socket.on('data', (chunk: Buffer) => {
      splitter.push(chunk);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#failure = new Error('the well-behaved client lost its connection');
      for (const { reject } of this.#waiters) reject(this.#failure);
      this.#waiters.clear();
    });
  }

  static async open(port: number, clientId: number): Promise<Bystander> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const client = new Bystander(socket, clientId);
    const ready = client.next('nextValidId', (message) => message.type === 'nextValidId');
    socket.write(encodeClientHello({ minVersion: 157, maxVersion: 193 }));
    await ready;
    return client;
  }

  send(message: ClientMessage): void {
    this.#socket.write(codec.encodeClient(message));
  }

  /** The next message that fits. */
  async next(what: string, fits: (message: ServerMessage) => boolean): Promise<void> {
    await patiently(
      `${what} for the well-behaved client`,
      new Promise<void>((resolve, reject) => {
        if (this.#failure === undefined) this.#waiters.add({ fits, resolve, reject });
        else reject(this.#failure);
      }),
    );
  }

  close(): void {
    this.#waiters.clear();
    this.#socket.destroy();
  }

  #take(payload: Uint8Array): void {
    this.received += 1;
    const decoded = codec.decodeServer(payload);
    if (!decoded.ok) {
      this.complaints.push(`unreadable ${decoded.failure.type ?? 'message'}: ${decoded.failure.reason}`);
      return;
    }
    for (const waiter of [...this.#waiters]) {
      if (!waiter.fits(decoded.message)) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }
}
