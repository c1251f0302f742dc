import type { TradingOptions } from '@ibkit/gateway-trading';
import type { Globals } from '../config/globals.js';

/**
 * What trading needs of the command line: `--live` allows live orders, for the account that was named. `allowed_accounts` of the configuration is the
 * allow-list in both modes; an account that is not on it is refused.
 */
export function tradingMode({ mode, accountId, config }: Pick<Globals, 'mode' | 'accountId' | 'config'>): Pick<TradingOptions, 'mode' | 'allowLive' | 'accounts'> {
  const { allowedAccounts } = config;
  if (mode === 'paper') return { mode, accounts: allowedAccounts };
  const isAllowed = accountId !== undefined && (allowedAccounts.length === 0 || allowedAccounts.includes(accountId));
  return { mode, allowLive: true, accounts: isAllowed ? [accountId] : [] };
}
