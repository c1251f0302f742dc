import { seededRandom } from '@ibkit/clock';
import type { Random } from '@ibkit/clock';
import { DAY_PARTS, REGULAR_PART } from './new-york-days.js';
import type { NewYorkDays } from './new-york-days.js';
import { mixed } from './price-source.js';
import type { PriceWalk } from './price-walk.js';
import { SpreadRule } from './spread-rule.js';

const TRADING_DAYS_PER_YEAR = 252;
const MINUTE_MS = 60_000;
/** How much of a day's variance lies in each part of it: on trading days most of it in the regular session. */
const TRADING_SHARES = [0.04, 0.08, 0.76, 0.08, 0.04] as const;
const QUIET_SHARES = [0.2, 0.2, 0.25, 0.2, 0.15] as const;
/** How much of a trading day's variance a day at the weekend, or a holiday, has. */
const QUIET_VARIANCE = 0.06;
/** Below this a price cannot fall by itself. */
const LOWEST_DAY_TICKS = 100;
const LOWEST_TICKS = 2;
const TABLES_KEPT = 40;
const STEPS_PER_MINUTE = 240;

/** Kinds of chance, so that no two draws share a stream. */
const MOVE_OF_DAY = 1;
const PARTS_OF_DAY = 2;
const MINUTES_OF_PART = 3;

/** About normal, standard deviation 1. */
function bell(random: Random): number {
  return (random.next() + random.next() + random.next() - 1.5) * 2;
}

/**
 * The minutes of one part of a day, in columns. Prices are bids in ticks; the ask and what is traded follow from them. A minute goes from `open` to `close` and
 * touches `high` and `low` at two of its steps, the knots.
 */
export interface MinuteTable {
  /** Minutes since 1970. */
  readonly first: number;
  readonly length: number;
  readonly open: Int32Array;
  readonly high: Int32Array;
  readonly low: Int32Array;
  readonly close: Int32Array;
  /** Steps at which the bid is at its high and low. */
  readonly highAt: Uint8Array;
  readonly lowAt: Uint8Array;
  /** How many trades there are: at least one at the first step, one at the ask of the high, one at the bid of the low, and one at the last step. */
  readonly trades: Int32Array;
  /** Lots traded, at least one per trade. */
  readonly lots: Int32Array;
  /** Lots times ticks of the trades. */
  readonly value: Float64Array;
  /** 1 where the first (bit 0) or the last (bit 1) trade is at the ask. */
  readonly atAsk: Uint8Array;
}

function emptyTable(first: number, length: number): MinuteTable {
  return {
    first,
    length,
    open: new Int32Array(length),
    high: new Int32Array(length),
    low: new Int32Array(length),
    close: new Int32Array(length),
    highAt: new Uint8Array(length),
    lowAt: new Uint8Array(length),
    trades: new Int32Array(length),
    lots: new Int32Array(length),
    value: new Float64Array(length),
    atAsk: new Uint8Array(length),
  };
}

/** The average of a path that goes straight from knot to knot. */
function averageOf(open: number, firstAt: number, first: number, secondAt: number, second: number, close: number): number {
  const last = STEPS_PER_MINUTE - 1;
  return ((open + first) * firstAt + (first + second) * (secondAt - firstAt) + (second + close) * (last - secondAt)) / (2 * last);
}

/** What a path is made from. */
export interface PricePathOptions {
  readonly walk: PriceWalk;
  /** The reference price in ticks. */
  readonly referenceTicks: number;
  readonly seed: number;
  /** The day that begins at the reference price. */
  readonly startDay: number;
  readonly days: NewYorkDays;
}

/**
 * The seeded price of one instrument at every minute of the past and the future: first the price at each midnight, from them the prices between the parts of
 * the day, from them the minutes. Each level depends on the one above, on the seed and on its own place alone, so that any minute can be had at any time, is
 * always the same, and coarse bars are made of fine ones.
 */
export class PricePath {
  readonly #options: PricePathOptions;
  readonly #spread: SpreadRule;
  /** Prices in ticks at the midnights from the start day on, and back from it. */
  readonly #later: number[];
  readonly #earlier: number[];
  readonly #tables = new Map<number, MinuteTable>();
  #recent: MinuteTable | undefined;

  constructor(options: PricePathOptions) {
    this.#options = options;
    const { walk, seed, referenceTicks } = options;
    this.#spread = new SpreadRule(mixed(seed, walk.conId));
    const start = referenceTicks * (1 + bell(seededRandom(mixed(seed, walk.conId))) * 0.01);
    this.#later = [start];
    this.#earlier = [start];
  }

  /** The ask that belongs to a bid. */
  get spread(): SpreadRule {
    return this.#spread;
  }

