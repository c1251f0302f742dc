import type { InstrumentUniverse } from '../market/instrument.js';
import type { MarketEvent, Quote } from '../market/market.js';
import { orderTimeMs } from './order-time.js';
import type { Refusal } from './refusal.js';
import { hitsNeeded, isBeyond, sightingOf, sightingOfQuote, triggerMethodOf, watchedPrices } from './trigger.js';
import type { Sighting, TriggerMethod } from './trigger.js';

interface Joined {
  /** How it joins the next one: `a` and, `o` or. */
  readonly conjunctionConnection: 'a' | 'o';
}

/** A condition as a client writes it; the names are those of the wire. */
export type ConditionTicket = Joined &
  (
    | { readonly type: 'price'; readonly isMore: boolean; readonly price: number; readonly conId: number; readonly exchange: string; readonly triggerMethod: number }
    | { readonly type: 'time'; readonly isMore: boolean; readonly time: string }
    | { readonly type: 'margin'; readonly isMore: boolean; readonly percent: number }
    | { readonly type: 'execution'; readonly secType: string; readonly exchange: string; readonly symbol: string }
    | { readonly type: 'volume'; readonly isMore: boolean; readonly volume: number; readonly conId: number; readonly exchange: string }
    | { readonly type: 'percentChange'; readonly isMore: boolean; readonly percentChange: number; readonly conId: number; readonly exchange: string }
  );

/** A condition that can be evaluated. */
export type Condition = Joined &
  (
    | { readonly type: 'price'; readonly isMore: boolean; readonly price: number; readonly conId: number; readonly method: TriggerMethod }
    | { readonly type: 'time'; readonly isMore: boolean; readonly atMs: number }
    | { readonly type: 'margin'; readonly isMore: boolean; readonly percent: number }
    | { readonly type: 'execution'; readonly secType: string; readonly symbol: string }
    | { readonly type: 'volume'; readonly isMore: boolean; readonly volume: number; readonly conId: number }
    | { readonly type: 'percentChange'; readonly isMore: boolean; readonly percentChange: number; readonly conId: number }
  );

/** What conditions are judged by. */
export interface ConditionFacts {
  readonly nowMs: number;
  readonly quote: (conId: number) => Quote;
  /** Excess liquidity in percent of the net liquidation value of the order's account. */
  readonly cushionPercent: () => number;
}

function readCondition(ticket: ConditionTicket, universe: InstrumentUniverse, nowMs: number): Condition | Refusal {
  const { conjunctionConnection } = ticket;
  switch (ticket.type) {
    case 'time': {
      const atMs = orderTimeMs(ticket.time, nowMs, 'start');
      const message = `The date, time, or time-zone entered is invalid: the condition's time is ${ticket.time}, it must be like 20240102 15:30:00 US/Eastern.`;
      if (atMs === undefined) return { code: 343, message };
      return { type: 'time', conjunctionConnection, isMore: ticket.isMore, atMs };
    }
    case 'margin':
      return { type: 'margin', conjunctionConnection, isMore: ticket.isMore, percent: ticket.percent };
    case 'execution':
      return { type: 'execution', conjunctionConnection, secType: ticket.secType.toUpperCase(), symbol: ticket.symbol.toUpperCase() };
    case 'price':
    case 'volume':
    case 'percentChange': {
      const { conId, isMore } = ticket;
      const instrument = universe.byConId(conId);
      if (instrument === undefined) return { code: 147, message: `The conditional contract info is incomplete: there is no contract ${conId}.` };
      if (ticket.type === 'volume') return { type: 'volume', conjunctionConnection, isMore, conId, volume: ticket.volume };
      if (ticket.type === 'percentChange') return { type: 'percentChange', conjunctionConnection, isMore, conId, percentChange: ticket.percentChange };
      const method = triggerMethodOf(ticket.triggerMethod, instrument.secType);
      if (method === undefined) return { code: 146, message: `Invalid trigger method: the condition has ${ticket.triggerMethod}.` };
      return { type: 'price', conjunctionConnection, isMore, conId, price: ticket.price, method };
    }
  }
}

