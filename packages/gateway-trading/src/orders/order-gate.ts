import { GateRefusedError } from '@ibkit/error-codes';
import type { IbkrError } from '@ibkit/error-codes';
import { accountKind } from '@ibkit/wire';
import type { GuardReason } from '../guards/check-guards.js';

/** Whether money is at stake. */
export type TradingMode = 'paper' | 'live';

/** Why a key may not be used right now. */
export type KeyReason = 'KEY_TAKEN' | 'KEYS_UNREADABLE';

/** Why an order may not be sent right now. */
export type GateReason =
  | 'CLOSED'
  | 'NOT_STARTED'
  | 'JOURNAL_FENCED'
  | 'JOURNAL_FAILED'
  | 'LEASE_LOST'
  | 'READ_ONLY'
  | 'READ_ONLY_API'
  | 'KILL_SWITCH'
  | 'NOT_CONNECTED'
  | 'UPSTREAM_DOWN'
  | 'RESTART_AHEAD'
  | 'RECONCILE_PENDING'
  | 'ACCOUNT_MODE'
  | 'ACCOUNT_UNKNOWN'
  | 'LIVE_NOT_ALLOWED'
  | 'ACCOUNT_NOT_NAMED'
  | 'ACCOUNT_NOT_ALLOWED'
  | 'NOT_ARMED'
  | 'UNKNOWN_ORDER'
  | KeyReason
  | GuardReason;

/** What each reason means, most important first. */
export const GATE_REASONS: Readonly<Record<GateReason, string>> = Object.freeze({
  CLOSED: 'trading was closed',
  NOT_STARTED: 'trading was not started: call start() first',
  JOURNAL_FENCED: 'another writer has taken the journal over: this process may not trade any more',
  JOURNAL_FAILED: 'the journal could not be written: repair its storage and start again',
  LEASE_LOST: 'the right to trade was lost: another process took it over, or it could not be renewed in time',
  READ_ONLY: 'trading is read-only',
  READ_ONLY_API: 'TWS or IB Gateway takes no orders in this session: its API is read-only (321)',
  KILL_SWITCH: 'the kill switch is on: release it first',
  NOT_CONNECTED: 'there is no ready session with the broker',
  UPSTREAM_DOWN: 'the platform has lost its link to the broker (1100 or 2110): wait until it is back',
  RESTART_AHEAD: 'a restart of the platform is about to begin, or going on (restartWindows of the connection)',
  RECONCILE_PENDING: 'orders and executions of this session have not been read completely yet: wait for reconcile.completed',
  ACCOUNT_MODE: 'the accounts of the session do not fit the mode: paper accounts begin with DU or DF',
  ACCOUNT_UNKNOWN: 'the session does not list this account',
  LIVE_NOT_ALLOWED: 'live trading is not allowed: construct with allowLive: true',
  ACCOUNT_NOT_NAMED: 'a live order must name its account',
  ACCOUNT_NOT_ALLOWED: 'the account is not on the allow-list',
  NOT_ARMED: 'live trading in this account is not armed, or the arming has expired',
  UNKNOWN_ORDER: 'an order for the same account and instrument has an unknown outcome: wait for it, or settle it by hand',
  KEY_TAKEN: 'an order with this key was placed under another client id at this gateway',
  KEYS_UNREADABLE: 'the journal of another client id at this gateway cannot be read, so nobody knows whether the key was used there',
  ORDER_QUANTITY: 'the quantity is above the cap per order',
  ORDER_NOTIONAL: 'the value is above the cap per order',
  DAY_QUANTITY: 'the quantity would go above the cap of the day',
  DAY_NOTIONAL: 'the value would go above the cap of the day',
  DAY_ORDERS: 'the number of orders of the day is used up',
  ORDER_RATE: 'too many orders in too short a time',
  NOTIONAL_UNKNOWN: 'there is a cap on the value, and the value is not known: no price, or no multiplier in the contract',
  PRICE_BAND: 'the limit price is too far from the market',
  QUOTE_STALE: 'the price band needs a live quote, and the last one is old',
  QUOTE_DELAYED: 'the price band needs a live quote, and live data is not subscribed to',
  QUOTE_UNKNOWN: 'the price band needs a live quote, and there is none',
});

