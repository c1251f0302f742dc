import type { BarGrid } from './bar-grid.js';
import type { BarSlot, BarSpan } from './bar-grid.js';
import { BarSum } from './bar-sum.js';
import type { ResolvedBarPolicy } from './bar-policy.js';
import type { BarEnding, BarFlaw, BarInput, BarInputGap, BarTrade, TickBarItem } from './tick-bar.js';

/** How time bars are made; all times are milliseconds. */
export interface TimeBarRules {
  readonly grid: BarGrid;
  readonly policy: ResolvedBarPolicy;
  readonly empty: 'skip' | 'fill';
  readonly late: 'skip' | 'current';
  readonly lateMs: number;
  /** Every trade from here on is among those that come. */
  readonly fromMs: number | undefined;
  /** Every trade up to here is among those that come. */
  readonly toMs: number | undefined;
  /** Whether the hours must be known. */
  readonly needsHours: boolean;
  readonly emit: (item: TickBarItem) => void;
}

interface OpenBar {
  readonly slot: BarSlot;
  readonly sum: BarSum;
  /** Whether nobody knows what was in front of it. */
  readonly isBehindHole: boolean;
  flaw: BarFlaw | undefined;
}

/** A longer run of intervals without trades is no quiet market: nobody wants half a million bars about a month without data. */
const MOST_FILLED = 100_000;

/** Makes bars of equal time from trades. A bar is given out once a trade shows that its time is over. */
export class TimeBarBuilder {
  readonly #rules: TimeBarRules;
  /** By time; more than one while trades of an earlier one may still come. */
  #open: OpenBar[] = [];
  #timeMs = Number.NEGATIVE_INFINITY;
  /** The last bar that was given out. */
  #last: { readonly slot: BarSlot; readonly close: number } | undefined;
  #lateTrades = 0;
  /** Where the first bar begins. */
  #begunMs: number | undefined;
  /** A hole of a live stream since the last trade. */
  #holed = false;
  /** Holes of the past, by the times of trades. */
  #holes: readonly BarSpan[] = [];

  constructor(rules: TimeBarRules) {
    this.#rules = rules;
  }

  /** When the first bar that is still open is given out, by the times of trades; `undefined` when there is none. */
  get dueMs(): number | undefined {
    const [first] = this.#open;
    return first === undefined ? undefined : first.slot.toMs + this.#rules.lateMs;
  }

  add(input: BarInput): void {
    if (input.type === 'gap') this.#addGap(input);
    else this.#addTrade(input);
  }

