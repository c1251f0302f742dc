import { isExactNumber } from '@ibkit/api-contract';

/** What is wrong with a JSON text that reads well all the same. */
export interface JsonFault {
  readonly kind: 'twice' | 'inexact' | 'deep';
  /** Where, with dots between the names; `body` for the whole of it. */
  readonly field: string;
  readonly rule: string;
  /** As it was written. */
  readonly value?: string | undefined;
}

interface Level {
  /** Of an object; absent in a list. */
  readonly keys: Set<string> | undefined;
  /** Whether a text that comes now is a key. */
  key: boolean;
  /** The key, or the place in the list, of what comes now. */
  at: string | number;
}

/** Deeper than anything that a route takes. */
const MOST_LEVELS = 32;
const NUMBER = /[-+.0-9eE]/u;
const SHOWN = 64;

function fieldOf(levels: readonly Level[]): string {
  return levels.map(({ at }) => String(at)).join('.').slice(0, SHOWN) || 'body';
}

/**
 * What would be lost on the way from a JSON text to what it is read as, without a word: one of two values of a key that an object has twice (RFC 8259, section 4: readers
 * disagree about which one counts, so that such a text may mean one order to its writer and another to us), and digits that double precision has no room for.
 * Also nesting that no route needs. `undefined` when nothing is.
 * @param text valid JSON
 */
export function jsonFault(text: string): JsonFault | undefined {
  const levels: Level[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const level = levels.at(-1);
    const sign = text[at] ?? '';
    if (sign === '{' || sign === '[') {
      if (levels.length === MOST_LEVELS) return { kind: 'deep', field: typeof levels[0]?.at === 'string' ? levels[0].at.slice(0, SHOWN) : 'body', rule: `must not be nested deeper than ${MOST_LEVELS} levels` };
      levels.push(sign === '{' ? { keys: new Set(), key: true, at: '' } : { keys: undefined, key: false, at: 0 });
    } else if (sign === '}' || sign === ']') levels.pop();
    else if (sign === ',' && level !== undefined) {
      if (typeof level.at === 'number') level.at += 1;
      else level.key = true;
    } else if (sign === '"') {
      const end = endOfText(text, at);
      if (level?.key === true && level.keys !== undefined) {
        level.at = String(JSON.parse(text.slice(at, end + 1)));
        if (level.keys.has(level.at)) return { kind: 'twice', field: fieldOf(levels), rule: 'must be in an object of the body once: readers disagree about which of two counts' };
        level.keys.add(level.at);
        level.key = false;
      }
      at = end;
    } else if (sign === '-' || (sign >= '0' && sign <= '9')) {
      const end = endOfNumber(text, at);
      const number = text.slice(at, end);
      if (!isExactNumber(number)) return { kind: 'inexact', field: fieldOf(levels), rule: `must be a number that double precision carries as it is written, whole ones up to ${Number.MAX_SAFE_INTEGER}: it would be taken for ${Number(number)}`, value: number.slice(0, SHOWN) };
      at = end - 1;
    }
  }
  return undefined;
}

/** Where the text ends that begins with the quotation mark at `start`. */
function endOfText(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
  return end;
}

function endOfNumber(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length && NUMBER.test(text[end] ?? '')) end += 1;
  return end;
}
