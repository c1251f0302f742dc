import type { HistoricalData, HistoricalDataUpdate, WireBar } from '../historical-messages.js';
import type { MarketDepth, MarketDepthL2, RealTimeBar } from '../market-data-messages.js';
import { BarTable, messageOfTable } from './bar-table.js';
import type { ByteCursor } from './byte-cursor.js';

/** Every field has at least its NUL. */
const MIN_BAR_BYTES = 8;

export function readMarketDepth(cursor: ByteCursor): MarketDepth | undefined {
  cursor.skip();
  const reqId = cursor.integer();
  const position = cursor.integer();
  const operation = cursor.integer();
  const side = cursor.integer();
  const price = cursor.number();
  const size = cursor.quantity();
  return cursor.done() ? { type: 'marketDepth', reqId, position, operation, side, price, size } : undefined;
}

export function readMarketDepthL2(cursor: ByteCursor): MarketDepthL2 | undefined {
  cursor.skip();
  const reqId = cursor.integer();
  const position = cursor.integer();
  const marketMaker = cursor.text();
  const operation = cursor.integer();
  const side = cursor.integer();
  const price = cursor.number();
  const size = cursor.quantity();
  const isSmartDepth = cursor.flag();
  if (!cursor.done()) return undefined;
  return { type: 'marketDepthL2', reqId, position, marketMaker, operation, side, price, size, isSmartDepth };
}

export function readRealTimeBar(cursor: ByteCursor): RealTimeBar | undefined {
  cursor.skip();
  const reqId = cursor.integer();
  const time = cursor.integer();
  const open = cursor.number();
  const high = cursor.number();
  const low = cursor.number();
  const close = cursor.number();
  const volume = cursor.quantity();
  const wap = cursor.quantity();
  const count = cursor.integer();
  return cursor.done() ? { type: 'realTimeBar', reqId, time, open, high, low, close, volume, wap, count } : undefined;
}

function readBar(cursor: ByteCursor): WireBar {
  const date = cursor.text();
  const open = cursor.number();
  const high = cursor.number();
  const low = cursor.number();
  const close = cursor.number();
  const volume = cursor.quantity();
  const wap = cursor.quantity();
  const count = cursor.integer();
  return { date, open, high, low, close, volume, wap, count };
}

/** Bars that are few enough to be objects from the start. */
const FEW_BARS = 5_000;

export function readHistoricalData(cursor: ByteCursor, fewBars = FEW_BARS): HistoricalData | undefined {
  const reqId = cursor.integer();
  const start = cursor.text();
  const end = cursor.text();
  const count = cursor.integer();
  // A count is believed only as far as the bytes can hold it.
  if (!cursor.isPlain() || count < 0 || count * MIN_BAR_BYTES > cursor.remaining) return undefined;
  if (count > fewBars) return readBarTable(cursor, count, { reqId, start, end });
  const bars: WireBar[] = [];
  for (let index = 0; index < count; index += 1) {
    bars.push(readBar(cursor));
    if (!cursor.isPlain()) return undefined;
  }
  return cursor.done() ? { type: 'historicalData', reqId, start, end, bars } : undefined;
}

function readBarTable(cursor: ByteCursor, count: number, head: { readonly reqId: number; readonly start: string; readonly end: string }): HistoricalData | undefined {
  const size = cursor.remaining;
  const table = new BarTable(count, cursor.rest());
  for (let index = 0; index < count; index += 1) {
    const dateAt = size - cursor.remaining;
    cursor.skip();
    const dateEnd = size - cursor.remaining - 1;
    const open = cursor.number();
    const high = cursor.number();
    const low = cursor.number();
    const close = cursor.number();
    const volume = cursor.quantityOrNaN();
    const wap = cursor.quantityOrNaN();
    table.add(dateAt, dateEnd, open, high, low, close, volume, wap, cursor.integer());
    if (!cursor.isPlain()) return undefined;
  }
  return cursor.done() ? messageOfTable(head, table) : undefined;
}

export function readHistoricalDataUpdate(cursor: ByteCursor): HistoricalDataUpdate | undefined {
  const reqId = cursor.integer();
  const count = cursor.integer();
  const date = cursor.text();
  const open = cursor.number();
  const close = cursor.number();
  const high = cursor.number();
  const low = cursor.number();
  const wap = cursor.quantity();
  const volume = cursor.quantity();
  if (!cursor.done()) return undefined;
  return { type: 'historicalDataUpdate', reqId, bar: { date, open, high, low, close, volume, wap, count } };
}
