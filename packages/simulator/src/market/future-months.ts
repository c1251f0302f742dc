import { TimeZone } from '@ibkit/clock';
import { newYorkDays } from './new-york-days.js';

/** When the contracts of a future expire. `indexQuarters`: third Fridays of March, June, September and December; `oilMonths`: three trading days before the 25th of the month before. */
export type FutureCycle = 'indexQuarters' | 'oilMonths';

/** One contract of a future. */
export interface FutureMonth {
  /** `YYYYMM`. */
  readonly contractMonth: string;
  /** Last trading day, `YYYYMMDD`. */
  readonly expiry: string;
}

const DAY_MS = 86_400_000;
const FRIDAY = 5;
const MONTH_LETTERS = 'FGHJKMNQUVXZ';
const CONTRACTS = 6;

function compact(dayMs: number): string {
  return new Date(dayMs).toISOString().slice(0, 10).replaceAll('-', '');
}

function isClosed(dayMs: number): boolean {
  return !newYorkDays().isTradingDay(dayMs / DAY_MS);
}

function thirdFriday(year: number, month: number): number {
  const first = Date.UTC(year, month, 1);
  const friday = first + (((FRIDAY - new Date(first).getUTCDay() + 7) % 7) + 14) * DAY_MS;
  return isClosed(friday) ? newYorkDays().tradingDayBefore(friday / DAY_MS) * DAY_MS : friday;
}

function oilExpiry(year: number, month: number): number {
  let day = Date.UTC(year, month - 1, 25);
  let left = isClosed(day) ? 4 : 3;
  while (left > 0) {
    day -= DAY_MS;
    if (!isClosed(day)) left -= 1;
  }
  return day;
}

/** The next six contracts after the New York day of `atMs`. */
export function futureMonthsAfter(cycle: FutureCycle, atMs: number): readonly FutureMonth[] {
  const { year, month, day } = new TimeZone('America/New_York').read(atMs);
  const today = Date.UTC(year, month - 1, day);
  const months: FutureMonth[] = [];
  for (let ahead = 0; months.length < CONTRACTS; ahead += 1) {
    const first = new Date(Date.UTC(year, month - 1 + ahead, 1));
    if (cycle === 'indexQuarters' && (first.getUTCMonth() + 1) % 3 !== 0) continue;
    const [y, m] = [first.getUTCFullYear(), first.getUTCMonth()];
    const expiry = cycle === 'indexQuarters' ? thirdFriday(y, m) : oilExpiry(y, m);
    if (expiry > today) months.push({ contractMonth: compact(first.getTime()).slice(0, 6), expiry: compact(expiry) });
  }
  return months;
}

/** `ESZ6`: the symbol, the letter of the contract month and the last digit of its year. */
export function futureLocalSymbol(symbol: string, contractMonth: string): string {
  return `${symbol}${MONTH_LETTERS[Number(contractMonth.slice(4, 6)) - 1] ?? ''}${contractMonth.slice(3, 4)}`;
}
