import { GateRefusedError } from '@ibkit/error-codes';
import { accountKind } from '@ibkit/wire';

/** Whether money is at stake. */
export type TradingMode = 'paper' | 'live';

/** Why an order may not be sent right now. */
export type GateReason =
  | 'CLOSED'
  | 'NOT_STARTED'
  | 'JOURNAL_FENCED'
  | 'JOURNAL_FAILED'
  | 'LEASE_LOST'
  | 'READ_ONLY'
  | 'KILL_SWITCH'
  | 'NOT_CONNECTED'
  | 'UPSTREAM_DOWN'
  | 'RECONCILE_PENDING'
  | 'ACCOUNT_MODE'
  | 'ACCOUNT_UNKNOWN'
  | 'LIVE_NOT_ALLOWED'
  | 'ACCOUNT_NOT_NAMED'
  | 'ACCOUNT_NOT_ALLOWED'
  | 'UNKNOWN_ORDER';

/** What each reason means and what opens the gate again, most important first. */
export const GATE_REASONS: Readonly<Record<GateReason, string>> = Object.freeze({
  CLOSED: 'trading was closed',
  NOT_STARTED: 'trading was not started: call start() first',
  JOURNAL_FENCED: 'another writer has taken the journal over: this process may not trade any more',
  JOURNAL_FAILED: 'the journal could not be written: repair its storage and start again',
  LEASE_LOST: 'the right to trade was lost: another process took it over, or it could not be renewed in time',
  READ_ONLY: 'trading is read-only',
  KILL_SWITCH: 'the kill switch is on: release it first',
  NOT_CONNECTED: 'there is no ready session with the broker',
  UPSTREAM_DOWN: 'the platform has lost its link to the broker (1100 or 2110): wait until it is back',
  RECONCILE_PENDING: 'orders and executions of this session have not been read completely yet: wait for reconcile.completed',
  ACCOUNT_MODE: 'the accounts of the session do not fit the mode: paper accounts begin with DU or DF',
  ACCOUNT_UNKNOWN: 'the session does not list this account',
  LIVE_NOT_ALLOWED: 'live trading is not allowed: construct with allowLive: true',
  ACCOUNT_NOT_NAMED: 'a live order must name its account',
  ACCOUNT_NOT_ALLOWED: 'the account is not on the allow-list',
  UNKNOWN_ORDER: 'an order for the same account and instrument has an unknown outcome: wait for it, or settle it by hand',
});

/** What the gate looks at. Facts only, so that it can be asked about any moment. */
export interface GateFacts {
  readonly phase: 'idle' | 'started' | 'closed';
  readonly journal: 'ok' | 'fenced' | 'failed';
  /** Whether the right to trade is ours; always, when there is no coordinator. */
  readonly leaseHeld: boolean;
  readonly readOnly: boolean;
  readonly killSwitch: boolean;
  readonly connected: boolean;
  readonly upstreamDown: boolean;
  readonly reconciled: boolean;
  readonly mode: TradingMode;
  readonly allowLive: boolean;
  /** The allow-list; empty in paper mode means any account of the session. */
  readonly allowedAccounts: readonly string[];
  /** The accounts of the session, by the broker's own list. */
  readonly sessionAccounts: readonly string[];
}

/** What it looks at besides for one order. */
export interface GateOrder {
  readonly account: string;
  readonly accountNamed: boolean;
  /** Whether an order for the same account and instrument has an unknown outcome, and that is to block. */
  readonly blockedByUnknown: boolean;
}

/** Whether an account is proven by its id to hold play money (TWS API: account codes). */
export function isPaperAccount(account: string): boolean {
  return accountKind(account).money === 'paper';
}

function localReasons({ phase, journal, leaseHeld, readOnly }: GateFacts): readonly GateReason[] {
  const reasons: GateReason[] = [];
  if (phase === 'closed') reasons.push('CLOSED');
  if (phase === 'idle') reasons.push('NOT_STARTED');
  if (journal === 'fenced') reasons.push('JOURNAL_FENCED');
  if (journal === 'failed') reasons.push('JOURNAL_FAILED');
  if (!leaseHeld) reasons.push('LEASE_LOST');
  if (readOnly) reasons.push('READ_ONLY');
  return reasons;
}

function accountReasons(facts: GateFacts, order: GateOrder | undefined): readonly GateReason[] {
  const { mode, sessionAccounts, allowedAccounts, connected } = facts;
  const reasons: GateReason[] = [];
  // The broker's own list is the proof: an empty one proves nothing, and without a session there is none to look at.
  const proven = sessionAccounts.length > 0 && sessionAccounts.every((account) => accountKind(account).money === mode);
  if (connected && !proven) reasons.push('ACCOUNT_MODE');
  if (order !== undefined && connected && !sessionAccounts.includes(order.account)) reasons.push('ACCOUNT_UNKNOWN');
  if (mode === 'live' && !facts.allowLive) reasons.push('LIVE_NOT_ALLOWED');
  if (order === undefined) return reasons;
  if (mode === 'live' && !order.accountNamed) reasons.push('ACCOUNT_NOT_NAMED');
  const listed = allowedAccounts.includes(order.account) || (mode === 'paper' && allowedAccounts.length === 0);
  if (!listed) reasons.push('ACCOUNT_NOT_ALLOWED');
  return reasons;
}

/** Every reason against sending a new order now, most important first; empty when the gate is open. Without an order: the reasons that hold for any. */
export function orderGateReasons(facts: GateFacts, order?: GateOrder): readonly GateReason[] {
  const reasons: GateReason[] = [...localReasons(facts)];
  if (facts.killSwitch) reasons.push('KILL_SWITCH');
  if (!facts.connected) reasons.push('NOT_CONNECTED');
  if (facts.connected && facts.upstreamDown) reasons.push('UPSTREAM_DOWN');
  if (facts.connected && !facts.reconciled) reasons.push('RECONCILE_PENDING');
  reasons.push(...accountReasons(facts, order));
  if (order?.blockedByUnknown === true) reasons.push('UNKNOWN_ORDER');
  return reasons;
}

/**
 * Every reason against asking for a cancel now. Looser: a cancel lowers risk, so it may go while the broker's link is down, before
 * the session is reconciled, and under the kill switch.
 */
export function cancelGateReasons(facts: GateFacts): readonly GateReason[] {
  return facts.connected ? localReasons(facts) : [...localReasons(facts), 'NOT_CONNECTED'];
}

/** The error that carries the reasons, in codes (`details.reasons`) and in words. */
export function gateRefusal(reasons: readonly GateReason[], what: 'order' | 'cancel'): GateRefusedError {
  return new GateRefusedError({
    reasons,
    message: `The ${what} was refused locally and nothing was sent: ${reasons.map((reason) => GATE_REASONS[reason]).join('; ')}`,
    retryable: reasons.every((reason) => reason === 'NOT_CONNECTED' || reason === 'UPSTREAM_DOWN' || reason === 'RECONCILE_PENDING'),
  });
}
