import { crc32 } from './crc32.js';
import { RECORD_HEAD } from './record.js';

/** Puts records one behind the other into a buffer that grows. */
export class ByteWriter {
  #bytes: Buffer;
  #view: DataView;
  #at = 0;
  #start = 0;
  readonly #salt: number;

  constructor(capacity: number, salt: number) {
    this.#bytes = Buffer.allocUnsafeSlow(capacity);
    this.#view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, capacity);
    this.#salt = salt;
  }

  /** Bytes so far. */
  get length(): number {
    return this.#at;
  }

  /** The records so far; the writer must not be used any more. */
  finish(): Buffer {
    const bytes = this.#bytes.subarray(0, this.#at);
    // Small batches wait long when the disk refuses: they must not hold on to room that nobody counts.
    return this.#at < this.#bytes.length / 2 ? Buffer.from(bytes) : bytes;
  }

  /** Begins a record with room for `payload` bytes at least. */
  begin(kind: number, payload: number): void {
    this.#reserve(RECORD_HEAD + payload);
    this.#start = this.#at;
    this.#at += RECORD_HEAD;
    this.#view.setUint8(this.#start + 8, kind);
  }

  /** Ends the record: writes length and check. */
  end(): void {
    this.#view.setUint32(this.#start, this.#at - this.#start - RECORD_HEAD, true);
    this.#view.setUint32(this.#start + 4, crc32(this.#bytes, this.#start + 8, this.#at, this.#salt), true);
  }

  u8(value: number): void {
    this.#view.setUint8(this.#at, value);
    this.#at += 1;
  }

  u16(value: number): void {
    this.#view.setUint16(this.#at, value, true);
    this.#at += 2;
  }

  u32(value: number): void {
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
  }

  /** A number; absent is NaN. */
  f64(value: number | undefined): void {
    this.#view.setFloat64(this.#at, value ?? Number.NaN, true);
    this.#at += 8;
  }

  /** A text of its own, with its length. */
  long(text: string): void {
    const bytes = Buffer.byteLength(text);
    this.#reserve(4 + bytes);
    this.u32(bytes);
    this.#at += this.#bytes.write(text, this.#at);
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  #reserve(room: number): void {
    if (this.#at + room <= this.#bytes.length) return;
    const bytes = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#at + room));
    this.#bytes.copy(bytes, 0, 0, this.#at);
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }
}
