import { seededRandom } from '@ibkit/clock';
import type { Random } from '@ibkit/clock';
import { mixed } from './price-source.js';
import type { MinuteTable, PricePath } from './price-path.js';

/** Steps of 250 milliseconds. */
export const STEPS_PER_MINUTE = 240;

/** The last of them. */
export const LAST_STEP = STEPS_PER_MINUTE - 1;
const SIZE_CHANGE_CHANCE = 0.4;
/** Kinds of chance; see price-path.ts for the others. */
const PATH_OF_MINUTE = 4;
const TRADES_OF_MINUTE = 5;
const SIZES_OF_MINUTE = 6;

function lots(random: Random): number {
  return 1 + Math.floor(random.next() ** 2 * 20);
}

/** The state of an instrument at every step of one minute, and its trades. Prices are bids in ticks, sizes are lots. */
export interface MinuteSteps {
  readonly minute: number;
  readonly bid: Int32Array;
  readonly bidLots: Int32Array;
  readonly askLots: Int32Array;
  /** Lots of the step's trade; 0 when it has none. */
  readonly tradeLots: Int32Array;
  /** 1 where the trade is at the ask. */
  readonly atAsk: Uint8Array;
  /** Which of the exchanges has the trade, a number from 0 to 255. */
  readonly exchange: Uint8Array;
}

/** Walks from the value at one step to the value at a later one, within bounds. */
function walk(bid: Int32Array, from: number, to: number, target: number, low: number, high: number, random: Random): void {
  const noise = Math.max(1.2, (high - low) * 0.3);
  let price = bid[from] ?? target;
  for (let at = from + 1; at < to; at += 1) {
    const left = to - at + 1;
    price += (target - price) / left + (random.next() - 0.5) * noise;
    price = price < low ? low : price > high ? high : price;
    bid[at] = Math.round(price);
  }
  bid[to] = target;
}

/** The bids of a minute in ticks, one per step: from its open to its close through its high and its low, never beyond them. */
export function bidsOfMinute(table: MinuteTable, at: number, seed: number, into: Int32Array): void {
  const random = seededRandom(mixed(seed, table.first + at, PATH_OF_MINUTE));
  const [low, high] = [table.low[at] ?? 0, table.high[at] ?? 0];
  const [lowAt, highAt] = [table.lowAt[at] ?? 1, table.highAt[at] ?? 2];
  const isHighFirst = highAt < lowAt;
  const first = isHighFirst ? highAt : lowAt;
  const second = isHighFirst ? lowAt : highAt;
  into[0] = table.open[at] ?? low;
  walk(into, 0, first, isHighFirst ? high : low, low, high, random);
  walk(into, first, second, isHighFirst ? low : high, low, high, random);
  walk(into, second, LAST_STEP, table.close[at] ?? low, low, high, random);
}

/** Which steps have a trade, and at which side: exactly as many as the minute has, the forced ones among them. */
function placeTrades(table: MinuteTable, at: number, steps: MinuteSteps, random: Random): void {
  const { tradeLots, atAsk, exchange } = steps;
  const highAt = table.highAt[at] ?? 1;
  const lowAt = table.lowAt[at] ?? 2;
  const ends = table.atAsk[at] ?? 0;
  let left = (table.trades[at] ?? 4) - 4;
  let free = STEPS_PER_MINUTE - 4;
  for (let step = 0; step < STEPS_PER_MINUTE; step += 1) {
    const draw = random.next();
    exchange[step] = Math.floor(draw * 65_536) & 0xff;
    if (step === 0 || step === LAST_STEP || step === highAt || step === lowAt) {
      tradeLots[step] = 1;
      atAsk[step] = step === highAt ? 1 : step === lowAt ? 0 : step === 0 ? ends & 1 : ends >> 1;
      continue;
    }
    const has = draw * free < left;
    free -= 1;
    tradeLots[step] = has ? 1 : 0;
    if (!has) continue;
    left -= 1;
    atAsk[step] = random.next() < 0.5 ? 0 : 1;
  }
}

/** Shares out the lots of the minute: every trade has one already. */
function shareLots(total: number, trades: readonly number[], tradeLots: Int32Array, random: Random): void {
  let lotsLeft = total - trades.length;
  let tradesLeft = trades.length;
  for (const step of trades) {
    const mean = lotsLeft / tradesLeft;
    tradesLeft -= 1;
    const more = tradesLeft === 0 ? lotsLeft : Math.min(lotsLeft, Math.floor(mean * 2.4 * random.next() ** 1.4));
    tradeLots[step] = 1 + more;
    lotsLeft -= more;
  }
}

