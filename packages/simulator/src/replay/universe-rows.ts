import { parseLocalDate } from '@ibkit/clock';
import type { OptionRight } from '../market/instrument.js';
import { LineReader, splitFields } from './line-reader.js';
import type { OptionUniverse, UniverseContract } from './option-universe.js';

const COLUMNS = ['expiry', 'strike', 'right', 'open', 'high', 'low', 'close', 'volume', 'open_interest', 'implied_volatility', 'delta', 'gamma', 'vega', 'theta', 'rho'] as const;
/** The columns that a file must have; those after them may be missing. */
const NEEDED = 10;

/** The first characters of such a file. */
export const UNIVERSE_HEADER = `#${COLUMNS.slice(0, 3).join(',')}`;

const DECIMAL = /^-?\d{1,12}(\.\d{1,20})?(e-?\d{1,3})?$/i;
const DAY = /^\d{8}$/;
const LARGEST = 1e9;
const LARGEST_STRIKE = 1_000_000;
const LARGEST_VOLATILITY = 100;
const MOST_CONTRACTS = 100_000;

/** One line, field by field. */
class UniverseRow {
  readonly #lines: LineReader;
  readonly #fields: readonly string[];

  constructor(lines: LineReader, fields: readonly string[]) {
    this.#lines = lines;
    this.#fields = fields;
  }

  text(column: (typeof COLUMNS)[number]): string {
    return this.#fields[COLUMNS.indexOf(column)] ?? '';
  }

  fail(column: (typeof COLUMNS)[number], rule: string): never {
    return this.#lines.fail(`column ${COLUMNS.indexOf(column) + 1} (${column})`, rule, this.text(column));
  }

  /** A number from 0 to `most`; 0 for an empty field. */
  number(column: (typeof COLUMNS)[number], most: number): number {
    const text = this.text(column);
    if (text === '') return 0;
    const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
    return value >= 0 && value <= most ? value : this.fail(column, `must be a decimal number from 0 to ${most}, or empty`);
  }

  /** A price; undefined for 0 and an empty field. */
  price(column: 'open' | 'high' | 'low' | 'close'): number | undefined {
    const price = this.number(column, LARGEST);
    return price > 0 ? price : undefined;
  }

  whole(column: 'volume' | 'open_interest'): number {
    const value = this.number(column, LARGEST * 1_000);
    return Number.isInteger(value) ? value : this.fail(column, 'must be a whole number');
  }

  /** The other numbers are not used, but must be some. */
  checkGreeks(): void {
    for (const column of ['delta', 'gamma', 'vega', 'theta', 'rho'] as const) {
      const text = this.text(column);
      if (text !== '' && !DECIMAL.test(text)) this.fail(column, 'must be a decimal number, or empty');
    }
  }
}

function isDay(text: string): boolean {
  try {
    parseLocalDate(`${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`);
    return DAY.test(text);
  } catch {
    return false;
  }
}

function rightOf(row: UniverseRow): OptionRight {
  const right = row.text('right');
  return right === 'C' || right === 'P' ? right : row.fail('right', 'must be C or P');
}

function contractOf(row: UniverseRow, firstDay: string): UniverseContract {
  const expiry = row.text('expiry');
  if (!isDay(expiry)) row.fail('expiry', 'must be a day of the calendar, YYYYMMDD');
  if (expiry < firstDay) row.fail('expiry', `must not be before the day of the file (${firstDay})`);
  const strike = row.number('strike', LARGEST_STRIKE);
  if (strike === 0) row.fail('strike', 'must be above 0');
  const [open, high, low, close] = [row.price('open'), row.price('high'), row.price('low'), row.price('close')];
  if (high !== undefined && high < Math.max(open ?? 0, low ?? 0, close ?? 0)) row.fail('high', 'must not be below open, low or close');
  if (low !== undefined && low > Math.min(open ?? low, close ?? low)) row.fail('low', 'must not be above open or close');
  const impliedVol = row.number('implied_volatility', LARGEST_VOLATILITY);
  row.checkGreeks();
  return {
    expiry,
    strike,
    right: rightOf(row),
    open,
    high,
    low,
    close,
    volume: row.whole('volume'),
    openInterest: row.whole('open_interest'),
    impliedVol: impliedVol > 0 ? impliedVol : undefined,
  };
}

function nextRow(lines: LineReader): UniverseRow | undefined {
  const line = lines.next();
  if (line === undefined) return undefined;
  const fields = splitFields(line) ?? lines.fail('row', 'must close every quotation mark', line);
  if (fields.length < NEEDED || fields.length > COLUMNS.length) lines.fail('row', `must have ${NEEDED} to ${COLUMNS.length} fields, not ${fields.length}`, line);
  return new UniverseRow(lines, fields);
}

/**
 * Reads an option universe of the LEAN project: a header, the line of the underlying (no expiry, strike and right), and a line per contract, in plain decimals.
 * @throws UsageError naming file, line, column, value and rule.
 */
export function readOptionUniverse(bytes: Uint8Array, fileName: string, about: { readonly symbol: string; readonly date: string }): OptionUniverse {
  const lines = new LineReader(bytes, fileName);
  const header = lines.next() ?? '';
  if (!header.toLowerCase().startsWith(UNIVERSE_HEADER)) lines.fail('header', `must be #${COLUMNS.join(',')}`, header);
  const first = nextRow(lines) ?? lines.fail('row', 'must be that of the underlying, with no expiry, strike and right');
  if (first.text('expiry') !== '' || first.text('strike') !== '' || first.text('right') !== '') first.fail('expiry', 'must be empty on the first line, which is that of the underlying');
  const [open, close] = [first.price('open') ?? first.fail('open', 'must be above 0'), first.price('close') ?? first.fail('close', 'must be above 0')];
  const underlying = { open, close, volume: first.whole('volume') };
  const contracts: UniverseContract[] = [];
  const seen = new Set<string>();
  const firstDay = about.date.replaceAll('-', '');
  for (let row = nextRow(lines); row !== undefined; row = nextRow(lines)) {
    const contract = contractOf(row, firstDay);
    const key = `${contract.expiry} ${contract.strike} ${contract.right}`;
    if (seen.has(key)) row.fail('strike', 'must not be that of a contract above it with the same expiry and right');
    if (seen.size >= MOST_CONTRACTS) row.fail('expiry', `must be one of at most ${MOST_CONTRACTS} contracts`);
    seen.add(key);
    contracts.push(contract);
  }
  if (contracts.length === 0) lines.fail('row', 'must be followed by at least one contract');
  return { ...about, underlying, contracts };
}
