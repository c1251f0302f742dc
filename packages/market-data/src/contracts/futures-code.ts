import { formatLocalDate, parseLocalDate } from '@ibkit/clock';

/** A future as its short name says it. */
export interface FuturesCode {
  /** The exchange's name of the product, which is the trading class at the broker: `ES`, `6E`, `FDAX`. */
  readonly root: string;
  /** `YYYY-MM`. */
  readonly month: string;
  /** `F` (January) to `Z` (December). */
  readonly monthCode: string;
  /** The short form with one digit of the year, which is the local symbol at most exchanges: `ESZ6`. */
  readonly localSymbol: string;
  /** `YYYY-MM-DD`, when the name has a day. */
  readonly day?: string | undefined;
}

/** The parts of a code that one digit of the year leaves open. */
export interface FuturesCodeParts {
  readonly root: string;
  /** 1 to 12. */
  readonly month: number;
  /** One digit, or the whole year. */
  readonly year: number;
  readonly wholeYear: boolean;
  readonly day?: string | undefined;
}

/** The month codes of all futures exchanges. */
const CODES = 'FGHJKMNQUVXZ';
const NAMES = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];

/** Two characters and more, one of them a letter: `CL`, `6E`, `M2K`, `FDAX`. Products with one letter have other names at the broker (`ZC` for C). */
const ROOT = '([A-Z0-9]{2,5}?)';
/** `ESZ6`, `ESZ26`, `ESZ2026`. */
const SHORT = new RegExp(`^${ROOT}([${CODES}])(\\d{4}|\\d{1,2})$`, 'u');
/** `ES 202612`, `ES202612`, `ES 2026-12`. */
const MONTH = new RegExp(`^${ROOT}\\s*(20\\d{2})-?(\\d{2})$`, 'u');
/** `FDAX 20261218 M`, `FESX 20261218`: Eurex at the broker, the letter says monthly, weekly or daily. */
const DAY = new RegExp(`^${ROOT}\\s+(20\\d{2})(\\d{2})(\\d{2})(?:\\s+[A-Z])?$`, 'u');
/** `ZB   DEC 26`, `FGBL DEC 2026`: older names at the broker. */
const NAMED = new RegExp(`^${ROOT}\\s+(${NAMES.join('|')})\\s*'?(\\d{4}|\\d{2})$`, 'u');

const YEARS_AHEAD = 9;

/** Takes the name of a future apart, without a clock; `undefined` for everything else. */
export function futuresCodeParts(text: string): FuturesCodeParts | undefined {
  const name = text.trim().toUpperCase();
  const short = SHORT.exec(name);
  if (short !== null) return parts(short[1], CODES.indexOf(short[2] ?? '') + 1, short[3]);
  const month = MONTH.exec(name);
  if (month !== null) return parts(month[1], Number(month[3]), month[2]);
  const day = DAY.exec(name);
  if (day !== null) return withDay(parts(day[1], Number(day[3]), day[2]), day[4]);
  const named = NAMED.exec(name);
  return named === null ? undefined : parts(named[1], NAMES.indexOf(named[2] ?? '') + 1, named[3]);
}

/** The year that one digit means: the month is one of the last eleven, the present one, or one of the nine years that follow. */
export function futuresYear(code: FuturesCodeParts, nowMs: number): number {
  if (code.wholeYear) return code.year;
  const now = new Date(nowMs);
  const present = now.getUTCFullYear() * 12 + now.getUTCMonth();
  for (let year = now.getUTCFullYear() - 1; year <= now.getUTCFullYear() + YEARS_AHEAD; year += 1) {
    if (year % 10 === code.year && year * 12 + code.month - 1 > present - 12) return year;
  }
  return now.getUTCFullYear();
}

/**
 * Reads the name of a future: `ESZ6`, `ESZ26`, `ESZ2026`, `ES 202612`, `ES202612`, `FDAX 20261218 M`, `ZB   DEC 26`, in any case.
 * One digit of the year means the month of the last eleven, the present one, or of the nine years that follow: in November 2026 `ESZ6` is
 * December 2026, `ESH6` March 2026, which is over, and `ESV5` October 2035.
 * @param nowMs the time to count from, epoch milliseconds
 * @returns `undefined` for every other text: options, stocks, names that are numbers only (`163120018`)
 */
export function parseFuturesCode(text: string, nowMs: number): FuturesCode | undefined {
  const code = futuresCodeParts(text);
  if (code === undefined) return undefined;
  const year = futuresYear(code, nowMs);
  const monthCode = CODES[code.month - 1] ?? '';
  return {
    root: code.root,
    month: `${year}-${String(code.month).padStart(2, '0')}`,
    monthCode,
    localSymbol: shortForm({ root: code.root, month: code.month, year }),
    day: code.day,
  };
}

/** `ESZ6`. */
export function shortForm(code: Pick<FuturesCodeParts, 'root' | 'month' | 'year'>): string {
  return `${code.root}${CODES[code.month - 1] ?? ''}${code.year % 10}`;
}

function parts(root = '', month: number, yearText = ''): FuturesCodeParts | undefined {
  if (month < 1 || month > 12 || !/[A-Z]/u.test(root)) return undefined;
  const year = Number(yearText);
  if (yearText.length === 4 && (year < 2000 || year > 2099)) return undefined;
  return { root, month, year: yearText.length === 2 ? 2000 + year : year, wholeYear: yearText.length > 1 };
}

function withDay(code: FuturesCodeParts | undefined, dayText = ''): FuturesCodeParts | undefined {
  if (code === undefined) return undefined;
  const day = formatLocalDate(code.year, code.month, Number(dayText));
  try {
    parseLocalDate(day);
    return { ...code, day };
  } catch {
    // Not a day of the calendar.
    return undefined;
  }
}
