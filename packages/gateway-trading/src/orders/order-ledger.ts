import type { JournalRecord, OrderRecord } from '../journal/journal-record.js';
import { GuardState } from '../guards/guard-state.js';
import { stageOrder, transition } from './order-machine.js';
import { isEnded } from './order-state.js';
import type { OrderState } from './order-state.js';

/** What a record did to an order; `before` is absent for a new one. */
export interface OrderChange {
  readonly before: OrderState | undefined;
  readonly after: OrderState;
  readonly record: OrderRecord;
}

/** How a message of the broker names an order. */
export interface OrderIdentity {
  readonly permId?: string | undefined;
  readonly orderRef?: string | undefined;
  readonly epoch: number;
  readonly clientId?: number | undefined;
  readonly orderId?: number | undefined;
}

/** The kill switch as the journal has it. */
export interface KillSwitch {
  readonly engaged: boolean;
  readonly reason: string;
  /** Orders of others, too. */
  readonly all: boolean;
}

/** Whether a record is about an order that was staged. */
export function isOrderRecord(record: JournalRecord): record is OrderRecord {
  return record.type.startsWith('order.') && record.type !== 'order.refused';
}

function sessionKey(epoch: number, clientId: number, orderId: number): string {
  return `${epoch}/${clientId}/${orderId}`;
}

function clientKey(clientId: number, orderId: number): string {
  return `${clientId}/${orderId}`;
}

function accountKey(account: string, key: string): string {
  return `${account}/${key}`;
}

/**
 * Our orders, computed from the records of the journal and from nothing else: the same records give the same ledger.
 *
 * An order is found by permId, then by our reference, then by client and order id, the last only within one session,
 * because order ids may come round again after a restart of the trading platform.
 */
export class OrderLedger {
  /** What the guards know from the same records. */
  readonly guards = new GuardState();
  readonly #orders = new Map<string, OrderState>();
  readonly #byKey = new Map<string, string>();
  readonly #byKeyAlone = new Map<string, string>();
  readonly #byPermId = new Map<string, string>();
  readonly #byRef = new Map<string, string>();
  readonly #bySession = new Map<string, string>();
  readonly #byExecution = new Map<string, string>();
  /** By client and order id, over all sessions: what we give out never comes twice. */
  readonly #byOrderId = new Map<string, string>();
  readonly #byApiOrderId = new Map<string, string>();
  readonly #floors = new Map<number, number>();
  readonly #open = new Set<string>();
  readonly #unknown = new Set<string>();
  readonly #brackets = new Map<string, readonly string[]>();
  #kill: KillSwitch = { engaged: false, reason: '', all: false };

  /** Books a record. Gives back what changed, or `undefined` when the record says nothing new. */
  apply(record: JournalRecord): OrderChange | undefined {
    const change = this.#apply(record);
    if (change !== undefined || !isOrderRecord(record)) this.guards.apply(record);
    return change;
  }

