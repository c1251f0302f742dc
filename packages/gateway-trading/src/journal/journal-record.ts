import type { FilledContract } from '../executions/filled-contract.js';
import type { LimitCount } from '../guards/check-guards.js';
import type { BracketRole } from '../orders/bracket/bracket-request.js';
import type { StagedRequest } from '../orders/order-request.js';

/** What makes us believe something about an order. */
export type Evidence = 'local' | 'openOrder' | 'status' | 'execution' | 'notice' | 'snapshot' | 'completed' | 'absence' | 'operator';

interface OrderFact {
  readonly intentId: string;
  /** When we wrote it, epoch milliseconds. */
  readonly atMs: number;
}

/** The caller's intent, made durable before any byte. It also raises the order id floor of its client id. */
export interface StagedRecord extends OrderFact {
  readonly type: 'order.staged';
  readonly key: string;
  readonly tag?: string | undefined;
  readonly requestHash: string;
  readonly request: StagedRequest;
  readonly account: string;
  readonly clientId: number;
  readonly orderId: number;
  readonly orderRef: string;
  /** The session that it was staged in. */
  readonly epoch: number;
  /** 1 for the first; a repeat after a provably unsent attempt counts up and names its predecessor. */
  readonly attempt: number;
  readonly replaces?: string | undefined;
  /** The order of ours that it waits for, staged in the same append. */
  readonly parentIntentId?: string | undefined;
  /** The bracket that it belongs to, named by the intent of its entry. */
  readonly bracket?: { readonly group: string; readonly role: BracketRole } | undefined;
  /** The id under which a user of `connection.api` placed it; absent for every other order. */
  readonly apiOrderId?: number | undefined;
  /** What it counts towards the caps of its day. Absent in records of earlier versions. */
  readonly counts?: LimitCount | undefined;
}

/** From here on bytes may leave: a journal that ends after it means an unknown outcome. */
export interface SendingRecord extends OrderFact {
  readonly type: 'order.sending';
}

/** Every byte was handed to the socket. */
export interface SentRecord extends OrderFact {
  readonly type: 'order.sent';
}

/** Provably no byte left. */
export interface UnsentRecord extends OrderFact {
  readonly type: 'order.unsent';
  readonly reason: string;
}

/** Bytes may have left, and nobody can say what became of them. */
export interface UnknownRecord extends OrderFact {
  readonly type: 'order.unknown';
  readonly reason: string;
  /** Two complete snapshots did not show it among the working orders. */
  readonly notWorking?: boolean | undefined;
}

/** The broker has it and names it. */
export interface AckedRecord extends OrderFact {
  readonly type: 'order.acked';
  /** Account-wide and stable; decimal digits. */
  readonly permId: string;
  readonly evidence: Evidence;
}

/** A status from orderStatus, openOrder or completedOrder, in the broker's word. */
export interface StatusRecord extends OrderFact {
  readonly type: 'order.status';
  readonly status: string;
  /** Cumulative, as claimed: executions are what counts. */
  readonly filled?: string | undefined;
  readonly averagePrice?: string | undefined;
  readonly whyHeld?: string | undefined;
  /** Free text of a completed order: `Cancelled by Trader`. */
  readonly text?: string | undefined;
  /** Which one it is about, should the broker have the order twice. */
  readonly permId?: string | undefined;
  readonly evidence: Evidence;
}

/** One fill. */
export interface ExecutionRecord extends OrderFact {
  readonly type: 'order.execution';
  readonly execId: string;
  readonly side: string;
  readonly quantity: string;
  readonly price: string;
  readonly exchange: string;
  /** As the broker writes it. */
  readonly time: string;
  /** The same, epoch milliseconds; absent when the text does not say its zone. */
  readonly executedAtMs?: number | undefined;
  /** Absent for an execution of the order as a whole. */
  readonly kind?: 'combo' | 'leg' | undefined;
  /** What was traded, for a leg. */
  readonly contract?: FilledContract | undefined;
}

/** What a fill cost. It may come before the fill's own record is written, never without it. */
export interface CommissionRecord extends OrderFact {
  readonly type: 'order.commission';
  readonly execId: string;
  readonly commission: string;
  readonly currency: string;
  readonly realizedPnl?: string | undefined;
}

/** We are about to ask for a cancel. */
export interface CancelRequestedRecord extends OrderFact {
  readonly type: 'order.cancelRequested';
}

/** How something ended when no status says it: a rejection, a refused cancel, an absence proven twice, an operator's word. */
export interface VerdictRecord extends OrderFact {
  readonly type: 'order.verdict';
  readonly verdict: 'rejected' | 'cancelled' | 'expired' | 'absent' | 'cancelRefused' | 'alive';
  readonly evidence: Evidence;
  /** The broker's code, when it was a notice. */
  readonly code?: number | undefined;
  readonly reason: string;
}

