import { ConnectionError, UsageError } from '@ibkit/error-codes';

/** The longest payload of a frame, 16,777,215 bytes. TWS API: every client and TWS itself disconnect beyond it. */
export const MAX_FRAME_LENGTH = 0xff_ff_ff;

const LENGTH_BYTES = 4;
const NUL = '\0';

/** A peer announced a frame that cannot be: the byte stream has no trustworthy position any more and the session must end. */
export class FramingError extends ConnectionError {
  static {
    Object.defineProperty(this.prototype, 'name', { value: 'FramingError', writable: true, configurable: true });
  }

  constructor(announced: number, maxLength: number) {
    super({
      code: 'IBKR_WIRE_FRAMING',
      message: `The peer announced a frame of ${announced} bytes, more than the limit of ${maxLength}. Close the connection: what follows cannot be read.`,
      retryable: true,
      details: { announced, maxLength },
    });
  }
}

/** What a {@link FrameSplitter} needs: how long frames may be, and who takes them, in one of two forms. */
export type FrameSplitterOptions = {
  /** The longest payload that is accepted, in bytes, 0 to 0xFFFFFF. @defaultValue 0xFFFFFF */
  readonly maxLength?: number | undefined;
} & (
  | {
      /** Takes each payload, without its length. The bytes are not copied: they stay valid as long as the chunk that held them is not overwritten. */
      readonly onFrame: (payload: Uint8Array) => void;
      readonly onSpan?: undefined;
    }
  | {
      /**
       * Takes each payload by its place: `bytes` from `start` to `end`, mostly inside the chunk itself. For fast paths: not even a view is
       * made. What lies outside of the place belongs to others.
       */
      readonly onSpan: (bytes: Uint8Array, start: number, end: number) => void;
      readonly onFrame?: undefined;
    }
);

/**
 * Cuts a byte stream into frames: a 4-byte big-endian unsigned length and a payload.
 *
 * Work and memory are linear in the bytes received, however they are cut into chunks. Empty frames are delivered as empty payloads.
 */
export class FrameSplitter {
  readonly #maxLength: number;
  readonly #onSpan: (bytes: Uint8Array, start: number, end: number) => void;
  /** Bytes of the length seen so far, when a chunk ended inside it. */
  #lengthBytes = 0;
  #length = 0;
  /** The payload that is being collected over several chunks. */
  #parts: Uint8Array[] = [];
  /** A payload that has just been put together. */
  #spanning: Uint8Array | undefined;
  #collected = 0;
  #pending: Uint8Array[] = [];
  #busy = false;
  #failure: FramingError | undefined;

  /** @throws UsageError when `maxLength` is not an integer from 0 to 0xFFFFFF. */
  constructor(options: FrameSplitterOptions) {
    const maxLength = options.maxLength ?? MAX_FRAME_LENGTH;
    if (!Number.isInteger(maxLength) || maxLength < 0 || maxLength > MAX_FRAME_LENGTH) {
      throw new UsageError({
        code: 'IBKR_WIRE_VALUE',
        field: 'maxLength',
        value: maxLength,
        rule: `must be an integer from 0 to ${MAX_FRAME_LENGTH}`,
      });
    }
    this.#maxLength = maxLength;
    const { onFrame, onSpan } = options;
    this.#onSpan =
      onSpan ??
      ((bytes, start, end) => {
        onFrame(bytes.subarray(start, end));
      });
  }

