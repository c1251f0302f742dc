import type { WireContract } from '@ibkit/wire';
import type { OrderState } from '../orders/order-state.js';
import type { Position } from '../account/account-data.js';

/** A working order that is not ours: of another client, made by hand, or of a journal that we do not have. Shown, never adopted. */
export interface ForeignOrder {
  readonly permId: string;
  readonly clientId: number | undefined;
  readonly orderId: number;
  readonly account: string | undefined;
  readonly orderRef: string | undefined;
  /** Whether its reference has our form: it was placed through ibkit, with another journal. */
  readonly hasOurReference: boolean;
  readonly contract: WireContract;
  readonly action: string | undefined;
  readonly quantity: number | undefined;
  readonly orderType: string | undefined;
  readonly limitPrice: number | undefined;
  readonly status: string;
}

/** What a complete sweep over open orders, completed orders, executions and positions found. */
export interface ReconcileReport {
  /** The session that it was done in. */
  readonly epoch: number;
  /** What started it. */
  readonly trigger: string;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  /** Orders that were unknown before and are not any more. */
  readonly resolved: readonly OrderState[];
  /** Orders whose outcome is still unknown. */
  readonly unknown: readonly OrderState[];
  /** Orders that the broker did not show and that a second sweep will decide on. */
  readonly missing: readonly OrderState[];
  /** Fills that nobody had told us of before the sweep. */
  readonly newFills: number;
  readonly foreignOrders: readonly ForeignOrder[];
  readonly positions: readonly Position[];
}
