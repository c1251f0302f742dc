/** What the accounts behind a port are: play money or real money. */
export type TradingMode = 'paper' | 'live';

// TWS and IB Gateway out of the box.
const MODE_BY_PORT: Readonly<Record<number, TradingMode>> = { 7497: 'paper', 4002: 'paper', 7496: 'live', 4001: 'live' };

/** What a port stands for out of the box; absent for any other. */
export function modeOfPort(port: number): TradingMode | undefined {
  return MODE_BY_PORT[port];
}

/** What a list of accounts is: names of paper accounts begin with D (DU, DF). Absent when there are none, or some of both. */
export function modeOfAccounts(accounts: readonly string[]): TradingMode | undefined {
  const paper = accounts.filter((account) => account.startsWith('D')).length;
  if (accounts.length === 0) return undefined;
  if (paper === accounts.length) return 'paper';
  return paper === 0 ? 'live' : undefined;
}

/** The accounts of a managedAccounts message. */
export function accountsOf(accountsList: string): readonly string[] {
  return accountsList.split(',').filter((account) => account !== '');
}