  /** Bytes of an unfinished frame that wait for more, its length included. */
  get buffered(): number {
    let waiting = this.#lengthBytes + this.#collected;
    for (const chunk of this.#pending) waiting += chunk.length;
    return waiting;
  }

  /**
   * Takes the next bytes and hands over every frame that they complete.
   *
   * The position moves on before a frame is handed over: when the listener throws, its error comes out of `push`, and the next call
   * (an empty chunk will do) goes on with the frames behind it. Calls from within the listener are taken up after it returns.
   * @throws FramingError when a frame is longer than the limit, as a negative length is; the splitter is unusable from then on.
   */
  push(chunk: Uint8Array): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (chunk.length > 0) this.#pending.push(chunk);
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let next = this.#pending.shift(); next !== undefined; next = this.#pending.shift()) this.#take(next);
    } finally {
      this.#busy = false;
    }
  }

  #take(chunk: Uint8Array): void {
    let at = 0;
    try {
      if (this.#lengthBytes > 0) {
        at = this.#continue(chunk);
        const payload = this.#spanning;
        this.#spanning = undefined;
        if (payload !== undefined) this.#onSpan(payload, 0, payload.length);
      }
      while (at < chunk.length) {
        // Literals: this runs for every frame, and a bundle turns constants of a module into variables.
        if (chunk.length - at < 4) {
          this.#readLength(chunk, at);
          return;
        }
        const length = (chunk[at] ?? 0) * 0x1_00_00_00 + (((chunk[at + 1] ?? 0) << 16) | ((chunk[at + 2] ?? 0) << 8) | (chunk[at + 3] ?? 0));
        if (length > this.#maxLength) this.#refuse(length);
        const start = at + 4;
        const end = start + length;
        if (end > chunk.length) {
          this.#lengthBytes = LENGTH_BYTES;
          this.#length = length;
          this.#collect(chunk.subarray(start));
          return;
        }
        at = end;
        this.#onSpan(chunk, start, end);
      }
    } catch (error) {
      if (this.#failure === undefined && at < chunk.length) this.#pending.unshift(chunk.subarray(at));
      throw error;
    }
  }

  /** Goes on with the frame that an earlier chunk began; answers the position behind what it took. */
  #continue(chunk: Uint8Array): number {
    const at = this.#readLength(chunk, 0);
    if (this.#lengthBytes < LENGTH_BYTES) return chunk.length;
    const missing = this.#length - this.#collected;
    if (chunk.length - at < missing) {
      this.#collect(chunk.subarray(at));
      return chunk.length;
    }
    this.#spanning = this.#finish(chunk.subarray(at, at + missing));
    return at + missing;
  }

  #readLength(chunk: Uint8Array, from: number): number {
    let at = from;
    while (this.#lengthBytes < LENGTH_BYTES && at < chunk.length) {
      this.#length = this.#length * 256 + (chunk[at] ?? 0);
      this.#lengthBytes += 1;
      at += 1;
      if (this.#lengthBytes === LENGTH_BYTES && this.#length > this.#maxLength) this.#refuse(this.#length);
    }
    return at;
  }

  #refuse(length: number): never {
    this.#failure = new FramingError(length, this.#maxLength);
    this.#pending = [];
    this.#parts = [];
    throw this.#failure;
  }

  #collect(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#parts.push(bytes);
    this.#collected += bytes.length;
  }

  #finish(last: Uint8Array): Uint8Array {
    let payload = last;
    if (this.#parts.length > 0) {
      // A Buffer like the chunks of a socket: readers that always see one kind of array are faster.
      payload = Buffer.allocUnsafeSlow(this.#length);
      let at = 0;
      for (const part of this.#parts) {
        payload.set(part, at);
        at += part.length;
      }
      payload.set(last, at);
      this.#parts = [];
    }
    this.#lengthBytes = 0;
    this.#length = 0;
    this.#collected = 0;
    return payload;
  }
}

/**
 * Puts the length in front of a payload.
 * @throws UsageError when the payload is longer than 0xFFFFFF bytes.
 */
export function encodeFrame(payload: Uint8Array): Uint8Array {
  const frame = allocateFrame(payload.length);
  frame.set(payload, LENGTH_BYTES);
  return frame;
}

/** A frame around a payload that is a text, encoded once. */
export function encodeTextFrame(text: string): Uint8Array {
  const frame = allocateFrame(Buffer.byteLength(text));
  frame.write(text, LENGTH_BYTES);
  return frame;
}

function allocateFrame(length: number): Buffer {
  if (length > MAX_FRAME_LENGTH) {
    throw new UsageError({
      code: 'IBKR_WIRE_VALUE',
      field: 'payload length',
      value: length,
      rule: `must be at most ${MAX_FRAME_LENGTH} bytes`,
    });
  }
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + length);
  frame.writeUInt32BE(length, 0);
  return frame;
}

/** The payload of a text message: every field in UTF-8, with a NUL behind each. */
export function encodeFields(fields: readonly string[]): Uint8Array {
  return Buffer.from(fields.length === 0 ? '' : fields.join(NUL) + NUL);
}

/** The fields of a text payload. A last field without its NUL is kept as it is. */
export function splitFields(payload: Uint8Array): string[] {
  if (payload.length === 0) return [];
  const fields = textOf(payload).split(NUL);
  if (payload[payload.length - 1] === 0) fields.pop();
  return fields;
}

/** The text of a payload, read as UTF-8; bytes that are not become U+FFFD. */
export function textOf(payload: Uint8Array): string {
  return Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString('utf8');
}