/** The conditions of an order, or what is wrong with the first bad one. */
export function readConditions(
  tickets: readonly ConditionTicket[],
  context: { readonly universe: InstrumentUniverse; readonly nowMs: number },
): readonly Condition[] | Refusal {
  const conditions: Condition[] = [];
  for (const ticket of tickets) {
    const condition = readCondition(ticket, context.universe, context.nowMs);
    if ('message' in condition) return condition;
    conditions.push(condition);
  }
  return conditions;
}

/** The instruments that conditions look at. */
export function conditionConIds(conditions: readonly Condition[]): readonly number[] {
  return conditions.flatMap((condition) => ('conId' in condition ? [condition.conId] : []));
}

function passes(value: number, level: number, isMore: boolean): boolean {
  return isMore ? value >= level : value <= level;
}

/** Whether terms that are joined by and/or hold; `and` binds stronger. The last conjunction joins nothing. */
export function joinTerms(terms: readonly { readonly holds: boolean; readonly conjunctionConnection: 'a' | 'o' }[]): boolean {
  let allSoFar = true;
  for (const [index, { holds, conjunctionConnection }] of terms.entries()) {
    allSoFar &&= holds;
    if (conjunctionConnection === 'a' && index < terms.length - 1) continue;
    if (allSoFar) return true;
    allSoFar = true;
  }
  return false;
}

/** The conditions of one order and what they have seen so far. */
export class ConditionWatch {
  readonly #conditions: readonly Condition[];
  /** Sightings in a row beyond a price condition's level, by place. */
  readonly #hits: number[];
  readonly #executed: boolean[];

  constructor(conditions: readonly Condition[]) {
    this.#conditions = conditions;
    this.#hits = conditions.map(() => 0);
    this.#executed = conditions.map(() => false);
  }

  get conditions(): readonly Condition[] {
    return this.#conditions;
  }

  /** Takes in the market as it is when the order arrives. */
  arrive(quote: (conId: number) => Quote): void {
    for (const conId of new Set(conditionConIds(this.#conditions))) this.#see(conId, sightingOfQuote(quote(conId)));
  }

  observe(event: MarketEvent): void {
    const sighting = sightingOf(event);
    if (sighting !== undefined) this.#see(event.conId, sighting);
  }

  /** The account traded something. */
  executed({ symbol, secType }: { readonly symbol: string; readonly secType: string }): void {
    for (const [place, condition] of this.#conditions.entries()) {
      if (condition.type !== 'execution') continue;
      if (condition.symbol === symbol && (condition.secType === '' || condition.secType === secType)) this.#executed[place] = true;
    }
  }

  /** The next instant at which time alone may change the answer. */
  nextInstant(nowMs: number): number | undefined {
    const instants = this.#conditions.flatMap((condition) => (condition.type === 'time' && condition.atMs > nowMs ? [condition.atMs] : []));
    return instants.length === 0 ? undefined : Math.min(...instants);
  }

  areMet(facts: ConditionFacts): boolean {
    return joinTerms(this.#conditions.map((condition, place) => ({ holds: this.#holds(condition, place, facts), conjunctionConnection: condition.conjunctionConnection })));
  }

  #see(conId: number, sighting: Sighting): void {
    for (const [place, condition] of this.#conditions.entries()) {
      if (condition.type !== 'price' || condition.conId !== conId) continue;
      const crossing = condition.isMore ? 'up' : 'down';
      for (const price of watchedPrices(condition.method, crossing, sighting)) {
        this.#hits[place] = isBeyond(price, condition.price, crossing) ? (this.#hits[place] ?? 0) + 1 : 0;
      }
    }
  }

  #holds(condition: Condition, place: number, facts: ConditionFacts): boolean {
    switch (condition.type) {
      case 'price':
        return (this.#hits[place] ?? 0) >= hitsNeeded(condition.method);
      case 'time':
        return passes(facts.nowMs, condition.atMs, condition.isMore);
      case 'margin':
        return passes(facts.cushionPercent(), condition.percent, condition.isMore);
      case 'execution':
        return this.#executed[place] === true;
      case 'volume': {
        const { volume } = facts.quote(condition.conId);
        return volume !== undefined && passes(volume, condition.volume, condition.isMore);
      }
      case 'percentChange': {
        const { last, close } = facts.quote(condition.conId);
        if (last === undefined || close === undefined || close === 0) return false;
        return passes((last / close - 1) * 100, condition.percentChange, condition.isMore);
      }
    }
  }
}
