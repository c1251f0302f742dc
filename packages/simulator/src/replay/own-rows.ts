import { TimeZone } from '@ibkit/clock';
import type { NewYorkDays } from '../market/new-york-days.js';
import type { BarSeries, StoredBarKind, StoredBarSize } from './bar-series.js';
import { GrowingColumns } from './growing-columns.js';
import { barKindOf, barSizeOf, dayOf, exchangeOf, instantOf, optionalDecimal, priceOf, sizeOf, symbolOf, unreportedOf } from './own-row.js';
import type { OwnRow, RowKind } from './own-row.js';
import type { QuoteColumns, TradeColumns } from './replay-data.js';
import { REGULAR_OPEN_MS } from './row-rules.js';

const DAY_MS = 86_400_000;

/** What the name of a file says about its rows. */
export interface OwnFileName {
  readonly symbol: string | undefined;
  readonly barSize: StoredBarSize | undefined;
}

/** The rows of one New York day. */
interface DayPart {
  readonly date: string;
  /** What times of the day are counted from, epoch milliseconds. */
  readonly zeroMs: number;
  readonly first: number;
  readonly end: number;
}

interface Series {
  readonly symbol: string;
  readonly size: StoredBarSize;
  readonly kind: StoredBarKind;
  readonly rows: GrowingColumns;
}

/** Collects the rows of one file in the package's own forms, by symbol and kind, and checks what a row alone cannot know. */
export class OwnRows {
  readonly #name: OwnFileName;
  readonly #days: NewYorkDays;
  readonly #zone = new TimeZone('America/New_York');
  readonly #trades = new Map<string, GrowingColumns>();
  readonly #quotes = new Map<string, GrowingColumns>();
  readonly #bars = new Map<string, Series>();

  constructor(name: OwnFileName, days: NewYorkDays) {
    this.#name = name;
    this.#days = days;
  }

  add(kind: RowKind, row: OwnRow): void {
    const symbol = symbolOf(row, this.#name.symbol);
    if (kind === 'trade') this.#addTrade(symbol, row);
    else if (kind === 'quote') this.#addQuote(symbol, row);
    else this.#addBar(symbol, row);
  }

  /** The trades and quotes by New York day. */
  get ticks(): readonly (TradeColumns | QuoteColumns)[] {
    return [
      ...[...this.#trades].flatMap(([symbol, rows]) => this.#byDay(rows).map((part) => this.#tradesOf(symbol, rows, part))),
      ...[...this.#quotes].flatMap(([symbol, rows]) => this.#byDay(rows).map((part) => this.#quotesOf(symbol, rows, part))),
    ];
  }

  get bars(): readonly BarSeries[] {
    return [...this.#bars.values()].map(({ symbol, size, kind, rows }) => ({
      symbol,
      size,
      kind,
      length: rows.length,
      startMs: rows.slice(0),
      endMs: rows.slice(1),
      open: rows.slice(2),
      high: rows.slice(3),
      low: rows.slice(4),
      close: rows.slice(5),
      volume: rows.slice(6),
      wap: rows.slice(7),
      count: rows.slice(8),
    }));
  }

  #addTrade(symbol: string, row: OwnRow): void {
    const rows = this.#trades.get(symbol) ?? new GrowingColumns(5);
    this.#trades.set(symbol, rows);
    rows.add(inOrder(row, rows), priceOf(row, 'price'), sizeOf(row, 'size'), exchangeOf(row), unreportedOf(row));
  }

