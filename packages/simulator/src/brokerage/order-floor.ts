import type { Timer } from '@ibkit/clock';
import type { Market, MarketEvent, Quote } from '../market/market.js';
import type { AccountDesk } from './account-desk.js';
import type { ConditionFacts } from './conditions.js';
import type { EventFeed } from './event-feed.js';
import type { FillDesk } from './fill-desk.js';
import type { FundsReserve } from './funds-reserve.js';
import { matchArriving, matchResting, matchTrade, sharesOf } from './matching.js';
import type { Match } from './matching.js';
import { OcaBook } from './oca-book.js';
import type { OcaEffect } from './oca-book.js';
import type { OrderBook } from './order-book.js';
import { isCombo, quoteOf } from './order-terms.js';
import type { OrderTerms } from './order-terms.js';
import { nextAuction } from './order-time.js';
import { rejected } from './refusal.js';
import type { Hold, SimulatedOrder } from './simulated-order.js';
import { sightingOf, sightingOfQuote } from './trigger.js';
import type { Sighting } from './trigger.js';
import { WakeTimer } from './wake-timer.js';
import { isPegged, workingPrice } from './working-price.js';
import type { WorkingPrice } from './working-price.js';

/** What an {@link OrderFloor} works with. */
export interface OrderFloorOptions {
  readonly market: Market;
  readonly book: OrderBook;
  readonly feed: EventFeed;
  readonly fills: FillDesk;
  readonly accounts: AccountDesk;
  readonly reserve: FundsReserve;
  readonly latencyMs: number;
  readonly partialFills: boolean;
}

/** Where orders live between their acceptance and their end: they travel, are held, work, fill and are cancelled, as the market and the clock go on. */
export class OrderFloor {
  readonly #market: Market;
  readonly #book: OrderBook;
  readonly #feed: EventFeed;
  readonly #fills: FillDesk;
  readonly #accounts: AccountDesk;
  readonly #reserve: FundsReserve;
  readonly #latencyMs: number;
  readonly #partialFills: boolean;
  readonly #oca = new OcaBook();
  readonly #conditional = new Set<SimulatedOrder>();
  readonly #watches = new Map<number, () => void>();
  /** How many quotes of an instrument have been seen, so that each order takes each quote once. */
  readonly #quoteNumbers = new Map<number, number>();
  readonly #timers = new Set<Timer>();
  readonly #wake: WakeTimer;