  /** The table that has a minute (since 1970). */
  tableAt(minute: number): MinuteTable {
    const recent = this.#recent;
    if (recent !== undefined && minute >= recent.first && minute < recent.first + recent.length) return recent;
    const { days } = this.#options;
    const atMs = minute * MINUTE_MS;
    const day = days.dayOf(atMs);
    const part = days.partOf(day, atMs);
    const key = day * DAY_PARTS + part;
    const table = this.#tables.get(key) ?? this.#build(day, part);
    // The table used last stays longest.
    this.#tables.delete(key);
    this.#tables.set(key, table);
    for (const oldest of this.#tables.keys()) {
      if (this.#tables.size <= TABLES_KEPT) break;
      this.#tables.delete(oldest);
    }
    this.#recent = table;
    return table;
  }

  /** The price in ticks at a midnight. */
  #midnight(day: number): number {
    const after = day - this.#options.startDay;
    const known = after >= 0 ? this.#later : this.#earlier;
    const sign = after >= 0 ? 1 : -1;
    for (let length = known.length; length <= Math.abs(after); length += 1) {
      const move = this.#moveOf(this.#options.startDay + (after >= 0 ? length - 1 : -length));
      known.push(Math.max(LOWEST_DAY_TICKS, (known[length - 1] ?? LOWEST_DAY_TICKS) * Math.exp(sign * move)));
    }
    return known[Math.abs(after)] ?? LOWEST_DAY_TICKS;
  }

  /** The standard deviation of a day's move, relative. */
  #deviationOf(day: number): number {
    const { walk, days } = this.#options;
    return (walk.volatility / Math.sqrt(TRADING_DAYS_PER_YEAR)) * (days.isTradingDay(day) ? 1 : Math.sqrt(QUIET_VARIANCE));
  }

  #moveOf(day: number): number {
    const { walk, seed } = this.#options;
    return this.#deviationOf(day) * bell(seededRandom(mixed(seed, walk.conId, day, MOVE_OF_DAY)));
  }

  /** The prices in ticks at the two ends of a part of a day, and the standard deviation within it. */
  #endsOf(day: number, part: number): { readonly from: number; readonly to: number; readonly deviation: number } {
    const { walk, seed, days } = this.#options;
    const shares = days.isTradingDay(day) ? TRADING_SHARES : QUIET_SHARES;
    const random = seededRandom(mixed(seed, walk.conId, day, PARTS_OF_DAY));
    const end = this.#midnight(day + 1);
    const deviation = this.#midnight(day) * this.#deviationOf(day);
    let price = this.#midnight(day);
    let left = 1;
    for (let at = 0; ; at += 1) {
      const share = shares[at] ?? left;
      const rest = left - share;
      const noise = deviation * Math.sqrt(Math.max(0, (share * rest) / left)) * bell(random);
      const next = rest <= 1e-9 ? end : Math.max(LOWEST_TICKS * 5, price + ((end - price) * share) / left + noise);
      if (at === part || at === DAY_PARTS - 1) return { from: price, to: next, deviation: deviation * Math.sqrt(share) };
      price = next;
      left = rest;
    }
  }

  #build(day: number, part: number): MinuteTable {
    const { walk, seed, days } = this.#options;
    const { first, length } = days.partMinutes(day, part);
    const { from, to, deviation } = this.#endsOf(day, part);
    const table = emptyTable(first, length);
    const random = seededRandom(mixed(seed, walk.conId, first, MINUTES_OF_PART));
    const sigma = deviation / Math.sqrt(length);
    const isRegular = part === REGULAR_PART && days.isTradingDay(day);
    let price = from;
    let open = Math.max(LOWEST_TICKS, Math.floor(from));
    for (let at = 0; at < length; at += 1) {
      const left = length - at;
      price = left === 1 ? to : price + (to - price) / left + bell(random) * sigma * Math.sqrt((left - 1) / left);
      const close = Math.max(LOWEST_TICKS, Math.floor(price));
      this.#place(table, at, open, close, sigma, random);
      this.#trade(table, at, isRegular, random);
      open = close;
    }
    return table;
  }

  #place(table: MinuteTable, at: number, open: number, close: number, sigma: number, random: Random): void {
    const reach = sigma * 1.2;
    const high = Math.max(open, close) + Math.floor(random.next() * random.next() * reach * 2);
    const low = Math.max(LOWEST_TICKS, Math.min(open, close) - Math.floor(random.next() * random.next() * reach * 2));
    const early = 1 + Math.floor(random.next() * 118);
    const late = 120 + Math.floor(random.next() * 118);
    const isHighFirst = random.next() < 0.5;
    table.open[at] = open;
    table.close[at] = close;
    table.high[at] = high;
    table.low[at] = low;
    table.highAt[at] = isHighFirst ? early : late;
    table.lowAt[at] = isHighFirst ? late : early;
    const average = isHighFirst ? averageOf(open, early, high, late, low, close) : averageOf(open, early, low, late, high, close);
    // Half of the trades are at the ask.
    table.value[at] = average + this.#spread.width(Math.round(average)) / 2;
  }

  #trade(table: MinuteTable, at: number, isRegular: boolean, random: Random): void {
    const trades = isRegular ? 50 + Math.floor(random.next() * 60) : 30 + Math.floor(random.next() * 40);
    // The first and the last half hour of the regular session are the busiest.
    const fromMiddle = Math.abs(at / table.length - 0.5) * 2;
    const perTrade = isRegular ? 3 + random.next() * 4 + 8 * fromMiddle ** 4 : 2 + random.next() * 2;
    const lots = Math.floor(trades * perTrade);
    table.trades[at] = trades;
    table.lots[at] = lots;
    table.value[at] = Math.round((table.value[at] ?? 0) * lots);
    table.atAsk[at] = Math.floor(random.next() * 4);
  }
}
