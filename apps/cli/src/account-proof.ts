import { AccountError } from '@ibkit/error-codes';
import type { CommandContext } from './globals.js';

/** Paper accounts begin with DU, and with DF for advisors (TWS API: account codes); everything else is live. */
function isPaperAccount(account: string): boolean {
  return /^D[UF]/.test(account);
}

function proveMode(mode: 'paper' | 'live', accounts: readonly string[]): void {
  if (accounts.every((account) => isPaperAccount(account) === (mode === 'paper'))) return;
  throw new AccountError({
    code: 'IBKR_ACCOUNT_MODE_MISMATCH',
    message: `The gateway serves ${mode === 'paper' ? 'a live' : 'a paper'} account, but the ${mode} mode was asked for.`,
    tips: [`Connect to the ${mode} gateway's port.`, `Or say --${mode === 'paper' ? 'live' : 'paper'} if that is what you mean.`],
  });
}

/**
 * Proves by the gateway's own list that its accounts are of the kind that was asked for, and that `--account-id` is one of them.
 * @throws AccountError
 */
export function proveAccounts({ globals }: CommandContext, accounts: readonly string[]): void {
  proveMode(globals.mode, accounts);
  const { accountId } = globals;
  if (accountId === undefined || accounts.includes(accountId)) return;
  throw new AccountError({
    code: 'IBKR_ACCOUNT_NOT_LISTED',
    message: `The gateway does not list the account ${accountId}; it lists ${accounts.length === 0 ? 'none' : accounts.join(', ')}.`,
    tips: ['Check the spelling, and that the gateway is logged in as the user of that account.'],
  });
}
