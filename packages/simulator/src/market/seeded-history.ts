import type { QuoteEvent, TradeEvent } from './market.js';
import type { TimeSpan } from './new-york-days.js';
import { STEPS_PER_MINUTE, bidsOfMinute } from './minute-steps.js';
import type { HistoryKind, PriceHistory, PriceSpan } from './price-history.js';
import type { SeededStock } from './seeded-stock.js';
import { SpanCollector, emptySpan } from './span-collector.js';
import { STEP_MS } from './step-grid.js';

const MINUTE_MS = 60_000;

/** How many years before its start the market has a past. */
export const YEARS_OF_HISTORY = 20;
const DAYS_PER_YEAR = 365.25;

type Span = ReturnType<typeof emptySpan>;

/**
 * The past of a seeded instrument. Minutes that are over and that nothing moved from outside are read from the path, all others from their steps; both say the same.
 */
export class SeededHistory implements PriceHistory {
  readonly #stock: SeededStock;
  readonly #bids = new Int32Array(STEPS_PER_MINUTE);

  constructor(stock: SeededStock) {
    this.#stock = stock;
  }

  get headMs(): number {
    const { days, startDay } = this.#stock;
    let day = startDay - Math.round(YEARS_OF_HISTORY * DAYS_PER_YEAR);
    while (!days.isTradingDay(day)) day += 1;
    return days.regularSession(day).startMs;
  }

  has(kind: HistoryKind): boolean {
    const { shows } = this.#stock;
    return shows === 'all' || (kind === 'TRADES') === (shows === 'trades');
  }

  spans(kind: HistoryKind, unit: 'second' | 'minute', range: TimeSpan, visit: (span: PriceSpan) => void): void {
    if (this.has(kind)) this.#spans(kind, unit, range, visit);
  }

  /** The middles of the quotes, also of an instrument that does not show them. */
  middles(unit: 'second' | 'minute', range: TimeSpan, visit: (span: PriceSpan) => void): void {
    this.#spans('MIDPOINT', unit, range, visit);
  }

  #spans(kind: HistoryKind, unit: 'second' | 'minute', range: TimeSpan, visit: (span: PriceSpan) => void): void {
    const stock = this.#stock;
    const startMs = Math.max(range.startMs, this.headMs);
    const first = Math.floor(startMs / MINUTE_MS);
    const end = Math.min(Math.ceil(range.endMs / MINUTE_MS), Math.floor(stock.step / STEPS_PER_MINUTE) + 1);
    const span = emptySpan();
    for (let minute = stock.nextOpenMinute(first); minute < end; minute = stock.nextOpenMinute(minute + 1)) {
      const isWhole = minute * MINUTE_MS >= range.startMs && (minute + 1) * MINUTE_MS <= range.endMs;
      if (unit === 'second' || !isWhole || !this.#isUntouched(minute)) this.#fromSteps(kind, unit, minute, range, visit);
      else {
        this.#fromTable(kind, minute, span);
        visit(span);
      }
    }
  }

  events(range: TimeSpan, visit: (event: QuoteEvent | TradeEvent) => void): void {
    const stock = this.#stock;
    const tell = (event: { readonly kind: string }): void => {
      if (isTick(event)) visit(event);
    };
    const first = Math.ceil(Math.max(range.startMs, this.headMs) / STEP_MS);
    const last = Math.min(stock.step, Math.ceil(range.endMs / STEP_MS) - 1);
    const moves = stock.moves.filter(({ atMs, isUnseen }) => !isUnseen && atMs >= range.startMs && atMs < range.endMs);
    let next = 0;
    for (let move = moves[next]; move !== undefined && move.afterStep < first; move = moves[next]) {
      stock.tellMove(move, tell);
      next += 1;
    }
    for (let step = stock.nextOpen(first); step <= last; step = stock.nextOpen(step + 1)) {
      stock.tellQuoteAt(step, tell);
      stock.tellTradeAt(step, tell);
      for (let move = moves[next]; move?.afterStep === step; move = moves[next]) {
        stock.tellMove(move, tell);
        next += 1;
      }
    }
  }

