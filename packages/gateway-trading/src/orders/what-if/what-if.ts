import type { WireOrderState } from '@ibkit/wire';
import type { OrderNotice } from '../order-state.js';

/** A value of the account as it is, as it would be, and the difference; absent where the broker gave none. */
export interface WhatIfValue {
  readonly before: number | undefined;
  readonly change: number | undefined;
  readonly after: number | undefined;
}

/** What the broker says an order would do to the account; nothing was placed. Amounts are in the base currency of the account. */
export interface WhatIf {
  readonly account: string;
  readonly initMargin: WhatIfValue;
  readonly maintMargin: WhatIfValue;
  readonly equityWithLoan: WhatIfValue;
  /** Either this, or a range. */
  readonly commission: number | undefined;
  readonly minCommission: number | undefined;
  readonly maxCommission: number | undefined;
  readonly commissionCurrency: string | undefined;
  /** What the broker warns of, in its words. */
  readonly warningText: string | undefined;
  /** Notices that came with the answer. */
  readonly warnings: readonly OrderNotice[];
}

/** TWS API: the largest double stands for "not set". Some clients and servers print it with fewer digits. */
const UNSET_FROM = 1e300;

function amount(value: number | undefined): number | undefined {
  return value === undefined || !Number.isFinite(value) || Math.abs(value) >= UNSET_FROM ? undefined : value;
}

function text(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value;
}

/** Reads the broker's answer; `undefined` while it says nothing yet. */
export function whatIfOf(state: WireOrderState, { account, warnings }: Pick<WhatIf, 'account' | 'warnings'>): WhatIf | undefined {
  const result: WhatIf = {
    account,
    initMargin: { before: amount(state.initMarginBefore), change: amount(state.initMarginChange), after: amount(state.initMarginAfter) },
    maintMargin: { before: amount(state.maintMarginBefore), change: amount(state.maintMarginChange), after: amount(state.maintMarginAfter) },
    equityWithLoan: { before: amount(state.equityWithLoanBefore), change: amount(state.equityWithLoanChange), after: amount(state.equityWithLoanAfter) },
    commission: amount(state.commission),
    minCommission: amount(state.minCommission),
    maxCommission: amount(state.maxCommission),
    commissionCurrency: text(state.commissionCurrency),
    warningText: text(state.warningText),
    warnings,
  };
  const said = [result.initMargin, result.maintMargin, result.equityWithLoan].some(({ before, change, after }) => (before ?? change ?? after) !== undefined);
  return said || (result.commission ?? result.minCommission ?? result.maxCommission) !== undefined ? result : undefined;
}
