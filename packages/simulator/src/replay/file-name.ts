import { parseLocalDate } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';

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
  'supported are trades and quotes by tick, second or minute, named such as tick-spy-20131007_trade.zip, 20131007_spy_second_quote.csv or 20140605_aapl_minute_trade.csv';

const RESOLUTIONS: readonly string[] = ['tick', 'second', 'minute'] satisfies readonly Resolution[];
const KINDS: readonly string[] = ['trade', 'quote'] satisfies readonly FileKind['kind'][];
const DATE = /^\d{8}$/;
const SYMBOL = /^[a-z][a-z.]{0,9}$/;

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
    .replace(/\.(zip|csv)$/, '')
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
      if (DATE.test(word)) found.date ??= `${word.slice(0, 4)}-${word.slice(4, 6)}-${word.slice(6, 8)}`;
      else if (isResolution(word)) found.resolution ??= word;
      else if (isKind(word)) found.kind ??= word;
      else if (SYMBOL.test(word)) symbols.push(word);
    }
    // A name without a date, such as data.csv, does not follow the naming: its words are no symbols.
    if (symbols.length === 1 && words.some((word) => DATE.test(word))) found.symbol ??= symbols[0]?.toUpperCase();
  }
  return found;
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