/** What to do about each reason. */
export const GATE_TIPS: Readonly<Record<GateReason, string>> = Object.freeze({
  CLOSED: 'Make a new Trading object.',
  NOT_STARTED: 'Call start() or ready() first.',
  JOURNAL_FENCED: 'Stop this process, or stop the other and start this one again.',
  JOURNAL_FAILED: 'Look at the event journal.stopped, repair the storage and start again.',
  LEASE_LOST: 'Stop this process, or start it again once it may take over.',
  READ_ONLY: 'Construct with readOnly: false where orders are meant to be sent.',
  READ_ONLY_API: 'Clear "Read-Only API" in the API settings of TWS or IB Gateway; the next session may trade.',
  KILL_SWITCH: 'Find out why it was set, then call releaseKill(reason), or ibkit kill --release.',
  NOT_CONNECTED: 'Wait for ready().',
  UPSTREAM_DOWN: 'Wait: the gate opens by itself after 1101 or 1102 and a sweep.',
  RESTART_AHEAD: 'Wait until the restart is over, or set closeBeforeRestartMs.',
  RECONCILE_PENDING: 'Wait for ready().',
  ACCOUNT_MODE: 'Log the gateway in with the right user, or choose the other mode.',
  ACCOUNT_UNKNOWN: 'Check the spelling, and which user the gateway is logged in with.',
  LIVE_NOT_ALLOWED: 'Construct with allowLive: true.',
  ACCOUNT_NOT_NAMED: 'Give the order its account.',
  ACCOUNT_NOT_ALLOWED: 'Add the account to the allow-list.',
  NOT_ARMED: 'Call arm({ account, forMs, reason }), or ibkit arm --live --account-id ACCOUNT --for 15m.',
  UNKNOWN_ORDER: 'Call reconcile(), look at a statement, then settleUnknown(); never place it again on a guess.',
  KEY_TAKEN: 'Ask the program that placed it, or ibkit audit --order KEY with its --client-id; a different order needs a key of its own.',
  KEYS_UNREADABLE: 'Make the journals beside this one readable, or move the damaged one away once its orders are known.',
  ORDER_QUANTITY: 'Check the quantity, or raise limits.perOrder.maxQuantity.',
  ORDER_NOTIONAL: 'Check quantity and price, or raise limits.perOrder.maxNotional.',
  DAY_QUANTITY: 'Wait for the next day of the broker, or raise limits.perDay.maxQuantity.',
  DAY_NOTIONAL: 'Wait for the next day of the broker, or raise limits.perDay.maxNotional.',
  DAY_ORDERS: 'Wait for the next day of the broker, or raise limits.perDay.maxOrders.',
  ORDER_RATE: 'Look for a loop, or raise limits.orderRate.',
  NOTIONAL_UNKNOWN: 'Give Trading a marketData with live data, resolve the contract so that it says its multiplier, or use a limit order.',
  PRICE_BAND: 'Check the price, or widen priceBand.',
  QUOTE_STALE: 'Try again once quotes flow.',
  QUOTE_DELAYED: 'Subscribe to live data of this exchange, or do without priceBand.',
  QUOTE_UNKNOWN: 'Give Trading a marketData that knows this contract.',
});

/** Reasons that time alone can remove. */
const PASSING: ReadonlySet<GateReason> = new Set(['NOT_CONNECTED', 'UPSTREAM_DOWN', 'RESTART_AHEAD', 'RECONCILE_PENDING', 'ORDER_RATE', 'QUOTE_STALE']);

/** Whether time alone can remove a reason. */
export function isPassing(reason: GateReason): boolean {
  return PASSING.has(reason);
}

/** Who knows about accounts, modes and armings when Trading is not to know it itself: an `AuthManager` of `@ibkit/core-connection`. */
export interface GateAuth {
  reasons(order?: { readonly account?: string | undefined }): readonly GateReason[];
}

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
  /** Decides about accounts, read-only mode and armings in place of the six facts above and of `armed`. */
  readonly auth?: GateAuth | undefined;
  /** Whether live trading is armed now: in one account, or in any. */
  readonly armed: (account?: string) => boolean;
  /** Whether the platform said in this session that its API takes no orders. */
  readonly readOnlyApi: boolean;
  /** Whether a restart is near, or going on, and this session is from before it. */
  readonly restartAhead: boolean;
}

