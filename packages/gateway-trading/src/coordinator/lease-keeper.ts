import type { Clock, Timer } from '@ibkit/clock';
import { OrderError } from '@ibkit/error-codes';
import type { Lease } from './coordinator.js';

/** What a {@link LeaseKeeper} is made from. */
export interface LeaseKeeperOptions {
  readonly clock: Clock;
  readonly lease: Lease;
  /** Called once when the right is gone. */
  readonly onLost: (error: OrderError) => void;
}

/** A takeover is noticed within this time also while no order is sent, milliseconds. */
const LOOK_MS = 1_000;
/** A lease that expires is renewed this many times before it would. */
const RENEWALS = 4;

/** Keeps a lease, and notices when it is lost. */
export class LeaseKeeper {
  readonly term: number;
  readonly #options: LeaseKeeperOptions;
  #timer: Timer | undefined;
  #expiry: Timer | undefined;
  #lost = false;
  #closed = false;

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
    this.term = options.lease.term;
    this.#schedule();
  }

  /** Whether the right is ours at this very moment; once it is not, it never is again. */
  get isHeld(): boolean {
    if (!this.#lost && !this.#options.lease.isHeld()) this.#lose();
    return !this.#lost;
  }

  /** Gives the lease back. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    this.#expiry?.cancel();
    await this.#options.lease.release();
  }

  #schedule(): void {
    if (this.#lost || this.#closed) return;
    const { clock, lease } = this.#options;
    this.#timer = clock.setTimer(
      Math.min(LOOK_MS, lease.durationMs / RENEWALS),
      () => {
        void this.#renew();
      },
      { keepAlive: false },
    );
  }

  async #renew(): Promise<void> {
    // Never extended once it is lost: somebody else may have it by now.
    if (!this.isHeld) return;
    this.#expiry = this.#watchExpiry();
    try {
      if (!(await this.#options.lease.renew())) this.#lose();
    } catch {
      // Storage or network: the lease itself knows how long it lasts.
    } finally {
      this.#expiry?.cancel();
    }
    this.#schedule();
  }

  /** A coordinator that does not answer must not keep the gate open. */
  #watchExpiry(): Timer | undefined {
    const { clock, lease } = this.#options;
    if (lease.durationMs === Infinity) return undefined;
    return clock.setTimer(lease.durationMs, () => this.isHeld, { keepAlive: false });
  }

  #lose(): void {
    if (this.#lost || this.#closed) return;
    this.#lost = true;
    this.#timer?.cancel();
    this.#options.onLost(
      new OrderError({
        code: 'IBKR_LEASE_LOST',
        message: 'The right to trade was lost: another process took it over, or it could not be renewed in time. Nothing more is sent from here: stop this process, or start it again once it may take over',
      }),
    );
  }
}
