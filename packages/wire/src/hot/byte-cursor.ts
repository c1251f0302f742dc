import { POWERS_OF_TEN, longDecimal } from './long-decimal.js';
import { TextCache, decodeText } from './text-cache.js';

// Bytes and limits stand as literals in the scanners below: 0x30 to 0x39 are the digits, 0x2d is the minus, 0x2e the point. The bundled
// package turns constants of a module into variables, which would be loaded again for every byte.

const EMPTY = new Uint8Array(0);

/** Digits that {@link longDecimal} takes in its two parts. */
const UPPER_DIGITS = 10;
const LOWER_DIGITS = 9;

const DECIMAL = /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * Reads the NUL-terminated fields of one payload from its bytes, without cutting it into texts first.
 *
 * It knows the plain spellings only. At anything else, or at the end of the payload, it stops being {@link ByteCursor.done | done}: what
 * its methods answered is then worth nothing, and the generic decoder decides. The last byte of the payload must be NUL, so that no scan
 * leaves the payload; a field that would begin behind its end moves the cursor past it, which `done` notices.
 */
export class ByteCursor {
  readonly #cache = new TextCache();
  #bytes: Uint8Array = EMPTY;
  #at = 0;
  #end = 0;
  #plain = true;

  /** Puts the cursor on the first field to read. */
  open(bytes: Uint8Array, at: number, end: number): void {
    this.#bytes = bytes;
    this.#at = at;
    this.#end = end;
    this.#plain = true;
  }

  /** Whether everything so far was plain. */
  isPlain(): boolean {
    return this.#plain;
  }

