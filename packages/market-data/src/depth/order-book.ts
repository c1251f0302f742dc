/** One row of a side of an order book. */
export interface DepthLevel {
  readonly price: number;
  readonly size: number;
  /** Who shows it: the market maker or, in a smart book, the exchange. Absent where the broker does not say. */
  readonly marketMaker?: string | undefined;
}

/** A side of an order book. */
export type DepthSide = 'bid' | 'ask';

/** What happens to a row: all rows behind an inserted or deleted one move. */
export type DepthOperation = 'insert' | 'update' | 'delete';

/** One change of one row. */
export interface BookChange {
  readonly side: DepthSide;
  readonly operation: DepthOperation;
  /** 0 is the best row. */
  readonly position: number;
  /** What the row is now; of a deleted row whatever the broker sent. */
  readonly level: DepthLevel;
}

/** Why a change cannot be right: the book that it was made for is not the one that we have. */
export type BookFault = 'no such row' | 'leaves a hole' | 'not a position' | 'not a size' | 'not a price';

/**
 * Both sides of an order book, best row first, kept by changes of rows. It has a fixed number of rows on each side: one that an inserted row
 * pushes out is forgotten, and changes behind the last row are none of its business. A change that does not fit changes nothing.
 */
export class OrderBook {
  readonly #rows: number;
  readonly #sides: Readonly<Record<DepthSide, DepthLevel[]>> = { bid: [], ask: [] };

  constructor(rows: number) {
    this.#rows = rows;
  }

  get bids(): readonly DepthLevel[] {
    return this.#sides.bid;
  }

  get asks(): readonly DepthLevel[] {
    return this.#sides.ask;
  }

  /** Whether no row is left to come on either side. */
  get full(): boolean {
    return this.bids.length === this.#rows && this.asks.length === this.#rows;
  }

  /** Whether prices only fall behind the best bid and only rise behind the best ask. Several rows may have one price. */
  get ordered(): boolean {
    return isSorted(this.bids, (better, worse) => better.price >= worse.price) && isSorted(this.asks, (better, worse) => better.price <= worse.price);
  }

  /** Whether somebody bids as much as somebody asks. In smart books that happens: the rows are of several exchanges. */
  get crossed(): boolean {
    const [bid] = this.bids;
    const [ask] = this.asks;
    return bid !== undefined && ask !== undefined && bid.price >= ask.price;
  }

  /** Makes one change, or says why it cannot be made. */
  apply({ side, operation, position, level }: BookChange): BookFault | undefined {
    const rows = this.#sides[side];
    if (!Number.isSafeInteger(position) || position < 0) return 'not a position';
    if (operation !== 'delete') {
      if (!Number.isFinite(level.price)) return 'not a price';
      if (!(level.size >= 0) || !Number.isFinite(level.size)) return 'not a size';
    }
    if (position >= this.#rows) return undefined;
    if (operation === 'insert') {
      if (position > rows.length) return 'leaves a hole';
      rows.splice(position, 0, level);
      if (rows.length > this.#rows) rows.pop();
      return undefined;
    }
    if (position >= rows.length) return 'no such row';
    if (operation === 'update') rows[position] = level;
    else rows.splice(position, 1);
    return undefined;
  }

  /** Forgets every row. */
  clear(): void {
    this.#sides.bid.length = 0;
    this.#sides.ask.length = 0;
  }
}

function isSorted(rows: readonly DepthLevel[], fits: (better: DepthLevel, worse: DepthLevel) => boolean): boolean {
  return rows.every((row, index) => {
    const next = rows[index + 1];
    return next === undefined || fits(row, next);
  });
}
