import { UsageError } from '@ibkit/error-codes';

const COMMA = 0x2c;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const ZERO = 0x30;
const NINE = 0x39;
const SHOWN_CHARACTERS = 40;

/** Whether a line is over behind a byte: `\n`, `\r` and `\r\n` end one each. */
function endsLine(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === NEWLINE || (bytes[at] === RETURN && bytes[at + 1] !== NEWLINE);
}

/** How many lines there are at most, as {@link RowReader} tells them apart. */
export function countLines(bytes: Uint8Array): number {
  let lines = 1;
  for (let at = 0; at < bytes.length; at += 1) if (endsLine(bytes, at)) lines += 1;
  return lines;
}

/** Reads rows of comma separated fields straight from bytes, without making strings. Every fault names file, line, column and rule. */
export class RowReader {
  readonly #bytes: Uint8Array;
  readonly #fileName: string;
  #position = 0;
  #line = 0;
  #column = 0;

  /** @param fileName as it shall appear in errors */
  constructor(bytes: Uint8Array, fileName: string) {
    this.#bytes = bytes;
    this.#fileName = fileName;
  }

  /** Goes to the next row; false at the end of the file. Empty lines are no rows. */
  nextRow(): boolean {
    if (this.#line > 0 && this.#position < this.#bytes.length && !this.#isLineEnd(this.#position)) {
      this.#column += 1;
      this.fail('one too many', 'must not be there: the row has too many columns', this.#position + 1);
    }
    if (this.#line === 0) this.#line = 1;
    while (this.#isLineEnd(this.#position)) {
      if (endsLine(this.#bytes, this.#position)) this.#line += 1;
      this.#position += 1;
    }
    this.#column = 0;
    return this.#position < this.#bytes.length;
  }

  /** A whole number from `least` to `most`. */
  whole(name: string, least: number, most: number): number {
    const value = this.optionalWhole(name, least, most);
    if (Number.isNaN(value)) this.fail(name, `must be a whole number from ${least} to ${most}`, this.#position);
    return value;
  }

  /** As {@link whole}, and NaN for an empty field. */
  optionalWhole(name: string, least: number, most: number): number {
    this.#beginField(name);
    const start = this.#position;
    let value = 0;
    let byte = this.#bytes[this.#position];
    while (byte !== undefined && byte >= ZERO && byte <= NINE) {
      value = value * 10 + (byte - ZERO);
      this.#position += 1;
      byte = this.#bytes[this.#position];
    }
    const isEmpty = this.#position === start;
    if (!this.#isFieldEnd(this.#position) || (!isEmpty && (value < least || value > most))) {
      this.fail(name, `must be a whole number from ${least} to ${most}`, start);
    }
    return isEmpty ? Number.NaN : value;
  }

  /** One character out of a set; gives what `lookUp` makes of its code. */
  letter(name: string, rule: string, lookUp: (characterCode: number) => number | undefined): number {
    this.#beginField(name);
    const start = this.#position;
    const byte = this.#bytes[start];
    const value = byte === undefined || this.#isFieldEnd(start) || !this.#isFieldEnd(start + 1) ? undefined : lookUp(byte);
    if (value === undefined) this.fail(name, rule, start);
    this.#position = start + 1;
    return value;
  }

  /** Up to eight hexadecimal digits as an unsigned number; 0 for an empty field. */
  hex(name: string): number {
    this.#beginField(name);
    const start = this.#position;
    let value = 0;
    while (!this.#isFieldEnd(this.#position)) {
      const digit = Number.parseInt(String.fromCharCode(this.#bytes[this.#position] ?? 0), 16);
      if (Number.isNaN(digit) || this.#position - start >= 8) this.fail(name, 'must be at most eight hexadecimal digits', start);
      value = value * 16 + digit;
      this.#position += 1;
    }
    return value;
  }

  /** @throws UsageError always; `at` is where the offending field starts. */
  fail(name: string, rule: string, at = this.#position): never {
    let end = at;
    while (end < at + SHOWN_CHARACTERS && !this.#isFieldEnd(end)) end += 1;
    throw new UsageError({
      field: `${this.#fileName}: line ${this.#line}, column ${this.#column} (${name})`,
      value: String.fromCharCode(...this.#bytes.subarray(at, end)),
      rule,
    });
  }

  /** Steps over the comma before every field but a row's first. */
  #beginField(name: string): void {
    this.#column += 1;
    if (this.#column === 1) return;
    if (this.#bytes[this.#position] !== COMMA) this.fail(name, 'must be there: the row has too few columns');
    this.#position += 1;
  }

  #isLineEnd(at: number): boolean {
    const byte = this.#bytes[at];
    return byte === NEWLINE || byte === RETURN;
  }

  #isFieldEnd(at: number): boolean {
    return at >= this.#bytes.length || this.#bytes[at] === COMMA || this.#isLineEnd(at);
  }
}
