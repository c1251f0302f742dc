import { accountKind } from '@ibkit/wire';

/** What the accounts behind a port are: play money or real money. */
export type TradingMode = 'paper' | 'live';

// TWS and IB Gateway out of the box.
const MODE_BY_PORT: Readonly<Record<number, TradingMode>> = { 7497: 'paper', 4002: 'paper', 7496: 'live', 4001: 'live' };

/** What a port stands for out of the box; absent for any other. */
export function modeOfPort(port: number): TradingMode | undefined {
  return MODE_BY_PORT[port];
}

/** What a list of accounts is. Absent when there are none, some of both, or any that says nothing. */
export function modeOfAccounts(accounts: readonly string[]): TradingMode | undefined {
  const [money, ...others] = new Set(accounts.map((account) => accountKind(account).money));
  return others.length > 0 || money === 'unknown' ? undefined : money;
}

/** The accounts of a managedAccounts message. */
export function accountsOf(accountsList: string): readonly string[] {
  return accountsList.split(',').filter((account) => account !== '');
}
