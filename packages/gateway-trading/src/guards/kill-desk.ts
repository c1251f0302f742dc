import type { Clock } from '@ibkit/clock';
import { asError } from '@ibkit/error-codes';
import type { TradingConnection } from '../broker/connection-port.js';
import type { JournalWriter } from '../journal/journal-writer.js';
import type { CancelDesk, FailedCancel } from '../orders/cancel-desk.js';
import { gateRefusal } from '../orders/order-gate.js';
import type { GateFacts } from '../orders/order-gate.js';
import type { OrderRegister } from '../orders/order-register.js';
import type { OrderState } from '../orders/order-state.js';
import type { ReconcileReport } from '../reconcile/reconcile-report.js';
import type { ArmingDesk } from './arming-desk.js';
import { cancelGlobally } from './global-cancel.js';

/** Whether the broker was asked to cancel the orders of others, too, or why it could not be. */
export type ForeignCancel = { readonly requested: true } | { readonly requested: false; readonly error: Error };

/** What became of a wish to cancel everything. */
export interface CancelledAll {
  readonly requested: readonly OrderState[];
  readonly failed: readonly FailedCancel[];
  readonly foreign?: ForeignCancel | undefined;
}

/** What a {@link KillDesk} is made from. */
export interface KillDeskOptions {
  readonly clock: Clock;
  readonly connection: TradingConnection;
  readonly register: OrderRegister;
  readonly writer: JournalWriter;
  readonly cancels: CancelDesk;
  readonly arming: ArmingDesk;
  readonly facts: () => GateFacts;
  /** Takes back everything that still waits for its turn. */
  readonly takeBack: (reason: Error) => void;
  /** The switch was set or released. */
  readonly onSwitched: (to: { readonly engaged: boolean; readonly reason: string; readonly atMs: number }) => void;
}

/** The kill switch: it stands in the journal, and as long as it is on, what lives is cancelled. */
export class KillDesk {
  readonly #options: KillDeskOptions;

  constructor(options: KillDeskOptions) {
    this.#options = options;
  }

  /** See `Trading.kill`. */
  async engage(reason: string, all: boolean): Promise<CancelledAll> {
    const { arming, takeBack, writer } = this.#options;
    this.#switch({ engaged: true, reason, all });
    arming.end('kill', `kill switch: ${reason}`);
    takeBack(gateRefusal(['KILL_SWITCH'], 'order'));
    const cancelled = await this.cancelAll(all ? reason : undefined);
    await writer.flush();
    return cancelled;
  }

  /** See `Trading.releaseKill`. */
  async release(reason: string): Promise<void> {
    this.#switch({ engaged: false, reason, all: false });
    await this.#options.writer.flush();
  }

  /** Cancels our open orders; those of others, too, when there is a reason for it. */
  async cancelAll(foreignReason: string | undefined, how: { readonly again?: boolean } = {}): Promise<CancelledAll> {
    const [cancelled, foreign] = await Promise.all([this.#options.cancels.cancelAll(how), foreignReason === undefined ? undefined : this.#cancelForeign(foreignReason)]);
    return { ...cancelled, ...(foreign === undefined ? {} : { foreign }) };
  }

  /** A complete sweep is done: what could not be cancelled when the switch was set, because there was no session, and what came since. */
  swept({ foreignOrders }: ReconcileReport): void {
    const { engaged, all, reason } = this.#options.register.ledger.killSwitch;
    if (engaged) void this.cancelAll(all && foreignOrders.length > 0 ? reason : undefined, { again: false });
  }

  #switch({ engaged, reason, all }: { readonly engaged: boolean; readonly reason: string; readonly all: boolean }): void {
    const { clock, register, onSwitched } = this.#options;
    const atMs = clock.now();
    register.book({ type: 'killSwitch', engaged, reason, atMs, ...(all ? { all } : {}) });
    onSwitched({ engaged, reason, atMs });
  }

  async #cancelForeign(reason: string): Promise<ForeignCancel> {
    try {
      await cancelGlobally(this.#options, reason);
      return { requested: true };
    } catch (error) {
      return { requested: false, error: asError(error) };
    }
  }
}
