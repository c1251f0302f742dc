import { LAST_STEP, STEPS_PER_MINUTE } from './minute-steps.js';
import { REGULAR_PART } from './new-york-days.js';
import { mixed } from './price-source.js';
import type { OptionUnderlying } from './option-underlying.js';

const MINUTE_MS = 60_000;
/** Of 256 chances at a knot, so many have a trade. */
const TRADE_CHANCE = 40;
const KIND_OF_CHANCE = 77;

/** A trade of an option: at which step, at what price of the underlying, how many contracts, and at which side. */
export interface OptionTrade {
  readonly step: number;
  /** Middle of the underlying's quote at that step. */
  readonly undPrice: number;
  readonly size: number;
  readonly atBid: boolean;
}

/**
 * When an option trades: at some of the knots of its underlying's minutes, where the price of the underlying is known without its steps; always at the first and the
 * last step of the regular session. Depends on the seed, the option and the minute alone.
 */
export class OptionTape {
  readonly #conId: number;
  readonly #seed: number;
  readonly #underlying: OptionUnderlying;

  constructor(conId: number, seed: number, underlying: OptionUnderlying) {
    this.#conId = conId;
    this.#seed = seed;
    this.#underlying = underlying;
  }

  /** The trades of a minute (since 1970), in order. */
  tradesOf(minute: number): readonly OptionTrade[] {
    const chance = mixed(this.#seed, this.#conId, minute, KIND_OF_CHANCE);
    const { stock } = this.#underlying;
    if (stock.nextOpenMinute(minute) !== minute) return [];
    const { opens, closes } = this.#edges(minute);
    const isQuiet = (chance & 0xff) >= TRADE_CHANCE && ((chance >>> 8) & 0xff) >= TRADE_CHANCE && ((chance >>> 16) & 0xff) >= TRADE_CHANCE && chance >>> 24 >= TRADE_CHANCE;
    if (isQuiet && !opens && !closes) return [];
    const table = stock.path.tableAt(minute);
    const at = minute - table.first;
    const trades: OptionTrade[] = [];
    const add = (knot: number, step: number, bid: number): void => {
      const draw = mixed(chance, knot);
      const absolute = minute * STEPS_PER_MINUTE + step;
      trades.push({ step: absolute, undPrice: this.#underlying.middleOf(bid, absolute), size: 1 + ((draw >>> 8) % 10), atBid: (draw >>> 16) % 2 === 0 });
    };
    if (opens || (chance & 0xff) < TRADE_CHANCE) add(0, 0, table.open[at] ?? 0);
    if (((chance >>> 8) & 0xff) < TRADE_CHANCE) add(1, table.highAt[at] ?? 0, table.high[at] ?? 0);
    if (((chance >>> 16) & 0xff) < TRADE_CHANCE) add(2, table.lowAt[at] ?? 0, table.low[at] ?? 0);
    if (closes || chance >>> 24 < TRADE_CHANCE) add(3, LAST_STEP, table.close[at] ?? 0);
    return trades.sort((a, b) => a.step - b.step);
  }

  #edges(minute: number): { readonly opens: boolean; readonly closes: boolean } {
    const { stock } = this.#underlying;
    const { days } = stock;
    const table = stock.path.tableAt(minute);
    const opens = minute === table.first;
    const closes = minute === table.first + table.length - 1;
    if (!opens && !closes) return { opens, closes };
    const day = days.dayOf(minute * MINUTE_MS);
    const isRegular = days.isTradingDay(day) && days.partOf(day, minute * MINUTE_MS) === REGULAR_PART;
    return { opens: opens && isRegular, closes: closes && isRegular };
  }
}
