import { allowsOnly, describeText } from './character-rules.js';
import type { CharacterRule } from './character-rules.js';

/** What a scalar answers for text that it does not understand. */
export const INVALID: unique symbol = Symbol('invalid');

/** How one value is spelled in one field: the text form of a number, a flag, a string. */
export interface Scalar<V> {
  /** The rule that text and values must follow, for messages: "must be ...". */
  readonly rule: string;
  /** The value of a field's text; `undefined` when the text is one of the spellings of "unset". */
  readonly decode: (text: string) => V | undefined | typeof INVALID;
  /** The text of a value, `undefined` when the value breaks the rule. The number that means "unset" on the wire is taken for what it means. */
  readonly encode: (value: unknown) => string | undefined;
  /** The values, when they are a closed set. */
  readonly words?: readonly V[] | undefined;
}

/** TWS API: Integer.MAX_VALUE means "unset". */
export const UNSET_INT = '2147483647';
/** TWS API: Double.MAX_VALUE means "unset". */
export const UNSET_DOUBLE = '1.7976931348623157E308';
/** TWS API: Long.MAX_VALUE means "unset". */
export const UNSET_LONG = '9223372036854775807';

const INTEGER = /^[+-]?\d+(?:\.0*)?$/;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const LONG = /^-?\d{1,19}$/;

/** The words in which clients and servers spell an unset number. */
const UNSET_WORDS: ReadonlySet<string> = new Set(['', 'Infinity', 'Infinite', '-Infinity']);

/** The numbers that mean "unset": the greatest 32-bit and 64-bit integers and, in the official Python client, the greatest of 128 bits. */
const UNSET_VALUES: ReadonlySet<number> = new Set([2 ** 31 - 1, 2 ** 63, -(2 ** 63), 2 ** 127]);

