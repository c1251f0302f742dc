import { isOption } from '../market/instrument.js';
import type { MarketEvent, Quote } from '../market/market.js';

/** Prices that one look at the market shows; undefined where it shows none. */
export interface Sighting {
  readonly last?: number | undefined;
  readonly bid?: number | undefined;
  readonly ask?: number | undefined;
}

/** TWS API: 1 double bid/ask, 2 last, 3 double last, 4 bid/ask, 7 last or bid/ask, 8 midpoint. */
export type TriggerMethod = 1 | 2 | 3 | 4 | 7 | 8;

/** Which way a price must cross a level. */
export type Crossing = 'up' | 'down';

/** What a market event shows; undefined when it shows no price. */
export function sightingOf(event: MarketEvent): Sighting | undefined {
  if (event.kind === 'quote') return { bid: event.bid, ask: event.ask };
  return event.kind === 'trade' && !event.unreported ? { last: event.price } : undefined;
}

/** What the market shows to an order that just arrives. */
export function sightingOfQuote({ last, bid, ask }: Quote): Sighting {
  return { last, bid, ask };
}

/** TWS API: method 0 is double bid/ask for options, bid/ask where there are no trades, and last for everything else. Undefined for a method that does not exist. */
export function triggerMethodOf(value: number | undefined, secType: string): TriggerMethod | undefined {
  switch (value) {
    case undefined:
    case 0:
      if (isOption({ secType })) return 1;
      return secType === 'CASH' ? 4 : 2;
    case 1:
    case 2:
    case 3:
    case 4:
    case 7:
    case 8:
      return value;
    default:
      return undefined;
  }
}

/** The prices that count for a method. A rising level is reached by the bid, a falling one by the ask, so that a wide quote triggers nothing. */
export function watchedPrices(method: TriggerMethod, crossing: Crossing, { last, bid, ask }: Sighting): readonly number[] {
  const side = crossing === 'up' ? bid : ask;
  const known = (...prices: readonly (number | undefined)[]): readonly number[] => prices.filter((price) => price !== undefined);
  switch (method) {
    case 2:
    case 3:
      return known(last);
    case 1:
    case 4:
      return known(side);
    case 7:
      return known(last, side);
    case 8:
      return bid === undefined || ask === undefined ? [] : [(bid + ask) / 2];
  }
}

/** How many sightings in a row a method wants. */
export function hitsNeeded(method: TriggerMethod): number {
  return method === 1 || method === 3 ? 2 : 1;
}

export function isBeyond(price: number, level: number, crossing: Crossing): boolean {
  return crossing === 'up' ? price >= level : price <= level;
}

/** What releases an order. */
export interface TriggerRule {
  readonly method: TriggerMethod;
  readonly crossing: Crossing;
  /** How far a trailing stop stays behind the best price; undefined for a fixed one. */
  readonly trail: TrailDistance | undefined;
  readonly minTick: number;
}

/** An amount in the currency, or a percentage. */
export type TrailDistance = { readonly amount: number } | { readonly percent: number };

/** How far a trigger is. */
export interface TriggerState {
  /** Undefined until a trailing stop without a first price has seen the market. */
  readonly stopPrice: number | undefined;
  readonly hits: number;
  readonly fired: boolean;
}

function onTick(price: number, minTick: number): number {
  return Number((Math.round(price / minTick) * minTick).toFixed(8));
}

function trailed(rule: TriggerRule, distance: TrailDistance, price: number, stopPrice: number | undefined): number {
  const gap = 'amount' in distance ? distance.amount : (price * distance.percent) / 100;
  const candidate = onTick(rule.crossing === 'up' ? price + gap : price - gap, rule.minTick);
  if (stopPrice === undefined) return candidate;
  return rule.crossing === 'up' ? Math.min(stopPrice, candidate) : Math.max(stopPrice, candidate);
}

/** The trigger after one more look at the market. A fired trigger stays fired. */
export function advanceTrigger(rule: TriggerRule, state: TriggerState, sighting: Sighting): TriggerState {
  let { stopPrice, hits } = state;
  if (state.fired) return state;
  for (const price of watchedPrices(rule.method, rule.crossing, sighting)) {
    if (stopPrice !== undefined && isBeyond(price, stopPrice, rule.crossing)) {
      hits += 1;
      if (hits >= hitsNeeded(rule.method)) return { stopPrice, hits, fired: true };
      continue;
    }
    hits = 0;
    if (rule.trail !== undefined) stopPrice = trailed(rule, rule.trail, price, stopPrice);
  }
  return { stopPrice, hits, fired: false };
}
