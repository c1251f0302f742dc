import type { Socket } from 'node:net';

const CHUNK_BYTES = 16_384;
/** Chunks that are kept for later; more are needed only while very many clients are spoken to at once. */
const CHUNKS_KEPT = 64;
/** Frames of this many bytes are not copied into a chunk. */
const LONG_FRAME = CHUNK_BYTES / 4;

/** Memory for what is about to be written, shared by the connections of a server. */
export class ChunkPool {
  readonly #free: Uint8Array[] = [];

  take(): Uint8Array {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(CHUNK_BYTES);
  }

  /** Takes a chunk back that nobody reads any more. */
  give(chunk: Uint8Array): void {
    if (this.#free.length < CHUNKS_KEPT) this.#free.push(chunk);
  }
}

/** Whether everything that was written is with the operating system. */
function isIdle(socket: Socket): boolean {
  return socket.writableLength === 0;
}

/** Some bytes of a chunk, or of a long frame. */
interface Part {
  readonly bytes: Uint8Array;
  readonly length: number;
  readonly isChunk: boolean;
}

/** The frames of one turn, collected in few pieces, so that a burst of ticks costs one write and no memory of its own. */
export class OutputBuffer {
  readonly #pool: ChunkPool;
  #parts: Part[] = [];
  #chunk: Uint8Array | undefined;
  #end = 0;
  #fullBytes = 0;

  constructor(pool: ChunkPool) {
    this.#pool = pool;
  }

  /** Bytes that have not been handed to the socket. */
  get size(): number {
    return this.#fullBytes + this.#end;
  }

  /** Where the next frame goes in the chunk that {@link room} gave. */
  get end(): number {
    return this.#end;
  }

  /** A chunk with at least `bytes` of room behind {@link end}; `bytes` must be less than a quarter of a chunk. */
  room(bytes: number): Uint8Array {
    if (this.#chunk !== undefined && this.#end + bytes <= CHUNK_BYTES) return this.#chunk;
    this.#closeChunk();
    this.#chunk = this.#pool.take();
    return this.#chunk;
  }

  /** A frame has been written behind {@link end}, up to this place. */
  commit(end: number): void {
    this.#end = end;
  }

  append(frame: Uint8Array): void {
    const { length } = frame;
    if (length >= LONG_FRAME) {
      this.#closeChunk();
      this.#parts.push({ bytes: frame, length, isChunk: false });
      this.#fullBytes += length;
      return;
    }
    this.room(length).set(frame, this.#end);
    this.#end += length;
  }

  /** Hands everything to the socket, in one write. */
  flush(socket: Socket): void {
    if (this.size === 0) return;
    this.#closeChunk();
    const parts = this.#parts;
    this.#parts = [];
    this.#fullBytes = 0;
    const wasIdle = isIdle(socket);
    socket.cork();
    for (const { bytes, length, isChunk } of parts) {
      // A client that does not read must not hold on to a chunk for the few bytes in it.
      if (isChunk && !wasIdle && length < LONG_FRAME) socket.write(Buffer.from(bytes.subarray(0, length)));
      else socket.write(length === bytes.length ? bytes : bytes.subarray(0, length));
    }
    socket.uncork();
    // Nothing waits in the socket: the system has taken a copy of everything.
    const isTaken = wasIdle && isIdle(socket);
    for (const { bytes, length, isChunk } of parts) if (isChunk && (isTaken || (!wasIdle && length < LONG_FRAME))) this.#pool.give(bytes);
  }

  /** Forgets what has not been handed to the socket. */
  clear(): void {
    this.#closeChunk();
    for (const { bytes, isChunk } of this.#parts) if (isChunk) this.#pool.give(bytes);
    this.#parts = [];
    this.#fullBytes = 0;
  }

  #closeChunk(): void {
    if (this.#chunk === undefined) return;
    if (this.#end > 0) this.#parts.push({ bytes: this.#chunk, length: this.#end, isChunk: true });
    else this.#pool.give(this.#chunk);
    this.#fullBytes += this.#end;
    this.#chunk = undefined;
    this.#end = 0;
  }
}
