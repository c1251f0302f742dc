import { listOf, oneOf, optional, wholeNumber } from '../control/rules.js';
import { defineFault } from './fault.js';
import type { FaultEffect, FaultHost, FaultTiming, OrderCallback } from './fault.js';
import { CLIENT_ID, MILLISECONDS } from './triggers.js';

/** What an order sends without being asked. */
export type CallbackType = 'openOrder' | 'orderStatus' | 'execDetails' | 'commissionReport' | 'errMsg';

/** Orders are taken and work, but what they send is lost. Who asks (open orders, executions) hears of them. */
export interface LoseAckFault extends FaultTiming {
  readonly type: 'lose-ack';
  /** The next so many orders that are placed or modified. @defaultValue 1 */
  readonly count?: number | undefined;
  /** Which callbacks are lost. @defaultValue all */
  readonly callbacks?: readonly CallbackType[] | undefined;
  readonly clientId?: number | undefined;
}

/** What orders send arrives several times. */
export interface DuplicateCallbacksFault extends FaultTiming {
  readonly type: 'duplicate-callbacks';
  /** How often each arrives. @defaultValue 2 */
  readonly times?: number | undefined;
  /** Which callbacks. @defaultValue all */
  readonly callbacks?: readonly CallbackType[] | undefined;
}

/** What an order sends is held back until its fill, or until `holdMs` have passed, and arrives in another order. */
export interface ReorderCallbacksFault extends FaultTiming {
  readonly type: 'reorder-callbacks';
  /** The kinds in the order in which they arrive; others come behind. @defaultValue execDetails, commissionReport, orderStatus, openOrder */
  readonly order?: readonly CallbackType[] | undefined;
  /** How long an order that does not fill is held back, real milliseconds. @defaultValue 1000 */
  readonly holdMs?: number | undefined;
}

/** Commission reports of the fills that happen while it is on arrive later. */
export interface LateCommissionFault extends FaultTiming {
  readonly type: 'late-commission';
  /** Real milliseconds. @defaultValue 10000 */
  readonly delayMs?: number | undefined;
}

export type CallbackFault = LoseAckFault | DuplicateCallbacksFault | ReorderCallbacksFault | LateCommissionFault;

const CALLBACK = oneOf('openOrder', 'orderStatus', 'execDetails', 'commissionReport', 'errMsg');
const CALLBACKS = optional(listOf(CALLBACK, 5));
const FILL_FIRST: readonly CallbackType[] = ['execDetails', 'commissionReport', 'orderStatus', 'openOrder'];

function keyOf(clientId: number, orderId: number): string {
  return `${clientId}/${orderId}`;
}

function isAmong(callbacks: readonly CallbackType[] | undefined, { message }: OrderCallback): boolean {
  return callbacks === undefined || callbacks.some((type) => type === message.type);
}

function loseAck({ count = 1, callbacks, clientId }: LoseAckFault, host: FaultHost): FaultEffect {
  let left = count;
  const silenced = new Set<string>();
  return {
    onRequest: (session, message) => {
      if (message.type !== 'placeOrder' || left === 0 || (clientId !== undefined && clientId !== session.clientId)) return false;
      left -= 1;
      silenced.add(keyOf(session.clientId, message.orderId));
      return false;
    },
    onCallback: (callback, next) => {
      if (!silenced.has(keyOf(callback.clientId, callback.orderId)) || !isAmong(callbacks, callback)) next(callback);
      else host.note('lostCallback', callback.clientId, { orderId: callback.orderId, message: callback.message });
    },
  };
}

/** The callbacks of one order that are held back. */
interface Held {
  readonly callbacks: { readonly callback: OrderCallback; readonly next: (callback: OrderCallback) => void }[];
  readonly cancel: () => void;
}

function reorder({ order = FILL_FIRST, holdMs = 1_000 }: ReorderCallbacksFault, host: FaultHost): FaultEffect {
  const held = new Map<string, Held>();
  const rank = ({ message }: OrderCallback): number => {
    const index = order.findIndex((type) => type === message.type);
    return index < 0 ? order.length : index;
  };
  const deliver = (key: string): void => {
    const orders = held.get(key);
    if (orders === undefined) return;
    held.delete(key);
    orders.cancel();
    const sorted = [...orders.callbacks].sort((a, b) => rank(a.callback) - rank(b.callback));
    for (const { callback, next } of sorted) next(callback);
  };
  return {
    onCallback: (callback, next) => {
      const key = keyOf(callback.clientId, callback.orderId);
      const orders = held.get(key) ?? {
        callbacks: [],
        cancel: host.later(holdMs, () => {
          deliver(key);
        }),
      };
      held.set(key, orders);
      orders.callbacks.push({ callback, next });
      // The report of the cost is the last thing that a fill sends.
      if (callback.message.type === 'commissionReport') deliver(key);
    },
    stop: () => {
      for (const key of [...held.keys()]) deliver(key);
    },
  };
}

/** Faults of what orders send. */
export const CALLBACK_FAULTS = [
  defineFault<LoseAckFault>({
    type: 'lose-ack',
    rules: { count: optional(wholeNumber(1, 1_000_000)), callbacks: CALLBACKS, clientId: optional(CLIENT_ID) },
    begin: loseAck,
  }),
  defineFault<DuplicateCallbacksFault>({
    type: 'duplicate-callbacks',
    rules: { times: optional(wholeNumber(2, 100)), callbacks: CALLBACKS },
    begin: ({ times = 2, callbacks }) => ({
      onCallback: (callback, next) => {
        for (let time = 0; time < (isAmong(callbacks, callback) ? times : 1); time += 1) next(callback);
      },
    }),
  }),
  defineFault<ReorderCallbacksFault>({
    type: 'reorder-callbacks',
    rules: { order: CALLBACKS, holdMs: optional(MILLISECONDS) },
    begin: reorder,
  }),
  defineFault<LateCommissionFault>({
    type: 'late-commission',
    rules: { delayMs: optional(MILLISECONDS) },
    begin: ({ delayMs = 10_000 }, host) => ({
      onCallback: (callback, next) => {
        if (callback.message.type !== 'commissionReport') next(callback);
        else {
          host.later(delayMs, () => {
            next(callback);
          });
        }
      },
    }),
  }),
] as const;