/** What it looks at besides for one order. */
export interface GateOrder {
  readonly account: string;
  readonly accountNamed: boolean;
  /** Whether an order for the same account and instrument has an unknown outcome, and that is to block. */
  readonly blockedByUnknown: boolean;
  /** What the caps and the price band say. @defaultValue nothing */
  readonly guards?: readonly GuardReason[] | undefined;
}

/** Whether an account is proven by its id to hold play money (TWS API: account codes). */
export function isPaperAccount(account: string): boolean {
  return accountKind(account).money === 'paper';
}

function localReasons({ phase, journal, leaseHeld, readOnly, readOnlyApi, connected, auth }: GateFacts): readonly GateReason[] {
  const reasons: GateReason[] = [];
  if (phase === 'closed') reasons.push('CLOSED');
  if (phase === 'idle') reasons.push('NOT_STARTED');
  if (journal === 'fenced') reasons.push('JOURNAL_FENCED');
  if (journal === 'failed') reasons.push('JOURNAL_FAILED');
  if (!leaseHeld) reasons.push('LEASE_LOST');
  if (auth === undefined ? readOnly : auth.reasons().includes('READ_ONLY')) reasons.push('READ_ONLY');
  if (connected && readOnlyApi) reasons.push('READ_ONLY_API');
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

function armingReasons({ mode, armed }: GateFacts, order: GateOrder | undefined): readonly GateReason[] {
  return mode === 'live' && !armed(order?.account) ? ['NOT_ARMED'] : [];
}

/** Why live trading in an account cannot be armed now; empty when it can. */
export function armingGateReasons(facts: GateFacts, account: string): readonly GateReason[] {
  const reasons: GateReason[] = facts.readOnly ? ['READ_ONLY'] : [];
  if (!facts.connected) reasons.push('NOT_CONNECTED');
  return [...reasons, ...accountReasons(facts, { account, accountNamed: account !== '', blockedByUnknown: false })];
}

/** What another one knows about accounts, without what the gate says itself. */
function authReasons(auth: GateAuth, order: GateOrder | undefined): readonly GateReason[] {
  const reasons = auth.reasons(order === undefined ? undefined : { account: order.accountNamed ? order.account : undefined });
  return reasons.filter((reason) => reason !== 'NOT_CONNECTED' && reason !== 'READ_ONLY');
}

/** Every reason against sending a new order now, most important first; empty when the gate is open. Without an order: the reasons that hold for any. */
export function orderGateReasons(facts: GateFacts, order?: GateOrder): readonly GateReason[] {
  const reasons: GateReason[] = [...localReasons(facts)];
  if (facts.killSwitch) reasons.push('KILL_SWITCH');
  if (!facts.connected) reasons.push('NOT_CONNECTED');
  if (facts.connected && facts.upstreamDown) reasons.push('UPSTREAM_DOWN');
  if (facts.connected && facts.restartAhead) reasons.push('RESTART_AHEAD');
  if (facts.connected && !facts.reconciled) reasons.push('RECONCILE_PENDING');
  reasons.push(...(facts.auth === undefined ? [...accountReasons(facts, order), ...armingReasons(facts, order)] : authReasons(facts.auth, order)));
  if (order?.blockedByUnknown === true) reasons.push('UNKNOWN_ORDER');
  return [...reasons, ...(order?.guards ?? [])];
}

/**
 * Every reason against asking for a cancel now. Looser: a cancel lowers risk, so it may go while the broker's link is down, before
 * the session is reconciled, under the kill switch, and unwritten when the storage of the journal has failed.
 */
export function cancelGateReasons(facts: GateFacts): readonly GateReason[] {
  const reasons = localReasons(facts).filter((reason) => reason !== 'JOURNAL_FAILED');
  return facts.connected ? reasons : [...reasons, 'NOT_CONNECTED'];
}

/** The error that carries the reasons, in codes (`details.reasons`) and in words, with what is behind them. */
export function gateRefusal(reasons: readonly GateReason[], what: 'order' | 'cancel' | 'change' | 'arming', cause?: IbkrError): GateRefusedError {
  return new GateRefusedError({
    reasons,
    message: `The ${what} was refused locally and nothing was sent: ${reasons.map((reason) => GATE_REASONS[reason]).join('; ')}${cause === undefined ? '' : `. ${cause.message}`}`,
    retryable: reasons.every(isPassing),
    tips: reasons.map((reason) => GATE_TIPS[reason]),
    ...(cause === undefined ? {} : { cause }),
  });
}
