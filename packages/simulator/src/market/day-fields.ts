import { REGULAR_PART } from './new-york-days.js';
import type { TimeSpan } from './new-york-days.js';
import { STEPS_PER_MINUTE } from './minute-steps.js';
import type { SeededStock } from './seeded-stock.js';
import { STEP_MS } from './step-grid.js';
import type { StepGrid } from './step-grid.js';

const MINUTE_MS = 60_000;

/** What the trades of a span of time add up to, in ticks and lots. */
export interface Totals {
  open: number;
  high: number;
  low: number;
  lots: number;
  value: number;
  trades: number;
}

/** What has happened in the minute that the instrument is in. */
export interface CurrentMinute extends Totals {
  readonly minute: number;
  /** The first step that is not counted yet. */
  next: number;
  last: number;
  lastLots: number;
  lastExchange: string;
  lastAtMs: number;
}

/** The regular session that the day's fields are about, complete minutes only. */
interface Session extends Totals, TimeSpan {
  /** When the next one begins. */
  readonly nextMs: number;
  /** The first minute that is not counted yet. */
  next: number;
}

function noTotals(): Totals {
  return { open: 0, high: 0, low: Number.POSITIVE_INFINITY, lots: 0, value: 0, trades: 0 };
}

function addPrice(totals: Totals, open: number, high: number, low: number): void {
  if (totals.high === 0) totals.open = open;
  if (high > totals.high) totals.high = high;
  if (low < totals.low) totals.low = low;
}

/**
 * The fields of a seeded stock's day: its last trade, and what its regular session has come to. Counted minute by minute as they are asked for.
 */
export class DayFields {
  readonly #stock: SeededStock;
  readonly #grid: StepGrid;
  readonly #lot: number;
  readonly #primaryExch: string;
  #current: CurrentMinute | undefined;
  #session: Session | undefined;
  #close: { readonly untilMs: number; readonly ticks: number } | undefined;

  constructor(stock: SeededStock, { grid, lot, primaryExch }: { readonly grid: StepGrid; readonly lot: number; readonly primaryExch: string }) {
    this.#stock = stock;
    this.#grid = grid;
    this.#lot = lot;
    this.#primaryExch = primaryExch;
  }

