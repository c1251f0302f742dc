import type { BarSpan } from './bar-grid.js';
import type { ResolvedBarPolicy } from './bar-policy.js';
import { BarSum, exact } from './bar-sum.js';
import type { BarEnding, BarFlaw, BarInput, BarInputGap, BarTrade, TickBarItem } from './tick-bar.js';

/** How bars of equal numbers of trades, or of equal volume, are made. */
export interface SizeBarRules {
  readonly policy: ResolvedBarPolicy;
  readonly by: 'ticks' | 'volume';
  readonly size: number;
  /** Volume bars: whether a trade that is larger than what is left of a bar is divided. */
  readonly split: boolean;
  readonly needsHours: boolean;
  readonly emit: (item: TickBarItem) => void;
}

interface OpenBar {
  readonly session: BarSpan | 'unknown';
  readonly sum: BarSum;
  readonly time: number;
  endMs: number;
  flaw: BarFlaw | undefined;
}

/** A trade that is so many times larger than a bar is an error of somebody: the rest of it stays in one bar. */
const MOST_PARTS = 10_000;

/** Makes bars of so many trades, or of so much volume, in the order in which the trades come. None spans two sessions. */
export class SizeBarBuilder {
  readonly #rules: SizeBarRules;
  #bar: OpenBar | undefined;

  constructor(rules: SizeBarRules) {
    this.#rules = rules;
  }

  /** No bar ends by time. */
  get dueMs(): undefined {
    return undefined;
  }

  add(input: BarInput): void {
    if (input.type === 'gap') this.#addGap(input);
    else if (this.#rules.policy.counts(input)) this.#addTrade(input);
  }

  /** The clock ends none of these bars. */
  advance(): void {
    return undefined;
  }

  /** There are no more trades. */
  finish(): void {
    if (this.#bar !== undefined) this.#bar.flaw ??= 'end';
    this.#giveOut('end');
  }

  #addTrade(trade: BarTrade): void {
    const session = this.#rules.policy.sessions(trade.time);
    if (session === 'closed') {
      this.#giveOut('session');
      return;
    }
    if (this.#bar !== undefined && !isSame(this.#bar.session, session)) this.#giveOut('session');
    const { by, size, split } = this.#rules;
    if (by === 'volume' && split) {
      this.#addInParts(trade, session);
      return;
    }
    const { sum } = this.#barAt(trade.time, session);
    sum.add(trade.price, trade.size);
    if ((by === 'ticks' ? sum.count : sum.volume) >= size) this.#giveOut('size');
  }

  #addInParts({ time, price, size: whole }: BarTrade, session: BarSpan | 'unknown'): void {
    const { size } = this.#rules;
    let left = whole;
    let parts = 0;
    do {
      const { sum } = this.#barAt(time, session);
      parts += 1;
      const part = parts > MOST_PARTS ? left : Math.min(left, exact(size - sum.volume));
      sum.add(price, part, left === whole);
      left = exact(left - part);
      if (sum.volume >= size) this.#giveOut('size');
    } while (left > 0);
  }

  #barAt(time: number, session: BarSpan | 'unknown'): OpenBar {
    this.#bar ??= { session, sum: new BarSum(), time, endMs: time, flaw: this.#rules.needsHours && session === 'unknown' ? 'hours' : undefined };
    this.#bar.endMs = Math.max(this.#bar.endMs, time);
    return this.#bar;
  }

  #addGap({ type, fromMs, toMs, reason }: BarInputGap): void {
    // A range of the past without trades may lie behind the session: no bar goes on behind that anyway.
    if (reason === undefined && this.#bar !== undefined && this.#bar.session !== 'unknown' && this.#bar.session.toMs <= fromMs) this.#giveOut('session');
    if (this.#bar !== undefined) this.#bar.flaw ??= 'gap';
    this.#rules.emit(Object.freeze({ type, fromMs, toMs, reason }));
  }

  #giveOut(endedBy: BarEnding): void {
    const bar = this.#bar;
    this.#bar = undefined;
    if (bar === undefined) return;
    const { time, endMs, sum, flaw } = bar;
    this.#rules.emit(Object.freeze({ type: 'bar', time, endMs, ...sum.values, complete: flaw === undefined, flaw, endedBy, lateTrades: 0 }));
  }
}

function isSame(a: BarSpan | 'unknown', b: BarSpan | 'unknown'): boolean {
  return a === b || (a !== 'unknown' && b !== 'unknown' && a.fromMs === b.fromMs);
}