/** Writes a number in plain digits: TWS does not read exponents in every field. */
export function plainNumber(value: number): string {
  const text = String(value);
  const exponentAt = text.indexOf('e');
  if (exponentAt < 0) return text;
  const exponent = Number(text.slice(exponentAt + 1));
  const mantissa = text.slice(0, exponentAt);
  const sign = mantissa.startsWith('-') ? '-' : '';
  const [whole = '0', fraction = ''] = (sign === '' ? mantissa : mantissa.slice(1)).split('.');
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${whole}${fraction}`;
  return `${sign}${whole}${fraction.padEnd(exponent, '0')}`;
}

function decodeInteger(text: string): number | typeof INVALID {
  if (!INTEGER.test(text)) return INVALID;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value + 0 : INVALID;
}

function encodeInteger(value: unknown): string | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : undefined;
}

/** An integer without a spelling for "unset" but the empty text: ids, codes, counters. */
export const integer: Scalar<number> = {
  rule: 'must be an integer',
  decode: (text) => (text === '' ? undefined : decodeInteger(text)),
  encode: encodeInteger,
};

/** An integer where 2147483647 stands for "unset", as in most order fields. */
export const unsettableInteger: Scalar<number> = {
  rule: 'must be an integer',
  decode: (text) => (text === '' || text === UNSET_INT ? undefined : decodeInteger(text)),
  encode: encodeInteger,
};

/** An integer where 0 stands for "none", such as a contract id. */
export const nonZeroInteger: Scalar<number> = {
  rule: 'must be an integer',
  decode(text) {
    if (text === '' || text === UNSET_INT) return undefined;
    const value = decodeInteger(text);
    return value === 0 ? undefined : value;
  },
  encode: encodeInteger,
};

/** A 64-bit id as decimal digits: it does not fit into a number. */
export const longId: Scalar<string> = {
  rule: 'must be a string of at most 19 decimal digits',
  decode(text) {
    if (text === '' || text === UNSET_LONG) return undefined;
    return LONG.test(text) ? text : INVALID;
  },
  encode: (value) => (typeof value === 'string' && LONG.test(value) ? value : undefined),
};

function decodeNumber(text: string): number | undefined | typeof INVALID {
  if (!NUMBER.test(text)) return UNSET_WORDS.has(text) ? undefined : INVALID;
  const value = Number(text);
  // Most numbers are small: only the others can mean "unset".
  if (value < 2_147_483_647 && value > -2_147_483_647) return value + 0;
  return Math.abs(value) >= Number.MAX_VALUE || UNSET_VALUES.has(value) ? undefined : value;
}

function encodeNumber(value: unknown): string | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  return value === Number.MAX_VALUE ? UNSET_DOUBLE : plainNumber(value);
}

/** A price, ratio or amount. */
export const number: Scalar<number> = { rule: 'must be a finite number', decode: decodeNumber, encode: encodeNumber };

/** A quantity: like a number; some servers group its digits with commas. */
export const quantity: Scalar<number> = {
  rule: 'must be a finite number',
  decode: (text) => decodeNumber(text.includes(',') ? text.replaceAll(',', '') : text),
  encode: encodeNumber,
};

/** A number where 0 stands for "none", such as a strike before server version 202. */
export const nonZeroNumber: Scalar<number> = {
  rule: 'must be a finite number',
  decode(text) {
    const value = decodeNumber(text);
    return value === 0 ? undefined : value;
  },
  encode: encodeNumber,
};

/** A number that may be infinite: "compete up to the midpoint" in PEG BEST orders. */
export const numberOrInfinity: Scalar<number> = {
  rule: 'must be a number; Infinity is allowed',
  decode: (text) => (text === 'Infinity' || text === 'Infinite' ? Infinity : decodeNumber(text)),
  encode: (value) => (value === Infinity ? 'Infinity' : encodeNumber(value)),
};

/** A number with a sentinel of its own for "not computed", as in option computations. */
export function numberUnless(sentinel: number): Scalar<number> {
  return {
    rule: 'must be a finite number',
    decode(text) {
      const value = decodeNumber(text);
      return value === sentinel ? undefined : value;
    },
    encode: encodeNumber,
  };
}

/** A flag: 1 or 0 on the wire; official clients take any other number for 1. The empty text is "unset". */
export const flag: Scalar<boolean> = {
  rule: 'must be 1 or 0',
  decode(text) {
    if (text === '1') return true;
    if (text === '0') return false;
    if (text === '' || text === UNSET_INT) return undefined;
    const word = text.toLowerCase();
    if (word === 'true') return true;
    if (word === 'false') return false;
    const value = decodeInteger(text);
    return value === INVALID ? INVALID : value !== 0;
  },
  encode: (value) => (typeof value === 'boolean' ? (value ? '1' : '0') : undefined),
};

function stringScalar(rule: CharacterRule, emptyIsUnset: boolean): Scalar<string> {
  const accept = allowsOnly(rule);
  return {
    rule: describeText(rule),
    decode: (text) => (emptyIsUnset && text === '' ? undefined : text),
    encode: (value) => (typeof value === 'string' && accept(value) ? value : undefined),
  };
}

/** One line of printable ASCII; the empty text is a value. */
export const asciiText = stringScalar('ascii', false);
/** One line of printable ASCII; the empty text is "unset". */
export const asciiOrUnset = stringScalar('ascii', true);
/** Several lines of ASCII, such as an XML document of a request. */
export const asciiDocument = stringScalar('asciiLines', false);
/** One line of any characters but control characters. */
export const lineText = stringScalar('line', false);
/** One line of any characters but control characters; the empty text is "unset". */
export const lineOrUnset = stringScalar('line', true);
/** Any text but NUL: news articles, XML documents. */
export const documentText = stringScalar('lines', false);

const NON_ASCII = /[^\x20-\x7e]/g;
const ESCAPE = /\\u([0-9a-fA-F]{4})/g;

/** Text that travels in ASCII, other characters as `\uXXXX`. TWS API: since server version 153 in error texts, reject JSON and long names. */
export const escapedText: Scalar<string> = {
  rule: describeText('lines'),
  decode: (text) => (text.includes('\\u') ? text.replace(ESCAPE, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16))) : text),
  encode(value) {
    if (typeof value !== 'string' || !allowsOnly('lines')(value)) return undefined;
    return value.replace(NON_ASCII, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
  },
};

/** Like {@link escapedText}; the empty text is "unset". */
export const escapedOrUnset: Scalar<string> = {
  ...escapedText,
  decode: (text) => (text === '' ? undefined : escapedText.decode(text)),
};

/** One of a closed set of words. */
export function word<const W extends string>(...words: readonly W[]): Scalar<W> {
  const known = new Map<string, W>(words.map((each) => [each, each]));
  return {
    rule: `must be one of ${words.join(', ')}`,
    decode: (text) => (text === '' ? undefined : (known.get(text) ?? INVALID)),
    encode: (value) => (typeof value === 'string' ? known.get(value) : undefined),
    words,
  };
}

/** One of a closed set of names that travel as codes. */
export function coded<const N extends string>(codes: Readonly<Record<N, string>>): Scalar<N> {
  const names = new Map<string, N>();
  const texts = new Map<string, string>();
  const words: N[] = [];
  for (const name in codes) {
    words.push(name);
    names.set(codes[name], name);
    texts.set(name, codes[name]);
  }
  return {
    rule: `must be one of ${words.join(', ')}`,
    decode: (text) => (text === '' ? undefined : (names.get(text) ?? INVALID)),
    encode: (value) => (typeof value === 'string' ? texts.get(value) : undefined),
    words,
  };
}

/** Whether an option is a call or a put. */
export type OptionRight = 'C' | 'P';

const RIGHTS: ReadonlyMap<string, OptionRight | undefined> = new Map([
  ['', undefined],
  ['?', undefined],
  ['0', undefined],
  ['NONE', undefined],
  ['C', 'C'],
  ['CALL', 'C'],
  ['P', 'P'],
  ['PUT', 'P'],
]);

/** The right of an option. TWS API: `?`, `0` and the empty text mean none; the words CALL and PUT are accepted too. */
export const optionRight: Scalar<OptionRight> = {
  rule: 'must be C or P',
  decode(text) {
    const upper = text.toUpperCase();
    return RIGHTS.has(upper) ? RIGHTS.get(upper) : INVALID;
  },
  encode: (value) => (value === 'C' || value === 'P' ? value : undefined),
  words: ['C', 'P'],
};

/** One option of a request in the form that TWS calls tag and value. */
export interface TagValue {
  readonly tag: string;
  readonly value: string;
}

function isTagValue(value: unknown): value is TagValue {
  if (typeof value !== 'object' || value === null || !('tag' in value) || !('value' in value)) return false;
  const { tag, value: text } = value;
  const plain = allowsOnly('ascii');
  return typeof tag === 'string' && typeof text === 'string' && plain(tag) && plain(text) && tag !== '' && !/[=;]/.test(tag) && !text.includes(';');
}

/** A list of options in one field: `tag=value;tag=value;`. */
export const tagValueText: Scalar<readonly TagValue[]> = {
  rule: 'must be a list of tags and values without ; and with no = in the tag',
  decode(text) {
    const entries = text.split(';').filter((entry) => entry !== '');
    if (entries.length === 0) return undefined;
    return entries.map((entry) => {
      const at = entry.indexOf('=');
      return at < 0 ? { tag: entry, value: '' } : { tag: entry.slice(0, at), value: entry.slice(at + 1) };
    });
  },
  encode(value) {
    if (!Array.isArray(value)) return undefined;
    let text = '';
    for (const entry of value) {
      if (!isTagValue(entry)) return undefined;
      text += `${entry.tag}=${entry.value};`;
    }
    return text;
  },
};
