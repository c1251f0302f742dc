/** One trade with what the day adds up to, as the broker writes it into one tick. Absent is what it left out. */
export interface TradeSummary {
  readonly price?: number | undefined;
  readonly size?: number | undefined;
  /** Time of the trade, epoch milliseconds. */
  readonly timeMs?: number | undefined;
  /** Volume of the day. */
  readonly volume?: number | undefined;
  /** Average price of the day, weighted by volume. */
  readonly vwap?: number | undefined;
  /** Whether one market maker filled it alone. */
  readonly single?: boolean | undefined;
}

/** Dividends per share, in the contract's currency. Absent is what the broker does not know. */
export interface Dividends {
  /** Of the last twelve months together. */
  readonly past12Months?: number | undefined;
  /** Expected in the next twelve months together. */
  readonly next12Months?: number | undefined;
  /** The day of the next one, `YYYY-MM-DD`. */
  readonly nextDate?: string | undefined;
  readonly nextAmount?: number | undefined;
}

/** Ratios of a company by the vendor's names (`TTMNPMGN`, `PRICE2BK`, ...): numbers where they are numbers. */
export type FundamentalRatios = Readonly<Record<string, number | string>>;

/** TWS API: the greatest double is an unset one; nothing that is traded comes near. */
const UNSET_FROM = 1e300;
/** TWS API: int, long and decimal fields say "unset" with the greatest of their kind. */
const SMALLEST_UNSET = 2_147_483_647;
const UNSET: ReadonlySet<number> = new Set([SMALLEST_UNSET, 2 ** 63, 2 ** 127 - 1]);
/** TWS API: fundamental ratios say so that there is none. */
const NO_RATIO = -99_999.99;

/** The number in a tick: none for empty, unreadable and unset values. */
export function tickNumber(raw: number | string | undefined): number | undefined {
  if (raw === undefined || raw === '') return undefined;
  const value = typeof raw === 'number' ? raw : Number(raw);
  // Nearly all values: no need to look further.
  if (value < SMALLEST_UNSET && value > -SMALLEST_UNSET) return value;
  // NaN compares as false.
  return Math.abs(value) < UNSET_FROM && !UNSET.has(value) ? value : undefined;
}

/** Reads `price;size;epoch ms;volume;vwap;single`. TWS API: RTVolume. */
export function tradeSummary(text: string): TradeSummary {
  const [price, size, timeMs, volume, vwap, single = ''] = text.split(';').map((part) => part.trim());
  return Object.freeze({
    price: positive(price),
    size: positive(size),
    timeMs: positive(timeMs),
    volume: atLeastZero(volume),
    vwap: positive(vwap),
    single: single === '' ? undefined : single === 'true' || single === '1',
  });
}

/** Reads `last 12 months,next 12 months,yyyymmdd,next amount`; parts may be empty. TWS API: IB Dividends. */
export function dividendsOf(text: string): Dividends {
  const [past, next, date = '', amount] = text.split(',').map((part) => part.trim());
  const day = /^(\d{4})-?(\d{2})-?(\d{2})$/u.exec(date);
  return Object.freeze({
    past12Months: atLeastZero(past),
    next12Months: atLeastZero(next),
    nextDate: day === null ? undefined : `${day[1] ?? ''}-${day[2] ?? ''}-${day[3] ?? ''}`,
    nextAmount: atLeastZero(amount),
  });
}

/** Reads `NAME=value;NAME=value`. TWS API: fundamental ratios. */
export function fundamentalRatiosOf(text: string): FundamentalRatios {
  const entries: [string, number | string][] = [];
  for (const pair of text.split(';')) {
    const cut = pair.indexOf('=');
    const name = pair.slice(0, Math.max(0, cut)).trim();
    const value = pair.slice(cut + 1).trim();
    if (name === '' || value === '') continue;
    const number = Number(value);
    if (number !== NO_RATIO) entries.push([name, Number.isNaN(number) ? value : number]);
  }
  return Object.freeze(Object.fromEntries(entries.filter(([, value]) => typeof value === 'string' || tickNumber(value) !== undefined)));
}

function positive(text: string | undefined): number | undefined {
  const value = tickNumber(text);
  return value !== undefined && value > 0 ? value : undefined;
}

function atLeastZero(text: string | undefined): number | undefined {
  const value = tickNumber(text);
  return value !== undefined && value >= 0 ? value : undefined;
}
