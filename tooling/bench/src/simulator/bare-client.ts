import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { FrameSplitter, createTextCodec, encodeClientHello } from '@ibkit/wire';
import type { ClientMessage } from '@ibkit/wire';
import { symbolOf } from './symbols.js';

const codec = createTextCodec({ serverVersion: 193 });

/** Message ids of what a line or a stream sends: prices, sizes, generic values, texts, tick-by-tick data. */
const TICK_IDS: ReadonlySet<number> = new Set([1, 2, 45, 46, 99]);
const CURRENT_TIME = 49;
const NEXT_VALID_ID = 9;
const ZERO = 48;

/** Takes one payload by its place. */
export type SpanReader = (messageId: number, bytes: Uint8Array, start: number, end: number) => void;

/** A socket, the handshake and a counter of frames: as little of a client as can be. */
export class BareClient {
  readonly #socket: Socket;
  readonly #counts = new Float64Array(256);
  #markers: (() => void)[] = [];
  #isGreeted = false;
  #ready: (() => void) | undefined;
  bytes = 0;
  /** Set when the server has closed the connection, or cut it. */
  ended = false;

  private constructor(socket: Socket, clientId: number, read: SpanReader | undefined) {
    this.#socket = socket;
    const splitter = new FrameSplitter({
      onSpan: (bytes, start, end) => {
        if (!this.#isGreeted) {
          this.#isGreeted = true;
          this.send({ type: 'startApi', clientId });
          return;
        }
        let messageId = 0;
        for (let at = start; at < end && bytes[at] !== 0; at += 1) messageId = messageId * 10 + ((bytes[at] ?? ZERO) - ZERO);
        this.#counts[messageId] = (this.#counts[messageId] ?? 0) + 1;
        if (messageId === CURRENT_TIME) this.#markers.shift()?.();
        else if (messageId === NEXT_VALID_ID) this.#ready?.();
        read?.(messageId, bytes, start, end);
      },
    });
    socket.on('data', (chunk: Buffer) => {
      this.bytes += chunk.length;
      splitter.push(chunk);
    });
    socket.on('error', () => {
      this.ended = true;
    });
    socket.on('close', () => {
      this.ended = true;
    });
  }

  /** Connects and waits for nextValidId. */
  static async open(port: number, clientId: number, read?: SpanReader): Promise<BareClient> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    const client = new BareClient(socket, clientId, read);
    await new Promise<void>((resolve, reject) => {
      client.#ready = resolve;
      socket.once('error', reject);
      socket.once('close', () => {
        reject(new Error('the server closed the connection before it was ready'));
      });
      socket.write(encodeClientHello({ minVersion: 157, maxVersion: 193 }));
    });
    return client;
  }

  send(message: ClientMessage): void {
    this.#socket.write(codec.encodeClient(message));
  }

  /** Waits until the server has answered everything sent before. */
  async barrier(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#markers.push(resolve);
      this.send({ type: 'reqCurrentTime' });
    });
  }

  /** Opens one market data line for each symbol, under the request ids from 0 on. */
  async openLines(symbols: number): Promise<void> {
    for (let reqId = 0; reqId < symbols; reqId += 1) this.send({ type: 'reqMktData', reqId, contract: contractOf(reqId) });
    await this.barrier();
  }

  /** Messages that carry market data. */
  get ticks(): number {
    let sum = 0;
    for (const id of TICK_IDS) sum += this.#counts[id] ?? 0;
    return sum;
  }

  count(messageId: number): number {
    return this.#counts[messageId] ?? 0;
  }

  /** Stops reading for good. */
  pause(): void {
    this.#socket.pause();
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** Whether messages with this id carry market data. */
export function isTick(messageId: number): boolean {
  return TICK_IDS.has(messageId);
}

/** The contract of the symbol with this number. */
export function contractOf(index: number): { readonly symbol: string; readonly secType: 'STK'; readonly exchange: string; readonly currency: string } {
  return { symbol: symbolOf(index), secType: 'STK', exchange: 'SMART', currency: 'USD' };
}
