import type { OrderError } from '@ibkit/error-codes';
import type { PositionDrift } from '../account/position-check.js';
import type { GateReason } from '../orders/order-gate.js';
import type { BracketState } from '../orders/bracket/bracket-watch.js';
import type { OrderChange } from '../orders/order-ledger.js';
import type { Fill, OrderChangeState, OrderNotice, OrderState } from '../orders/order-state.js';
import type { ReconcileReport } from '../reconcile/reconcile-report.js';

interface At {
  /** Epoch milliseconds. */
  readonly atMs: number;
}

/** An order is in another state. */
export interface OrderStatusChanged extends At {
  readonly order: OrderState;
  /** Absent for a new order. */
  readonly from: OrderState['status'] | undefined;
  readonly to: OrderState['status'];
}

/** An execution was booked: once per execution id, also after the order ended. A correction counts as a new one. */
export interface OrderFilled extends At {
  readonly order: OrderState;
  readonly fill: Fill;
  /** Whether the whole quantity is filled now. */
  readonly complete: boolean;
}

/** The cost of a fill is known. */
export interface OrderCommission extends At {
  readonly order: OrderState;
  readonly fill: Fill;
}

/** Nobody can say what became of an order; it is being looked for. */
export interface OrderUnknown extends At {
  readonly order: OrderState;
  readonly reason: string;
}

/** The broker said something about an order that lives on. */
export interface OrderWarning extends At {
  readonly order: OrderState;
  readonly notice: OrderNotice;
}

/** The broker would not cancel; the order keeps its state and is read again. */
export interface OrderCancelRefused extends At {
  readonly order: OrderState;
  readonly reason: string;
}

/** The broker has the new terms of an order. */
export interface OrderChanged extends At {
  readonly order: OrderState;
  readonly change: OrderChangeState;
}

/** The broker keeps the old terms of an order, or the change never left; the order itself is as it was. */
export interface OrderChangeRefused extends At {
  readonly order: OrderState;
  readonly change: OrderChangeState;
  readonly reason: string;
}

/** Nobody can say whether an order has its old terms or the new ones; it is being looked into. */
export interface OrderChangeUnknown extends At {
  readonly order: OrderState;
  readonly change: OrderChangeState;
  readonly reason: string;
}

/** The position of a bracket is open, and no exit at work protects all of it: an alarm. */
export interface BracketUnprotected extends At {
  readonly bracket: BracketState;
  readonly reason: string;
}

/** The position of a bracket is protected again, or closed. */
export interface BracketProtected extends At {
  readonly bracket: BracketState;
}

/** The broker knows one order of ours under two permanent ids: it may have it twice. */
export interface OrderDuplicated extends At {
  readonly order: OrderState;
}

/** The broker's next valid id is below ids that it has already taken from us. Our floor holds, no id is used twice. */
export interface OrderIdRollback extends At {
  readonly clientId: number;
  readonly nextValidId: number;
  readonly highestUsed: number;
}

/** The gate for new orders opened, or closed, or has other reasons. */
export interface GateChanged extends At {
  readonly open: boolean;
  readonly reasons: readonly GateReason[];
}

/** A sweep was given up or did not answer in full: nothing was concluded, and it is tried again. */
export interface ReconcileFailed extends At {
  readonly reason: string;
  readonly error: Error;
}

/** Positions that are not what they were plus the executions since: told once, and nothing is done about it. */
export interface PositionsDrifted extends At {
  readonly drifts: readonly PositionDrift[];
  /** Since when executions were counted, epoch milliseconds. */
  readonly fromMs: number;
}

/** The journal can not be written any more, so nothing is sent any more. */
export interface JournalStopped extends At {
  readonly error: Error;
}

/** The right to trade is gone: another process took it over, or it could not be renewed. Nothing more is sent from here. */
export interface LeaseLost extends At {
  readonly error: OrderError;
}

/** The kill switch was set or released. */
export interface KillSwitchChanged extends At {
  readonly engaged: boolean;
  readonly reason: string;
}

/** Live trading was armed, or the arming ended. Names no account. */
export interface ArmingChanged extends At {
  readonly armed: boolean;
  /** Epoch milliseconds; absent when it ended. */
  readonly expiresAtMs: number | undefined;
}

/** The events of a `Trading`. */
export interface TradingEvents extends Record<string, unknown> {
  'order.statusChanged': OrderStatusChanged;
  'order.filled': OrderFilled;
  'order.commission': OrderCommission;
  'order.unknown': OrderUnknown;
  'order.warning': OrderWarning;
  'order.cancelRefused': OrderCancelRefused;
  'order.changed': OrderChanged;
  'order.changeRefused': OrderChangeRefused;
  'order.changeUnknown': OrderChangeUnknown;
  'order.duplicated': OrderDuplicated;
  'bracket.unprotected': BracketUnprotected;
  'bracket.protected': BracketProtected;
  'order.idRollback': OrderIdRollback;
  'gate.changed': GateChanged;
  'reconcile.completed': At & ReconcileReport;
  'reconcile.failed': ReconcileFailed;
  'positions.drifted': PositionsDrifted;
  'journal.stopped': JournalStopped;
  'lease.lost': LeaseLost;
  'killSwitch.changed': KillSwitchChanged;
  'arming.changed': ArmingChanged;
}

type Emit = <K extends keyof TradingEvents & string>(type: K, event: TradingEvents[K]) => void;

/** Tells what a change of an order means, most general first. */
export function announce({ before, after: order, record }: OrderChange, emit: Emit): void {
  const { atMs } = record;
  if (before?.status !== order.status) {
    emit('order.statusChanged', { order, from: before?.status, to: order.status, atMs });
    if (order.status === 'unknown') emit('order.unknown', { order, reason: order.reason ?? '', atMs });
  }
  if (order.permIds.length > 1 && order.permIds.length !== before?.permIds.length) emit('order.duplicated', { order, atMs });
  if (record.type === 'order.execution' || record.type === 'order.commission') {
    const fill = order.fills.find(({ execId }) => execId === record.execId);
    if (fill === undefined) return;
    if (record.type === 'order.commission') emit('order.commission', { order, fill, atMs });
    else emit('order.filled', { order, fill, complete: order.remainingQuantity === 0, atMs });
  }
  if (record.type === 'order.warning') emit('order.warning', { order, notice: { code: record.code, message: record.message, atMs }, atMs });
  if (record.type === 'order.verdict' && record.verdict === 'cancelRefused') emit('order.cancelRefused', { order, reason: record.reason, atMs });
  if (order.change !== undefined && order.change.status !== before?.change?.status) announceChange(order, order.change, { emit, atMs });
}

function announceChange(order: OrderState, change: OrderChangeState, { emit, atMs }: { readonly emit: Emit; readonly atMs: number }): void {
  const { status, reason = '' } = change;
  if (status === 'accepted') emit('order.changed', { order, change, atMs });
  if (status === 'refused' || status === 'unsent') emit('order.changeRefused', { order, change, reason, atMs });
  if (status === 'unknown') emit('order.changeUnknown', { order, change, reason, atMs });
}
