import { listOf, oneOf, optional, wholeNumber } from '../control/rules.js';
import { defineFault, subjectOf } from './fault.js';
import type { FaultEffect, FaultHost, FaultTiming, OrderCallback } from './fault.js';
import type { HoldFamily } from '../server/client-session.js';
import { placeTwin } from '../server/order-owner.js';
import { createLineFilter } from './line-filter.js';
import { REQUEST_TYPE } from './message-types.js';
import { noticeText } from './notice-texts.js';
import { CLIENT_ID } from './triggers.js';

/** The API setting "Read-Only API": requests about orders get 321. */
export interface ReadOnlyFault extends FaultTiming {
  readonly type: 'read-only';
  /** @defaultValue placeOrder, cancelOrder, reqGlobalCancel, exerciseOptions, reqIds */
  readonly requests?: readonly string[] | undefined;
}

/** nextValidId is lower than it should be. */
export interface IdRollbackFault extends FaultTiming {
  readonly type: 'id-rollback';
  /** By how much. @defaultValue 1 */
  readonly by?: number | undefined;
  /** The number itself, instead of `by`. */
  readonly to?: number | undefined;
  readonly clientId?: number | undefined;
}

/** Orders are swallowed: they never reach the book, use up no id, and nobody says so. With `request` the same happens to other requests. */
export interface LoseOrderFault extends FaultTiming {
  readonly type: 'lose-order';
  /** Type of the requests that are lost. @defaultValue `placeOrder` */
  readonly request?: string | undefined;
  /** How many; then the fault ends. @defaultValue 1 */
  readonly count?: number | undefined;
  readonly clientId?: number | undefined;
}

/**
 * The link to the broker is lost (1100) and working orders fill meanwhile. During it market data is silent. When it ends, the link is restored (1102 or 1101).
 */
export interface FillDuringOutageFault extends FaultTiming {
  readonly type: 'fill-during-outage';
  /** Whose orders fill. @defaultValue everybody's */
  readonly clientId?: number | undefined;
  /** Which order fills. @defaultValue all */
  readonly orderId?: number | undefined;
  /** What becomes of the fills' callbacks: sent behind the restore notice, sent between 1100 and it, or never (they can be asked for). @defaultValue `late` */
  readonly callbacks?: 'late' | 'during' | 'lost' | undefined;
  /** 1102 data kept, 1101 data lost: market data lines are closed. @defaultValue 1102 */
  readonly restore?: 1101 | 1102 | undefined;
}

/**
 * Changes of working orders become second orders beside them: with the same order id and a permanent id of their own, while the first ones work on unchanged. As a gateway
 * did that could not match a change to its order after an outage. A cancel reaches the first order, the next one the second.
 */
export interface SecondPermIdFault extends FaultTiming {
  readonly type: 'second-perm-id';
  /** How many changes; then the fault ends. @defaultValue 1 */
  readonly count?: number | undefined;
  readonly clientId?: number | undefined;
}

export type OrderFault = ReadOnlyFault | IdRollbackFault | LoseOrderFault | FillDuringOutageFault | SecondPermIdFault;

const ORDER_ID = wholeNumber(1, 2_147_483_647);
const READ_ONLY_REQUESTS = ['placeOrder', 'cancelOrder', 'reqGlobalCancel', 'exerciseOptions', 'reqIds'] as const;
const OUTAGE_MS = 5_000;
/** TWS API: what 1101 takes away. */
const DATA_FAMILIES: readonly HoldFamily[] = ['marketData', 'tickByTick', 'marketDepth', 'realTimeBars', 'historicalData', 'scanner'];

