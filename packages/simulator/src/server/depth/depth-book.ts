import type { Instrument } from '../../market/instrument.js';
import type { Quote } from '../../market/market.js';
import { mixed } from '../../market/price-source.js';
import { TickScale } from '../../market/tick-scale.js';

/** One row of a side of the book. */
export interface DepthLevel {
  readonly price: number;
  readonly size: number;
  /** Exchange or market maker. */
  readonly maker: string;
}

/** Both sides, best price first. */
export interface DepthBook {
  readonly bids: readonly DepthLevel[];
  readonly asks: readonly DepthLevel[];
}

/** What a book is made from. */
export interface DepthBookOptions {
  readonly instrument: Instrument;
  readonly quote: Quote;
  /** Rows per side, at least 1. */
  readonly rows: number;
  /** Who shows the rows; the first shows the best ones. At least one. */
  readonly makers: readonly string[];
  /** Changes the sizes behind the best: the same number gives the same sizes. */
  readonly pulse: number;
}

const SALT = 0x0b00;
/** Most makers that show rows at one price, and most ticks from one price to the next. */
const MOST_AT_PRICE = 3;
const MOST_GAP = 2;

/** A size in the steps of the instrument, near that of the quote. */
function sizeAt({ instrument, quote, pulse }: DepthBookOptions, side: number, index: number, price: number): number {
  const near = (side === 0 ? quote.askSize : quote.bidSize) ?? 1;
  const chance = mixed(instrument.conId, Math.round(price * 1e5), side, index < 2 ? pulse : pulse >> 2, SALT);
  const step = instrument.secType === 'STK' || instrument.secType === 'CFD' ? 100 : (instrument.sizeIncrement ?? 1);
  const size = near * (0.5 + ((chance % 1000) / 1000) * (1 + index * 0.3));
  return Number((Math.max(1, Math.round(size / step)) * step).toFixed(8));
}

function sideOf(options: DepthBookOptions, side: 0 | 1): readonly DepthLevel[] {
  const { instrument, quote, rows, makers } = options;
  const best = side === 0 ? quote.ask : quote.bid;
  const bestSize = side === 0 ? quote.askSize : quote.bidSize;
  const [first = ''] = makers;
  if (best === undefined || bestSize === undefined) return [];
  const scale = new TickScale(instrument.minTick);
  const levels: DepthLevel[] = [];
  let ticks = Math.round(scale.ticks(best));
  while (levels.length < rows && ticks > 0) {
    // Who is there and how far the next price is belong to the price: a move of the best one leaves the rows behind it where they are.
    const chance = mixed(instrument.conId, ticks, side, SALT);
    const crowd = Math.min(rows - levels.length, 1 + (chance % Math.min(MOST_AT_PRICE, makers.length)));
    for (let place = 0; place < crowd; place += 1) {
      const index = levels.length;
      const price = scale.price(ticks);
      const maker = makers[(index === 0 ? 0 : (chance >>> 4) + place) % makers.length] ?? first;
      if (levels.some((level) => level.price === price && level.maker === maker)) continue;
      levels.push({ price, size: index === 0 ? bestSize : sizeAt(options, side, index, price), maker });
    }
    ticks += (side === 0 ? 1 : -1) * (1 + ((chance >>> 8) % MOST_GAP));
  }
  return levels;
}

/** The book around a quote: its best rows are the quote, the rows behind follow from the prices. The same market gives the same book to everybody. */
export function depthBookOf(options: DepthBookOptions): DepthBook {
  return { bids: sideOf(options, 1), asks: sideOf(options, 0) };
}

/** Operations of TWS API `marketDepth`. */
export const INSERT = 0;
export const UPDATE = 1;
export const DELETE = 2;

/** One change of one row. Applied in order, they turn the side before into the side after. */
export interface DepthChange {
  readonly position: number;
  readonly operation: typeof INSERT | typeof UPDATE | typeof DELETE;
  readonly level: DepthLevel;
}

function isSameRow(a: DepthLevel | undefined, b: DepthLevel): boolean {
  return a?.price === b.price && a.maker === b.maker;
}

/** What changes one side into another. A client that applies it never has more rows than the larger of the two. */
export function changesBetween(before: readonly DepthLevel[], after: readonly DepthLevel[]): readonly DepthChange[] {
  const rows = [...before];
  const most = Math.max(before.length, after.length);
  const changes: DepthChange[] = [];
  const remove = (position: number): void => {
    const [level] = rows.splice(position, 1);
    if (level !== undefined) changes.push({ position, operation: DELETE, level });
  };
  after.forEach((level, position) => {
    const at = rows.findIndex((row, index) => index >= position && isSameRow(row, level));
    for (let left = at - position; left > 0; left -= 1) remove(position);
    if (at < 0) {
      if (rows.length >= most) remove(rows.length - 1);
      rows.splice(position, 0, level);
      changes.push({ position, operation: INSERT, level });
      return;
    }
    if (rows[position]?.size === level.size) return;
    rows[position] = level;
    changes.push({ position, operation: UPDATE, level });
  });
  while (rows.length > after.length) remove(rows.length - 1);
  return changes;
}

/** Whether nothing of a side is left: the whole book has moved away. */
export function isReplaced(before: readonly DepthLevel[], after: readonly DepthLevel[]): boolean {
  return before.length > 1 && after.length > 1 && !after.some((level) => before.some((row) => row.price === level.price));
}
