import { NewYorkDays } from '../market/new-york-days.js';
import type { TimeSpan } from '../market/new-york-days.js';
import type { QuoteColumns, ReplayData, TradeColumns } from './replay-data.js';
import { REGULAR_OPEN_MS } from './row-rules.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** The regular session of a day (`YYYY-MM-DD`), which ends early on some. */
export function regularSessionOf(date: string): TimeSpan {
  return new NewYorkDays().regularSession(Date.parse(`${date}T00:00:00Z`) / DAY_MS);
}

function priceAt(columns: TradeColumns | QuoteColumns, row: number): number {
  if (columns.kind === 'trade') return columns.suspicious[row] === 1 ? Number.NaN : (columns.price[row] ?? Number.NaN);
  return ((columns.bid[row] ?? Number.NaN) + (columns.ask[row] ?? Number.NaN)) / 2;
}

/** The price that holds at each minute of the session, both ends included: that of the last row before it is over, from the first row on. */
function sampled(files: readonly (TradeColumns | QuoteColumns)[], length: number): Float64Array | undefined {
  const points = new Float64Array(length).fill(Number.NaN);
  for (const columns of files) {
    for (let row = 0; row < columns.length; row += 1) {
      const price = priceAt(columns, row);
      if (Number.isNaN(price)) continue;
      const ms = columns.msOfDay[row] ?? 0;
      // What was shown before the open holds at the open unless the session itself says more.
      const point = Math.max(0, Math.ceil((ms - REGULAR_OPEN_MS) / MINUTE_MS));
      if (point < length) points[point] = price;
    }
  }
  const first = points.find((price) => !Number.isNaN(price));
  if (first === undefined) return undefined;
  let held = first;
  return points.map((price) => (held = Number.isNaN(price) ? held : price));
}

/** How the price of an underlying goes through the regular session of one day, minute by minute, as the rows of a replay have it. */
export class SpotPath {
  /** 09:30 New York, epoch milliseconds. */
  readonly openMs: number;
  /** 16:00 New York, or earlier on days that end early, epoch milliseconds. */
  readonly closeMs: number;
  readonly #points: Float64Array;
  /** The minutes at which the price is highest and lowest. */
  readonly highest: number;
  readonly lowest: number;

  private constructor({ startMs, endMs }: TimeSpan, points: Float64Array) {
    this.openMs = startMs;
    this.closeMs = endMs;
    this.#points = points;
    this.highest = points.indexOf(points.reduce((a, b) => Math.max(a, b)));
    this.lowest = points.indexOf(points.reduce((a, b) => Math.min(a, b)));
  }

  /** The path of a symbol on a day (`YYYY-MM-DD`): of its quotes, else of its trades; undefined when the replay has neither. */
  static of(data: ReplayData, symbol: string, date: string): SpotPath | undefined {
    const columns = data.files.map((file) => file.columns).filter((file) => file.symbol === symbol && file.date === date);
    const session = regularSessionOf(date);
    const length = (session.endMs - session.startMs) / MINUTE_MS + 1;
    const points = sampled(columns.filter(({ kind }) => kind === 'quote'), length) ?? sampled(columns.filter(({ kind }) => kind === 'trade'), length);
    return points === undefined ? undefined : new SpotPath(session, points);
  }

  /** The price at an instant; before the open and after the close that of the open and the close. */
  at(atMs: number): number {
    const point = Math.min(this.#points.length - 1, Math.max(0, Math.floor((atMs - this.openMs) / MINUTE_MS)));
    return this.#points[point] ?? Number.NaN;
  }
}
