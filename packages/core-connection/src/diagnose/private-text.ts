import type { JsonValue } from '../store/session-state.js';

const MAX_TEXT = 600;
const MAX_ITEMS = 500;
const MAX_DEPTH = 6;
/** Accounts that are looked for by name; the usual ones are known by their shape, however many there are. */
const MAX_KNOWN = 500;
const MAX_ACCOUNT = 64;

// TWS API: live accounts are U and digits, paper ones DU, advisors F and DF; some have a third letter.
const ACCOUNT_TEXT = /(?<![A-Za-z0-9])D?[UF][A-Z]?\d{5,9}(?![A-Za-z0-9])/gu;
const ACCOUNT_PARTS = /^([A-Za-z]*).*?(\w{0,3})$/su;
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/gu;

/** `DU1234567` becomes `DU***567`, as in logs: enough to tell accounts apart, not enough to use one. */
export function maskAccount(account: string): string {
  const [, letters = '', tail = ''] = ACCOUNT_PARTS.exec(account) ?? [];
  return account.length - letters.length > tail.length + 1 ? `${letters}***${tail}` : `${letters}***`;
}

/** Makes what leaves a diagnosis fit to be shown and sent: no accounts, no control characters of the peer, nothing without an end. */
export class PrivateText {
  readonly #showAccounts: boolean;
  readonly #known = new Set<string>();
  #knownText: RegExp | undefined;

  constructor(options: { readonly showAccounts: boolean }) {
    this.#showAccounts = options.showAccounts;
  }

  /** These are accounts, whatever they look like. */
  knows(accounts: readonly string[]): void {
    // Short ones would blank out half of every text.
    const usable = accounts.filter(({ length }) => length > 3 && length <= MAX_ACCOUNT);
    for (const account of usable.slice(0, MAX_KNOWN - this.#known.size)) this.#known.add(account);
    // The longest first: one may begin with another.
    const patterns = [...this.#known].sort((a, b) => b.length - a.length).map((account) => account.replaceAll(/[^A-Za-z0-9]/gu, (special) => `\\u{${(special.codePointAt(0) ?? 0).toString(16)}}`));
    this.#knownText = patterns.length === 0 ? undefined : new RegExp(patterns.join('|'), 'gu');
  }

  /** One account as it may be shown. */
  account(account: string): string {
    return this.text(this.#showAccounts ? account : maskAccount(account));
  }

  text(text: string): string {
    const plain = text.slice(0, 4 * MAX_TEXT).replaceAll(CONTROL, ' ');
    const shown = this.#showAccounts ? plain : this.#masked(plain);
    return shown.length <= MAX_TEXT ? shown : `${shown.slice(0, MAX_TEXT - 3)}...`;
  }

  facts(facts: Readonly<Record<string, JsonValue>>): Readonly<Record<string, JsonValue>> {
    return Object.fromEntries(Object.entries(facts).slice(0, MAX_ITEMS).map(([key, value]) => [this.text(key), this.#value(value, 0)]));
  }

  #masked(text: string): string {
    const masked = this.#knownText === undefined ? text : text.replaceAll(this.#knownText, maskAccount);
    return masked.replaceAll(ACCOUNT_TEXT, maskAccount);
  }

  #value(value: JsonValue, depth: number): JsonValue {
    if (typeof value === 'string') return this.text(value);
    // JSON has no other numbers.
    if (typeof value === 'number') return Number.isFinite(value) ? value : null;
    if (typeof value === 'boolean' || value === null) return value;
    if (depth >= MAX_DEPTH) return null;
    if (isJsonList(value)) return value.slice(0, MAX_ITEMS).map((item) => this.#value(item, depth + 1));
    return Object.fromEntries(Object.entries(value).slice(0, MAX_ITEMS).map(([key, item]) => [this.text(key), this.#value(item, depth + 1)]));
  }
}

function isJsonList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
