import type { OrderContract } from './contract.js';
import type { FilledContract } from '../executions/filled-contract.js';
import type { Evidence } from '../journal/journal-record.js';
import type { BracketRole } from './bracket/bracket-request.js';
import type { OrderAction, StagedRequest } from './order-request.js';
import type { OrderType, TimeInForce } from './terms/order-types.js';

/**
 * Where an order is.
 *
 * - `staged`: in the journal, no byte may leave yet. `sending`: bytes may be leaving, or have left, and nobody has answered.
 * - `unsent`: provably no byte left; the same key may be placed again.
 * - `unknown`: bytes may have left and there is no answer. No timer, no reconnect and no local decision leaves this state: only
 *   evidence from the broker does, or two complete snapshots without the order, or an operator.
 * - `acked`: the broker names it. `working`: accepted by the broker, held or at its destination.
 * - `filled`, `cancelled`, `rejected`, `expired`: ended. `absent`: it never got to the broker, shown by two complete snapshots.
 */
export type OrderStatus =
  | 'staged'
  | 'sending'
  | 'unsent'
  | 'unknown'
  | 'acked'
  | 'working'
  | 'filled'
  | 'cancelled'
  | 'rejected'
  | 'expired'
  | 'absent';

const ENDED: ReadonlySet<OrderStatus> = new Set(['unsent', 'filled', 'cancelled', 'rejected', 'expired', 'absent']);

/** Whether an order in this state has its verdict. Fills and commissions may still follow. */
export function isEnded(status: OrderStatus): boolean {
  return ENDED.has(status);
}

/** What a fill cost: not told yet, or a value. Never 0 for "not told". */
export type Commission =
  | { readonly status: 'pending' }
  | {
      readonly status: 'known';
      readonly amount: number;
      readonly currency: string;
      /** Absent when the broker gave none, as for an opening trade. */
      readonly realizedPnl?: number | undefined;
    };

/** One fill of an order, counted once per execution id; a correction replaces what it corrects. */
export interface Fill {
  readonly execId: string;
  /** `BOT` or `SLD`. */
  readonly side: string;
  readonly quantity: number;
  readonly price: number;
  readonly exchange: string;
  /** As the broker writes it. */
  readonly time: string;
  /** The same, epoch milliseconds; absent when the text does not say its zone. */
  readonly executedAtMs?: number | undefined;
  /** When we learned of it, epoch milliseconds. */
  readonly atMs: number;
  /** Of a combination: as a whole, or one of its legs, which counts nothing beside it. Absent for every other order. */
  readonly kind?: 'combo' | 'leg' | undefined;
  /** What was traded, for a leg. */
  readonly contract?: FilledContract | undefined;
  readonly commission: Commission;
}

/** What the broker said about an order, with its code. */
export interface OrderNotice {
  readonly code: number;
  readonly message: string;
  readonly atMs: number;
}

/** The latest change that was asked for, and what came of it. */
export interface OrderChangeState {
  /** 1 for the first change of the order. */
  readonly revision: number;
  /** The whole order as it was to be. */
  readonly terms: StagedRequest;
  /**
   * `accepted`: the broker shows the new terms. `refused`: it keeps the old ones. `unsent`: nothing left. `unknown`: it has one or the
   * other; the next complete sweep tells.
   */
  readonly status: 'requested' | 'accepted' | 'refused' | 'unsent' | 'unknown';
  readonly epoch: number;
  readonly requestedAtMs: number;
  /** The broker's code, when a notice refused it. */
  readonly code?: number | undefined;
  readonly reason?: string | undefined;
}

/** All that is known about one of our orders, at one moment. */
export interface OrderState {
  readonly intentId: string;
  readonly key: string;
  readonly tag?: string | undefined;
  readonly requestHash: string;
  readonly attempt: number;
  readonly account: string;
  readonly clientId: number;
  readonly orderId: number;
  readonly orderRef: string;
  /** The id under which a user of `connection.api` placed it; absent for every other order. */
  readonly apiOrderId?: number | undefined;
  /** The session that it was staged in. */
  readonly epoch: number;
  /** The order of ours that it waits for: it works once that one is filled, and ends with it. */
  readonly parentIntentId?: string | undefined;
  /** The bracket that it belongs to, named by the intent of its entry. */
  readonly bracket?: { readonly group: string; readonly role: BracketRole } | undefined;
  readonly contract: OrderContract;
  readonly action: OrderAction;
  readonly quantity: number;
  readonly orderType: OrderType;
  readonly limitPrice?: number | undefined;
  readonly tif: TimeInForce;
  readonly outsideRth: boolean;
  /** The whole request in the form of the journal, as it stands now: what is above is in it, too. */
  readonly terms: StagedRequest;

  readonly status: OrderStatus;
  /** What `status` rests on. */
  readonly evidence: Evidence;
  /**
   * Only with `unknown`: two complete snapshots did not show it, so it is not working at the broker. Whether it was filled before
   * is not known here; a statement tells.
   */
  readonly notWorking?: boolean | undefined;
  /** Why it is unsent, unknown, rejected, ...: the broker's words or ours. */
  readonly reason?: string | undefined;
  /** The broker's own status word. */
  readonly brokerStatus?: string | undefined;
  /** Why the broker holds it back: `locate`, `trigger`. */
  readonly whyHeld?: string | undefined;
  /** Usually one. Two mean that the broker has this order twice: then it is over when each of them is. */
  readonly permIds: readonly string[];
  /** Those of two or more `permIds` that are over. */
  readonly endedPermIds?: readonly string[] | undefined;
  readonly change?: OrderChangeState | undefined;
  /** The notice that ended it, when one did. */
  readonly brokerNotice?: OrderNotice | undefined;
  /** The latest warnings, at most 20. */
  readonly warnings: readonly OrderNotice[];
  /** `requested` from our asking until an answer; `refused` when the broker would not. */
  readonly cancel?: 'requested' | 'refused' | undefined;

  readonly fills: readonly Fill[];
  /** The exact sum of the fills: the truth about what was done. */
  readonly filledQuantity: number;
  /** `quantity - filledQuantity`, at least 0. */
  readonly remainingQuantity: number;
  /** Weighted over the fills; absent without one. */
  readonly averagePrice?: number | undefined;
  /** The most that a status claimed as filled, never above `quantity`: above `filledQuantity` when executions are still to come. */
  readonly reportedFilled: number;

  readonly stagedAtMs: number;
  readonly sentAtMs?: number | undefined;
  readonly ackedAtMs?: number | undefined;
  /** When it first got a verdict. */
  readonly endedAtMs?: number | undefined;
  readonly changedAtMs: number;
}

/** Whether nothing more is expected: it ended, every claimed fill is there and every commission is known. */
export function isSettled(order: OrderState): boolean {
  return (
    isEnded(order.status) &&
    order.filledQuantity >= order.reportedFilled &&
    order.fills.every(({ commission }) => commission.status === 'known')
  );
}