  /** Counts a trade, or where there are none the middle of the quote. */
  count(current: CurrentMinute, ticks: number, lots: number, exchange: string, atMs: number): void {
    addPrice(current, ticks, ticks, ticks);
    current.last = ticks;
    if (this.#stock.shows === 'quotes') return;
    current.lastLots = lots;
    current.lastExchange = exchange;
    current.lastAtMs = atMs;
    current.lots += lots;
    current.value += lots * ticks;
    current.trades += 1;
  }

  /** The minute of the present step. @param isTradeAhead whether the trade of that step has not happened yet */
  current(isTradeAhead: boolean): CurrentMinute {
    const minute = Math.floor(this.#stock.step / STEPS_PER_MINUTE);
    if (this.#current?.minute !== minute) {
      const next = minute * STEPS_PER_MINUTE;
      this.#current = { ...noTotals(), minute, next, last: 0, lastLots: 0, lastExchange: this.#primaryExch, lastAtMs: 0 };
      this.#recall(this.#current, next);
    }
    const current = this.#current;
    for (; current.next <= this.#stock.step; current.next += 1) {
      if (current.next === this.#stock.step && isTradeAhead) break;
      const steps = this.#stock.stepsOf(minute);
      const at = current.next % STEPS_PER_MINUTE;
      if (this.#stock.shows === 'quotes') this.count(current, this.#stock.middleTicks(current.next), 0, '', 0);
      const ticks = this.#stock.tradeAt(current.next);
      if (ticks !== undefined) this.count(current, ticks, steps.tradeLots[at] ?? 1, this.#stock.exchangeOf(steps.exchange[at] ?? 0), this.#grid.timeOf(current.next));
    }
    return current;
  }

  /** The last trade before a minute: it had one at its last step, unless a move came behind it. */
  #recall(current: CurrentMinute, firstStep: number): void {
    const step = this.#stock.lastOpen(firstStep - 1);
    const move = this.#stock.hours === undefined ? this.#stock.moves.at(-1) : this.#stock.moves.findLast(({ isUnseen }) => !isUnseen);
    const steps = this.#stock.stepsOf(Math.floor(step / STEPS_PER_MINUTE));
    const at = step % STEPS_PER_MINUTE;
    const isMove = move?.afterStep === step;
    current.last = isMove ? move.ticks : (this.#stock.tradeAt(step) ?? this.#stock.middleTicks(step));
    current.lastLots = isMove ? 1 : (steps.tradeLots[at] ?? 1);
    current.lastExchange = isMove ? this.#primaryExch : this.#stock.exchangeOf(steps.exchange[at] ?? 0);
    current.lastAtMs = isMove ? move.atMs : this.#grid.timeOf(step);
  }

  /** The regular session that began last, with all of its minutes (and those after it) that are over. */
  #readSession(): Session {
    const nowMs = this.#grid.timeOf(this.#stock.step);
    if (this.#session === undefined || nowMs >= this.#session.nextMs) this.#session = this.#sessionAt(nowMs);
    const session = this.#session;
    const thisMinute = Math.floor(this.#stock.step / STEPS_PER_MINUTE);
    if (session.next >= thisMinute) return session;
    const regular = this.#stock.shows === 'quotes' ? 'MIDPOINT' : 'TRADES';
    this.#stock.history.spans(regular, 'minute', { startMs: session.next * MINUTE_MS, endMs: thisMinute * MINUTE_MS }, (minute) => {
      if (minute.startMs < session.endMs) {
        const [open, high, low] = [minute.open, minute.high, minute.low].map((value) => Math.floor(this.#stock.scale.ticks(value) + 1e-6));
        addPrice(session, open ?? 0, high ?? 0, low ?? 0);
      }
      session.lots += this.#lotsOf(minute.volume);
      session.value += this.#stock.scale.ticks(minute.value / this.#lot);
      session.trades += minute.trades;
    });
    session.next = thisMinute;
    return session;
  }

  #sessionAt(nowMs: number): Session {
    const { days } = this.#grid;
    let day = days.dayOf(nowMs);
    while (!days.isTradingDay(day) || days.regularSession(day).startMs > nowMs) day -= 1;
    const span = days.partSpan(day, REGULAR_PART);
    let next = day + 1;
    while (!days.isTradingDay(next)) next += 1;
    return { ...noTotals(), ...span, next: span.startMs / MINUTE_MS, nextMs: days.regularSession(next).startMs };
  }

  #lotsOf(size: number): number {
    return Math.round(size / this.#lot);
  }

  /** What the session has come to, the present minute included. */
  totals(current: CurrentMinute): Totals {
    const session = this.#readSession();
    const isBefore = current.minute * MINUTE_MS < session.startMs;
    const totals: Totals = { open: session.open, high: session.high, low: session.low, lots: session.lots, value: session.value, trades: session.trades };
    if (isBefore) return totals;
    totals.lots += current.lots;
    totals.value += current.value;
    totals.trades += current.trades;
    if (current.minute * MINUTE_MS < session.endMs && current.high > 0) addPrice(totals, current.open, current.high, current.low);
    // The session's first trade may still be ahead of its first quote.
    if (totals.high === 0) addPrice(totals, current.last, current.last, current.last);
    return totals;
  }

  /** The close of the last regular session before this day. */
  close(): number {
    const nowMs = this.#grid.timeOf(this.#stock.step);
    if (this.#close !== undefined && nowMs < this.#close.untilMs) return this.#close.ticks;
    const { days } = this.#grid;
    const today = days.dayOf(nowMs);
    let day = today - 1;
    while (!days.isTradingDay(day)) day -= 1;
    const { endMs } = days.regularSession(day);
    const lastStep = endMs / STEP_MS - 1;
    const move = this.#stock.moves.findLast(({ afterStep }) => afterStep === lastStep);
    const ticks = move?.ticks ?? this.#stock.tradeAt(lastStep) ?? this.#stock.middleTicks(lastStep);
    this.#close = { untilMs: days.midnightOf(today + 1), ticks };
    return ticks;
  }
}
