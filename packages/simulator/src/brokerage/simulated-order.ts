import type { OrderImpact, OrderStatusName, OrderView } from './brokerage.js';
import { CommissionMeter } from './commissions.js';
import { ConditionWatch } from './conditions.js';
import { ocaKeyOf } from './oca-book.js';
import { isCombo, triggerRuleOf } from './order-terms.js';
import type { OrderTerms } from './order-terms.js';
import type { OrderRecord } from './snapshot.js';
import { advanceTrigger } from './trigger.js';
import type { Sighting, TriggerState } from './trigger.js';
import type { PriceMemory } from './working-price.js';

const TERMINAL: ReadonlySet<OrderStatusName> = new Set(['Cancelled', 'Filled', 'Inactive']);

/**
 * Where an order is: `staged` with transmit false, so that nobody has heard of it; `travelling` to the market; `held` by the broker until something happens;
 * `working` in the market.
 */
export type OrderPhase = 'staged' | 'travelling' | 'held' | 'working';

/** What holds an order, in the order in which the holds are lifted. */
export type Hold = 'parent' | 'time' | 'session' | 'conditions' | 'trigger' | 'auction';

/** TWS: an order in a group echoes type 3 unless it says another one, and so does every order outside a group. */
const ECHOED_OCA_TYPE = 3;

