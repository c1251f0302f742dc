import type { Market, MarketEvent } from '../market/market.js';
import type { AccountDesk } from './account-desk.js';
import { quoteOf } from './order-terms.js';
import type { OrderSessions } from './order-sessions.js';
import { nextAuction } from './order-time.js';
import type { Hold, SimulatedOrder } from './simulated-order.js';
import { sightingOf, sightingOfQuote } from './trigger.js';
import type { Sighting } from './trigger.js';
import type { WakeTimer } from './wake-timer.js';

/** What {@link OrderHolds} works with. */
export interface OrderHoldsOptions {
  readonly market: Market;
  readonly accounts: AccountDesk;
  readonly sessions: OrderSessions;
  /** Rings when a hold may be lifted by time. */
  readonly wake: WakeTimer;
}

/** How long a session has been on, or an opening auction over, before its first prices are surely known. */
const SETTLED_MS = 250;

/** Knows what holds an order back from the market: its parent, a time, hours without trading, conditions, a trigger, an auction, in this order. */
export class OrderHolds {
  readonly #market: Market;
  readonly #accounts: AccountDesk;
  readonly #sessions: OrderSessions;
  readonly #wake: WakeTimer;

  constructor(options: OrderHoldsOptions) {
    this.#market = options.market;
    this.#accounts = options.accounts;
    this.#sessions = options.sessions;
    this.#wake = options.wake;
  }

  /** Whether the order's conditions are met now; true without any. */
  conditionsMet({ conditions, terms }: SimulatedOrder): boolean {
    const nowMs = this.#market.clock.now();
    const facts = { nowMs, quote: (conId: number) => this.#market.quote(conId), cushionPercent: () => this.#accounts.cushionPercent(terms.account) };
    if (conditions === undefined || conditions.areMet(facts)) return true;
    this.#wake.wakeBy(conditions.nextInstant(nowMs));
    return false;
  }

  /** What holds the order now, after an event if there is one; undefined when nothing does. Its trigger and its conditions move on. */
  next(order: SimulatedOrder, event: MarketEvent | undefined): Hold | undefined {
    const { terms, parent } = order;
    const nowMs = this.#market.clock.now();
    if (parent !== undefined && parent.status !== 'Filled') return 'parent';
    if (terms.goodAfterMs !== undefined && nowMs < terms.goodAfterMs) {
      this.#wake.wakeBy(terms.goodAfterMs);
      return 'time';
    }
    if (!this.#isInSession(order, event?.atMs ?? nowMs, event === undefined ? SETTLED_MS : 0)) return 'session';
    if (!terms.conditionsCancel) {
      if (!this.conditionsMet(order)) return 'conditions';
      // Once met is enough.
      order.conditions = undefined;
    }
    if (order.isTriggerWaiting && !this.#showsTrigger(order, event)) return 'trigger';
    if (terms.auction === undefined) return undefined;
    order.auctionAtMs ??= nextAuction(terms.auction, nowMs);
    const heldAtMs = terms.auction === 'open' ? order.auctionAtMs + SETTLED_MS : order.auctionAtMs;
    if (heldAtMs <= nowMs) return undefined;
    this.#wake.wakeBy(heldAtMs);
    return 'auction';
  }

  /** Whether the order may trade at an instant; else it is looked at again when it may. An auction is a session of its own. */
  #isInSession({ terms }: SimulatedOrder, atMs: number, settleMs: number): boolean {
    const session = terms.auction === undefined ? this.#sessions.session(terms, atMs) : undefined;
    if (session === undefined) return true;
    const isOpen = session.startMs + settleMs <= atMs;
    this.#wake.wakeBy(isOpen ? session.endMs : session.startMs + SETTLED_MS);
    return isOpen;
  }

  #showsTrigger(order: SimulatedOrder, event: MarketEvent | undefined): boolean {
    const sighting = this.#sightingFor(order, event);
    return sighting !== undefined && order.see(sighting);
  }

  /** What a trigger sees: the whole market when it begins to look, later only what is new. */
  #sightingFor({ terms, hold }: SimulatedOrder, event: MarketEvent | undefined): Sighting | undefined {
    if (event === undefined || hold !== 'trigger') return sightingOfQuote(quoteOf(terms, (conId) => this.#market.quote(conId)));
    return event.conId === terms.instrument.conId ? sightingOf(event) : undefined;
  }
}
