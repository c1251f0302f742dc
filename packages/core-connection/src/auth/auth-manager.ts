import type { Clock, Timer } from '@ibkit/clock';
import { GateRefusedError, UsageError } from '@ibkit/error-codes';
import { EventBus } from '@ibkit/event-bus';
import { accountKind } from '@ibkit/wire';
import type { AccountKind } from '@ibkit/wire';
import { checkBooleans, isList } from '../option-shapes.js';
import { AUTH_REASONS, UNPROVEN, armingHolds, armingReasons, authReasons, authStep, fitsMode, listText } from './auth-state.js';
import type { Arming, AuthInput, AuthOrder, AuthReason, AuthRules, AuthState, Moment } from './auth-state.js';

/** What proving accounts needs of a connection. `ConnectionManager` satisfies it. */
export interface AuthConnection {
  readonly clock: Clock;
  /** The broker's own list, from the last session that was ready. */
  readonly accounts: readonly string[];
  /** Defined exactly while a session is ready. */
  readonly session: { readonly epoch: number } | undefined;
  readonly events: { on(type: 'connection.stateChanged', listener: () => void): () => void };
  /** Every message of every session, after the connection itself has learned from it. */
  onMessage(listener: (message: { readonly type: string }) => void): () => void;
}

/** Options of {@link AuthManager}. */
export interface AuthManagerOptions {
  readonly connection: AuthConnection;
  /** What the accounts of the session must be. @defaultValue 'paper' */
  readonly mode?: 'paper' | 'live' | undefined;
  /** The opt-in that live mode needs besides. @defaultValue false */
  readonly allowLive?: boolean | undefined;
  /** The accounts that may be traded. Empty allows every account of a paper session, and none in live mode. @defaultValue [] */
  readonly allowedAccounts?: readonly string[] | undefined;
  /** @defaultValue false */
  readonly readOnly?: boolean | undefined;
  /** The longest arming, milliseconds. @defaultValue 28_800_000 (8 hours) */
  readonly maxArmMs?: number | undefined;
  /** Told what a listener of `events` threw. @defaultValue it is only counted */
  readonly onListenerError?: ((error: unknown, type: string) => void) | undefined;
}

/** An account of the session. Meant for answers, not for logs. */
export interface SessionAccount extends AccountKind {
  readonly id: string;
  readonly allowed: boolean;
}

/** What the broker's list of accounts proves: `refuted` when it does not fit the mode, `unproven` without a session. */
export type AuthProof = 'unproven' | 'proven' | 'refuted';

/** The events of an {@link AuthManager}. None names an account. */
export interface AuthEvents {
  /** The proof changed, or was made again for another list. */
  'auth.proof': { readonly proof: AuthProof; readonly accounts: number; readonly listChanged: boolean; readonly atMs: number };
  /** For the journal: the record is what `restore` takes after a restart. */
  'auth.armed': { readonly arming: Arming; readonly reason: string; readonly atMs: number };
  'auth.disarmed': { readonly cause: 'asked' | 'expired' | 'accountsChanged' | 'closed'; readonly reason: string; readonly atMs: number };
}

/**
 * Who may trade: proves by the broker's own list that the accounts of a session are of the kind that was asked for, keeps an allow-list,
 * read-only mode, and the arming that live trading needs besides. The list is looked at again with every question, so a change in the
 * middle of a session counts at once.
 */
export class AuthManager implements AsyncDisposable {
  readonly events: EventBus<AuthEvents>;
  readonly #connection: AuthConnection;
  readonly #rules: AuthRules;
  readonly #maxArmMs: number;
  readonly #detach: readonly (() => void)[];
  #state: AuthState = UNPROVEN;
  /** The list of the last proof, over sessions. */
  #lastList: string | undefined;
  #lastProof: AuthProof = 'unproven';
  #expiry: Timer | undefined;
  #closed = false;

