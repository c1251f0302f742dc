import { accountKind } from '@ibkit/wire';
import type { ProbeOutcome } from './diagnosis.js';
import { fine, found } from './probe-run.js';
import type { PrivateText } from './private-text.js';

/** An advisor may have thousands. */
const MAX_TOLD = 500;

type Money = ReturnType<typeof accountKind>['money'];

function kindsOf(accounts: readonly string[]): readonly Money[] {
  return [...new Set(accounts.map((account) => accountKind(account).money))];
}

function counted(accounts: readonly string[], money: Money): string {
  const word = money === 'unknown' ? 'unknown' : money;
  return `${accounts.length} ${word} ${accounts.length === 1 ? 'account' : 'accounts'}`;
}

/** Whether the gateway's accounts are of the kind that was asked for. One of another kind is enough for no, and so is one of no known kind. */
export function judgeMode(accounts: readonly string[], mode: 'paper' | 'live' | undefined, text: PrivateText): ProbeOutcome {
  const kinds = kindsOf(accounts);
  const facts = { accounts: accounts.slice(0, MAX_TOLD).map((account) => text.account(account)), count: accounts.length, kinds, ...(mode === undefined ? {} : { asked: mode }) };
  const [only, ...others] = kinds;
  if (only === undefined) return found('failed', 'IBKR_DOCTOR_NO_ACCOUNTS', 'The gateway lists no account', facts);
  const whole = others.length === 0 ? counted(accounts, only) : `accounts of several kinds (${kinds.join(', ')})`;
  if (mode === undefined || (only === mode && others.length === 0)) return fine(`The gateway serves ${whole}`, facts);
  return found('failed', 'IBKR_ACCOUNT_MODE_MISMATCH', `The gateway serves ${whole}, but ${mode} was asked for: nothing may be traded there`, facts);
}

/** Whether the gateway lists the account that was asked for. */
export function judgeAccount(accounts: readonly string[], asked: string | undefined, text: PrivateText): ProbeOutcome {
  if (asked === undefined) return { status: 'skipped', detail: 'No account was asked for' };
  const facts = { account: text.account(asked) };
  if (accounts.includes(asked)) return fine(`The gateway lists ${facts.account}`, facts);
  return found('failed', 'IBKR_ACCOUNT_NOT_LISTED', `The gateway does not list the account ${facts.account} among its ${accounts.length}`, facts);
}
