import { AccountError } from '@ibkit/error-codes';
import type { AccountSummary } from './account-data.js';
import { accountValueFor } from './account-values.js';

/** What an account is worth and what it can spend, in its base currency. Absent is what the broker did not tell; never 0 for that. */
export interface AccountBalance {
  readonly account: string;
  readonly currency: string;
  /** Everything, at market value. */
  readonly netLiquidation: number;
  readonly totalCash?: number | undefined;
  readonly settledCash?: number | undefined;
  readonly availableFunds?: number | undefined;
  readonly excessLiquidity?: number | undefined;
  readonly buyingPower?: number | undefined;
  /** When it was received, epoch milliseconds. */
  readonly atMs: number;
}

/**
 * The balance in a summary.
 * @throws AccountError `IBKR_ACCOUNT_BALANCE_UNKNOWN` when the broker did not tell what the account is worth.
 */
export function balanceOf(summaries: readonly AccountSummary[], account: string, atMs: number): AccountBalance {
  const values = summaries.find((summary) => summary.account === account)?.values ?? [];
  const worth = accountValueFor(values, 'NetLiquidation');
  if (worth?.amount === undefined || worth.currency === undefined) {
    throw new AccountError({
      code: 'IBKR_ACCOUNT_BALANCE_UNKNOWN',
      message: 'The broker answered without the net liquidation value of the account: its balance is not known',
      tips: ['Ask again in a minute: the broker resets its servers once a day.', 'account() shows everything that it did tell.'],
      retryable: true,
    });
  }
  const { amount, currency } = worth;
  const of = (tag: string): number | undefined => accountValueFor(values, tag, { currency })?.amount;
  return {
    account,
    currency,
    netLiquidation: amount,
    totalCash: of('TotalCashValue'),
    settledCash: of('SettledCash'),
    availableFunds: of('AvailableFunds'),
    excessLiquidity: of('ExcessLiquidity'),
    buyingPower: of('BuyingPower'),
    atMs,
  };
}
