import type { TimeZone } from '@ibkit/clock';
import type { QuoteColumns, TradeColumns } from './replay-data.js';
import { REGULAR_OPEN_MS } from './row-rules.js';

/** A place in the rows of one file. */
export interface ReplayCursor<Columns extends TradeColumns | QuoteColumns = TradeColumns | QuoteColumns> {
  readonly conId: number;
  readonly columns: Columns;
  /** Epoch milliseconds of the file's midnight, so that its regular open is right. */
  readonly midnightMs: number;
  /** Which of the files it is. */
  readonly place: number;
  row: number;
}

/** Makes a cursor at a file's first row. */
export function cursorOf(conId: number, columns: TradeColumns | QuoteColumns, zone: TimeZone, place: number): ReplayCursor {
  return { conId, columns, midnightMs: zone.instantOf(columns.date, REGULAR_OPEN_MS) - REGULAR_OPEN_MS, place, row: 0 };
}

/** When the cursor's row is due; Infinity after the last one. */
export function dueOf(cursor: ReplayCursor): number {
  const ms = cursor.columns.msOfDay[cursor.row];
  return ms === undefined ? Number.POSITIVE_INFINITY : cursor.midnightMs + ms;
}
