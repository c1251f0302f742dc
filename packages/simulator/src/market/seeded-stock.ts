import { DayFields } from './day-fields.js';
import type { Quote } from './market.js';
import { STEPS_PER_MINUTE, stepsOfMinute } from './minute-steps.js';
import type { MinuteSteps } from './minute-steps.js';
import { PricePath } from './price-path.js';
import { mixed } from './price-source.js';
import type { EventSink } from './price-source.js';
import type { PriceWalk, Shows } from './price-walk.js';
import type { SessionCalendar } from './session-hours.js';
import { SeededHistory } from './seeded-history.js';
import { STEP_MS } from './step-grid.js';
import type { StepGrid } from './step-grid.js';
import { TickScale } from './tick-scale.js';

const LOWEST_TICKS = 2;
const LOT = 100;
const US_STOCK_EXCHANGES = ['BATS', 'ARCA', 'IEX', 'DRCTEDGE'] as const;
const STEPS_KEPT = 4;

/** The price was moved from outside: all later prices are those of the path times the factor. */
export interface PriceMove {
  readonly atMs: number;
  /** The step that it came behind. */
  readonly afterStep: number;
  readonly factor: number;
  /** Where it was moved to. */
  readonly ticks: number;
  /** While there was no session: nobody saw it, the next one begins with it. */
  readonly isUnseen: boolean;
}

/** How a walk is seen; see session-views.ts. */
export interface SessionView {
  /** Under which its events are told. */
  readonly conId: number;
  /** When it trades; undefined for always. */
  readonly hours: SessionCalendar | undefined;
  /** Whether its quotes are seen although the walk hides them. */
  readonly withQuotes: boolean;
}

/**
 * The seeded price of one stock (or of anything else that walks like one). What it is at a step depends on the seed, the instrument, the New York day in which the
 * market started, and the step alone, not on who looked when: the path is made of minutes that exist at any time, past or future, and the minutes of steps.
 *
 * With hours it is seen in its sessions only: between them its state is that of the last step of the session before, and the path goes on unseen, so that the next
 * session begins with a gap.
 *
 * The day's open, high and low are those of the regular session that began last, the close is that of the last one before this day, and the volume counts every trade
 * since the session's open.
 */
export class SeededStock {
  readonly conId: number;
  readonly path: PricePath;
  readonly scale: TickScale;
  readonly shows: Shows;
  readonly #walk: PriceWalk;
  readonly #lot: number;
  /** What the chance within minutes depends on. */
  readonly #seed: number;
  readonly #grid: StepGrid;
  readonly #exchanges: readonly string[];
  readonly #hours: SessionCalendar | undefined;
  readonly #steps = new Map<number, MinuteSteps>();
  #recent: MinuteSteps | undefined;
  readonly #moves: PriceMove[] = [];
  #step: number;
  /** While a quote is told, the trade of the same step has not happened yet. */
  #isTradeAhead = false;
  readonly #day: DayFields;

  constructor(walk: PriceWalk, seed: number, grid: StepGrid, view?: SessionView) {
    this.conId = view?.conId ?? walk.conId;
    this.#hours = view?.hours;
    this.scale = new TickScale(walk.minTick ?? 0.01);
    this.shows = view?.withQuotes === true ? 'all' : (walk.shows ?? 'all');
    this.#walk = walk;
    this.#lot = walk.lot ?? LOT;
    this.#seed = mixed(seed, walk.conId);
    this.#grid = grid;
    this.#exchanges = [walk.primaryExch, ...(walk.otherExchanges ?? US_STOCK_EXCHANGES), walk.primaryExch];
    this.path = new PricePath({ walk, referenceTicks: this.scale.ticks(walk.referencePrice), seed, startDay: grid.startDay, days: grid.days });
    this.#step = this.lastOpen(grid.now());
    this.#day = new DayFields(this, { grid, lot: this.#lot, primaryExch: walk.primaryExch });
  }