  #apply(record: JournalRecord): OrderChange | undefined {
    switch (record.type) {
      case 'term':
      case 'globalCancel':
      case 'armed':
      case 'disarmed':
      case 'order.refused':
        return undefined;
      case 'idFloor':
        this.#raiseFloor(record.clientId, record.floor);
        return undefined;
      case 'killSwitch':
        this.#kill = { engaged: record.engaged, reason: record.reason, all: record.engaged && record.all === true };
        return undefined;
      default:
        return this.#applyToOrder(record);
    }
  }

  /** Whether {@link OrderLedger.apply} would change anything, without doing it. */
  isNews(record: OrderRecord): boolean {
    const order = this.#orders.get(record.intentId);
    return order === undefined ? record.type === 'order.staged' : transition(order, record) !== order;
  }

  get(intentId: string): OrderState | undefined {
    return this.#orders.get(intentId);
  }

  /** The latest attempt under a key. */
  byKey(account: string, key: string): OrderState | undefined {
    return this.#orderOf(this.#byKey.get(accountKey(account, key)));
  }

  /** The latest attempt under a key in any account. */
  findKey(key: string): OrderState | undefined {
    return this.#orderOf(this.#byKeyAlone.get(key));
  }

  find({ permId, orderRef, epoch, clientId, orderId }: OrderIdentity): OrderState | undefined {
    const byPermId = permId === undefined ? undefined : this.#byPermId.get(permId);
    const byRef = orderRef === undefined ? undefined : this.#byRef.get(orderRef);
    const bySession = clientId === undefined || orderId === undefined ? undefined : this.#bySession.get(sessionKey(epoch, clientId, orderId));
    return this.#orderOf(byPermId ?? byRef ?? bySession);
  }

  /** The order that we gave this id; order ids of others may be the same after a reset of the platform. */
  byOrderId(clientId: number, orderId: number): OrderState | undefined {
    return this.#orderOf(this.#byOrderId.get(clientKey(clientId, orderId)));
  }

  /** The latest attempt of the order that a user of `connection.api` placed under this id. */
  byApiOrderId(clientId: number, apiOrderId: number): OrderState | undefined {
    return this.#orderOf(this.#byApiOrderId.get(clientKey(clientId, apiOrderId)));
  }

  /** The order that an execution was booked on. */
  findExecution(execId: string): OrderState | undefined {
    return this.#orderOf(this.#byExecution.get(execId));
  }

  /** Remembers that this session names an order of an earlier one by this id. Not part of the journal: a session does not outlive the process. */
  link(epoch: number, order: OrderState): void {
    this.#bySession.set(sessionKey(epoch, order.clientId, order.orderId), order.intentId);
  }

  /** Every order, oldest first. */
  all(): readonly OrderState[] {
    return [...this.#orders.values()];
  }

  /** The orders of a bracket, its entry first. */
  bracket(group: string): readonly OrderState[] {
    return [...(this.#brackets.get(group) ?? [])].flatMap((id) => this.#orderOf(id) ?? []);
  }

  /** The names of every bracket, oldest first. */
  brackets(): readonly string[] {
    return [...this.#brackets.keys()];
  }

  /** The orders without a verdict, oldest first. */
  open(): readonly OrderState[] {
    return [...this.#open].flatMap((id) => this.#orderOf(id) ?? []);
  }

  /** The orders with an unknown outcome, oldest question first. Every new order asks for them, however many work. */
  unknown(): readonly OrderState[] {
    return this.#unknown.size === 0 ? [] : [...this.#unknown].flatMap((id) => this.#orderOf(id) ?? []);
  }

  /** No order id at or below this may be used for this client id; 0 when none was. */
  floor(clientId: number): number {
    return this.#floors.get(clientId) ?? 0;
  }

  get killSwitch(): KillSwitch {
    return this.#kill;
  }

  #orderOf(intentId: string | undefined): OrderState | undefined {
    return intentId === undefined ? undefined : this.#orders.get(intentId);
  }

  #raiseFloor(clientId: number, floor: number): void {
    this.#floors.set(clientId, Math.max(this.floor(clientId), floor));
  }

  #applyToOrder(record: OrderRecord): OrderChange | undefined {
    const before = this.#orders.get(record.intentId);
    if (before === undefined) {
      if (record.type !== 'order.staged') return undefined;
      const after = stageOrder(record);
      this.#raiseFloor(after.clientId, after.orderId);
      this.#byKey.set(accountKey(after.account, after.key), after.intentId);
      this.#byKeyAlone.set(after.key, after.intentId);
      this.#byRef.set(after.orderRef, after.intentId);
      this.#byOrderId.set(clientKey(after.clientId, after.orderId), after.intentId);
      if (after.apiOrderId !== undefined) this.#byApiOrderId.set(clientKey(after.clientId, after.apiOrderId), after.intentId);
      this.link(after.epoch, after);
      if (after.bracket !== undefined) this.#brackets.set(after.bracket.group, [...(this.#brackets.get(after.bracket.group) ?? []), after.intentId]);
      this.#keep(after);
      return { before, after, record };
    }
    const after = transition(before, record);
    if (after === before) return undefined;
    if (record.type === 'order.acked') this.#byPermId.set(record.permId, record.intentId);
    if (record.type === 'order.execution') this.#byExecution.set(record.execId, record.intentId);
    this.#keep(after);
    return { before, after, record };
  }

  #keep(order: OrderState): void {
    this.#orders.set(order.intentId, order);
    if (isEnded(order.status)) this.#open.delete(order.intentId);
    else this.#open.add(order.intentId);
    if (order.status === 'unknown') this.#unknown.add(order.intentId);
    else this.#unknown.delete(order.intentId);
  }
}
