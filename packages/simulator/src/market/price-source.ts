import type { MarketEvent, Quote } from './market.js';
import type { PriceHistory } from './price-history.js';

/** Where events of a source go. */
export type EventSink = (event: MarketEvent) => void;

/** Something that makes prices for a set of instruments. The market routes by conId and never asks for an instrument that the source does not have. */
export interface PriceSource {
  /** The instruments that this source prices. */
  readonly conIds: Iterable<number>;
  quote(conId: number): Quote;
  /** The past up to now. */
  history(conId: number): PriceHistory;
  /** From now on the source must deliver every event of the instrument to its sink. */
  watched(conId: number): void;
  /** Nobody needs events of the instrument any more. */
  unwatched(conId: number): void;
  /** See `Market.settle`. */
  settle(beforeMs: number): void;
  start(): void;
  close(): void;
}

/** A source whose prices can be moved from outside. */
export interface MovablePriceSource extends PriceSource {
  setPrice(conId: number, price: number): void;
}

/** Rounds to the tick grid of 0.01 without the noise of binary fractions. */
export function ticksToPrice(ticks: number): number {
  return Math.round(ticks) / 100;
}

/** How many ticks of 0.01 a price is; not rounded. */
export function priceToTicks(price: number): number {
  return price * 100;
}

/** Mixes whole numbers into one of 32 bits, so that neighbouring inputs give unrelated results. */
export function mixed(...parts: readonly number[]): number {
  let hash = 0x9e3779b9;
  for (const part of parts) {
    hash = Math.imul(hash ^ (part | 0), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return hash >>> 0;
}
