import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { reset } from './reset.js';

/** Where a connection is cut: nothing of the message leaves, a part of it, all of it, or all of it and the answer begins to come. */
export const CUT_POINTS = ['before', 'inside', 'behind', 'answered'] as const;
export type CutPoint = (typeof CUT_POINTS)[number];

/** One cut. */
export interface Cut {
  readonly message: 'placeOrder' | 'cancelOrder';
  readonly point: CutPoint;
  /** How the client's side ends. */
  readonly how: 'fin' | 'rst';
  /** For `inside`: which part of the frame leaves, above 0 and below 1; at least a byte, never all. */
  readonly part: number;
  /** Called in the tick of the cut, before the client can know of it. */
  readonly onCut?: (() => void) | undefined;
}

/** TWS API: message ids on the wire. */
const MESSAGE_IDS: Readonly<Record<Cut['message'], string>> = { placeOrder: '3', cancelOrder: '4' };
const PREFIX = Buffer.from('API\0');
const HEADER_BYTES = 4;

/** One client and what it talks to. */
interface Pair {
  readonly client: Socket;
  readonly upstream: Socket;
  /** Bytes of the client that make no whole frame yet. */
  pending: Buffer;
  greeted: boolean;
  over: boolean;
  /** The cut that waits for the first byte of an answer. */
  waiting: Cut | undefined;
}

/** Stands between a client and the server, passes frame by frame on, and cuts the connection in the middle of a message when it is told. */
export class CuttingProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #target: () => number;
  readonly #pairs = new Set<Pair>();
  #cuts: Cut[] = [];
  #cutsDone = 0;

  private constructor(target: () => number) {
    this.#target = target;
    this.#server = createServer({ noDelay: true }, (client) => {
      this.#serve(client);
    });
  }

  /** @param target the port on 127.0.0.1 to talk to, asked for every connection anew */
  static async start(target: () => number): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    return address !== null && typeof address === 'object' ? address.port : 0;
  }

  /** How many cuts have happened. */
  get cutsDone(): number {
    return this.#cutsDone;
  }

  /** Cuts the connection of whoever sends such a message next. Cuts happen in the order in which they were armed, one per message. */
  arm(cut: Cut): void {
    this.#cuts.push(cut);
  }

  /** Forgets the cuts that have not happened. */
  disarm(): void {
    this.#cuts = [];
    for (const pair of this.#pairs) pair.waiting = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const pair of this.#pairs) {
      pair.client.destroy();
      pair.upstream.destroy();
    }
    await closed;
  }

  #serve(client: Socket): void {
    const upstream = connect({ host: '127.0.0.1', port: this.#target(), noDelay: true });
    const pair: Pair = { client, upstream, pending: Buffer.alloc(0), greeted: false, over: false, waiting: undefined };
    this.#pairs.add(pair);
    client.on('error', () => undefined);
    upstream.on('error', () => {
      // Nothing listens there, or it was reset: the client is to feel the same.
      reset(client);
    });
    client.on('data', (chunk: Buffer) => {
      if (!pair.over) this.#pass(pair, chunk);
    });
    upstream.on('data', (chunk: Buffer) => {
      if (pair.over) return;
      if (pair.waiting === undefined) client.write(chunk);
      else this.#cut(pair, pair.waiting);
    });
    client.on('end', () => upstream.end());
    upstream.on('end', () => client.end());
    client.on('close', () => {
      // What was passed on arrives: a client that dies does not take back what it had sent.
      upstream.destroySoon();
      this.#pairs.delete(pair);
    });
    upstream.on('close', () => {
      client.destroySoon();
    });
  }

  #pass(pair: Pair, chunk: Buffer): void {
    pair.pending = pair.pending.length === 0 ? chunk : Buffer.concat([pair.pending, chunk]);
    if (!pair.greeted) {
      if (pair.pending.length < PREFIX.length) return;
      pair.greeted = true;
      pair.upstream.write(PREFIX);
      pair.pending = pair.pending.subarray(PREFIX.length);
    }
    while (pair.pending.length >= HEADER_BYTES) {
      const length = HEADER_BYTES + pair.pending.readUInt32BE(0);
      if (pair.pending.length < length) return;
      const frame = pair.pending.subarray(0, length);
      pair.pending = pair.pending.subarray(length);
      const cut = this.#cutFor(frame);
      if (cut === undefined) pair.upstream.write(frame);
      else {
        this.#spoil(pair, cut, frame);
        if (pair.over) return;
      }
    }
  }

  #cutFor(frame: Buffer): Cut | undefined {
    const id = frame.subarray(HEADER_BYTES, frame.indexOf(0, HEADER_BYTES)).toString('latin1');
    const index = this.#cuts.findIndex(({ message }) => MESSAGE_IDS[message] === id);
    return index < 0 ? undefined : this.#cuts.splice(index, 1)[0];
  }

  #spoil(pair: Pair, cut: Cut, frame: Buffer): void {
    if (cut.point === 'inside') pair.upstream.write(frame.subarray(0, Math.min(frame.length - 1, Math.max(1, Math.floor(frame.length * cut.part)))));
    if (cut.point === 'behind' || cut.point === 'answered') pair.upstream.write(frame);
    if (cut.point === 'answered') pair.waiting = cut;
    else this.#cut(pair, cut);
  }

  #cut(pair: Pair, cut: Cut): void {
    pair.over = true;
    pair.waiting = undefined;
    this.#cutsDone += 1;
    cut.onCut?.();
    pair.upstream.end();
    if (cut.how === 'rst') reset(pair.client);
    else pair.client.end();
  }
}
