import { parseLocalDate } from '@ibkit/clock';
import { NO_EXCHANGE, exchangeOfName } from './exchange-codes.js';
import { BAR_SIZE_RULE, parseStoredSize } from './bar-series.js';
import type { StoredBarKind, StoredBarSize } from './bar-series.js';

/** What a row of a file in this package's own forms says: texts of a CSV row, or values of a JSON object. Absent and empty fields are undefined. */
export interface OwnRow {
  /** @throws UsageError always, naming file, line, field and rule */
  fail(field: string, rule: string, value?: unknown): never;
  value(field: string): unknown;
}

/** The kinds of row, by their columns. */
export const ROW_KINDS = {
  trade: { needed: ['time', 'price', 'size'], optional: ['symbol', 'exchange', 'unreported'] },
  quote: { needed: ['time', 'bid', 'ask', 'bidSize', 'askSize'], optional: ['symbol'] },
  bar: { needed: ['time', 'open', 'high', 'low', 'close', 'volume'], optional: ['symbol', 'barSize', 'kind', 'wap', 'count'] },
} as const;

export type RowKind = keyof typeof ROW_KINDS;

const NAMES: readonly RowKind[] = ['trade', 'quote', 'bar'];

/** Said where fields do not make a row. */
export const KINDS_RULE = NAMES.map((kind) => `${kind}s: ${ROW_KINDS[kind].needed.join(', ')}, and if wanted ${ROW_KINDS[kind].optional.join(', ')}`).join('; ');

const SPELLINGS = new Map(NAMES.flatMap((kind) => [...ROW_KINDS[kind].needed, ...ROW_KINDS[kind].optional]).map((name) => [name.toLowerCase(), name]));

/** The name of a column as this package spells it; undefined when there is none of that name. */
export function columnName(text: string): string | undefined {
  return SPELLINGS.get(text.toLowerCase());
}

/** The kind of row that has exactly these fields; undefined when there is none. */
export function rowKindOf(fields: ReadonlySet<string>): RowKind | undefined {
  return NAMES.find((kind) => {
    const { needed, optional }: { readonly needed: readonly string[]; readonly optional: readonly string[] } = ROW_KINDS[kind];
    return needed.every((name) => fields.has(name)) && [...fields].every((name) => needed.includes(name) || optional.includes(name));
  });
}

const DECIMAL = /^\d{1,15}(\.\d{1,20})?$/;
const LARGEST = 1e12;
const INSTANT = /^(\d{4}-\d{2}-\d{2})[T ]\d{2}:\d{2}(:\d{2}([.]\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const SYMBOL = /^[A-Z][A-Z0-9.\- ]{0,11}$/;
/** 1973, so that seconds are not taken for milliseconds. */
const FIRST_MS = 100_000_000_000;
/** 2100. */
const LAST_MS = 4_102_444_800_000;
const TIME_RULE = 'must be an instant with a zone, such as 2024-03-01T14:30:00.250Z or 2024-03-01T09:30:00-05:00, or epoch milliseconds, between 1973 and 2100';

function isDay(text: string): boolean {
  try {
    parseLocalDate(text);
    return true;
  } catch {
    return false;
  }
}

function decimalOf(row: OwnRow, field: string, rule: string): number | undefined {
  const value = row.value(field);
  if (value === undefined) return undefined;
  const number = typeof value === 'number' ? value : typeof value === 'string' && DECIMAL.test(value) ? Number(value) : Number.NaN;
  return Number.isFinite(number) && number >= 0 && number <= LARGEST ? number : row.fail(field, rule, value);
}

/** A number from 0; undefined when the field is empty. */
export function optionalDecimal(row: OwnRow, field: string): number | undefined {
  return decimalOf(row, field, 'must be a plain decimal number of at least 0, such as 12.5, or empty');
}

/** A number from 0. */
export function sizeOf(row: OwnRow, field: string): number {
  const rule = 'must be a plain decimal number of at least 0, such as 100';
  return decimalOf(row, field, rule) ?? row.fail(field, rule);
}

/** A number above 0. */
export function priceOf(row: OwnRow, field: string): number {
  const rule = 'must be a plain decimal number above 0, such as 12.5';
  const price = decimalOf(row, field, rule);
  return price === undefined || price === 0 ? row.fail(field, rule, row.value(field)) : price;
}

/** Epoch milliseconds; finer times are cut. */
export function instantOf(row: OwnRow): number {
  const value = row.value('time');
  const text = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof text === 'number') return Number.isInteger(text) && text >= FIRST_MS && text <= LAST_MS ? text : row.fail('time', TIME_RULE, value);
  const match = typeof text === 'string' ? INSTANT.exec(text) : null;
  const atMs = match === null ? Number.NaN : Date.parse((match.input).replace(' ', 'T'));
  if (match === null || Number.isNaN(atMs) || !isDay(match[1] ?? '')) return row.fail('time', TIME_RULE, value);
  return atMs >= FIRST_MS && atMs <= LAST_MS ? atMs : row.fail('time', TIME_RULE, value);
}

/** The day of a bar, `YYYY-MM-DD`. */
export function dayOf(row: OwnRow): string {
  const value = row.value('time');
  return typeof value === 'string' && DAY.test(value) && isDay(value) ? value : row.fail('time', 'must be a day such as 2024-03-01 for bars of a day and longer', value);
}

/** The row's symbol, else the one of the file's name. */
export function symbolOf(row: OwnRow, ofFile: string | undefined): string {
  const value = row.value('symbol') ?? ofFile;
  if (typeof value === 'string' && SYMBOL.test(value.toUpperCase())) return value.toUpperCase();
  return row.fail('symbol', 'must be 1 to 12 letters, digits, dots, dashes or spaces that begin with a letter; without this column the file must be named such as msft-trades.csv, msft-quotes.csv or msft-5mins.csv', value);
}

/** The row's bar size, else the one of the file's name. */
export function barSizeOf(row: OwnRow, ofFile: StoredBarSize | undefined): StoredBarSize {
  const value = row.value('barSize');
  if (value === undefined) return ofFile ?? row.fail('barSize', `${BAR_SIZE_RULE}; without this column the file must be named such as msft-5mins.csv`);
  return (typeof value === 'string' ? parseStoredSize(value) : undefined) ?? row.fail('barSize', BAR_SIZE_RULE, value);
}

const BAR_KINDS: readonly StoredBarKind[] = ['TRADES', 'BID', 'ASK', 'MIDPOINT'];

/** What the row's bar is made of; trades unless it says otherwise. */
export function barKindOf(row: OwnRow): StoredBarKind {
  const value = row.value('kind');
  if (value === undefined) return 'TRADES';
  const text = typeof value === 'string' ? value.toUpperCase() : '';
  return BAR_KINDS.find((kind) => kind === text) ?? row.fail('kind', `must be one of ${BAR_KINDS.join(', ')}`, value);
}

/** Index of the row's exchange. */
export function exchangeOf(row: OwnRow): number {
  const value = row.value('exchange');
  if (value === undefined) return NO_EXCHANGE;
  return (typeof value === 'string' ? exchangeOfName(value.toUpperCase()) : undefined) ?? row.fail('exchange', 'must be an exchange in the spelling of TWS, such as ARCA, or its letter on the tape', value);
}

/** Whether the row's trade does not count for the last price. */
export function unreportedOf(row: OwnRow): number {
  const value = row.value('unreported');
  if (value === undefined || value === false || value === '0' || value === 'false') return 0;
  return value === true || value === '1' || value === 'true' ? 1 : row.fail('unreported', 'must be true or false (or 1 or 0)', value);
}
