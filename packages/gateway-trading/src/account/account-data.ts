import type { WireContract } from '@ibkit/wire';
import type { Commission } from '../orders/order-state.js';

/** A position that is not 0. */
export interface Position {
  readonly account: string;
  readonly contract: WireContract;
  /** Negative when short. */
  readonly position: number;
  /** Per unit, with commissions, multiplier included (TWS API: position.avgCost). */
  readonly avgCost: number;
}

/** One value of an account. */
export interface AccountValue {
  /** The broker's name for it: `NetLiquidation`. */
  readonly tag: string;
  /** As the broker wrote it. */
  readonly value: string;
  /** `value` as a number, when it is one. */
  readonly amount?: number | undefined;
  /** Absent where a value has none, such as `AccountType` and `Cushion`. */
  readonly currency?: string | undefined;
}

/** The values of one account. */
export interface AccountSummary {
  readonly account: string;
  readonly values: readonly AccountValue[];
}

/** One execution of today, ours or not. */
export interface ExecutionReport {
  readonly execId: string;
  readonly account: string;
  readonly contract: WireContract;
  /** `BOT` or `SLD`. */
  readonly side: string;
  readonly quantity: number;
  readonly price: number;
  readonly exchange: string;
  /** As the broker writes it. */
  readonly time: string;
  readonly permId: string;
  readonly clientId: number;
  readonly orderId: number;
  readonly orderRef: string | undefined;
  /** The key of our order, when it is ours. */
  readonly key: string | undefined;
  readonly tag: string | undefined;
  readonly commission: Commission;
}