function outage(fault: FillDuringOutageFault, host: FaultHost): FaultEffect {
  const { callbacks = 'late', restore = 1102 } = fault;
  const isSilenced = createLineFilter(host, {});
  const waiting: (() => void)[] = [];
  return {
    start: () => {
      for (const session of host.readySessions()) session.sendError(-1, 1100, noticeText(1100));
      host.brokerage.fillWorking({ clientId: fault.clientId, orderId: fault.orderId });
    },
    onCallback: (callback: OrderCallback, next) => {
      if (callbacks === 'during') next(callback);
      else if (callbacks === 'late') waiting.push(() => {
        next(callback);
      });
      else host.note('lostCallback', callback.clientId, { orderId: callback.orderId, message: callback.message });
    },
    onMessage: (session, message) => (isSilenced(session, message) ? undefined : message),
    stop: () => {
      for (const session of host.readySessions()) {
        session.sendError(-1, restore, noticeText(restore));
        if (restore !== 1101) continue;
        for (const family of DATA_FAMILIES) {
          for (const reqId of session.held(family)) session.release(family, reqId);
        }
      }
      for (const deliver of waiting) deliver();
    },
  };
}

/** Faults of orders on their way in. */
export const ORDER_FAULTS = [
  defineFault<ReadOnlyFault>({
    type: 'read-only',
    rules: { requests: optional(listOf(REQUEST_TYPE, 100)) },
    begin: (fault) => {
      const refused: ReadonlySet<string> = new Set(fault.requests ?? READ_ONLY_REQUESTS);
      return {
        onRequest: (session, message) => {
          if (!refused.has(message.type)) return false;
          session.sendError(subjectOf(message), 321, "Error validating request.-'bF' : cause - The API interface is currently in Read-Only mode.");
          return true;
        },
      };
    },
  }),
  defineFault<IdRollbackFault>({
    type: 'id-rollback',
    rules: { by: optional(ORDER_ID), to: optional(ORDER_ID), clientId: optional(CLIENT_ID) },
    begin: ({ by = 1, to, clientId }) => ({
      onMessage: (session, message) => {
        if (message.type !== 'nextValidId' || (clientId !== undefined && clientId !== session.clientId)) return message;
        return { ...message, orderId: to ?? Math.max(1, message.orderId - by) };
      },
    }),
  }),
  defineFault<LoseOrderFault>({
    type: 'lose-order',
    rules: { request: optional(REQUEST_TYPE), count: optional(wholeNumber(1, 1_000_000)), clientId: optional(CLIENT_ID) },
    begin: ({ request = 'placeOrder', count = 1, clientId }, host, done) => {
      let left = count;
      return {
        onRequest: (session, message) => {
          if (message.type !== request || left === 0 || (clientId !== undefined && clientId !== session.clientId)) return false;
          left -= 1;
          host.note(message.type === 'placeOrder' ? 'lostOrder' : 'lostRequest', session.clientId, { ...message });
          if (left === 0) done();
          return true;
        },
      };
    },
  }),
  defineFault<SecondPermIdFault>({
    type: 'second-perm-id',
    rules: { count: optional(wholeNumber(1, 1_000_000)), clientId: optional(CLIENT_ID) },
    begin: ({ count = 1, clientId }, host, done) => {
      let left = count;
      return {
        onRequest: (session, message) => {
          if (message.type !== 'placeOrder' || left === 0 || (clientId !== undefined && clientId !== session.clientId) || message.order.whatIf === true) return false;
          if (!host.brokerage.openOrders(session.clientId).some(({ orderId }) => orderId === message.orderId)) return false;
          left -= 1;
          host.note('secondPermId', session.clientId, { orderId: message.orderId });
          placeTwin(host.brokerage, session.clientId, message);
          if (left === 0) done();
          return true;
        },
      };
    },
  }),
  defineFault<FillDuringOutageFault>({
    type: 'fill-during-outage',
    defaultForMs: OUTAGE_MS,
    rules: {
      clientId: optional(CLIENT_ID),
      orderId: optional(ORDER_ID),
      callbacks: optional(oneOf('late', 'during', 'lost')),
      restore: optional(oneOf(1101, 1102)),
    },
    begin: outage,
  }),
] as const;
