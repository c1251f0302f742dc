import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { applyTopicDelta, serverMessageSchema } from '@ibkit/api-contract';
import type { ServerStreamMessage, TopicKindName } from '@ibkit/api-contract';
import { decode, encode } from '@msgpack/msgpack';
import type { StreamClient } from '../stream-client.js';
import type { StreamEncoding } from '../stream-encoding.js';
import type { StreamHub } from '../stream-hub.js';
import type { StreamCaller, StreamSocket } from '../stream-ports.js';

/** Somebody who may read everything. */
export const READER: StreamCaller = { tokenId: 't1', scope: 'read', accounts: undefined, quota: {} };

/** What a client made of the messages about one subscription. */
export interface Followed {
  state: unknown;
  seq: number;
  at: string | undefined;
  kinds: string[];
  deltas: unknown[];
}

function frames(bytes: Buffer): { readonly opcode: number; readonly payload: Buffer }[] {
  const found: { readonly opcode: number; readonly payload: Buffer }[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const opcode = bytes.readUInt8(offset) & 0x0f;
    let length = bytes.readUInt8(offset + 1);
    offset += 2;
    if (length === 126) {
      length = bytes.readUInt16BE(offset);
      offset += 2;
    } else if (length === 127) {
      length = Number(bytes.readBigUInt64BE(offset));
      offset += 8;
    }
    found.push({ opcode, payload: bytes.subarray(offset, offset + length) });
    offset += length;
  }
  return found;
}

/** The far end of a connection, without a network: takes everything unless it is told to stop. */
export class FakeClient implements StreamSocket {
  readonly messages: ServerStreamMessage[] = [];
  readonly followed = new Map<number, Followed>();
  readonly #kinds = new Map<number, TopicKindName>();
  readonly #encoding: StreamEncoding;
  client: StreamClient | undefined;
  takes = true;
  pings = 0;
  closedWith: { readonly code: number; readonly reason: string } | undefined;
  terminated = false;
  #held: Buffer[] = [];
  #heldBytes = 0;
  mostHeldBytes = 0;

  constructor(encoding: StreamEncoding = 'json') {
    this.#encoding = encoding;
  }

  connect(hub: StreamHub, caller?: StreamCaller): this {
    this.client = hub.connect({ socket: this, encoding: this.#encoding, request: new IncomingMessage(new Socket()), caller: caller ?? READER });
    return this;
  }

  /** The same, of somebody who has not said who he is. */
  knock(hub: StreamHub): this {
    this.client = hub.connect({ socket: this, encoding: this.#encoding, request: new IncomingMessage(new Socket()), caller: undefined });
    return this;
  }

  get bufferedBytes(): number {
    return this.#heldBytes;
  }

  write(bytes: Buffer): void {
    this.#held.push(Buffer.from(bytes));
    this.#heldBytes += bytes.length;
    this.mostHeldBytes = Math.max(this.mostHeldBytes, this.#heldBytes);
    if (this.takes) this.#take();
  }

  /** Takes what it was given. */
  drain(): void {
    while (this.#heldBytes > 0) {
      this.#take();
      this.client?.writable();
    }
  }

  ping(): void {
    this.pings += 1;
  }

  close(code: number, reason: string): void {
    this.closedWith ??= { code, reason };
  }

  terminate(): void {
    this.terminated = true;
    this.client?.closed();
  }

  say(message: unknown): void {
    if (this.#encoding === 'json') this.client?.received(Buffer.from(JSON.stringify(message)), false);
    else this.client?.received(Buffer.from(encode(message, { ignoreUndefined: true })), true);
  }

  subscribe(id: number, topic: string, kind: TopicKindName, more: object = {}): void {
    this.#kinds.set(id, kind);
    this.followed.set(id, { state: undefined, seq: 0, at: undefined, kinds: [], deltas: [] });
    this.say({ t: 'sub', id, topic, ...more });
  }

  of(id: number): Followed {
    const found = this.followed.get(id);
    if (found === undefined) throw new Error(`no subscription ${id}`);
    return found;
  }

  #take(): void {
    const bytes = Buffer.concat(this.#held);
    this.#held = [];
    this.#heldBytes = 0;
    for (const { payload } of frames(bytes)) {
      const raw: unknown = this.#encoding === 'json' ? JSON.parse(payload.toString('utf8')) : decode(payload);
      this.#read(serverMessageSchema.parse(raw));
    }
  }

  #read(message: ServerStreamMessage): void {
    this.messages.push(message);
    if (!('seq' in message)) return;
    const one = this.of(message.id);
    if (message.seq !== one.seq + 1) throw new Error(`a hole: ${message.seq} after ${one.seq}`);
    one.seq = message.seq;
    one.at = message.at;
    one.kinds.push(message.t);
    const kind = this.#kinds.get(message.id);
    if (kind === undefined) return;
    if (message.t === 'snapshot') one.state = message.data;
    else if (message.t === 'delta') {
      one.deltas.push(message.data);
      // What came over the wire was written from the contract's own types.
      if (one.state !== undefined) one.state = applyTopicDelta(kind, one.state as never, message.data as never);
    }
  }
}
