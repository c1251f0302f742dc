import type { Timer } from '@ibkit/clock';
import type { Market, MarketEvent, Quote } from '../market/market.js';
import type { AccountDesk } from './account-desk.js';
import type { EventFeed } from './event-feed.js';
import type { FillDesk } from './fill-desk.js';
import type { FundsReserve } from './funds-reserve.js';
import { OcaBook } from './oca-book.js';
import type { OcaEffect } from './oca-book.js';
import type { OrderBook } from './order-book.js';
import { OrderHolds } from './order-holds.js';
import { OrderMatcher } from './order-matcher.js';
import type { Offer } from './order-matcher.js';
import type { OrderSessions } from './order-sessions.js';
import { isCombo } from './order-terms.js';
import type { OrderTerms } from './order-terms.js';
import { rejected } from './refusal.js';
import type { SimulatedOrder } from './simulated-order.js';
import { WakeTimer } from './wake-timer.js';

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
  readonly sessions: OrderSessions;
}

/** Where orders live between their acceptance and their end: they travel, are held, work, fill and are cancelled, as the market and the clock go on. */
export class OrderFloor {
  readonly #market: Market;
  readonly #book: OrderBook;
  readonly #feed: EventFeed;
  readonly #fills: FillDesk;
  readonly #reserve: FundsReserve;
  readonly #latencyMs: number;
  readonly #matcher: OrderMatcher;
  readonly #holds: OrderHolds;
  readonly #sessions: OrderSessions;
  readonly #oca = new OcaBook();
  readonly #conditional = new Set<SimulatedOrder>();
  readonly #watches = new Map<number, () => void>();
  readonly #timers = new Set<Timer>();
  readonly #wake: WakeTimer;

  constructor(options: OrderFloorOptions) {
    this.#market = options.market;
    this.#book = options.book;
    this.#feed = options.feed;
    this.#fills = options.fills;
    this.#reserve = options.reserve;
    this.#latencyMs = options.latencyMs;
    this.#matcher = new OrderMatcher(options.market, options.partialFills);
    this.#wake = new WakeTimer(options.market.clock, () => {
      this.#tick();
    });
    this.#sessions = options.sessions;
    this.#holds = new OrderHolds({ market: options.market, accounts: options.accounts, sessions: options.sessions, wake: this.#wake });
  }

  get oca(): OcaBook {
    return this.#oca;
  }

  /** The order is accepted and travels to the market. */
  admit(order: SimulatedOrder): void {
    order.phase = 'travelling';
    this.#oca.join(order);
    this.#follow(order);
    this.#warn(order);
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
    const offer = this.#matcher.forced(order);
    if (offer === undefined) return false;
    this.#fill(order, offer);
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

  /** TWS: an order that comes while nothing trades is told so, and accepted. */
  #warn(order: SimulatedOrder): void {
    if (order.parent !== undefined && order.parent.status !== 'Filled') return;
    for (const warning of this.#sessions.warnings(order.terms, this.#market.clock.now())) this.#feed.refuse(order.clientId, order.orderId, warning);
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

  // What moves orders: arrival, the market, the clock, other orders.

  /** The order, or its change, reaches the market. */
  #arrive(order: SimulatedOrder): void {
    if (order.isTerminal) return;
    if (order.phase === 'working') {
      this.#offer(order);
      return;
    }
    const isNew = order.phase === 'travelling';
    if (isNew) {
      order.phase = 'held';
      order.conditions?.arrive((conId) => this.#market.quote(conId));
    }
    this.#release(order);
    // TWS: a stop that waits is told again once it is in place.
    if (isNew && order.hold === 'trigger') this.#tell(order);
  }

  #see(event: MarketEvent): void {
    const { conId } = event;
    // Read once for all orders: with thousands of them it is what costs most.
    const quote = this.#market.quote(conId);
    if (event.kind === 'quote') this.#matcher.countQuote(conId);
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
      if (order.phase === 'working' && order.terms.auction === undefined && !this.#sessions.isOpen(order.terms, nowMs)) this.#suspend(order);
      if (order.hold === 'time' || order.hold === 'session' || order.hold === 'conditions' || order.hold === 'auction' || order.terms.conditionsCancel) this.#step(order);
    }
  }

  /** Lets an order go on that did not move by itself. `quote` is that of the event's instrument, when the caller has it. */
  #step(order: SimulatedOrder, event?: MarketEvent, quote?: Quote): void {
    if (order.phase === 'travelling' || this.#cancelsByCondition(order)) return;
    if (order.phase === 'held') {
      if (order.status !== 'PendingCancel') this.#release(order, event);
      return;
    }
    if (event !== undefined && !this.#sessions.isOpen(order.terms, event.atMs)) return;
    if (event !== undefined && order.terms.legs.some(({ instrument }) => instrument.conId === event.conId)) this.#offer(order, event, quote);
  }

  #cancelsByCondition(order: SimulatedOrder): boolean {
    if (!order.terms.conditionsCancel || !this.#holds.conditionsMet(order)) return false;
    this.finishCancel(order, 'Cancelled by Condition');
    return true;
  }

  // Holding.

  /** Sends the order into the market once nothing holds it any more. */
  #release(order: SimulatedOrder, event?: MarketEvent): void {
    order.hold = this.#holds.next(order, event);
    if (order.conditions === undefined) this.#conditional.delete(order);
    if (order.hold !== undefined) {
      // What must trade at once does not wait for a session.
      if (order.hold === 'session' && (order.terms.tif === 'IOC' || order.terms.tif === 'FOK')) this.#rest(order);
      if (order.whyHeld !== order.toldWhyHeld) this.#tell(order);
      return;
    }
    order.phase = 'working';
    if (order.terms.auction === undefined) this.#offer(order);
    else this.#offerInAuction(order);
  }

  /** The session of an order that works is over. */
  #suspend(order: SimulatedOrder): void {
    if (order.status === 'PendingCancel') return;
    order.suspend();
    this.#tell(order);
  }

  // Trading.

  /** Tries to fill an order that works: when it just came to the market (again), or when the market moved. */
  #offer(order: SimulatedOrder, event?: MarketEvent, quote: Quote = this.#matcher.quote(order)): void {
    const offer = this.#matcher.offer(order, quote, event);
    if (offer !== undefined) this.#fill(order, offer);
    if (order.isTerminal) return;
    if (event?.kind !== 'trade') order.isTaking = (event === undefined || order.isTaking) && this.#matcher.isMarketable(order, quote);
    if (event === undefined) this.#rest(order);
  }

  #offerInAuction(order: SimulatedOrder): void {
    const { auctionAtMs } = order;
    const offer = auctionAtMs === undefined ? undefined : this.#matcher.auction(order, auctionAtMs);
    if (offer === undefined) this.finishCancel(order, 'Cancelled by System');
    else this.#fill(order, offer);
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

  #fill(order: SimulatedOrder, { match, shares }: Offer): void {
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