  #addQuote(symbol: string, row: OwnRow): void {
    const rows = this.#quotes.get(symbol) ?? new GrowingColumns(5);
    this.#quotes.set(symbol, rows);
    const [bid, ask] = [optionalDecimal(row, 'bid') ?? 0, optionalDecimal(row, 'ask') ?? 0];
    const [bidSize, askSize] = [optionalDecimal(row, 'bidSize'), optionalDecimal(row, 'askSize')];
    rows.add(inOrder(row, rows), bid === 0 ? Number.NaN : bid, bidSize ?? Number.NaN, ask === 0 ? Number.NaN : ask, askSize ?? Number.NaN);
  }

  #addBar(symbol: string, row: OwnRow): void {
    const size = barSizeOf(row, this.#name.barSize);
    const kind = barKindOf(row);
    const key = `${symbol} ${kind} ${size.unit} ${size.seconds}`;
    const series = this.#bars.get(key) ?? { symbol, size, kind, rows: new GrowingColumns(9) };
    this.#bars.set(key, series);
    const { startMs, endMs } = size.unit === 'time' ? timeSpan(instantOf(row), size) : this.#daySpan(dayOf(row), size);
    const before = series.rows.length - 1;
    const freeMs = size.unit === 'time' ? series.rows.at(1, before) : series.rows.at(0, before) + 1;
    if (before >= 0 && startMs < freeMs) row.fail('time', 'must not be within the bar above it, nor before it', row.value('time'));
    const [open, high, low, close] = [priceOf(row, 'open'), priceOf(row, 'high'), priceOf(row, 'low'), priceOf(row, 'close')];
    if (high < Math.max(open, low, close)) row.fail('high', `must not be below open (${open}), low (${low}) or close (${close})`, high);
    if (low > Math.min(open, close)) row.fail('low', `must not be above open (${open}) or close (${close})`, low);
    series.rows.add(startMs, endMs, open, high, low, close, sizeOf(row, 'volume'), optionalDecimal(row, 'wap') ?? Number.NaN, optionalDecimal(row, 'count') ?? 0);
  }

  #daySpan(text: string, { unit }: StoredBarSize): { readonly startMs: number; readonly endMs: number } {
    const date = new Date(`${text}T00:00:00Z`);
    const day = date.getTime() / DAY_MS;
    const nextMonth = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1) / DAY_MS;
    let lastDay = unit === 'day' ? day : unit === 'week' ? day + 6 - ((this.#days.weekdayOf(day) + 6) % 7) : nextMonth - 1;
    // A week is over when its last trading day is.
    while (lastDay > day && !this.#days.isTradingDay(lastDay)) lastDay -= 1;
    return { startMs: this.#days.midnightOf(day), endMs: this.#days.regularSession(lastDay).endMs };
  }

  #byDay(rows: GrowingColumns): readonly DayPart[] {
    const parts: DayPart[] = [];
    for (let first = 0; first < rows.length; ) {
      const day = this.#days.dayOf(rows.at(0, first));
      const untilMs = this.#days.midnightOf(day + 1);
      let end = first + 1;
      while (end < rows.length && rows.at(0, end) < untilMs) end += 1;
      const date = new Date(day * DAY_MS).toISOString().slice(0, 10);
      parts.push({ date, zeroMs: this.#zone.instantOf(date, REGULAR_OPEN_MS) - REGULAR_OPEN_MS, first, end });
      first = end;
    }
    return parts;
  }

  #tradesOf(symbol: string, rows: GrowingColumns, { date, zeroMs, first, end }: DayPart): TradeColumns {
    return {
      kind: 'trade',
      symbol,
      date,
      length: end - first,
      msOfDay: Int32Array.from(rows.slice(0, first, end), (atMs) => atMs - zeroMs),
      price: rows.slice(1, first, end),
      size: rows.slice(2, first, end),
      exchange: Uint8Array.from(rows.slice(3, first, end)),
      conditions: new Uint32Array(end - first),
      suspicious: Uint8Array.from(rows.slice(4, first, end)),
    };
  }

  #quotesOf(symbol: string, rows: GrowingColumns, { date, zeroMs, first, end }: DayPart): QuoteColumns {
    return {
      kind: 'quote',
      symbol,
      date,
      length: end - first,
      msOfDay: Int32Array.from(rows.slice(0, first, end), (atMs) => atMs - zeroMs),
      bid: rows.slice(1, first, end),
      bidSize: rows.slice(2, first, end),
      ask: rows.slice(3, first, end),
      askSize: rows.slice(4, first, end),
    };
  }
}

function timeSpan(startMs: number, { seconds }: StoredBarSize): { readonly startMs: number; readonly endMs: number } {
  return { startMs, endMs: startMs + seconds * 1_000 };
}

function inOrder(row: OwnRow, rows: GrowingColumns): number {
  const atMs = instantOf(row);
  if (rows.length > 0 && atMs < rows.at(0, rows.length - 1)) row.fail('time', 'must not be before the row of the same symbol above it', row.value('time'));
  return atMs;
}