  #isUntouched(minute: number): boolean {
    const { step, moves } = this.#stock;
    const end = (minute + 1) * STEPS_PER_MINUTE;
    const [move] = moves;
    return end <= step && (move === undefined || move.afterStep >= end);
  }

  #fromTable(kind: HistoryKind, minute: number, span: Span): void {
    const { path, scale } = this.#stock;
    const table = path.tableAt(minute);
    const at = minute - table.first;
    span.startMs = minute * MINUTE_MS;
    const [open, high, low, close] = [table.open[at] ?? 0, table.high[at] ?? 0, table.low[at] ?? 0, table.close[at] ?? 0];
    span.quotedMs = MINUTE_MS;
    switch (kind) {
      case 'TRADES':
        this.#tradesFromTable(minute, span);
        return;
      case 'BID':
        this.#set(span, scale.price(open), scale.price(high), scale.price(low), scale.price(close));
        return;
      case 'ASK':
        this.#set(span, this.#ask(open), this.#ask(high), this.#ask(low), this.#ask(close));
        return;
      case 'MIDPOINT':
        this.#set(span, this.#middle(open), this.#middle(high), this.#middle(low), this.#middle(close));
        return;
      case 'BID_ASK':
        this.#set(span, 0, this.#ask(high), scale.price(low), 0);
        this.#averages(minute, span);
    }
  }

  #tradesFromTable(minute: number, span: Span): void {
    const stock = this.#stock;
    const { path, scale } = stock;
    const table = path.tableAt(minute);
    const at = minute - table.first;
    const [open, close, ends, lots] = [table.open[at] ?? 0, table.close[at] ?? 0, table.atAsk[at] ?? 0, table.lots[at] ?? 0];
    const first = (ends & 1) === 1 ? path.spread.ask(open) : open;
    const last = ends >> 1 === 1 ? path.spread.ask(close) : close;
    this.#set(span, scale.price(first), this.#ask(table.high[at] ?? 0), scale.price(table.low[at] ?? 0), scale.price(last));
    span.volume = stock.sizeOf(lots);
    span.trades = table.trades[at] ?? 0;
    span.value = lots === 0 ? 0 : ((table.value[at] ?? 0) / lots) * scale.minTick * span.volume;
  }

  #set(span: Span, open: number, high: number, low: number, close: number): void {
    span.open = open;
    span.high = high;
    span.low = low;
    span.close = close;
  }

  #ask(bid: number): number {
    const { path, scale } = this.#stock;
    return scale.price(path.spread.ask(bid));
  }

  #middle(bid: number): number {
    return (this.#stock.scale.price(bid) + this.#ask(bid)) / 2;
  }

  #averages(minute: number, span: Span): void {
    const { path, scale, minuteSeed } = this.#stock;
    const table = path.tableAt(minute);
    bidsOfMinute(table, minute - table.first, minuteSeed, this.#bids);
    let bids = 0;
    let asks = 0;
    for (const bid of this.#bids) {
      bids += bid;
      asks += path.spread.ask(bid);
    }
    span.open = (bids / STEPS_PER_MINUTE) * scale.minTick;
    span.close = (asks / STEPS_PER_MINUTE) * scale.minTick;
  }

  #fromSteps(kind: HistoryKind, unit: 'second' | 'minute', minute: number, range: TimeSpan, visit: (span: PriceSpan) => void): void {
    const stock = this.#stock;
    const { path, scale } = stock;
    const startMs = Math.max(range.startMs, minute * MINUTE_MS);
    const endMs = Math.min(range.endMs, (minute + 1) * MINUTE_MS);
    const collector = new SpanCollector(kind, unit, { startMs, endMs }, visit);
    const moves = stock.moves.filter(({ atMs, isUnseen }) => !isUnseen && atMs >= startMs && atMs < endMs);
    const quote = (atMs: number, bid: number): void => {
      collector.quote(atMs, scale.price(bid), scale.price(path.spread.ask(bid)));
    };
    const last = Math.min(stock.step, Math.ceil(endMs / STEP_MS) - 1);
    const steps = stock.stepsOf(minute);
    for (let step = Math.ceil(startMs / STEP_MS); step <= last; step += 1) {
      const atMs = step * STEP_MS;
      quote(atMs, stock.bidAt(step));
      const ticks = stock.tradeAt(step);
      if (ticks !== undefined) collector.trade(atMs, scale.price(ticks), stock.sizeOf(steps.tradeLots[step % STEPS_PER_MINUTE] ?? 1));
      for (const move of moves) {
        if (move.afterStep !== step) continue;
        quote(move.atMs, move.ticks);
        collector.trade(move.atMs, scale.price(move.ticks), stock.sizeOf(1));
      }
    }
    collector.finish(Math.max(startMs, (last + 1) * STEP_MS));
  }
}

function isTick(event: { readonly kind: string }): event is QuoteEvent | TradeEvent {
  return event.kind === 'quote' || event.kind === 'trade';
}

