import type { HistoricalData, WireBar } from '../historical-messages.js';
import { decodeAscii, decodeText, isAscii } from './text-cache.js';

/** Numbers per bar: open, high, low, close, volume, wap, count. */
const COLUMNS = 7;

/**
 * The bars of a long answer in two blocks of memory. A hundred thousand objects that live as long as one answer cost the garbage
 * collector more than reading them cost us; most readers only walk over them once.
 */
export class BarTable {
  readonly #numbers: Float64Array;
  readonly #dates: Uint32Array;
  readonly #bytes: Uint8Array;
  #filled = 0;
  #bars: readonly WireBar[] | undefined;

  /** @param bytes a copy of the payload, which holds the dates */
  constructor(count: number, bytes: Uint8Array) {
    this.#numbers = new Float64Array(count * COLUMNS);
    this.#dates = new Uint32Array(count * 2);
    this.#bytes = bytes;
  }

  /** Adds a bar whose date lies in the bytes from `start` to `end`; NaN stands for absent. */
  add(start: number, end: number, open: number, high: number, low: number, close: number, volume: number, wap: number, count: number): void {
    const row = this.#filled;
    const numbers = this.#numbers;
    const at = row * COLUMNS;
    this.#dates[row * 2] = start;
    this.#dates[row * 2 + 1] = end;
    numbers[at] = open;
    numbers[at + 1] = high;
    numbers[at + 2] = low;
    numbers[at + 3] = close;
    numbers[at + 4] = volume;
    numbers[at + 5] = wap;
    numbers[at + 6] = count;
    this.#filled = row + 1;
  }

  /** All bars as objects, made when first asked for. */
  get bars(): readonly WireBar[] {
    if (this.#bars !== undefined) return this.#bars;
    const bars: WireBar[] = [];
    for (let row = 0; row < this.#filled; row += 1) bars.push(this.#bar(row));
    this.#bars = bars;
    return bars;
  }

  /** Calls `visit` with each bar, without keeping it. */
  forEach(visit: (bar: WireBar) => void): void {
    for (let row = 0; row < this.#filled; row += 1) visit(this.#bars?.[row] ?? this.#bar(row));
  }

  #bar(row: number): WireBar {
    const numbers = this.#numbers;
    const at = row * COLUMNS;
    const start = this.#dates[row * 2] ?? 0;
    const end = this.#dates[row * 2 + 1] ?? 0;
    const volume = numbers[at + 4] ?? Number.NaN;
    const wap = numbers[at + 5] ?? Number.NaN;
    return {
      date: isAscii(this.#bytes, start, end) ? decodeAscii(this.#bytes, start, end) : decodeText(this.#bytes, start, end),
      open: numbers[at] ?? Number.NaN,
      high: numbers[at + 1] ?? Number.NaN,
      low: numbers[at + 2] ?? Number.NaN,
      close: numbers[at + 3] ?? Number.NaN,
      volume: Number.isNaN(volume) ? undefined : volume,
      wap: Number.isNaN(wap) ? undefined : wap,
      count: numbers[at + 6],
    };
  }
}

const TABLES = new WeakMap<HistoricalData, BarTable>();

/** A message whose `bars` are made from the table when somebody asks for them. */
export function messageOfTable(head: { readonly reqId: number; readonly start: string; readonly end: string }, table: BarTable): HistoricalData {
  const message: HistoricalData = {
    type: 'historicalData',
    ...head,
    get bars() {
      return table.bars;
    },
  };
  TABLES.set(message, table);
  return message;
}

/**
 * Calls `visit` with each bar of a message in order. Prefer it to `message.bars` for walking over long answers once: the fast path keeps
 * them packed, and bars that nobody keeps are cheap.
 */
export function forEachBar(message: HistoricalData, visit: (bar: WireBar) => void): void {
  const table = TABLES.get(message);
  if (table === undefined) for (const bar of message.bars) visit(bar);
  else table.forEach(visit);
}