/** Moves lots between trades until they are worth what the minute says, or no exchange of whole lots brings them nearer. */
function settleValue(target: number, trades: readonly number[], prices: Int32Array, tradeLots: Int32Array): void {
  let missing = target;
  let sum = 0;
  for (const step of trades) {
    missing -= (tradeLots[step] ?? 0) * (prices[step] ?? 0);
    sum += tradeLots[step] ?? 0;
  }
  const average = target / sum;
  // Many small exchanges first, so that the sizes stay natural.
  for (let round = 0; round < 3 && missing !== 0; round += 1) {
    let other = 0;
    for (const step of trades) {
      const price = prices[step] ?? 0;
      const isGiver = missing > 0 ? price < average : price > average;
      const spare = (tradeLots[step] ?? 1) - 1;
      if (!isGiver || spare === 0) continue;
      const taker = trades.slice(other).find((candidate) => (missing > 0 ? (prices[candidate] ?? 0) > average : (prices[candidate] ?? 0) < average));
      if (taker === undefined) {
        other = 0;
        continue;
      }
      other = trades.indexOf(taker) + 1;
      const difference = Math.abs((prices[taker] ?? 0) - price);
      const moved = Math.min(round < 2 ? Math.ceil(spare / 2) : spare, Math.floor(Math.abs(missing) / difference));
      if (moved === 0) continue;
      tradeLots[step] = (tradeLots[step] ?? 1) - moved;
      tradeLots[taker] = (tradeLots[taker] ?? 1) + moved;
      missing -= Math.sign(missing) * moved * difference;
      if (missing === 0) return;
    }
  }
  settleRest(missing, trades, prices, tradeLots);
}

/** The same for the last few ticks: single pairs with the right difference. */
function settleRest(missing: number, trades: readonly number[], prices: Int32Array, tradeLots: Int32Array): void {
  let left = missing;
  for (let guard = 0; guard < 40 && left !== 0; guard += 1) {
    let best = 0;
    let giver = -1;
    let taker = -1;
    for (const from of trades) {
      if ((tradeLots[from] ?? 1) < 2) continue;
      for (const to of trades) {
        const gain = ((prices[to] ?? 0) - (prices[from] ?? 0)) * Math.sign(left);
        if (gain <= best || gain > Math.abs(left)) continue;
        best = gain;
        giver = from;
        taker = to;
        if (best === Math.abs(left)) break;
      }
      if (best === Math.abs(left)) break;
    }
    if (best === 0) return;
    const moved = Math.min((tradeLots[giver] ?? 1) - 1, Math.floor(Math.abs(left) / best));
    tradeLots[giver] = (tradeLots[giver] ?? 1) - moved;
    tradeLots[taker] = (tradeLots[taker] ?? 1) + moved;
    left -= Math.sign(left) * moved * best;
  }
}

function placeSizes(steps: MinuteSteps, path: PricePath, random: Random): void {
  const { bid, bidLots, askLots } = steps;
  bidLots[0] = lots(random);
  askLots[0] = lots(random);
  for (let at = 1; at < STEPS_PER_MINUTE; at += 1) {
    const [before, now] = [bid[at - 1] ?? 0, bid[at] ?? 0];
    const moved = before !== now;
    bidLots[at] = moved || random.next() < SIZE_CHANGE_CHANCE ? lots(random) : (bidLots[at - 1] ?? 1);
    const askMoved = moved && path.spread.ask(before) !== path.spread.ask(now);
    askLots[at] = askMoved || random.next() < SIZE_CHANGE_CHANCE ? lots(random) : (askLots[at - 1] ?? 1);
  }
}

/**
 * The steps of a minute: they aggregate to exactly what the minute's table says, with the value of the trades as near as whole lots allow.
 * @param seed what the chance within the instrument's minutes depends on
 */
export function stepsOfMinute(path: PricePath, minute: number, seed: number): MinuteSteps {
  const table = path.tableAt(minute);
  const at = minute - table.first;
  const steps: MinuteSteps = {
    minute,
    bid: new Int32Array(STEPS_PER_MINUTE),
    bidLots: new Int32Array(STEPS_PER_MINUTE),
    askLots: new Int32Array(STEPS_PER_MINUTE),
    tradeLots: new Int32Array(STEPS_PER_MINUTE),
    atAsk: new Uint8Array(STEPS_PER_MINUTE),
    exchange: new Uint8Array(STEPS_PER_MINUTE),
  };
  bidsOfMinute(table, at, seed, steps.bid);
  const random = seededRandom(mixed(seed, minute, TRADES_OF_MINUTE));
  placeTrades(table, at, steps, random);
  const trades: number[] = [];
  const prices = new Int32Array(STEPS_PER_MINUTE);
  for (let step = 0; step < STEPS_PER_MINUTE; step += 1) {
    if (steps.tradeLots[step] === 0) continue;
    trades.push(step);
    const bid = steps.bid[step] ?? 0;
    prices[step] = steps.atAsk[step] === 1 ? path.spread.ask(bid) : bid;
  }
  shareLots(table.lots[at] ?? trades.length, trades, steps.tradeLots, random);
  settleValue(table.value[at] ?? 0, trades, prices, steps.tradeLots);
  placeSizes(steps, path, seededRandom(mixed(seed, minute, SIZES_OF_MINUTE)));
  return steps;
}