  /** A copy of the payload's bytes from here on. */
  rest(): Uint8Array {
    // Not `slice`, which makes a copy of an array but only a view of a Buffer.
    return Buffer.from(this.#bytes.subarray(this.#at, this.#end));
  }

  /** Bytes that are left. */
  get remaining(): number {
    return this.#end - this.#at;
  }

  /** Whether everything was plain and the payload ends here, to the byte. */
  done(): boolean {
    return this.#plain && this.#at === this.#end;
  }

  /** Gives the payload up: it is a matter for the generic decoder. */
  giveUp(): void {
    this.#plain = false;
  }

  /** Passes over a field whose text means nothing. */
  skip(): void {
    const bytes = this.#bytes;
    let at = this.#at;
    // Version numbers, nearly all of them one digit.
    if (bytes[at] !== 0 && bytes[at + 1] === 0) {
      this.#at = at + 2;
      return;
    }
    while ((bytes[at] ?? 0) !== 0) at += 1;
    this.#at = at + 1;
  }

  /** An integer in plain digits, at most 15 of them: as many stay exact. */
  integer(): number {
    const bytes = this.#bytes;
    let at = this.#at;
    let code = bytes[at] ?? 0;
    const negative = code === 0x2d;
    if (negative) {
      at += 1;
      code = bytes[at] ?? 0;
    }
    const first = at;
    let value = 0;
    while (code >= 0x30 && code <= 0x39) {
      value = value * 10 + (code - 0x30);
      at += 1;
      code = bytes[at] ?? 0;
    }
    const digits = at - first;
    if (code !== 0 || digits === 0 || digits > 15 || (negative && value === 0)) this.#plain = false;
    this.#at = at + 1;
    return negative ? -value : value;
  }

  /** An integer that is spelled like its value, without leading zeros. */
  canonicalInteger(): number {
    const first = this.#bytes[this.#at];
    const second = this.#bytes[this.#at + 1];
    if (first === 0x30 ? second !== 0 : first === 0x2d) this.#plain = false;
    return this.integer();
  }

  /** A number that is there. */
  number(): number {
    const value = this.#scanNumber();
    if (Number.isNaN(value)) this.#plain = false;
    return value;
  }

  /** A number, or the greatest one for "unset". */
  numberOrUnset(): number | undefined {
    const value = this.#scanNumber();
    return Number.isNaN(value) ? undefined : value;
  }

  /** A number; the greatest one and `sentinel` mean "not computed". */
  numberUnless(sentinel: number): number | undefined {
    const value = this.#scanNumber();
    return Number.isNaN(value) || value === sentinel ? undefined : value;
  }

  /** A number; nothing and the greatest one mean "unset". */
  quantity(): number | undefined {
    if (this.#bytes[this.#at] === 0) {
      this.#at += 1;
      return undefined;
    }
    const value = this.#scanNumber();
    return Number.isNaN(value) ? undefined : value;
  }

  /** 1 or 0. */
  flag(): boolean {
    const code = this.#bytes[this.#at];
    if ((code !== 0x30 && code !== 0x31) || this.#bytes[this.#at + 1] !== 0) this.#plain = false;
    this.#at += 2;
    return code === 0x31;
  }

  /** The digit of a field that has one digit. */
  digit(): number {
    const code = this.#bytes[this.#at] ?? 0;
    if (code < 0x30 || code > 0x39 || this.#bytes[this.#at + 1] !== 0) this.#plain = false;
    this.#at += 2;
    return code - 0x30;
  }

  /** The text of a field of at most 15 digits. */
  digits(): string {
    const first = this.#at;
    const value = this.integer();
    const length = this.#at - 1 - first;
    if (value < 0 || length < 1 || length > 15) this.#plain = false;
    return this.#plain ? this.#cache.text(this.#bytes, first, first + length, value % 1024) : '';
  }

  /** A text. */
  text(): string {
    const bytes = this.#bytes;
    const first = this.#at;
    let at = first;
    let hash = 0;
    let bits = 0;
    for (let code = bytes[at] ?? 0; code !== 0; code = bytes[at] ?? 0) {
      hash = (Math.imul(hash, 31) + code) | 0;
      bits |= code;
      at += 1;
    }
    this.#at = at + 1;
    if (at === first) return '';
    return bits < 0x80 ? this.#cache.text(bytes, first, at, hash) : decodeText(bytes, first, at);
  }

  /** A number like {@link ByteCursor.quantity}, NaN for "unset". */
  quantityOrNaN(): number {
    if (this.#bytes[this.#at] !== 0) return this.#scanNumber();
    this.#at += 1;
    return Number.NaN;
  }

  /** The number in the field, NaN for the greatest one. */
  #scanNumber(): number {
    const bytes = this.#bytes;
    const first = this.#at;
    let at = first;
    let code = bytes[at] ?? 0;
    const negative = code === 0x2d;
    if (negative) {
      at += 1;
      code = bytes[at] ?? 0;
    }
    const whole = at;
    let mantissa = 0;
    while (code >= 0x30 && code <= 0x39) {
      mantissa = mantissa * 10 + (code - 0x30);
      at += 1;
      code = bytes[at] ?? 0;
    }
    let digits = at - whole;
    let decimals = 0;
    if (code === 0x2e) {
      at += 1;
      const fraction = at;
      code = bytes[at] ?? 0;
      while (code >= 0x30 && code <= 0x39) {
        mantissa = mantissa * 10 + (code - 0x30);
        at += 1;
        code = bytes[at] ?? 0;
      }
      decimals = at - fraction;
      digits += decimals;
    }
    if (code !== 0 || decimals >= POWERS_OF_TEN.length) return this.#scanAnyNumber(first);
    this.#at = at + 1;
    // TWS API: 2147483647 means "unset" in some fields; the generic decoder knows in which.
    const value =
      mantissa > Number.MAX_SAFE_INTEGER ? this.#longNumber(whole, at, decimals) : decimals === 0 ? mantissa : mantissa / (POWERS_OF_TEN[decimals] ?? 1);
    if (digits === 0 || value === 2_147_483_647 || value > Number.MAX_SAFE_INTEGER || (negative && mantissa === 0)) this.#plain = false;
    return negative ? -value : value;
  }

  /** A number of plain digits, more of them than one mantissa holds. */
  #longNumber(first: number, end: number, decimals: number): number {
    const bytes = this.#bytes;
    let upper = 0;
    let lower = 0;
    let digits = 0;
    for (let at = first; at < end; at += 1) {
      const digit = (bytes[at] ?? 0) - 0x30;
      // The point is no digit, and zeros count from the first other digit on.
      if (digit < 0 || (digit === 0 && digits === 0)) continue;
      digits += 1;
      if (digits <= UPPER_DIGITS) upper = upper * 10 + digit;
      else lower = lower * 10 + digit;
    }
    const value = digits > UPPER_DIGITS + LOWER_DIGITS ? undefined : longDecimal(upper, lower, digits - UPPER_DIGITS, decimals);
    return value ?? Number(decodeText(bytes, first, end));
  }

  /** Numbers with exponents, or with digits behind the ones that a double keeps. */
  #scanAnyNumber(first: number): number {
    this.#at = first;
    this.skip();
    const text = decodeText(this.#bytes, first, this.#at - 1);
    const value = DECIMAL.test(text) ? Number(text) : Infinity;
    if (value === Number.MAX_VALUE) return Number.NaN;
    // What lies beyond, and zero with a sign, has meanings that only the generic decoder knows.
    if (value === 0 ? text.startsWith('-') : Math.abs(value) > Number.MAX_SAFE_INTEGER || value === 2_147_483_647) this.#plain = false;
    return value;
  }
}
