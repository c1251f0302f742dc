/** A listed US option as its 21-character symbol names it. */
export interface OccSymbol {
  /** The trading class: usually the underlying's symbol, but `SPXW` for weekly SPX options, and `AAPL7` after a corporate action. */
  readonly root: string;
  /** `YYYY-MM-DD`. */
  readonly expiration: string;
  readonly right: 'C' | 'P';
  readonly strike: number;
  /** The padded form, which is the broker's local symbol: `AAPL  261218C00200000`. */
  readonly localSymbol: string;
}

const OCC = /^([A-Z][A-Z0-9]{0,5}) {0,5}(\d{2})(\d{2})(\d{2})([CP])(\d{5})(\d{3})$/u;
const ROOT_WIDTH = 6;

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

function isDate(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
