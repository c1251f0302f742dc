import type { DerivedRule } from './derived-source.js';
import { DerivedHistory } from './derived-history.js';
import type { Quote } from './market.js';
import type { TimeSpan } from './new-york-days.js';
import { middleOf } from './priced-option.js';
import type { PriceSpan } from './price-history.js';
import type { SeededStock } from './seeded-stock.js';
import { emptySpan } from './span-collector.js';
import { STEP_MS } from './step-grid.js';

/**
 * What options see of their underlying: its price at every step, which is that of a seeded walk, or follows from one. The underlying is priced by the middle of its quote;
 * an index, which has none, by the middle of what it follows.
 */
export class OptionUnderlying {
  /** The walk, in the sessions of the options. */
  readonly stock: SeededStock;
  readonly #rule: DerivedRule | undefined;

  constructor(stock: SeededStock, rule?: DerivedRule) {
    this.stock = stock;
    this.#rule = rule;
  }

  /** The price at a step at which the bid of the walk's path is `base` ticks. */
  middleOf(base: number, step: number): number {
    return this.#rule === undefined ? this.stock.middleOf(base, step) : this.#derived(...this.stock.sidesOf(base, step), step * STEP_MS);
  }

  /** The price at a step. */
  middleAt(step: number): number {
    return this.#rule === undefined ? this.stock.middleAt(step) : this.#derived(...this.stock.sidesAt(step), step * STEP_MS);
  }

  /** The price that belongs to a quote of the walk. */
  quoted(quote: Quote, atMs: number): number | undefined {
    if (this.#rule === undefined) return quote.bid === undefined && quote.last !== undefined ? this.stock.middleAt(this.stock.step) : middleOf(quote);
    return quote.bid === undefined || quote.ask === undefined ? undefined : this.#derived(quote.bid, quote.ask, atMs);
  }

  /** The prices of the past; see `PriceHistory.spans`. */
  spans(unit: 'second' | 'minute', range: TimeSpan, visit: (span: PriceSpan) => void): void {
    const { history } = this.stock;
    const rule = this.#rule;
    if (rule === undefined) {
      history.middles(unit, range, visit);
    } else if (rule.sizeFactor === 0) {
      const span = emptySpan();
      history.middles(unit, range, (parent) => {
        const value = (price: number): number => this.#value(price, parent.startMs);
        const [high, low] = rule.falls === true ? [parent.low, parent.high] : [parent.high, parent.low];
        visit(Object.assign(span, { startMs: parent.startMs, quotedMs: parent.quotedMs, open: value(parent.open), high: value(high), low: value(low), close: value(parent.close) }));
      });
    } else {
      new DerivedHistory(rule, history, () => undefined).spans('MIDPOINT', unit, range, visit);
    }
  }

  #derived(bid: number, ask: number, atMs: number): number {
    const { scale, sizeFactor } = this.#rule ?? { scale: this.stock.scale, sizeFactor: 0 };
    // An index shows no quotes: nothing is rounded.
    if (sizeFactor === 0) return this.#value((bid + ask) / 2, atMs);
    return (scale.floor(this.#value(bid, atMs)) + scale.ceil(this.#value(ask, atMs))) / 2;
  }

  #value(price: number, atMs: number): number {
    return this.#rule?.value(price, atMs) ?? price;
  }
}
