import type { Clock, Timer } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import { EventBus } from '@ibkit/event-bus';
import { gateRefusal } from '../orders/order-gate.js';
import type { GateAuth, GateReason } from '../orders/order-gate.js';

/** The right to trade live in one account for a while. */
export interface Arming {
  readonly account: string;
  /** Epoch milliseconds. */
  readonly armedAtMs: number;
  readonly expiresAtMs: number;
}

/** How live trading is armed. */
export interface ArmOptions {
  readonly account: string;
  /** How long, milliseconds above 0, at most 8 hours unless an `AuthManager` says otherwise. */
  readonly forMs: number;
  /** Who, and what for: it is written down. */
  readonly reason: string;
}

/** Why an arming ended. */
export interface ArmingEnd {
  readonly cause: 'asked' | 'expired' | 'accountsChanged' | 'closed';
  readonly reason: string;
}

/** Who keeps the arming. `AuthManager` of `@ibkit/core-connection` satisfies it. */
export interface ArmingKeeper {
  /** The arming that holds now. */
  readonly arming: Arming | undefined;
  arm(options: ArmOptions): Arming;
  /** Takes up what was written down before a restart; false when it holds no more. */
  restore(arming: Arming): boolean;
  disarm(reason: string): boolean;
  readonly events: {
    on(type: 'auth.armed', listener: (event: { readonly arming: Arming; readonly reason: string }) => void): () => void;
    on(type: 'auth.disarmed', listener: (event: ArmingEnd) => void): () => void;
  };
}

/** Who decides about accounts, read-only mode, live trading and its arming in place of the options of `Trading`: an `AuthManager` of `@ibkit/core-connection`. */
export interface TradingAuth extends ArmingKeeper, GateAuth {
  readonly mode: 'paper' | 'live';
  /** The accounts of the present session, and which of them may be traded; for `Trading.risk`. */
  readonly accounts?: readonly { readonly id: string; readonly allowed: boolean }[] | undefined;
  readonly events: ArmingKeeper['events'] & { on(type: 'auth.proof', listener: () => void): () => void };
}

/** The longest arming, milliseconds. */
const MAX_ARM_MS = 8 * 3_600_000;

/** What {@link OwnArming} needs. */
export interface OwnArmingOptions {
  readonly clock: Clock;
  readonly mode: 'paper' | 'live';
  /** Why live trading in an account cannot be armed now. */
  readonly reasons: (account: string) => readonly GateReason[];
  /** The accounts of the present session; `undefined` without one. */
  readonly accounts: () => readonly string[] | undefined;
}

interface Held extends Arming {
  readonly untilMonotonicMs: number;
  readonly forAccounts: string;
}

/** The events of an {@link OwnArming}. */
interface ArmingEvents {
  'auth.armed': { readonly arming: Arming; readonly reason: string };
  'auth.disarmed': ArmingEnd;
}

function listText(accounts: readonly string[]): string {
  return [...accounts].sort().join(',');
}

/**
 * Keeps the arming where no `AuthManager` does. It holds as long as both clocks say so, because one can be set back and the other stands
 * still while a machine sleeps, and as long as the session lists the accounts that it was given for.
 */
export class OwnArming implements ArmingKeeper {
  readonly events = new EventBus<ArmingEvents>();
  readonly #options: OwnArmingOptions;
  #held: Held | undefined;
  #expiry: Timer | undefined;

  constructor(options: OwnArmingOptions) {
    this.#options = options;
  }

  get arming(): Arming | undefined {
    this.#look();
    if (this.#held === undefined) return undefined;
    const { account, armedAtMs, expiresAtMs } = this.#held;
    return { account, armedAtMs, expiresAtMs };
  }

  arm({ account, forMs, reason }: ArmOptions): Arming {
    const { clock, mode } = this.#options;
    if (mode === 'paper') throw new UsageError({ field: 'mode', value: mode, rule: 'must be live: paper trading needs no arming' });
    if (!(Number.isFinite(forMs) && forMs > 0 && forMs <= MAX_ARM_MS)) throw new UsageError({ field: 'forMs', value: forMs, rule: `must be above 0 and at most ${MAX_ARM_MS}` });
    this.#refuse(account);
    const armedAtMs = clock.now();
    return this.#hold({ account, armedAtMs, expiresAtMs: armedAtMs + forMs }, reason);
  }

  restore(arming: Arming): boolean {
    const { clock, mode } = this.#options;
    const { account, armedAtMs, expiresAtMs } = arming;
    const nowMs = clock.now();
    if (mode === 'paper' || nowMs < armedAtMs || nowMs >= expiresAtMs || expiresAtMs - armedAtMs > MAX_ARM_MS) return false;
    this.#refuse(account);
    this.#hold({ account, armedAtMs, expiresAtMs }, 'restored after a restart');
    return true;
  }

  disarm(reason: string): boolean {
    this.#look();
    return this.#end('asked', reason);
  }

  /** Forgets it without a word: what is written down holds on. */
  close(): void {
    this.#held = undefined;
    this.#expiry?.cancel();
    this.events.close();
  }

  #refuse(account: string): void {
    const reasons = this.#options.reasons(account);
    if (reasons.length > 0) throw gateRefusal(reasons, 'arming');
  }

  #hold(arming: Arming, reason: string): Arming {
    const { clock, accounts } = this.#options;
    const leftMs = arming.expiresAtMs - clock.now();
    this.#held = { ...arming, untilMonotonicMs: clock.monotonic() + leftMs, forAccounts: listText(accounts() ?? []) };
    this.#expiry?.cancel();
    this.#expiry = clock.setTimer(
      leftMs,
      () => {
        this.#look();
      },
      { keepAlive: false },
    );
    this.events.emit('auth.armed', { arming, reason });
    return arming;
  }

  #look(): void {
    if (this.#held === undefined) return;
    const { clock, accounts } = this.#options;
    const { untilMonotonicMs, armedAtMs, expiresAtMs, forAccounts } = this.#held;
    const nowMs = clock.now();
    if (clock.monotonic() >= untilMonotonicMs || nowMs >= expiresAtMs || nowMs < armedAtMs) {
      this.#end('expired', 'its time is over');
      return;
    }
    const listed = accounts();
    if (listed !== undefined && listText(listed) !== forAccounts) this.#end('accountsChanged', 'the list of accounts is another than the one it was given for');
  }

  #end(cause: ArmingEnd['cause'], reason: string): boolean {
    if (this.#held === undefined) return false;
    this.#held = undefined;
    this.#expiry?.cancel();
    this.events.emit('auth.disarmed', { cause, reason });
    return true;
  }
}
