/** Reads the payload of one record; reading beyond its end is damage that its check did not find, or a record of another layout. */
export class ByteReader {
  #bytes: Buffer = Buffer.alloc(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  #at = 0;
  #end = 0;

  /** Takes other bytes to read from. */
  load(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Goes to a part of the bytes. */
  seek(from: number, to: number): void {
    this.#at = from;
    this.#end = to;
  }

  /** Whether everything up to the end of the part was read. */
  get done(): boolean {
    return this.#at === this.#end;
  }

  /** A number of 32 bits anywhere in the bytes. */
  peekU32(at: number): number {
    return this.#view.getUint32(at, true);
  }

  /** The number at the beginning of the part, without moving: when a row was received. */
  peekF64(): number {
    return this.#view.getFloat64(this.#at, true);
  }

  u8(): number {
    const value = this.#view.getUint8(this.#at);
    this.#at += 1;
    return value;
  }

  u16(): number {
    const value = this.#view.getUint16(this.#at, true);
    this.#at += 2;
    return value;
  }

  u32(): number {
    const value = this.#view.getUint32(this.#at, true);
    this.#at += 4;
    return value;
  }

  f64(): number {
    const value = this.#view.getFloat64(this.#at, true);
    this.#at += 8;
    return value;
  }

  /** A number that may be absent. */
  optional(): number | undefined {
    const value = this.f64();
    return Number.isNaN(value) ? undefined : value;
  }

  long(): string {
    const bytes = this.u32();
    if (this.#at + bytes > this.#end) throw new RangeError('a text is longer than its record');
    const text = this.#bytes.toString('utf8', this.#at, this.#at + bytes);
    this.#at += bytes;
    return text;
  }

  /** A copy of the rest. */
  rest(): Uint8Array {
    const bytes = new Uint8Array(this.#end - this.#at);
    bytes.set(this.#bytes.subarray(this.#at, this.#end));
    this.#at = this.#end;
    return bytes;
  }
}
