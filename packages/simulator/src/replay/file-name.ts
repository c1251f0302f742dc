import { parseLocalDate } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import { parseStoredSize } from './bar-series.js';
import type { OwnFileName } from './own-rows.js';

/** How fine the rows of a file are. */
export type Resolution = 'tick' | 'second' | 'minute';

/** What the name of a replay file says about its content. */
export interface FileKind {
  readonly symbol: string;
  /** `YYYY-MM-DD`, New York. */
  readonly date: string;
  readonly resolution: Resolution;
  readonly kind: 'trade' | 'quote';
}

/** Said in every error about a file's name. */
export const SUPPORTED_FILES =
  'supported are trades and quotes by tick, second or minute, named such as tick-spy-20131007_trade.zip, 20131007_spy_second_quote.csv or 20140605_aapl_minute_trade.csv, ' +
  'option universes, named such as option-universes-aapl-20140605.csv, and your own rows as .csv with a header row or as .jsonl (docs/simulator-replay.md)';

const RESOLUTIONS: readonly string[] = ['tick', 'second', 'minute'] satisfies readonly Resolution[];
const KINDS: readonly string[] = ['trade', 'quote'] satisfies readonly FileKind['kind'][];
const DATE = /^\d{8}$/;
const SYMBOL = /^[a-z][a-z.]{0,9}$/;

const UNIVERSE_WORDS: ReadonlySet<string> = new Set(['option', 'options', 'universe', 'universes']);
const OWN_NAME = /^([A-Za-z][A-Za-z0-9.]{0,11})[-_]([A-Za-z0-9]+)\.(csv|jsonl|ndjson|zip)$/;
const OWN_CONTENTS: ReadonlySet<string> = new Set(['trades', 'quotes', 'bars']);

function dashed(digits: string): string {
  return `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6, 8)}`;
}

function isResolution(word: string): word is Resolution {
  return RESOLUTIONS.includes(word);
}

function isKind(word: string): word is FileKind['kind'] {
  return KINDS.includes(word);
}

function wordsOf(name: string): readonly string[] {
  const base = name.split(/[/\\]/).at(-1) ?? '';
  return base
    .toLowerCase()
    .replace(/\.(zip|csv|jsonl|ndjson)$/, '')
    .split(/[-_ ]+/)
    .filter((word) => word !== '');
}

function isCalendarDay(date: string): boolean {
  try {
    parseLocalDate(date);
    return true;
  } catch {
    return false;
  }
}

interface Partial {
  symbol?: string | undefined;
  date?: string | undefined;
  resolution?: Resolution | undefined;
  kind?: FileKind['kind'] | undefined;
}

/** Takes each fact from the first name that says it. */
function readNames(names: readonly string[]): Partial {
  const found: Partial = {};
  for (const name of names) {
    const symbols: string[] = [];
    const words = wordsOf(name);
    for (const word of words) {
      if (DATE.test(word)) found.date ??= dashed(word);
      else if (isResolution(word)) found.resolution ??= word;
      else if (isKind(word)) found.kind ??= word;
      else if (SYMBOL.test(word)) symbols.push(word);
    }
    // A name without a date, such as data.csv, does not follow the naming: its words are no symbols.
    if (symbols.length === 1 && words.some((word) => DATE.test(word))) found.symbol ??= symbols[0]?.toUpperCase();
  }
  return found;
}

/** Whether a name says everything that the name of a file of trades or quotes must say. */
export function namesTicks(path: string, innerName?: string): boolean {
  const { symbol, date, resolution, kind } = readNames(innerName === undefined ? [path] : [innerName, path]);
  return symbol !== undefined && date !== undefined && resolution !== undefined && kind !== undefined;
}

/** Whether a name is that of an option universe. */
export function namesUniverse(path: string, innerName?: string): boolean {
  const words = new Set(wordsOf(innerName ?? path));
  return words.has('option') && (words.has('universe') || words.has('universes'));
}

/**
 * Reads symbol and date of an option universe from the file's own name and, for an archive, from the name inside (which wins).
 * @throws UsageError when one of them is missing.
 */
export function universeNameOf(path: string, innerName?: string): { readonly symbol: string; readonly date: string } {
  const shown = innerName === undefined ? path : `${path} (${innerName})`;
  const words = (innerName === undefined ? [path] : [innerName, path]).flatMap(wordsOf);
  const symbol = words.find((word) => SYMBOL.test(word) && !UNIVERSE_WORDS.has(word));
  const digits = words.find((word) => DATE.test(word));
  if (symbol === undefined || digits === undefined) {
    throw new UsageError({ field: 'replay', value: shown, rule: 'must have a name with a symbol and a date (YYYYMMDD), such as option-universes-aapl-20140605.csv' });
  }
  const date = dashed(digits);
  if (!isCalendarDay(date)) throw new UsageError({ field: 'replay', value: shown, rule: `must have a day of the calendar in its name, not ${date}` });
  return { symbol: symbol.toUpperCase(), date };
}

/** What the name of a file in this package's own forms says: `msft-trades.csv`, `msft-quotes.jsonl`, `msft-bars.csv`, `msft-5mins.csv`. Both parts are undefined for other names. */
export function ownNameOf(path: string, innerName?: string): OwnFileName {
  const base = (innerName ?? path).split(/[/\\]/).at(-1) ?? '';
  const match = OWN_NAME.exec(base);
  const [, symbol, content = ''] = match ?? [];
  const barSize = parseStoredSize(content);
  return symbol !== undefined && (barSize !== undefined || OWN_CONTENTS.has(content.toLowerCase())) ? { symbol: symbol.toUpperCase(), barSize } : { symbol: undefined, barSize: undefined };
}

/**
 * Reads symbol, date, resolution and kind from the file's own name and, for an archive, from the name inside (which wins).
 * @throws UsageError when one of them is missing or the file is of another kind.
 */
export function fileKindOf(path: string, innerName?: string): FileKind {
  const { symbol, date, resolution, kind } = readNames(innerName === undefined ? [path] : [innerName, path]);
  const shown = innerName === undefined ? path : `${path} (${innerName})`;
  const missing = [
    symbol === undefined ? 'a symbol' : '',
    date === undefined ? 'a date (YYYYMMDD)' : '',
    resolution === undefined ? 'tick, second or minute' : '',
    kind === undefined ? 'trade or quote' : '',
  ].filter((text) => text !== '');
  if (symbol === undefined || date === undefined || resolution === undefined || kind === undefined) {
    throw new UsageError({ field: 'replay', value: shown, rule: `must have a name with ${missing.join(' and ')}; ${SUPPORTED_FILES}` });
  }
  if (!isCalendarDay(date)) throw new UsageError({ field: 'replay', value: shown, rule: `must have a day of the calendar in its name, not ${date}` });
  return { symbol, date, resolution, kind };
}