  /** The last step that has been seen. */
  get step(): number {
    return this.#step;
  }

  /** What has moved the price from outside, in order. */
  get moves(): readonly PriceMove[] {
    return this.#moves;
  }

  get startDay(): number {
    return this.#grid.startDay;
  }

  get days(): StepGrid['days'] {
    return this.#grid.days;
  }

  /** The past up to the last step that has been seen. */
  get history(): SeededHistory {
    return new SeededHistory(this);
  }

  /** When it trades; undefined for always. */
  get hours(): SessionCalendar | undefined {
    return this.#hours;
  }

  /** The step, or the last one before it that is in a session. */
  lastOpen(step: number): number {
    if (this.#hours === undefined) return step;
    const { isOpen, startMs } = this.#hours.around(step * STEP_MS);
    return isOpen ? step : startMs / STEP_MS - 1;
  }

  /** The step, or the next one that is in a session. */
  nextOpen(step: number): number {
    if (this.#hours === undefined) return step;
    const { isOpen, endMs } = this.#hours.around(step * STEP_MS);
    return isOpen ? step : endMs / STEP_MS;
  }

  /** The minute (since 1970), or the next one in a session. */
  nextOpenMinute(minute: number): number {
    return this.#hours === undefined ? minute : this.nextOpen(minute * STEPS_PER_MINUTE) / STEPS_PER_MINUTE;
  }

  /** Whether a session begins at the step. */
  opensAt(step: number): boolean {
    return this.#hours !== undefined && this.#hours.around(step * STEP_MS).startMs === step * STEP_MS;
  }

  /** The state at the step that was last advanced to. */
  quote(): Quote {
    const { scale } = this;
    const hasSides = this.shows !== 'trades';
    const hasTrades = this.shows !== 'quotes';
    const bid = this.#bidNow();
    const [bidLots, askLots] = this.#lotsAt(this.#step);
    const current = this.#day.current(this.#isTradeAhead);
    const totals = this.#day.totals(current);
    // One literal: quotes are asked for with every event, and spreads are slow.
    return {
      bid: hasSides ? scale.price(bid) : undefined,
      ask: hasSides ? scale.price(this.path.spread.ask(bid)) : undefined,
      bidSize: hasSides ? this.sizeOf(bidLots) : undefined,
      askSize: hasSides ? this.sizeOf(askLots) : undefined,
      last: hasTrades ? scale.price(current.last) : undefined,
      lastSize: hasTrades ? this.sizeOf(current.lastLots) : undefined,
      lastExchange: hasTrades ? current.lastExchange : undefined,
      lastTimeMs: hasTrades ? current.lastAtMs : undefined,
      volume: hasTrades ? this.sizeOf(totals.lots) : undefined,
      vwap: hasTrades && totals.lots > 0 ? (totals.value / totals.lots) * scale.minTick : undefined,
      trades: hasTrades ? totals.trades : undefined,
      open: scale.price(totals.open),
      high: scale.price(totals.high),
      low: scale.price(totals.low),
      close: scale.price(this.#day.close()),
    };
  }

  /** Goes to a later step, telling `sink` what happens on the way if there is one. Never goes back. */
  advanceTo(target: number, sink?: EventSink): void {
    if (target <= this.#step) return;
    if (sink === undefined) {
      this.#step = Math.max(this.#step, this.lastOpen(target));
      return;
    }
    for (let next = this.nextOpen(this.#step + 1); next <= target; next = this.nextOpen(next + 1)) {
      this.#step = next;
      this.#isTradeAhead = true;
      this.tellQuoteAt(this.#step, sink);
      this.#isTradeAhead = false;
      this.tellTradeAt(this.#step, sink);
    }
  }

  /** Moves the price now: a trade of one lot at it and a quote around it; later steps go on from there. */
  setPrice(price: number, atMs: number, sink: EventSink): void {
    const step = Math.max(this.#step, Math.floor(atMs / STEP_MS));
    const isUnseen = this.lastOpen(step) !== step;
    const afterStep = isUnseen ? step : this.#step;
    const ticks = Math.max(LOWEST_TICKS, Math.round(this.scale.ticks(price)));
    const base = this.stepsOf(Math.floor(afterStep / STEPS_PER_MINUTE)).bid[afterStep % STEPS_PER_MINUTE] ?? ticks;
    const move = { atMs, afterStep, factor: ticks / base, ticks, isUnseen };
    if (isUnseen) {
      this.#moves.push(move);
      return;
    }
    const current = this.#day.current(this.#isTradeAhead);
    this.#moves.push(move);
    this.#tellMoveQuote(move, sink);
    this.#day.count(current, ticks, 1, this.#walk.primaryExch, atMs);
    this.#tellMoveTrade(move, sink);
  }

  /** The steps of a minute (since 1970); prices before any move from outside. */
  stepsOf(minute: number): MinuteSteps {
    if (this.#recent?.minute === minute) return this.#recent;
    const steps = this.#steps.get(minute) ?? stepsOfMinute(this.path, minute, this.#seed);
    this.#steps.delete(minute);
    this.#steps.set(minute, steps);
    for (const oldest of this.#steps.keys()) {
      if (this.#steps.size <= STEPS_KEPT) break;
      this.#steps.delete(oldest);
    }
    this.#recent = steps;
    return steps;
  }

  /** What the chance within minutes depends on. */
  get minuteSeed(): number {
    return this.#seed;
  }

  /** What moves from outside have multiplied the price of a step by. */
  factorAt(step: number): number {
    for (let at = this.#moves.length - 1; at >= 0; at -= 1) {
      const move = this.#moves[at];
      if (move !== undefined && move.afterStep < step) return move.factor;
    }
    return 1;
  }

  /** The bid in ticks at a step. */
  bidAt(step: number, factor = this.factorAt(step)): number {
    const base = this.stepsOf(Math.floor(step / STEPS_PER_MINUTE)).bid[step % STEPS_PER_MINUTE] ?? LOWEST_TICKS;
    return factor === 1 ? base : Math.max(1, Math.round(base * factor));
  }

  /** The middle of the quote at a step whose bid in the path is `base` ticks. */
  middleOf(base: number, step: number): number {
    const factor = this.factorAt(step);
    const bid = factor === 1 ? base : Math.max(1, Math.round(base * factor));
    return (this.scale.price(bid) + this.scale.price(this.path.spread.ask(bid))) / 2;
  }

  /** The middle of the quote at a step. */
  middleAt(step: number): number {
    const bid = this.bidAt(step);
    return (this.scale.price(bid) + this.scale.price(this.path.spread.ask(bid))) / 2;
  }

  /** The quote at a step whose bid in the path is `base` ticks. */
  sidesOf(base: number, step: number): readonly [bid: number, ask: number] {
    const factor = this.factorAt(step);
    return this.#sides(factor === 1 ? base : Math.max(1, Math.round(base * factor)));
  }

  /** The quote at a step. */
  sidesAt(step: number): readonly [bid: number, ask: number] {
    return this.#sides(this.bidAt(step));
  }

  /** The price in ticks of a step's trade; undefined when it has none. */
  tradeAt(step: number): number | undefined {
    const steps = this.stepsOf(Math.floor(step / STEPS_PER_MINUTE));
    const at = step % STEPS_PER_MINUTE;
    if (this.shows === 'quotes' || steps.tradeLots[at] === 0) return undefined;
    const bid = this.bidAt(step);
    return steps.atAsk[at] === 1 ? this.path.spread.ask(bid) : bid;
  }

  /** Half way between the quote at a step, in ticks. */
  middleTicks(step: number): number {
    const bid = this.bidAt(step);
    return Math.floor((bid + this.path.spread.ask(bid)) / 2);
  }

  /** The exchange that a step's draw stands for. */
  exchangeOf(draw: number): string {
    return this.#exchanges[draw % this.#exchanges.length] ?? this.#walk.primaryExch;
  }

  /** Lots as the size that clients see. */
  sizeOf(lots: number): number {
    if (this.shows === 'trades') return 0;
    return this.#lot === LOT ? lots * LOT : Number((lots * this.#lot).toFixed(8));
  }

  /** Tells the quote of a step if it is another one than just before. */
  tellQuoteAt(step: number, sink: EventSink): void {
    if (this.shows === 'trades') return;
    const factor = this.factorAt(step);
    const [bid, before] = [this.bidAt(step, factor), this.bidAt(step - 1, factor)];
    const [bidLots, askLots] = this.#lotsAt(step);
    if (this.#hours !== undefined && this.opensAt(step)) {
      this.#tellQuote(this.#grid.timeOf(step), bid, bidLots, askLots, sink);
      return;
    }
    const [bidLotsBefore, askLotsBefore] = this.#lotsAt(step - 1);
    if (bid === before && bidLots === bidLotsBefore && askLots === askLotsBefore) return;
    this.#tellQuote(this.#grid.timeOf(step), bid, bidLots, askLots, sink);
  }

  /** Tells the trade of a step if there is one. */
  tellTradeAt(step: number, sink: EventSink): void {
    const ticks = this.tradeAt(step);
    if (ticks === undefined) return;
    const steps = this.stepsOf(Math.floor(step / STEPS_PER_MINUTE));
    const at = step % STEPS_PER_MINUTE;
    this.#tellTrade(this.#grid.timeOf(step), ticks, steps.tradeLots[at] ?? 1, this.exchangeOf(steps.exchange[at] ?? 0), sink);
  }

  /** Tells a move again. */
  tellMove(move: PriceMove, sink: EventSink): void {
    this.#tellMoveQuote(move, sink);
    this.#tellMoveTrade(move, sink);
  }

  #tellMoveQuote(move: PriceMove, sink: EventSink): void {
    if (this.shows === 'trades') return;
    const [bidLots, askLots] = this.#lotsAt(move.afterStep);
    this.#tellQuote(move.atMs, move.ticks, bidLots, askLots, sink);
  }

  #tellMoveTrade(move: PriceMove, sink: EventSink): void {
    if (this.shows !== 'quotes') this.#tellTrade(move.atMs, move.ticks, 1, this.#walk.primaryExch, sink);
  }

  #tellQuote(atMs: number, bid: number, bidLots: number, askLots: number, sink: EventSink): void {
    sink({
      kind: 'quote',
      conId: this.conId,
      atMs,
      bid: this.scale.price(bid),
      ask: this.scale.price(this.path.spread.ask(bid)),
      bidSize: this.sizeOf(bidLots),
      askSize: this.sizeOf(askLots),
    });
  }

  #tellTrade(atMs: number, ticks: number, lots: number, exchange: string, sink: EventSink): void {
    const [price, size] = [this.scale.price(ticks), this.sizeOf(lots)];
    sink({ kind: 'trade', conId: this.conId, atMs, price, size, exchange, conditions: '', pastLimit: false, unreported: false });
  }

  #lotsAt(step: number): readonly [bidLots: number, askLots: number] {
    const steps = this.stepsOf(Math.floor(step / STEPS_PER_MINUTE));
    const at = step % STEPS_PER_MINUTE;
    return [steps.bidLots[at] ?? 1, steps.askLots[at] ?? 1];
  }

  #sides(bid: number): readonly [bid: number, ask: number] {
    return [this.scale.price(bid), this.scale.price(this.path.spread.ask(bid))];
  }

  #bidNow(): number {
    const move = this.#hours === undefined ? this.#moves.at(-1) : this.#moves.findLast(({ afterStep }) => afterStep <= this.#step);
    return this.bidAt(this.#step, move === undefined ? 1 : move.factor);
  }
}
