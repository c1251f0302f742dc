import type { SessionFault } from './ending-notice.js';
import { modeOfAccounts } from './trading-mode.js';

/** The accounts of a session, and whether they are the ones that they must be since the gateway moved. */
export class AccountProof {
  readonly #expected: readonly string[] | undefined;
  #accounts: readonly string[] = [];

  /** @param expected accounts that the gateway must have before the session is ready; absent: any will do */
  constructor(expected: readonly string[] | undefined) {
    this.#expected = expected;
  }

  /** The latest list of the gateway that was not empty. */
  get accounts(): readonly string[] {
    return this.#accounts;
  }

  /** Takes a list, or says why it ends the session. */
  take(accounts: readonly string[], starting: boolean): SessionFault | undefined {
    const expected = this.#expected;
    if (starting && expected !== undefined) {
      const known = expected.filter((account) => accounts.includes(account)).length;
      if (known < expected.length || modeOfAccounts(accounts) !== modeOfAccounts(expected)) {
        // No names: this text is meant for logs.
        return { kind: 'accountsChanged', detail: `${known} of ${expected.length} are there, ${accounts.length - known} are new` };
      }
    }
    // An empty list disproves nothing.
    if (accounts.length > 0) this.#accounts = accounts;
    return undefined;
  }
}
