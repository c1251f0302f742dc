import { UsageError } from '@ibkit/error-codes';
import type { TradingOptions } from '@ibkit/gateway-trading';
import type { Globals } from './globals.js';
import type { Io } from './io.js';

/** What live trading needs of the command line: `--live` allows it, and the account that was named is the allow-list. */
export function tradingMode({ mode, accountId }: Globals): Pick<TradingOptions, 'mode' | 'allowLive' | 'accounts'> {
  if (mode === 'paper') return { mode };
  return { mode, allowLive: true, accounts: accountId === undefined ? [] : [accountId] };
}

/**
 * Live money is moved by a person at a terminal, or by a script that says so.
 * @throws UsageError
 */
export function checkLiveInPipe({ mode }: Globals, io: Io, yes: boolean | undefined): void {
  if (mode === 'live' && !io.out.isTerminal && yes !== true) throw new UsageError({ field: '--yes', rule: 'is needed in live mode when the output is not a terminal' });
}
