import { STEPS_PER_MINUTE } from './minute-steps.js';
import { REGULAR_PART } from './new-york-days.js';
import type { NewYorkDays } from './new-york-days.js';
import type { OptionPricing } from './option-pricing.js';
import type { OptionTape, OptionTrade } from './option-tape.js';
import { STEP_MS } from './step-grid.js';

const MINUTE_MS = 60_000;

/** What the trades of an option since the regular session's open have made. */
export interface OptionDayFields {
  readonly open?: number | undefined;
  readonly high?: number | undefined;
  readonly low?: number | undefined;
  readonly last?: number | undefined;
  readonly lastSize?: number | undefined;
  readonly lastTimeMs?: number | undefined;
  readonly volume?: number | undefined;
  readonly trades?: number | undefined;
  readonly vwap?: number | undefined;
}

interface Counted {
  readonly openMs: number;
  readonly closeMs: number;
  /** The first minute that is not counted yet. */
  next: number;
  open: number | undefined;
  high: number;
  low: number;
  last: number;
  lastSize: number;
  lastTimeMs: number;
  volume: number;
  value: number;
  trades: number;
}

/** Adds up an option's trades, minute by minute, as far as time has come. */
export class OptionDay {
  readonly #pricing: OptionPricing;
  readonly #tape: OptionTape;
  readonly #days: NewYorkDays;
  #counted: Counted | undefined;
  #close: { readonly day: number; readonly price: number | undefined } | undefined;

  constructor(pricing: OptionPricing, tape: OptionTape, days: NewYorkDays) {
    this.#pricing = pricing;
    this.#tape = tape;
    this.#days = days;
  }

  /** The fields with every trade up to a step. */
  fieldsAt(step: number): OptionDayFields {
    const counted = this.#countTo(Math.floor(step / STEPS_PER_MINUTE));
    const current = { ...counted };
    for (const trade of this.#tape.tradesOf(Math.floor(step / STEPS_PER_MINUTE))) if (trade.step <= step) this.#add(current, trade);
    if (current.trades === 0) return {};
    const { open, last, lastSize, lastTimeMs, volume, trades, value } = current;
    const [high, low] = open === undefined ? [undefined, undefined] : [current.high, current.low];
    return { open, high, low, last, lastSize, lastTimeMs, volume, trades, vwap: value / volume };
  }

  /** The last price of the last regular session before the day of a step. */
  closeAt(step: number): number | undefined {
    const today = this.#days.dayOf(step * STEP_MS);
    if (this.#close?.day === today) return this.#close.price;
    let day = today - 1;
    while (!this.#days.isTradingDay(day)) day -= 1;
    const minute = this.#days.regularSession(day).endMs / MINUTE_MS - 1;
    const trade = this.#tape.tradesOf(minute).at(-1);
    const price = trade === undefined ? undefined : this.#priceOf(trade);
    this.#close = { day: today, price };
    return price;
  }

  #countTo(minute: number): Counted {
    const nowMs = minute * MINUTE_MS;
    let day = this.#days.dayOf(nowMs);
    while (!this.#days.isTradingDay(day) || this.#days.regularSession(day).startMs > nowMs) day -= 1;
    const { startMs, endMs } = this.#days.partSpan(day, REGULAR_PART);
    if (this.#counted?.openMs !== startMs) {
      const next = startMs / MINUTE_MS;
      this.#counted = { openMs: startMs, closeMs: endMs, next, open: undefined, high: 0, low: 0, last: 0, lastSize: 0, lastTimeMs: 0, volume: 0, value: 0, trades: 0 };
    }
    const counted = this.#counted;
    for (; counted.next < minute; counted.next += 1) for (const trade of this.#tape.tradesOf(counted.next)) this.#add(counted, trade);
    return counted;
  }

  #add(counted: Counted, trade: OptionTrade): void {
    const price = this.#priceOf(trade);
    if (price === undefined) return;
    const atMs = trade.step * STEP_MS;
    if (atMs < counted.closeMs) {
      counted.high = counted.open === undefined ? price : Math.max(counted.high, price);
      counted.low = counted.open === undefined ? price : Math.min(counted.low, price);
      counted.open ??= price;
    }
    counted.last = price;
    counted.lastSize = trade.size;
    counted.lastTimeMs = atMs;
    counted.volume += trade.size;
    counted.value += trade.size * price;
    counted.trades += 1;
  }

  #priceOf({ undPrice, step, atBid }: OptionTrade): number | undefined {
    return this.#pricing.tradePrice(undPrice, step * STEP_MS, atBid);
  }
}
