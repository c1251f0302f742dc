/** What an account id says about the account; `unknown` proves nothing, so nothing may be traded on it. */
export interface AccountKind {
  /** Whether money is at stake. */
  readonly money: 'paper' | 'live' | 'unknown';
  /** The master account of an advisor, which has other accounts under it. */
  readonly advisor: boolean;
}

/**
 * What an account id says (TWS API: account codes): paper accounts begin with DU, paper advisors with DF; live ones have no D in front,
 * as in U or, for advisors, F. Any other D is of a kind that nobody has told us about.
 */
export function accountKind(account: string): AccountKind {
  if (account.startsWith('DU')) return { money: 'paper', advisor: false };
  if (account.startsWith('DF')) return { money: 'paper', advisor: true };
  if (account === '' || /^D/iu.test(account)) return { money: 'unknown', advisor: false };
  return { money: 'live', advisor: /^F\d/u.test(account) };
}