/** A size or price without the noise of binary fractions. */
function withoutNoise(amount: number): number {
  return Number(amount.toFixed(8));
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** An order while it lives. Others see it through {@link SimulatedOrder.view} only. */
export class SimulatedOrder {
  readonly clientId: number;
  readonly orderId: number;
  readonly permId: string;
  readonly parent: SimulatedOrder | undefined;
  readonly children: SimulatedOrder[] = [];
  readonly commissions = new CommissionMeter();
  status: OrderStatusName = 'PreSubmitted';
  phase: OrderPhase = 'staged';
  hold: Hold | undefined;
  /** Why it is held, as its client heard it last. */
  toldWhyHeld = '';
  trigger: TriggerState | undefined;
  conditions: ConditionWatch | undefined;
  /** When the auction that it waits for is. */
  auctionAtMs: number | undefined;
  filled = 0;
  /** It took all that a quote offered within its limit, so that it takes from the next one, too, instead of waiting for its limit. */
  isTaking = false;
  /** Funds that it may need, kept from other orders while it works. */
  reserved = 0;
  #terms: OrderTerms;
  /** What fills of other members of its group have taken off its quantity. */
  #reduced = 0;
  #trailedLimit: number | undefined;
  #firstFillPrice: number | undefined;
  #filledValue = 0;
  #lastFillPrice = 0;
  #commission: number | undefined;
  #completedStatus: string | undefined;
  #completedAtMs: number | undefined;
  #seenQuote = -1;
  #takenFromQuote = 0;

  constructor(clientId: number, orderId: number, permId: string, terms: OrderTerms, parent?: SimulatedOrder) {
    this.clientId = clientId;
    this.orderId = orderId;
    this.permId = permId;
    this.parent = parent;
    this.#terms = terms;
    this.#readTrigger();
    this.#readConditions();
  }

  /** An order that was kept, on `terms` whose instruments are the universe's. */
  static restore(record: OrderRecord, terms: OrderTerms, parent: SimulatedOrder | undefined): SimulatedOrder {
    const order = new SimulatedOrder(record.clientId, record.orderId, record.permId, terms, parent);
    order.status = record.status;
    order.phase = record.isReleased === true ? 'working' : 'held';
    order.filled = record.filled;
    order.trigger = record.trigger ?? order.trigger;
    order.toldWhyHeld = order.whyHeld;
    if (record.isConditionMet === true) order.conditions = undefined;
    order.#reduced = record.reduced ?? 0;
    order.#trailedLimit = record.trailedLimit;
    order.#firstFillPrice = record.firstFillPrice;
    order.#filledValue = record.filledValue;
    order.#lastFillPrice = record.lastFillPrice;
    order.#commission = record.commission;
    order.#completedStatus = record.completedStatus;
    order.#completedAtMs = record.completedAtMs;
    order.commissions.restore(record.charges ?? []);
    return order;
  }

  /** What must be kept of it. */
  record(): OrderRecord {
    return {
      clientId: this.clientId,
      orderId: this.orderId,
      permId: this.permId,
      terms: this.#terms,
      status: this.status,
      filled: this.filled,
      filledValue: this.#filledValue,
      lastFillPrice: this.#lastFillPrice,
      commission: this.#commission,
      completedStatus: this.#completedStatus,
      completedAtMs: this.#completedAtMs,
      isReleased: this.phase === 'working',
      isConditionMet: this.#terms.conditions.length > 0 && this.conditions === undefined,
      trigger: this.trigger,
      trailedLimit: this.#trailedLimit,
      firstFillPrice: this.#firstFillPrice,
      reduced: this.#reduced,
      charges: this.commissions.records(),
    };
  }

  get terms(): OrderTerms {
    return this.#terms;
  }

  get isTerminal(): boolean {
    return TERMINAL.has(this.status);
  }

  get totalQuantity(): number {
    return withoutNoise(this.#terms.totalQuantity - this.#reduced);
  }

  get remaining(): number {
    return withoutNoise(this.totalQuantity - this.filled);
  }

  /** Whether it has a trigger that has not fired. */
  get isTriggerWaiting(): boolean {
    return this.trigger?.fired === false;
  }

  get priceMemory(): PriceMemory {
    return { trailedLimit: this.#trailedLimit, firstFillPrice: this.#firstFillPrice };
  }

  /** TWS: `child` while the parent works, `trigger` while a stop waits. */
  get whyHeld(): string {
    if (this.phase === 'working' || this.isTerminal) return '';
    const reasons = [this.parent !== undefined && this.parent.status !== 'Filled' ? 'child' : '', this.isTriggerWaiting ? 'trigger' : ''];
    return reasons.filter((reason) => reason !== '').join(',');
  }

  /** Puts other terms in place. What it has seen so far counts on, except for a trigger or conditions that changed. */
  change(terms: OrderTerms): void {
    const old = this.#terms;
    this.#terms = terms;
    if (terms.totalQuantity !== old.totalQuantity) this.#reduced = 0;
    if (this.phase === 'working') return;
    if (old.policy !== terms.policy || old.triggerMethod !== terms.triggerMethod || !isSame(old.prices, terms.prices)) this.#readTrigger();
    if (!isSame(old.conditions, terms.conditions)) this.#readConditions();
  }

  /** Looks at the market while its trigger has not fired; gives whether it has now. */
  see(sighting: Sighting): boolean {
    const rule = triggerRuleOf(this.#terms);
    if (rule === undefined || this.trigger === undefined || this.trigger.fired) return true;
    this.trigger = advanceTrigger(rule, this.trigger, sighting);
    const { stopPrice, fired } = this.trigger;
    const { limitOffset } = this.#terms.prices;
    if (fired && stopPrice !== undefined && limitOffset !== undefined) this.#trailedLimit = this.#limitBehind(stopPrice, limitOffset);
    return fired;
  }

  /** How much of a visible size is left for this order, which takes each quote (by its number) only once. */
  leftOf(size: number | undefined, quoteNumber: number): number | undefined {
    if (size === undefined) return undefined;
    return this.#seenQuote === quoteNumber ? Math.max(0, size - this.#takenFromQuote) : size;
  }

  take(shares: number, quoteNumber: number): void {
    this.#takenFromQuote = this.#seenQuote === quoteNumber ? this.#takenFromQuote + shares : shares;
    this.#seenQuote = quoteNumber;
  }

  /** Its session is over: it waits for the next one. */
  suspend(): void {
    this.phase = 'held';
    this.hold = 'session';
    this.isTaking = false;
    this.status = 'PreSubmitted';
  }

  /** Counts a fill; the status is Filled when nothing remains. */
  fill(quantity: number, price: number, atMs: number): void {
    this.#firstFillPrice ??= price;
    this.filled = withoutNoise(this.filled + quantity);
    this.#filledValue += quantity * price;
    this.#lastFillPrice = price;
    if (this.remaining > 0) {
      if (this.status === 'PreSubmitted') this.status = 'Submitted';
      return;
    }
    this.status = 'Filled';
    this.#completedStatus = 'Filled';
    this.#completedAtMs = atMs;
  }

  /** A fill turns out to have had another price. */
  correct(quantity: number, oldPrice: number, price: number): void {
    this.#filledValue += quantity * (price - oldPrice);
    if (this.#lastFillPrice === oldPrice) this.#lastFillPrice = price;
  }

  /** Takes units off its quantity, because another member of its group filled. */
  reduce(by: number): void {
    this.#reduced += by;
  }

  /** The commission of a fill became known. */
  charge(commission: number): void {
    this.#commission = (this.#commission ?? 0) + commission;
  }

  /** Ends the order without (more) fills. */
  end(status: 'Cancelled' | 'Inactive', reason: string, atMs: number): void {
    this.status = status;
    this.#completedStatus = reason;
    this.#completedAtMs = atMs;
  }

  view(impact?: OrderImpact): OrderView {
    const terms = this.#terms;
    const { instrument, exchange, account, ticket, action, policy, tif, prices } = terms;
    const isOwnGroup = terms.ocaGroup === '' && ocaKeyOf(this) !== undefined;
    return {
      clientId: this.clientId,
      orderId: this.orderId,
      permId: this.permId,
      parentId: terms.parentId,
      account,
      instrument,
      legs: isCombo(terms) ? terms.legs : undefined,
      exchange,
      ticket,
      action,
      orderType: policy.name,
      tif,
      totalQuantity: this.totalQuantity,
      lmtPrice: this.#shownLimit(),
      auxPrice: policy.aux === 'unused' ? undefined : ticket.auxPrice,
      trailStopPrice: policy.trails ? (this.trigger?.stopPrice ?? prices.stopPrice) : undefined,
      ocaGroup: isOwnGroup ? (this.parent?.permId ?? '') : terms.ocaGroup,
      ocaType: terms.ocaGroup === '' ? ECHOED_OCA_TYPE : terms.ocaType,
      status: this.status,
      whyHeld: this.whyHeld,
      filled: this.filled,
      remaining: this.remaining,
      avgFillPrice: this.filled === 0 ? 0 : withoutNoise(this.#filledValue / this.filled),
      lastFillPrice: this.#lastFillPrice,
      commission: this.#commission,
      impact,
      completedStatus: this.#completedStatus,
      completedAtMs: this.#completedAtMs,
    };
  }

  #readTrigger(): void {
    const { policy, prices } = this.#terms;
    this.trigger = policy.trigger === undefined ? undefined : { stopPrice: prices.stopPrice, hits: 0, fired: false };
  }

  #readConditions(): void {
    const { conditions } = this.#terms;
    this.conditions = conditions.length === 0 ? undefined : new ConditionWatch(conditions);
  }

  #limitBehind(stopPrice: number, offset: number): number {
    return Number((this.#terms.action === 'BUY' ? stopPrice + offset : stopPrice - offset).toFixed(8));
  }

  #shownLimit(): number | undefined {
    const { policy, prices } = this.#terms;
    if (policy.pricing === 'firstFill') return this.remaining > 0 ? this.#firstFillPrice : undefined;
    if (policy.pricing !== 'trailedLimit') return prices.lmtPrice;
    const stopPrice = this.trigger?.stopPrice ?? prices.stopPrice;
    return this.#trailedLimit ?? (stopPrice === undefined ? undefined : this.#limitBehind(stopPrice, prices.limitOffset ?? 0));
  }
}
