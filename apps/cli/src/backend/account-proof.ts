import { accountKind } from '@ibkit/wire';
import { AccountError } from '@ibkit/error-codes';
import type { CommandContext } from '../config/globals.js';

function proveMode(mode: 'paper' | 'live', accounts: readonly string[]): void {
  const other = accounts.find((account) => accountKind(account).money !== mode);
  if (other === undefined) return;
  const { money } = accountKind(other);
  throw new AccountError({
    code: 'IBKR_ACCOUNT_MODE_MISMATCH',
    message: `The gateway serves ${money === 'unknown' ? 'an account whose id says neither paper nor live' : `a ${money} account`}, but the ${mode} mode was asked for.`,
    tips: [`Connect to the ${mode} gateway's port.`, `Or say --${mode === 'paper' ? 'live' : 'paper'} if that is what you mean.`],
  });
}

/**
 * Proves by the gateway's own list that its accounts are of the kind that was asked for, and that `--account-id` is one of them.
 * @throws AccountError
 */
export function proveAccounts({ globals }: Pick<CommandContext, 'globals'>, accounts: readonly string[]): void {
  proveMode(globals.mode, accounts);
  const { accountId } = globals;
  if (accountId === undefined || accounts.includes(accountId)) return;
  throw new AccountError({
    code: 'IBKR_ACCOUNT_NOT_LISTED',
    message: `The gateway does not list the account ${accountId}; it lists ${accounts.length === 0 ? 'none' : accounts.join(', ')}.`,
    tips: ['Check the spelling, and that the gateway is logged in as the user of that account.'],
  });
}
