import { listOf, text } from '../control/rules.js';
import { defineFault } from './fault.js';
import type { FaultHost, FaultTiming } from './fault.js';

/** The list of accounts that clients are told is another one, as after a change of permissions: those who are ready hear it at once, and hear the true one when it ends. */
export interface AccountsShownFault extends FaultTiming {
  readonly type: 'accounts-shown';
  readonly accounts: readonly string[];
}

/** Every end of an account download names the first account, whichever was asked for. */
export interface SharedDownloadEndFault extends FaultTiming {
  readonly type: 'shared-download-end';
}

export type AccountFault = AccountsShownFault | SharedDownloadEndFault;

function tellAccounts(host: FaultHost): void {
  for (const session of host.readySessions()) session.send({ type: 'managedAccounts', accountsList: host.brokerage.accounts.join(',') });
}

/** Faults of what clients are told about accounts. */
export const ACCOUNT_FAULTS = [
  defineFault<AccountsShownFault>({
    type: 'accounts-shown',
    rules: { accounts: listOf(text(40), 100) },
    begin: ({ accounts }, host) => ({
      start: () => {
        tellAccounts(host);
      },
      stop: () => {
        tellAccounts(host);
      },
      onMessage: (_session, message) => (message.type === 'managedAccounts' ? { ...message, accountsList: accounts.join(',') } : message),
    }),
  }),
  defineFault<SharedDownloadEndFault>({
    type: 'shared-download-end',
    rules: {},
    begin: (_fault, { brokerage }) => ({
      onMessage: (_session, message) => (message.type === 'accountDownloadEnd' ? { ...message, accountName: brokerage.accounts[0] ?? '' } : message),
    }),
  }),
] as const;