  constructor(options: OrderFloorOptions) {
    this.#market = options.market;
    this.#book = options.book;
    this.#feed = options.feed;
    this.#fills = options.fills;
    this.#accounts = options.accounts;
    this.#reserve = options.reserve;
    this.#latencyMs = options.latencyMs;
    this.#partialFills = options.partialFills;
    this.#wake = new WakeTimer(options.market.clock, () => {
      this.#tick();
    });
  }

  get oca(): OcaBook {
    return this.#oca;
  }

  /** The order is accepted and travels to the market. */
  admit(order: SimulatedOrder): void {
    order.phase = 'travelling';
    this.#oca.join(order);
    this.#follow(order);
    this.#tell(order);
    this.#later(() => {
      this.#arrive(order);
    });
  }

  /** The order takes other terms, which travel to the market. */
  change(order: SimulatedOrder, terms: OrderTerms): void {
    order.change(terms);
    this.#follow(order);
    this.#tell(order);
    this.#later(() => {
      this.#arrive(order);
    });
  }

  /** An order that was kept goes on from where it was. */
  resume(order: SimulatedOrder): void {
    this.#oca.recall(order);
    this.#follow(order);
    order.conditions?.arrive((conId) => this.#market.quote(conId));
    this.#later(() => {
      if (order.status === 'PendingCancel') this.finishCancel(order, 'Cancelled by Trader');
      else this.#arrive(order);
    });
  }

  /** An order that was kept is over meanwhile, or has been before. */
  recall(order: SimulatedOrder, endedBy?: string): void {
    if (endedBy !== undefined) order.end('Cancelled', endedBy, this.#market.clock.now());
    this.#oca.recall(order);
    this.#oca.leave(order);
    this.#book.complete(order);
  }

  /** Fills an order whole at its limit, or at the mark, whatever the market shows. Gives whether it did. */
  fillNow(order: SimulatedOrder): boolean {
    if (order.isTerminal || order.phase === 'held' || order.whyHeld !== '') return false;
    const { bid, ask } = this.#quote(order);
    const middle = bid === undefined || ask === undefined ? undefined : (bid + ask) / 2;
    const mark = isCombo(order.terms) ? middle : this.#market.mark(order.terms.instrument.conId);
    const price = order.terms.prices.lmtPrice ?? mark;
    if (price === undefined) return false;
    this.#fill(order, { price, size: undefined, liquidity: 'added' }, order.remaining);
    return true;
  }

  /** The order is refused for good. */
  reject(order: SimulatedOrder, reason: string): void {
    this.#end(order, 'Inactive', 'Rejected');
    this.#feed.order(order);
    this.#feed.refuse(order.clientId, order.orderId, rejected(reason));
    this.#endFamily(order);
  }

  /** The order shall end; fills are still possible until it does. */
  beginCancel(order: SimulatedOrder, reason: string): void {
    if (order.phase === 'staged') {
      this.finishCancel(order, reason);
      return;
    }
    order.status = 'PendingCancel';
    this.#feed.status(order);
    this.#later(() => {
      if (order.status === 'PendingCancel') this.finishCancel(order, reason);
      else if (order.status === 'Filled') this.refuseCancel(order);
    });
  }

  finishCancel(order: SimulatedOrder, reason: string): void {
    this.#end(order, 'Cancelled', reason);
    this.#feed.status(order);
    this.#feed.refuse(order.clientId, order.orderId, { code: 202, message: 'Order Canceled - reason:' });
    this.#endFamily(order);
  }

  refuseCancel(order: SimulatedOrder): void {
    const message = `OrderId ${order.orderId} that needs to be cancelled cannot be cancelled, state: ${order.status}.`;
    this.#feed.refuse(order.clientId, order.orderId, { code: 10148, message });
  }

  close(): void {
    this.#wake.close();
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    for (const unwatch of this.#watches.values()) unwatch();
    this.#watches.clear();
  }

  #tell(order: SimulatedOrder): void {
    order.toldWhyHeld = order.whyHeld;
    this.#feed.order(order);
  }

  #later(action: () => void): void {
    const timer = this.#market.clock.setTimer(this.#latencyMs, () => {
      this.#timers.delete(timer);
      action();
    });
    this.#timers.add(timer);
  }

  /** Keeps an eye on everything that the order's fate depends on. */
  #follow(order: SimulatedOrder): void {
    for (const conId of this.#book.work(order)) this.#watch(conId);
    if (order.conditions === undefined) this.#conditional.delete(order);
    else this.#conditional.add(order);
    this.#wake.wakeBy(order.terms.expiresAtMs);
  }

  #watch(conId: number): void {
    if (this.#watches.has(conId)) return;
    const unwatch = this.#market.watch(conId, (event) => {
      this.#see(event);
    });
    this.#watches.set(conId, unwatch);
  }

  #quote(order: SimulatedOrder): Quote {
    return quoteOf(order.terms, (conId) => this.#market.quote(conId));
  }

  #conditionFacts({ terms }: SimulatedOrder): ConditionFacts {
    return {
      nowMs: this.#market.clock.now(),
      quote: (conId) => this.#market.quote(conId),
      cushionPercent: () => this.#accounts.cushionPercent(terms.account),
    };
  }

  // What moves orders: arrival, the market, the clock, other orders.

  /** The order, or its change, reaches the market. */
  #arrive(order: SimulatedOrder): void {
    if (order.isTerminal) return;
    if (order.phase === 'travelling') {
      order.phase = 'held';
      order.conditions?.arrive((conId) => this.#market.quote(conId));
    }
    if (order.phase === 'working') this.#offer(order);
    else this.#release(order);
  }

  #see(event: MarketEvent): void {
    const { conId } = event;
    // Read once for all orders: with thousands of them it is what costs most.
    const quote = this.#market.quote(conId);
    if (event.kind === 'quote') this.#quoteNumbers.set(conId, (this.#quoteNumbers.get(conId) ?? 0) + 1);
    for (const order of this.#book.watching(conId)) {
      if (order.isTerminal) continue;
      order.conditions?.observe(event);
      this.#step(order, event, isCombo(order.terms) ? undefined : quote);
    }
  }

  /** Whatever happens by time alone. */
  #tick(): void {
    const nowMs = this.#market.clock.now();
    for (const order of this.#book.working()) {
      if (order.isTerminal) continue;
      const { expiresAtMs } = order.terms;
      if (expiresAtMs !== undefined && expiresAtMs <= nowMs) {
        this.finishCancel(order, 'Expired');
        continue;
      }
      this.#wake.wakeBy(expiresAtMs);
      if (order.hold === 'time' || order.hold === 'conditions' || order.hold === 'auction' || order.terms.conditionsCancel) this.#step(order);
    }
  }

  /** Lets an order go on that did not move by itself. `quote` is that of the event's instrument, when the caller has it. */
  #step(order: SimulatedOrder, event?: MarketEvent, quote?: Quote): void {
    if (order.phase === 'travelling' || this.#cancelsByCondition(order)) return;
    if (order.phase === 'held') {
      if (order.status !== 'PendingCancel') this.#release(order, event);
      return;
    }
    if (event !== undefined && order.terms.legs.some(({ instrument }) => instrument.conId === event.conId)) this.#offer(order, event, quote);
  }

  #cancelsByCondition(order: SimulatedOrder): boolean {
    const { conditions } = order;
    if (!order.terms.conditionsCancel || conditions === undefined) return false;
    if (!conditions.areMet(this.#conditionFacts(order))) {
      this.#wake.wakeBy(conditions.nextInstant(this.#market.clock.now()));
      return false;
    }
    this.finishCancel(order, 'Cancelled by Condition');
    return true;
  }

  // Holding.

  /** Sends the order into the market once nothing holds it any more. */
  #release(order: SimulatedOrder, event?: MarketEvent): void {
    order.hold = this.#holdOf(order, event);
    if (order.hold !== undefined) {
      if (order.whyHeld !== order.toldWhyHeld) this.#tell(order);
      return;
    }
    order.phase = 'working';
    if (order.terms.auction === undefined) this.#offer(order);
    else this.#offerInAuction(order);
  }

  #holdOf(order: SimulatedOrder, event: MarketEvent | undefined): Hold | undefined {
    const { terms, parent, conditions } = order;
    const nowMs = this.#market.clock.now();
    if (parent !== undefined && parent.status !== 'Filled') return 'parent';
    if (terms.goodAfterMs !== undefined && nowMs < terms.goodAfterMs) {
      this.#wake.wakeBy(terms.goodAfterMs);
      return 'time';
    }
    if (conditions !== undefined && !terms.conditionsCancel) {
      if (!conditions.areMet(this.#conditionFacts(order))) {
        this.#wake.wakeBy(conditions.nextInstant(nowMs));
        return 'conditions';
      }
      // Once met is enough.
      order.conditions = undefined;
      this.#conditional.delete(order);
    }
    if (order.isTriggerWaiting && !this.#showsTrigger(order, event)) return 'trigger';
    if (terms.auction === undefined) return undefined;
    order.auctionAtMs ??= nextAuction(terms.auction, nowMs);
    this.#wake.wakeBy(order.auctionAtMs > nowMs ? order.auctionAtMs : undefined);
    return nowMs < order.auctionAtMs ? 'auction' : undefined;
  }

  #showsTrigger(order: SimulatedOrder, event: MarketEvent | undefined): boolean {
    const sighting = this.#sightingFor(order, event);
    return sighting !== undefined && order.see(sighting);
  }

  /** What a trigger sees: the whole market when it begins to look, later only what is new. */
  #sightingFor(order: SimulatedOrder, event: MarketEvent | undefined): Sighting | undefined {
    if (event === undefined || order.hold !== 'trigger') return sightingOfQuote(this.#quote(order));
    return event.conId === order.terms.instrument.conId ? sightingOf(event) : undefined;
  }

  // Trading.

  /** Tries to fill an order that works: when it just came to the market (again), or when the market moved. */
  #offer(order: SimulatedOrder, event?: MarketEvent, quote: Quote = this.#quote(order)): void {
    const { terms } = order;
    const limit = workingPrice(terms, quote, order.priceMemory);
    const match = this.#isHalted(terms) ? undefined : this.#matchFor(order, limit, quote, event);
    const shares = match === undefined ? 0 : this.#sharesFor(order, match, event);
    if (match !== undefined && shares > 0) this.#fill(order, match, shares);
    if (order.isTerminal) return;
    if (event?.kind !== 'trade') order.isTaking = matchArriving(terms.action, limit, quote) !== undefined && (event === undefined || order.isTaking);
    if (event === undefined) this.#rest(order);
  }

  #isHalted({ legs }: OrderTerms): boolean {
    return legs.some(({ instrument }) => this.#market.halted(instrument.conId));
  }

  #matchFor(order: SimulatedOrder, limit: WorkingPrice, quote: Quote, event: MarketEvent | undefined): Match | undefined {
    const { terms } = order;
    const { action } = terms;
    const takes = event === undefined || order.isTaking || isPegged(terms);
    if (event === undefined || event.kind === 'quote') return takes ? matchArriving(action, limit, quote) : matchResting(action, limit, quote);
    if (event.kind !== 'trade' || order.isTaking || isCombo(terms)) return undefined;
    return matchTrade(action, limit, event, isPegged(terms));
  }

  #sharesFor(order: SimulatedOrder, match: Match, event: MarketEvent | undefined): number {
    const { remaining, filled, terms } = order;
    if (!this.#partialFills) return remaining;
    if (event?.kind === 'trade') return sharesOf(remaining, match.size, terms, filled);
    const number = terms.legs.reduce((sum, { instrument }) => sum + (this.#quoteNumbers.get(instrument.conId) ?? 0), 0);
    const shares = sharesOf(remaining, order.leftOf(match.size, number), terms, filled);
    order.take(shares, number);
    return shares;
  }

  #offerInAuction(order: SimulatedOrder): void {
    const { instrument, action, prices } = order.terms;
    const price = this.#isHalted(order.terms) ? undefined : this.#market.mark(instrument.conId);
    const match = price === undefined ? undefined : matchArriving(action, prices.lmtPrice ?? 'market', { bid: price, ask: price });
    if (match === undefined) this.finishCancel(order, 'Cancelled by System');
    else this.#fill(order, match, order.remaining);
  }

  /** What becomes of an order that came to the market and is not filled, or not as a whole. */
  #rest(order: SimulatedOrder): void {
    if (order.status === 'PendingCancel') return;
    const { tif } = order.terms;
    if (tif === 'FOK') {
      this.#end(order, 'Inactive', 'Cancelled by System');
      this.#feed.status(order);
      this.#endFamily(order);
    } else if (tif === 'IOC') {
      this.beginCancel(order, 'Cancelled by System');
    } else if (order.status === 'PreSubmitted') {
      order.status = 'Submitted';
      this.#feed.order(order);
    }
  }

  #fill(order: SimulatedOrder, match: Match, shares: number): void {
    const before = order.remaining;
    const events = this.#fills.fill(order, match, shares);
    const effects = this.#oca.effectsOf(order, shares, before);
    this.#reserve.hold(order, (order.reserved * order.remaining) / before);
    if (order.isTerminal) this.#leave(order);
    for (const event of events) this.#feed.emit(event);
    for (const effect of effects) {
      if (effect.blocks) this.#affect(effect);
      else
        this.#later(() => {
          this.#affect(effect);
        });
    }
    if (order.status === 'Filled') {
      for (const child of order.children) if (child.phase === 'held' && !child.isTerminal) this.#step(child);
    }
    for (const other of this.#conditional) {
      if (other.terms.account !== order.terms.account || other === order) continue;
      for (const { instrument } of order.terms.legs) other.conditions?.executed(instrument);
      if (!other.isTerminal && other.hold !== 'trigger') this.#step(other);
    }
  }

  /** A fill of another member of the order's group takes from it. */
  #affect({ order, by }: OcaEffect): void {
    if (order.isTerminal) return;
    if (by >= order.remaining) {
      this.finishCancel(order, 'Cancelled by OCA Group');
      return;
    }
    order.reduce(by);
    this.#feed.order(order);
  }

  // Ending.

  #end(order: SimulatedOrder, status: 'Cancelled' | 'Inactive', reason: string): void {
    order.end(status, reason, this.#market.clock.now());
    this.#leave(order);
  }

  #leave(order: SimulatedOrder): void {
    this.#reserve.hold(order, 0);
    this.#oca.leave(order);
    this.#conditional.delete(order);
    for (const conId of this.#book.complete(order)) {
      this.#watches.get(conId)?.();
      this.#watches.delete(conId);
    }
  }

  /** An order that ended unfilled takes its children along, and its parent when it says so. */
  #endFamily(order: SimulatedOrder): void {
    for (const child of order.children) if (!child.isTerminal) this.finishCancel(child, 'Cancelled with the parent');
    const { parent } = order;
    if (order.terms.ticket.autoCancelParent === true && parent !== undefined && !parent.isTerminal && parent.status !== 'PendingCancel') {
      this.beginCancel(parent, 'Cancelled with the child');
    }
  }
}
