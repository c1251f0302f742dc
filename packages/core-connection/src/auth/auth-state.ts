import { accountKind } from '@ibkit/wire';

/** Why the accounts, or the arming, speak against an order. The names are those of the order gate of `@ibkit/gateway-trading`. */
export type AuthReason =
  | 'READ_ONLY'
  | 'NOT_CONNECTED'
  | 'ACCOUNT_MODE'
  | 'ACCOUNT_UNKNOWN'
  | 'LIVE_NOT_ALLOWED'
  | 'ACCOUNT_NOT_NAMED'
  | 'ACCOUNT_NOT_ALLOWED'
  | 'NOT_ARMED';

/** What each reason means and what removes it, most important first. */
export const AUTH_REASONS: Readonly<Record<AuthReason, string>> = Object.freeze({
  READ_ONLY: 'this program is read-only',
  NOT_CONNECTED: 'there is no ready session, so the accounts are not proven',
  ACCOUNT_MODE: 'the accounts of the session do not fit the mode: paper accounts begin with DU or DF',
  ACCOUNT_UNKNOWN: 'the session does not list this account',
  LIVE_NOT_ALLOWED: 'live trading is not allowed: construct with allowLive: true',
  ACCOUNT_NOT_NAMED: 'the account must be named: always in live mode, and where the session has several',
  ACCOUNT_NOT_ALLOWED: 'the account is not on the allow-list',
  NOT_ARMED: 'live trading in this account is not armed, or the arming has expired',
});

/** What never changes. */
export interface AuthRules {
  readonly mode: 'paper' | 'live';
  readonly allowLive: boolean;
  /** Empty allows every account of a paper session, and none in live mode. */
  readonly allowedAccounts: readonly string[];
  readonly readOnly: boolean;
}

/** The right to trade live in one account for a while. */
export interface Arming {
  readonly account: string;
  /** Wall time, epoch milliseconds. */
  readonly armedAtMs: number;
  readonly expiresAtMs: number;
}

/** What changes. */
export interface AuthState {
  /** The broker's own list of the present session; absent without one. */
  readonly accounts: readonly string[] | undefined;
  /** The list that the arming was given for, and its end on the monotonic clock too. */
  readonly arming: (Arming & { readonly untilMonotonicMs: number; readonly forAccounts: string }) | undefined;
}

