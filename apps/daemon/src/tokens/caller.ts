import { SCOPES } from '@ibkit/api-contract';
import type { ApiQuota, Scope } from '@ibkit/api-contract';

/** Who calls: what the daemon knows about the token that a request or a stream was opened with. */
export interface Caller {
  readonly tokenId: string;
  readonly name: string;
  readonly scope: Scope;
  /** The only accounts that it may see and act on; absent: all. */
  readonly accounts: readonly string[] | undefined;
  readonly quota: ApiQuota;
}

/** Whether a token of scope `held` may use what needs `needed`. */
export function allows(held: Scope, needed: Scope): boolean {
  return SCOPES.indexOf(held) >= SCOPES.indexOf(needed);
}

/** Whether a caller may see and act on an account. */
export function mayUse({ accounts }: Pick<Caller, 'accounts'>, account: string): boolean {
  return accounts?.includes(account) ?? true;
}