  /** @throws {@link UsageError} that names the option, the value and the rule. */
  constructor(options: AuthManagerOptions) {
    const { connection, mode = 'paper', allowLive = false, allowedAccounts = [], readOnly = false, maxArmMs = 8 * 3_600_000 } = options;
    // The text 'false' would be true, and live trading allowed.
    checkBooleans(options, ['allowLive', 'readOnly']);
    // Without the values: they are accounts.
    if (!isList(allowedAccounts)) throw new UsageError({ field: 'allowedAccounts', rule: 'must be a list of account ids' });
    if (!['paper', 'live'].includes(mode)) throw new UsageError({ field: 'mode', value: mode, rule: 'must be paper or live' });
    if (!(Number.isFinite(maxArmMs) && maxArmMs > 0)) throw new UsageError({ field: 'maxArmMs', value: maxArmMs, rule: 'must be a number of milliseconds above 0' });
    // An account is not repeated in an error.
    if (allowedAccounts.some((account: unknown) => typeof account !== 'string' || account.trim() === '')) throw new UsageError({ field: 'allowedAccounts', rule: 'must hold account ids, none of them empty' });
    if (mode === 'paper' && allowedAccounts.some((account) => accountKind(account).money !== 'paper')) {
      throw new UsageError({ field: 'allowedAccounts', rule: 'must hold paper accounts (DU, DF) in paper mode' });
    }
    this.events = new EventBus({ onListenerError: options.onListenerError });
    this.#connection = connection;
    this.#rules = { mode, allowLive, allowedAccounts: [...allowedAccounts], readOnly };
    this.#maxArmMs = maxArmMs;
    const look = (): void => {
      this.#look();
    };
    this.#detach = [
      connection.events.on('connection.stateChanged', look),
      connection.onMessage((message) => {
        if (message.type === 'managedAccounts') look();
      }),
    ];
    this.#look();
  }

  get mode(): 'paper' | 'live' {
    return this.#rules.mode;
  }

  /** What the list of the present session proves. */
  get proof(): AuthProof {
    this.#look();
    return proofOf(this.#state, this.#rules);
  }

  /** The accounts of the present session. Empty without one. */
  get accounts(): readonly SessionAccount[] {
    this.#look();
    const { allowedAccounts, mode } = this.#rules;
    const allows = (id: string): boolean => allowedAccounts.includes(id) || (mode === 'paper' && allowedAccounts.length === 0);
    return (this.#state.accounts ?? []).map((id) => ({ id, ...accountKind(id), allowed: allows(id) }));
  }

  /** The arming that holds now. */
  get arming(): Arming | undefined {
    this.#look();
    const { arming } = this.#state;
    if (arming === undefined || !armingHolds(arming, this.#moment())) return undefined;
    const { account, armedAtMs, expiresAtMs } = arming;
    return { account, armedAtMs, expiresAtMs };
  }

  /**
   * Every reason against an order now, most important first; empty when it may go. Without an order: the reasons that hold for any.
   * This is the port of an order gate; the gate adds what only it knows.
   */
  reasons(order?: AuthOrder): readonly AuthReason[] {
    this.#look();
    return authReasons(this.#state, this.#rules, this.#moment(), order);
  }

  /** @throws {@link GateRefusedError} with every reason, when an order may not go. */
  assertMayTrade(order: AuthOrder): void {
    const reasons = this.reasons(order);
    if (reasons.length > 0) throw refusal(reasons, 'The order was refused locally and nothing was sent');
  }

  /**
   * Arms live trading in one account for a while. A new arming takes the place of the one before. It ends with its time on the wall
   * clock or on the monotonic clock, whichever comes first, with `disarm`, and when the broker's list of accounts changes.
   * @param options `reason` is written down and shown: who, and what for
   * @throws {@link GateRefusedError} when the account may not be traded; {@link UsageError} in paper mode, which needs no arming, and for a time that is too long.
   */
  arm(options: { readonly account: string; readonly forMs: number; readonly reason: string }): Arming {
    const { account, forMs, reason } = options;
    this.#assertOpen();
    if (this.#rules.mode === 'paper') throw new UsageError({ field: 'mode', value: 'paper', rule: 'must be live: paper trading needs no arming' });
    if (!(Number.isFinite(forMs) && forMs > 0 && forMs <= this.#maxArmMs)) {
      throw new UsageError({ field: 'forMs', value: forMs, rule: `must be above 0 and at most maxArmMs (${this.#maxArmMs})` });
    }
    this.#look();
    this.#refuse(account);
    this.#step({ type: 'arm', account, forMs });
    return this.#announceArmed(reason);
  }

  /**
   * Takes an arming up again that was written down before a restart, for what is left of it.
   * @returns whether it holds; not when it has expired, or the wall clock is before its beginning
   * @throws {@link GateRefusedError} when the account may not be traded now.
   */
  restore(arming: Arming): boolean {
    this.#assertOpen();
    const { account, armedAtMs, expiresAtMs } = arming;
    const leftMs = expiresAtMs - this.#connection.clock.now();
    if (this.#rules.mode === 'paper' || !(leftMs > 0) || !(expiresAtMs - armedAtMs <= this.#maxArmMs) || leftMs > expiresAtMs - armedAtMs) return false;
    this.#look();
    this.#refuse(account);
    this.#step({ type: 'restore', arming: { account, armedAtMs, expiresAtMs } });
    this.#announceArmed('restored after a restart');
    return true;
  }

  /** Ends an arming at once. @returns whether there was one */
  disarm(reason: string): boolean {
    this.#look();
    return this.#disarm('asked', reason);
  }

  /** Disarms and lets go of the connection. Idempotent. */
  close(): Promise<void> {
    if (!this.#closed) {
      this.#disarm('closed', 'the program closes');
      this.#closed = true;
      for (const detach of this.#detach) detach();
      this.#expiry?.cancel();
      this.events.close();
    }
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #assertOpen(): void {
    if (this.#closed) throw new UsageError({ field: 'AuthManager', rule: 'is closed: make another one' });
  }

  #moment(): Moment {
    const { clock } = this.#connection;
    return { wallMs: clock.now(), monotonicMs: clock.monotonic() };
  }

  #step(input: AuthInput): void {
    this.#state = authStep(this.#state, input, this.#rules, this.#moment());
  }

  #refuse(account: string): void {
    const reasons = armingReasons(this.#state, this.#rules, account);
    if (reasons.length > 0) throw refusal(reasons, 'Live trading was not armed');
  }

  /** Brings the state up to date with the connection and the clocks. */
  #look(): void {
    if (this.#closed) {
      this.#state = UNPROVEN;
      return;
    }
    if (this.#state.arming !== undefined && !armingHolds(this.#state.arming, this.#moment())) this.#disarm('expired', 'its time is over');
    const { session, accounts } = this.#connection;
    if (session === undefined) {
      if (this.#state.accounts !== undefined) this.#step({ type: 'sessionEnded' });
    } else if (this.#state.accounts === undefined || listText(this.#state.accounts) !== listText(accounts)) {
      this.#learn(accounts);
    }
    this.#tellProof();
  }

  #learn(accounts: readonly string[]): void {
    const armed = this.#state.arming;
    this.#step({ type: 'accounts', accounts: [...accounts] });
    if (armed !== undefined && this.#state.arming === undefined) this.#tellDisarmed('accountsChanged', 'the list of accounts is another than the one it was given for');
  }

  #tellProof(): void {
    const { accounts } = this.#state;
    const proof = proofOf(this.#state, this.#rules);
    const list = accounts === undefined ? this.#lastList : listText(accounts);
    const listChanged = this.#lastList !== undefined && list !== this.#lastList;
    if (proof === this.#lastProof && !listChanged) return;
    this.#lastProof = proof;
    this.#lastList = list;
    this.events.emit('auth.proof', { proof, accounts: accounts?.length ?? 0, listChanged, atMs: this.#connection.clock.now() });
  }

  #announceArmed(reason: string): Arming {
    const { arming: held } = this.#state;
    if (held === undefined) throw refusal(['NOT_ARMED'], 'Live trading was not armed');
    const { account, armedAtMs, expiresAtMs, untilMonotonicMs } = held;
    const { clock } = this.#connection;
    this.#expiry?.cancel();
    this.#expiry = clock.setTimer(
      untilMonotonicMs - clock.monotonic(),
      () => {
        this.#look();
      },
      { keepAlive: false },
    );
    const arming: Arming = { account, armedAtMs, expiresAtMs };
    this.events.emit('auth.armed', { arming, reason, atMs: clock.now() });
    return arming;
  }

  #disarm(cause: 'asked' | 'expired' | 'closed', reason: string): boolean {
    if (this.#state.arming === undefined) return false;
    this.#step({ type: 'disarm' });
    this.#tellDisarmed(cause, reason);
    return true;
  }

  #tellDisarmed(cause: AuthEvents['auth.disarmed']['cause'], reason: string): void {
    this.#expiry?.cancel();
    this.#expiry = undefined;
    this.events.emit('auth.disarmed', { cause, reason, atMs: this.#connection.clock.now() });
  }
}

function proofOf({ accounts }: AuthState, { mode }: AuthRules): AuthProof {
  if (accounts === undefined) return 'unproven';
  return fitsMode(accounts, mode) ? 'proven' : 'refuted';
}

function refusal(reasons: readonly AuthReason[], what: string): GateRefusedError {
  return new GateRefusedError({
    reasons,
    message: `${what}: ${reasons.map((reason) => AUTH_REASONS[reason]).join('; ')}`,
    retryable: reasons.every((reason) => reason === 'NOT_CONNECTED'),
  });
}