/** The present moment on both clocks. */
export interface Moment {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/** What an order says about its account. */
export interface AuthOrder {
  /** The account that it names; absent when it leaves the choice to the broker. */
  readonly account?: string | undefined;
}

/** What happens. */
export type AuthInput =
  | { readonly type: 'accounts'; readonly accounts: readonly string[] }
  | { readonly type: 'sessionEnded' }
  | { readonly type: 'arm'; readonly account: string; readonly forMs: number }
  | { readonly type: 'restore'; readonly arming: Arming }
  | { readonly type: 'disarm' };

/** Before the first session. */
export const UNPROVEN: AuthState = Object.freeze({ accounts: undefined, arming: undefined });

/** Two lists with the same accounts have the same text. */
export function listText(accounts: readonly string[]): string {
  return [...accounts].sort().join(',');
}

/** Whether an arming still holds: both clocks must say so, because one may be set back and the other stands still while a machine sleeps. */
export function armingHolds(arming: AuthState['arming'], at: Moment): boolean {
  if (arming === undefined) return false;
  return at.monotonicMs < arming.untilMonotonicMs && at.wallMs < arming.expiresAtMs && at.wallMs >= arming.armedAtMs;
}

/** Whether every account of the list is of the kind that the mode is about. An empty list proves nothing. */
export function fitsMode(accounts: readonly string[], mode: AuthRules['mode']): boolean {
  return accounts.length > 0 && accounts.every((account) => accountKind(account).money === mode);
}

function listReasons(state: AuthState, rules: AuthRules): readonly AuthReason[] {
  const reasons: AuthReason[] = [];
  if (rules.readOnly) reasons.push('READ_ONLY');
  if (state.accounts === undefined) reasons.push('NOT_CONNECTED');
  else if (!fitsMode(state.accounts, rules.mode)) reasons.push('ACCOUNT_MODE');
  if (rules.mode === 'live' && !rules.allowLive) reasons.push('LIVE_NOT_ALLOWED');
  return reasons;
}

/** The account that an order is for: the one that it names, or in paper mode the only one that there is. */
function accountOf({ account }: AuthOrder, state: AuthState, { mode }: AuthRules): string | undefined {
  if (account !== undefined && account !== '') return account;
  return mode === 'paper' && state.accounts?.length === 1 ? state.accounts[0] : undefined;
}

function accountReasons(account: string | undefined, state: AuthState, rules: AuthRules): readonly AuthReason[] {
  if (account === undefined) return state.accounts === undefined && rules.mode === 'paper' ? [] : ['ACCOUNT_NOT_NAMED'];
  const reasons: AuthReason[] = [];
  if (state.accounts?.includes(account) === false) reasons.push('ACCOUNT_UNKNOWN');
  const listed = rules.allowedAccounts.includes(account) || (rules.mode === 'paper' && rules.allowedAccounts.length === 0);
  if (!listed) reasons.push('ACCOUNT_NOT_ALLOWED');
  return reasons;
}

/**
 * Every reason against an order now, most important first; empty when it may go. Without an order: the reasons that hold for any,
 * where in live mode an arming for whichever account counts.
 */
export function authReasons(state: AuthState, rules: AuthRules, at: Moment, order?: AuthOrder): readonly AuthReason[] {
  const reasons: AuthReason[] = [...listReasons(state, rules)];
  const account = order === undefined ? undefined : accountOf(order, state, rules);
  if (order !== undefined) reasons.push(...accountReasons(account, state, rules));
  const armed = armingHolds(state.arming, at) && (order === undefined || state.arming?.account === account);
  if (rules.mode === 'live' && !armed) reasons.push('NOT_ARMED');
  return reasons;
}

/** Why live trading in an account cannot be armed now; empty when it can. */
export function armingReasons(state: AuthState, rules: AuthRules, account: string): readonly AuthReason[] {
  return [...listReasons(state, rules), ...accountReasons(account === '' ? undefined : account, state, rules)];
}

function withArming(state: AuthState, arming: Arming, forMs: number, at: Moment): AuthState {
  return { ...state, arming: { ...arming, untilMonotonicMs: at.monotonicMs + forMs, forAccounts: listText(state.accounts ?? []) } };
}

/** One step. Pure. An arming that may not be is no step. */
export function authStep(state: AuthState, input: AuthInput, rules: AuthRules, at: Moment): AuthState {
  switch (input.type) {
    case 'accounts': {
      const { arming } = state;
      // Another list than the one that a person armed for: the person has to look again.
      const same = arming?.forAccounts === listText(input.accounts);
      return { accounts: input.accounts, arming: same && armingHolds(arming, at) ? arming : undefined };
    }
    case 'sessionEnded':
      return { ...state, accounts: undefined };
    case 'disarm':
      return { ...state, arming: undefined };
    case 'arm': {
      const { account, forMs } = input;
      if (rules.mode !== 'live' || armingReasons(state, rules, account).length > 0 || !(forMs > 0)) return state;
      return withArming(state, { account, armedAtMs: at.wallMs, expiresAtMs: at.wallMs + forMs }, forMs, at);
    }
    case 'restore': {
      const { arming } = input;
      const leftMs = arming.expiresAtMs - at.wallMs;
      const plausible = at.wallMs >= arming.armedAtMs && leftMs > 0;
      if (rules.mode !== 'live' || !plausible || armingReasons(state, rules, arming.account).length > 0) return state;
      return withArming(state, arming, leftMs, at);
    }
  }
}
