import type { ApiAuditEntry } from '@ibkit/api-contract';

/** Whether there is anything of an account for whoever asks. What names no account is not visible to those who are limited. */
export type IsVisible = (account: string | undefined) => boolean;

/** Records that are about every account at once. Others without an account are about one that they do not name, such as the end of an arming, or tell how much others do. */
const OF_ALL: ReadonlySet<string> = new Set(['term', 'killSwitch', 'globalCancel']);

/** Whether somebody who is limited to these accounts may read an entry of the audit trail. */
export function mayReadEntry({ account, type }: Pick<ApiAuditEntry, 'account' | 'type'>, accounts: ReadonlySet<string>): boolean {
  return account === undefined ? OF_ALL.has(type) : accounts.has(account);
}
