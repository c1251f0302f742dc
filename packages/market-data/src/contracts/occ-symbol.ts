import { parseLocalDate } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';

/** A listed US option as its 21-character symbol names it. */
export interface OccSymbol {
  /** The trading class: usually the underlying's symbol, but `SPXW` for weekly SPX options, `AAPL1` after a corporate action, `AAPL7` for minis. */
  readonly root: string;
  /** `YYYY-MM-DD`. */
  readonly expiration: string;
  readonly right: 'C' | 'P';
  readonly strike: number;
  /** The padded form, which is the broker's local symbol: `AAPL  261218C00200000`. */
  readonly localSymbol: string;
}

/** Flexible options have roots that begin with a digit (`2SPX`). */
const OCC = /^((?=[A-Z0-9]{0,5}[A-Z])[A-Z0-9]{1,6}) {0,5}(\d{2})(\d{2})(\d{2})([CP])(\d{5})(\d{3})$/u;
const ROOT = /^(?=[A-Z0-9]*[A-Z])[A-Z0-9]{1,6}$/u;
const ROOT_WIDTH = 6;
const STRIKE_WIDTH = 8;
const LARGEST_STRIKE = 99_999.999;

/**
 * Reads an option symbol of the Options Clearing Corporation (OSI, 2010): root, yymmdd, C or P, strike in thousandths with
 * eight digits. The root may be padded to six characters or not. Anything else gives `undefined`.
 */
export function parseOccSymbol(text: string): OccSymbol | undefined {
  const match = OCC.exec(text.trim().toUpperCase());
  if (match === null) return undefined;
  const [, root = '', year = '', month = '', day = '', side, whole = '', thousandths = ''] = match;
  const strike = Number(`${whole}.${thousandths}`);
  if (!isDate(2000 + Number(year), Number(month), Number(day)) || strike <= 0) return undefined;
  return {
    root,
    expiration: `20${year}-${month}-${day}`,
    right: side === 'C' ? 'C' : 'P',
    strike,
    localSymbol: `${root.padEnd(ROOT_WIDTH)}${year}${month}${day}${side ?? ''}${whole}${thousandths}`,
  };
}

/**
 * Writes the padded symbol of an option: `AAPL  261218C00200000`.
 * @throws {@link UsageError} for a root of more than six characters, a day outside of 2000 to 2099, a strike that has no such form.
 */
export function formatOccSymbol(option: Pick<OccSymbol, 'root' | 'expiration' | 'right' | 'strike'>): string {
  const root = option.root.trim().toUpperCase();
  if (!ROOT.test(root)) throw new UsageError({ field: 'root', value: option.root, rule: 'must be one to six letters and digits, one of them a letter' });
  const thousandths = Math.round(option.strike * 1000);
  if (!(option.strike > 0 && option.strike <= LARGEST_STRIKE) || Math.abs(thousandths / 1000 - option.strike) > 1e-9) {
    throw new UsageError({ field: 'strike', value: option.strike, rule: `must be a multiple of 0.001 from 0.001 to ${LARGEST_STRIKE}` });
  }
  return `${root.padEnd(ROOT_WIDTH)}${compactDay(option.expiration)}${option.right}${String(thousandths).padStart(STRIKE_WIDTH, '0')}`;
}

function compactDay(expiration: string): string {
  try {
    const { year } = parseLocalDate(expiration);
    if (year >= 2000 && year <= 2099) return expiration.slice(2).replaceAll('-', '');
  } catch {
    // Said below, with the rule.
  }
  throw new UsageError({ field: 'expiration', value: expiration, rule: 'must be a day from 2000-01-01 to 2099-12-31, YYYY-MM-DD' });
}

function isDate(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
