import { TimeZone } from '@ibkit/clock';
import type { Clock, Timer } from '@ibkit/clock';
import type { MarketEvent, Quote } from '../market/market.js';
import { NO_HISTORY } from '../market/price-history.js';
import type { PriceHistory } from '../market/price-history.js';
import type { EventSink, MovablePriceSource } from '../market/price-source.js';
import { cursorOf, dueOf } from './replay-cursor.js';
import type { ReplayCursor } from './replay-cursor.js';
import type { ReplayData } from './replay-data.js';
import { ReplayedStock } from './replayed-stock.js';
import { TickLog } from './tick-log.js';

/** Covers the rounding of scaled clocks, whose timers may fire a hair early. */
const EARLY_MS = 0.001;

/** What a replay source is made from. */
export interface ReplaySourceOptions {
  readonly clock: Clock;
  /** Rows before this instant are told to nobody: they are the past, and set the first prices; epoch milliseconds. */
  readonly startMs: number;
  readonly data: ReplayData;
  /** The instrument of each symbol in the data. */
  readonly conIdOf: (symbol: string) => number;
  readonly sink: EventSink;
  /** Called once when the last row has been played. */
  readonly onEnd?: (() => void) | undefined;
}

/** Below 0 when of rows that are due at one time those of the first come first: quotes before trades, and else in the order in which files were arranged. */
function comesBefore(a: ReplayCursor, b: ReplayCursor): number {
  return Number(b.columns.kind === 'quote') - Number(a.columns.kind === 'quote') || a.place - b.place;
}

/**
 * Plays the rows of files at their times: each row exactly once, in order of time, and for equal times in the order of the files with quotes before trades.
 * One timer waits for the next row that is due; what became due meanwhile is told together. After the last row the prices stay.
 */
export class ReplaySource implements MovablePriceSource {
  readonly #clock: Clock;
  readonly #sink: EventSink;
  readonly #onEnd: (() => void) | undefined;
  readonly #stocks = new Map<number, ReplayedStock>();
  readonly #logs = new Map<number, TickLog>();
  /** Those that have not begun, in the order of their first rows. */
  readonly #waiting: ReplayCursor[];
  /** Those that have begun and have rows left. */
  #running: ReplayCursor[] = [];
  /** The day that each instrument is in, by its midnight. */
  readonly #midnights = new Map<number, number>();
  #timer: Timer | undefined;
  #hasEnded = false;
  #started = false;
  #closed = false;

  constructor(options: ReplaySourceOptions) {
    this.#clock = options.clock;
    this.#sink = (event) => {
      this.#log(event);
      options.sink(event);
    };
    this.#onEnd = options.onEnd;
    const zone = new TimeZone('America/New_York');
    const cursors = options.data.files.map(({ columns }, place) => cursorOf(options.conIdOf(columns.symbol), columns, zone, place));
    this.#waiting = [...cursors].sort((a, b) => dueOf(a) - dueOf(b) || comesBefore(a, b));
    for (const symbol of options.data.symbols) {
      const conId = options.conIdOf(symbol);
      const hasQuotes = cursors.some((cursor) => cursor.conId === conId && cursor.columns.kind === 'quote');
      this.#stocks.set(conId, new ReplayedStock(conId, hasQuotes));
      this.#logs.set(conId, new TickLog(conId, () => this.#clock.now()));
    }
    this.#prepare(options.startMs);
  }

  get conIds(): Iterable<number> {
    return this.#stocks.keys();
  }

  quote(conId: number): Quote {
    return this.#stock(conId).quote();
  }

  /** What was played so far, the rows before the start included. */
  history(conId: number): PriceHistory {
    return this.#logs.get(conId) ?? NO_HISTORY;
  }

  /** Nothing to do: rows are played whether or not somebody watches, because the prices must move on. */
  watched(): void {
    return;
  }

  /** See {@link watched}. */
  unwatched(): void {
    return;
  }

  settle(beforeMs: number): void {
    if (this.#started) this.#play((dueMs) => dueMs < beforeMs);
  }

  start(): void {
    this.#started = true;
    this.#arm();
  }

  setPrice(conId: number, price: number): void {
    const atMs = this.#clock.now();
    this.settle(atMs);
    this.#stock(conId).setPrice(price, atMs, this.#sink);
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #stock(conId: number): ReplayedStock {
    const stock = this.#stocks.get(conId);
    if (stock === undefined) throw new RangeError(`conId must be one of this source, got ${conId}`);
    return stock;
  }

  #prepare(startMs: number): void {
    for (let cursor = this.#next(); cursor !== undefined && dueOf(cursor) < startMs; cursor = this.#next()) {
      const stock = this.#stock(cursor.conId);
      const { columns, row } = cursor;
      this.#enterDay(cursor, stock);
      const atMs = dueOf(cursor);
      const log: EventSink = (event) => {
        this.#log(event);
      };
      if (columns.kind === 'trade') stock.playTrade(columns, row, atMs, log);
      else stock.playQuote(columns, row, atMs, log);
      cursor.row += 1;
    }
  }

  /** The cursor whose row is due first; undefined when every row was played. */
  #next(): ReplayCursor | undefined {
    let first: ReplayCursor | undefined;
    let firstDue = Number.POSITIVE_INFINITY;
    for (const cursor of this.#running) {
      const due = dueOf(cursor);
      if (due > firstDue || (due === firstDue && first !== undefined && comesBefore(first, cursor) <= 0)) continue;
      first = cursor;
      firstDue = due;
    }
    const [waiting] = this.#waiting;
    if (waiting === undefined || dueOf(waiting) > firstDue) return Number.isFinite(firstDue) ? first : undefined;
    this.#waiting.shift();
    // Files that have ended make room, so that many days cost no more than one.
    this.#running = [...this.#running.filter((cursor) => Number.isFinite(dueOf(cursor))), waiting];
    return this.#next();
  }

  #arm(): void {
    if (!this.#started || this.#closed || this.#timer !== undefined) return;
    const next = this.#next();
    if (next === undefined) {
      this.#end();
      return;
    }
    this.#timer = this.#clock.setTimer(dueOf(next) - this.#clock.now(), () => {
      this.#timer = undefined;
      const nowMs = this.#clock.now() + EARLY_MS;
      this.#play((dueMs) => dueMs <= nowMs);
      this.#arm();
    });
  }

  #play(isDue: (dueMs: number) => boolean): void {
    for (let cursor = this.#next(); cursor !== undefined && !this.#closed; cursor = this.#next()) {
      const atMs = dueOf(cursor);
      if (!isDue(atMs)) return;
      const stock = this.#stock(cursor.conId);
      const { columns, row } = cursor;
      this.#enterDay(cursor, stock);
      // First, so that a listener that looks at the market or throws does not see this row twice.
      cursor.row += 1;
      if (columns.kind === 'trade') stock.playTrade(columns, row, atMs, this.#sink);
      else stock.playQuote(columns, row, atMs, this.#sink);
    }
  }

  #end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#onEnd?.();
  }

  #enterDay(cursor: ReplayCursor, stock: ReplayedStock): void {
    const midnight = this.#midnights.get(cursor.conId);
    if (midnight === cursor.midnightMs) return;
    this.#midnights.set(cursor.conId, cursor.midnightMs);
    stock.enterDay(cursor.midnightMs);
  }

  #log(event: MarketEvent): void {
    if (event.kind === 'quote' || event.kind === 'trade') this.#logs.get(event.conId)?.add(event);
  }
}
