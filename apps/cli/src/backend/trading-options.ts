import type { TradingOptions } from '@ibkit/gateway-trading';
import type { Globals } from '../config/globals.js';

/** What live trading needs of the command line: `--live` allows it, and the account that was named is the allow-list. */
export function tradingMode({ mode, accountId }: Globals): Pick<TradingOptions, 'mode' | 'allowLive' | 'accounts'> {
  if (mode === 'paper') return { mode };
  return { mode, allowLive: true, accounts: accountId === undefined ? [] : [accountId] };
}
