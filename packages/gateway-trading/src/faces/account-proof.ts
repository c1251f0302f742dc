import { AccountError } from '@ibkit/error-codes';
import { accountKind } from '@ibkit/wire';
import type { TradingMode } from '../orders/order-gate.js';

/**
 * Holds the gateway's own list of accounts against what was expected: the kind of every account, and the one that was named.
 * @throws AccountError `IBKR_ACCOUNT_UNPROVEN`, `IBKR_ACCOUNT_MODE_MISMATCH`, `IBKR_ACCOUNT_NOT_IN_SESSION`; none of them names an account.
 */
export function proveAccounts(accounts: readonly string[], { mode, accountId }: { readonly mode: TradingMode; readonly accountId: string | undefined }): void {
  if (accounts.length === 0) {
    throw new AccountError({ code: 'IBKR_ACCOUNT_UNPROVEN', message: 'The gateway told no account, so nothing proves what would be traded', tips: ['Look at the gateway: has its login ended?'] });
  }
  const others = accounts.filter((account) => accountKind(account).money !== mode).length;
  if (others > 0) {
    throw new AccountError({
      code: 'IBKR_ACCOUNT_MODE_MISMATCH',
      message: `${others} of the ${accounts.length} accounts of the session are not ${mode} accounts, although ${mode} trading was asked for: the connection was closed again`,
      details: { mode, accounts: accounts.length, others },
      tips: [mode === 'paper' ? 'Ports 4002 (gateway) and 7497 (TWS) are those of paper trading by default; which account is behind them is what the login decides.' : 'Live accounts begin with U, of advisors with F.'],
    });
  }
  if (accountId !== undefined && !accounts.includes(accountId)) {
    throw new AccountError({
      code: 'IBKR_ACCOUNT_NOT_IN_SESSION',
      message: `The account that was named is not among the ${accounts.length} accounts of the session: the connection was closed again`,
      details: { accounts: accounts.length },
      tips: ['Compare accountId with the login of the gateway, letter for letter.'],
    });
  }
}
