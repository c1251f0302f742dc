import type { WireContract } from '@ibkit/wire';

/** A position that is not 0. */
export interface Position {
  readonly account: string;
  readonly contract: WireContract;
  /** Negative when short. */
  readonly position: number;
  /** Per unit, with commissions, multiplier included (TWS API: position.avgCost). Absent when the broker does not know it. */
  readonly avgCost?: number | undefined;
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
