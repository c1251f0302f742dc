/**
 * Turns what a file, a variable or a flag holds into the kind of value that a key has.
 * What cannot be read is passed on as it is, so that the schema refuses it and the problem shows the value as it was written.
 */
export type Reader = (raw: unknown) => unknown;

const WHOLE = /^[+-]?\d{1,16}$/u;
const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?$/iu;
const DURATION = /^((?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,3})?)\s*(ms|s|m|h|d)?$/iu;
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const YES: ReadonlySet<string> = new Set(['true', 'yes', 'on', '1']);
const NO: ReadonlySet<string> = new Set(['false', 'no', 'off', '0']);

/** A text, trimmed; numbers and booleans as they are written. */
export const readText: Reader = (raw) => {
  if (typeof raw === 'string') return raw.trim();
  return typeof raw === 'number' || typeof raw === 'boolean' ? String(raw) : raw;
};

/** A whole number. */
export const readWhole: Reader = (raw) => (typeof raw === 'string' && WHOLE.test(raw.trim()) ? Number(raw) : raw);

/** A number with or without decimals. */
export const readNumber: Reader = (raw) => (typeof raw === 'string' && DECIMAL.test(raw.trim()) ? Number(raw) : raw);

/** Yes or no in the usual spellings. */
export const readFlag: Reader = (raw) => {
  if (typeof raw !== 'string' && typeof raw !== 'number') return raw;
  const word = String(raw).trim().toLowerCase();
  if (YES.has(word)) return true;
  return NO.has(word) ? false : raw;
};

/** One of a few words, in any case. */
export const readWord: Reader = (raw) => (typeof raw === 'string' ? raw.trim().toLowerCase() : raw);

/** A log level; `warning` and `critical` are what other languages call `warn` and `fatal`. */
export const readLevel: Reader = (raw) => {
  const word = readWord(raw);
  if (word === 'warning') return 'warn';
  return word === 'critical' ? 'fatal' : word;
};

/** A duration in milliseconds: `500ms`, `30s`, `2m`, `1h`, `7d`; a bare number is seconds. */
export const readDuration: Reader = (raw) => {
  if (typeof raw === 'number') return raw * 1000;
  const match = typeof raw === 'string' ? DURATION.exec(raw.trim()) : null;
  const unitMs = UNIT_MS[(match?.[2] ?? 's').toLowerCase()];
  return match === null || unitMs === undefined ? raw : Number(match[1]) * unitMs;
};

/** A list: an array, or texts between commas. */
export const readList: Reader = (raw) => {
  if (Array.isArray(raw)) return raw.map(readText);
  const text = readText(raw);
  return typeof text === 'string'
    ? text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '')
    : raw;
};