/** Something that the broker said about a living order. */
export interface WarningRecord extends OrderFact {
  readonly type: 'order.warning';
  readonly code: number;
  readonly message: string;
}

/** We are about to ask for other terms of a working order. */
export interface ChangeRequestedRecord extends OrderFact {
  readonly type: 'order.changeRequested';
  /** 1 for the first change of the order. */
  readonly revision: number;
  /** The whole order as it will be. */
  readonly request: StagedRequest;
  /** What it adds to what the order counts towards the caps of its day; a smaller order gives nothing back before the next day. */
  readonly counts?: LimitCount | undefined;
  /** The session that it is sent in. */
  readonly epoch: number;
}

/** What became of a change. `unsent`: provably no byte left; `unknown`: nobody can say, the order has its old terms or the new ones. */
export interface ChangeVerdictRecord extends OrderFact {
  readonly type: 'order.changeVerdict';
  readonly revision: number;
  readonly verdict: 'accepted' | 'refused' | 'unsent' | 'unknown';
  readonly evidence: Evidence;
  /** The broker's code, when it was a notice. */
  readonly code?: number | undefined;
  readonly reason?: string | undefined;
}

/** The broker made an order smaller by itself: after a fill in its group, or because the whole of it was not allowed (481). */
export interface ResizedRecord extends OrderFact {
  readonly type: 'order.resized';
  readonly quantity: string;
  readonly evidence: Evidence;
}

/** Everything that is written about one order. */
export type OrderRecord =
  | StagedRecord
  | SendingRecord
  | SentRecord
  | UnsentRecord
  | UnknownRecord
  | AckedRecord
  | StatusRecord
  | ExecutionRecord
  | CommissionRecord
  | CancelRequestedRecord
  | VerdictRecord
  | WarningRecord
  | ChangeRequestedRecord
  | ChangeVerdictRecord
  | ResizedRecord;

/** A writer takes over. */
export interface TermRecord {
  readonly type: 'term';
  readonly atMs: number;
  readonly term: number;
}

/** No order id at or below this will be used again for this client id. */
export interface IdFloorRecord {
  readonly type: 'idFloor';
  readonly atMs: number;
  readonly clientId: number;
  readonly floor: number;
}

/** The kill switch, which outlives the process. */
export interface KillSwitchRecord {
  readonly type: 'killSwitch';
  readonly atMs: number;
  readonly engaged: boolean;
  readonly reason: string;
  /** Orders of others, too. */
  readonly all?: boolean | undefined;
}

/** Every client's orders, and those made by hand, were about to be cancelled. */
export interface GlobalCancelRecord {
  readonly type: 'globalCancel';
  readonly atMs: number;
  readonly reason: string;
}

/** Live trading in one account was armed for a while. */
export interface ArmedRecord {
  readonly type: 'armed';
  readonly atMs: number;
  readonly account: string;
  /** Epoch milliseconds. */
  readonly armedAtMs: number;
  readonly expiresAtMs: number;
  readonly reason: string;
}

/** An arming ended before its time, or with it. */
export interface DisarmedRecord {
  readonly type: 'disarmed';
  readonly atMs: number;
  readonly cause: 'asked' | 'expired' | 'accountsChanged' | 'clockSetBack' | 'kill';
  readonly reason: string;
}

/** Something that was asked for and refused here, before anything was staged or sent. */
export interface RefusedRecord {
  readonly type: 'order.refused';
  readonly atMs: number;
  /** `place`, `modify`, `cancel`, ... */
  readonly what: string;
  /** Of the error: `IBKR_ORDER_GATE_REFUSED`, `IBKR_ORDER_INVALID`, ... */
  readonly code: string;
  /** Of the gate; empty for other errors. */
  readonly reasons: readonly string[];
  readonly message: string;
  readonly key?: string | undefined;
  readonly tag?: string | undefined;
  readonly account?: string | undefined;
  /** The order that it was about, when there was one. */
  readonly intentId?: string | undefined;
  /** What was asked for, as far as it can be written down. */
  readonly request?: Readonly<Record<string, unknown>> | undefined;
  /** How many refusals since the last record were left out, so that a loop cannot fill the journal. */
  readonly omitted?: number | undefined;
}

/** One record of the journal: plain data that survives JSON. Prices and sizes are decimal text. */
export type JournalRecord = TermRecord | IdFloorRecord | KillSwitchRecord | GlobalCancelRecord | ArmedRecord | DisarmedRecord | RefusedRecord | OrderRecord;