  /** The clock says what time it is: bars that are over are given out without waiting for the next trade. */
  advance(nowMs: number): void {
    if (nowMs > this.#timeMs) this.#timeMs = nowMs;
    this.#giveOut('clock');
  }

  /** There are no more trades. */
  finish(): void {
    const { toMs } = this.#rules;
    if (toMs !== undefined) this.#timeMs = Math.max(this.#timeMs, toMs);
    for (const bar of this.#open) if (bar.slot.toMs > this.#timeMs) bar.flaw ??= 'end';
    for (const bar of this.#open.splice(0)) this.#emit(bar, 'end');
    if (toMs !== undefined) this.#fillUpTo(toMs);
  }

  #addTrade(trade: BarTrade): void {
    const { time } = trade;
    if (time > this.#timeMs) {
      this.#timeMs = time;
      this.#giveOut('trade');
    }
    if (!this.#rules.policy.counts(trade)) return;
    const slot = this.#rules.grid.slotAt(time);
    if (slot === undefined) return;
    const bar = this.#barOf(slot);
    if (bar === undefined) this.#lateTrades += 1;
    else bar.sum.add(trade.price, trade.size);
    this.#holed = false;
  }

  /** The bar that a trade belongs to, or what the policy says about a trade whose bar is gone. */
  #barOf(slot: BarSlot): OpenBar | undefined {
    const found = this.#open.find((bar) => bar.slot.fromMs <= slot.fromMs && slot.fromMs < bar.slot.toMs);
    if (found !== undefined) {
      if (this.#holed) found.flaw ??= 'gap';
      return found;
    }
    if (this.#last !== undefined && slot.fromMs < this.#last.slot.toMs) return this.#rules.late === 'current' ? this.#open.at(-1) : undefined;
    const bar: OpenBar = { slot, sum: new BarSum(), isBehindHole: this.#holed, flaw: this.#flawOf(slot) };
    this.#begunMs ??= slot.fromMs;
    const behind = this.#open.findIndex((other) => other.slot.fromMs > slot.fromMs);
    this.#open.splice(behind < 0 ? this.#open.length : behind, 0, bar);
    return bar;
  }

  #flawOf(slot: BarSlot): BarFlaw | undefined {
    const { fromMs, needsHours } = this.#rules;
    if (needsHours && slot.session === 'unknown') return 'hours';
    if (slot.fromMs <= (this.#begunMs ?? slot.fromMs) && (fromMs === undefined || fromMs > slot.fromMs)) return 'start';
    return this.#holed || this.#isIn(slot) ? 'gap' : undefined;
  }

  #isIn(span: BarSpan): boolean {
    return this.#holes.some((hole) => hole.fromMs < span.toMs && hole.toMs > span.fromMs);
  }

  #addGap(gap: BarInputGap): void {
    const { type, fromMs, toMs, reason } = gap;
    if (reason === undefined) {
      this.#holes = [...this.#holes.filter((hole) => hole.toMs > (this.#last?.slot.toMs ?? Number.NEGATIVE_INFINITY)), { fromMs, toMs }];
      for (const bar of this.#open) if (this.#isIn(bar.slot)) bar.flaw ??= 'gap';
    } else {
      this.#holed = true;
      for (const bar of this.#open) bar.flaw ??= 'gap';
    }
    this.#rules.emit(Object.freeze({ type, fromMs, toMs, reason }));
  }

  #giveOut(endedBy: BarEnding): void {
    while (this.#open[0] !== undefined && this.#open[0].slot.toMs + this.#rules.lateMs <= this.#timeMs) {
      const [bar] = this.#open.splice(0, 1);
      if (bar !== undefined) this.#emit(bar, endedBy);
    }
  }

  #emit({ slot, sum, flaw, isBehindHole }: OpenBar, endedBy: BarEnding): void {
    if (!isBehindHole) this.#fillUpTo(slot.fromMs);
    this.#last = { slot, close: sum.close };
    this.#rules.emit(Object.freeze({ type: 'bar', time: slot.fromMs, endMs: slot.toMs, ...sum.values, complete: flaw === undefined, flaw, endedBy, lateTrades: this.#takeLate() }));
  }

  /** Intervals without trades from the last bar on: to the end of its session, and from the beginning of the next one. */
  #fillUpTo(toMs: number): void {
    const { empty, grid } = this.#rules;
    const last = this.#last;
    if (empty === 'skip' || last === undefined) return;
    let atMs = last.slot.toMs;
    const end = grid.slotAt(toMs - 1);
    for (let count = 0; atMs < toMs && count < MOST_FILLED; count += 1) {
      const slot = grid.slotAt(atMs);
      if (slot === undefined) {
        // Behind the session: on with the one that the end lies in.
        if (end === undefined || end.session === 'unknown' || end.session.fromMs <= atMs) return;
        atMs = end.session.fromMs;
        continue;
      }
      if (slot.toMs > toMs) return;
      if (!this.#isIn(slot)) this.#emitEmpty(slot, last.close);
      atMs = slot.toMs;
    }
  }

  #emitEmpty(slot: BarSlot, price: number): void {
    this.#last = { slot, close: price };
    this.#rules.emit(Object.freeze({
      type: 'bar', time: slot.fromMs, endMs: slot.toMs, open: price, high: price, low: price, close: price, volume: 0, wap: price, count: 0,
      complete: true, flaw: undefined, endedBy: 'trade', lateTrades: this.#takeLate(),
    })); // prettier-ignore
  }

  #takeLate(): number {
    const late = this.#lateTrades;
    this.#lateTrades = 0;
    return late;
  }
}
