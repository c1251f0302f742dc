import { mixed } from '../market/price-source.js';
import type { UniverseContract } from './option-universe.js';
import type { SpotPath } from './spot-path.js';

const STEP_MS = 250;
const MINUTE_MS = 60_000;
/** A day's volume comes in at most so many trades. */
const MOST_TRADES = 60;
const KIND_OF_CHANCE = 91;

/** A trade of a contract: its price is in the file, or that of a side of the quote. */
export interface UniverseTrade {
  readonly atMs: number;
  readonly size: number;
  /** Undefined where it is at a side of the quote, within the day's range. */
  readonly price: number | undefined;
  readonly atBid: boolean;
}

/** A time of the session, on the grid of steps. */
function timeAt(path: SpotPath, part: number): number {
  const lastMs = path.closeMs - STEP_MS;
  return Math.min(lastMs, Math.max(path.openMs, path.openMs + Math.floor(((lastMs - path.openMs) * part) / STEP_MS) * STEP_MS));
}

/**
 * The trades of a contract in its day: the first at the file's open, one at its high and one at its low, where the underlying is highest and lowest (puts: the other way round),
 * the last at its close, and others at the sides of the quote; their sizes add up to the file's volume. Depends on the file, the seed and the contract alone.
 */
export function universeTape(contract: UniverseContract, path: SpotPath, seed: number): readonly UniverseTrade[] {
  const { volume, open, high, low, close, right } = contract;
  if (volume === 0 || open === undefined || high === undefined || low === undefined || close === undefined) return [];
  const chance = (index: number): number => mixed(seed, KIND_OF_CHANCE, index);
  const minuteOf = (price: number): number => ((price === high) === (right === 'C') ? path.highest : path.lowest);
  // A contract that hardly trades trades late first, and early last.
  const edge = 0.4 / Math.sqrt(volume);
  const first = timeAt(path, (edge * (chance(1) % 1_000)) / 1_000);
  const last = timeAt(path, 1 - (edge * (chance(2) % 1_000)) / 1_000);
  const forced: { readonly atMs: number; readonly price: number }[] = [];
  // In the order of their weight, should the volume be too small for all of them.
  if (open === close && volume === 1) forced.push({ atMs: first, price: open });
  else forced.push({ atMs: last, price: close }, { atMs: first, price: open });
  for (const price of [high, low]) {
    if (price === open || price === close || forced.some((trade) => trade.price === price)) continue;
    const offset = mixed(seed, minuteOf(price)) % (MINUTE_MS / STEP_MS);
    const atMs = path.openMs + minuteOf(price) * MINUTE_MS + offset * STEP_MS;
    forced.push({ atMs: Math.min(last - STEP_MS, Math.max(first + STEP_MS, atMs)), price });
  }
  const kept = forced.slice(0, volume);
  const others = Math.min(volume, MOST_TRADES) - kept.length;
  const free = Array.from({ length: Math.max(0, others) }, (_, index) => ({
    atMs: Math.min(last, first + Math.floor(((last - first) * (chance(index + 10) / 2 ** 32)) / STEP_MS) * STEP_MS),
    price: undefined,
    index,
  }));
  const times = [...kept.map((trade, index) => ({ ...trade, index: -index })), ...free].sort((a, b) => a.atMs - b.atMs || rank(a.price, open, close) - rank(b.price, open, close));
  const sizes = spread(volume, times.length, chance);
  return times.map(({ atMs, price, index }, place) => ({ atMs, price, size: sizes[place] ?? 1, atBid: chance(index + 500) % 2 === 0 }));
}

/** Of trades at one time the open is the first and the close the last. */
function rank(price: number | undefined, open: number, close: number): number {
  if (price === open) return 0;
  return price === close ? 2 : 1;
}

/** Cuts a volume into whole parts of at least one. */
function spread(volume: number, parts: number, chance: (index: number) => number): readonly number[] {
  const weights = Array.from({ length: parts }, (_, index) => 1 + (chance(index + 1_000) % 97));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const free = volume - parts;
  const sizes = weights.map((weight) => 1 + Math.floor((free * weight) / total));
  const rest = volume - sizes.reduce((sum, size) => sum + size, 0);
  return sizes.map((size, index) => (index === 0 ? size + rest : size));
}
