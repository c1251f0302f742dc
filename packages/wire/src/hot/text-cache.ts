/** Texts longer than this are hardly ever repeated. */
const MAX_CACHED_LENGTH = 24;
const SLOTS = 1024;

function sameText(text: string, bytes: Uint8Array, start: number, length: number): boolean {
  if (text.length !== length) return false;
  // Texts that come in a row differ at their ends: times, dates, sizes.
  for (let index = length - 1; index >= 0; index -= 1) {
    if (text.charCodeAt(index) !== bytes[start + index]) return false;
  }
  return true;
}

/** The text of bytes, read as UTF-8; bytes that are not become U+FFFD. */
export function decodeText(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');
}

/** Whether all bytes are ASCII. */
export function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if ((bytes[at] ?? 0) >= 0x80) return false;
  return true;
}

/** The text of bytes that are ASCII. */
export function decodeAscii(bytes: Uint8Array, start: number, end: number): string {
  switch (end - start) {
    // Dates and epoch seconds, the texts that do not come again: a call for each into the native decoder would cost more than the rest of a bar.
    case 8:
      return String.fromCharCode(bytes[start] ?? 0, bytes[start + 1] ?? 0, bytes[start + 2] ?? 0, bytes[start + 3] ?? 0, bytes[start + 4] ?? 0, bytes[start + 5] ?? 0, bytes[start + 6] ?? 0, bytes[start + 7] ?? 0);
    case 10:
      return String.fromCharCode(bytes[start] ?? 0, bytes[start + 1] ?? 0, bytes[start + 2] ?? 0, bytes[start + 3] ?? 0, bytes[start + 4] ?? 0, bytes[start + 5] ?? 0, bytes[start + 6] ?? 0, bytes[start + 7] ?? 0, bytes[start + 8] ?? 0, bytes[start + 9] ?? 0);
    default:
      return bytes instanceof Buffer ? bytes.toString('latin1', start, end) : decodeText(bytes, start, end);
  }
}

/**
 * Short ASCII texts by their bytes: exchanges, conditions, statuses, times to the second come again and again, and making a string
 * from bytes costs more than finding the one that was made before. Its size is fixed, and a clash only costs a new string.
 */
export class TextCache {
  readonly #texts: string[] = Array.from({ length: SLOTS }, () => '');

  /** The text of the ASCII bytes from `start` to `end`, whose sum of any kind is `hash`. */
  text(bytes: Uint8Array, start: number, end: number, hash: number): string {
    const length = end - start;
    if (length > MAX_CACHED_LENGTH) return decodeAscii(bytes, start, end);
    const slot = hash & (SLOTS - 1);
    const known = this.#texts[slot] ?? '';
    if (sameText(known, bytes, start, length)) return known;
    const text = decodeAscii(bytes, start, end);
    this.#texts[slot] = text;
    return text;
  }
}
