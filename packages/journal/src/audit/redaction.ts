import type { JournalRecord } from '@ibkit/gateway-trading';

/** Fields that say who trades and with what: strategy names are nobody else's business, and neither are those of people. */
const HIDDEN: ReadonlySet<string> = new Set(['key', 'tag', 'requestHash', 'modelCode', 'extOperator']);
const REDACTED = '[redacted]';
/** Account codes as the broker writes them in its texts (TWS API: account codes): letters, then digits. */
const ACCOUNT = /\b(?:[DFU]|D[FU]|[FIU][A-Z])\d{5,9}\b/gu;

/** Replaces accounts by names that are the same throughout one export, and hides keys, tags and what could be used to guess them. */
export class Redaction {
  readonly #names = new Map<string, string>();

  /** A record as plain data without what is hidden. */
  apply(record: JournalRecord): unknown {
    if (record.type === 'order.staged') this.account(record.account);
    return this.#value('', record);
  }

  /** The name that stands for an account. */
  account(account: string): string {
    const known = this.#names.get(account);
    if (known !== undefined) return known;
    const name = `account-${this.#names.size + 1}`;
    this.#names.set(account, name);
    return name;
  }

  #value(field: string, value: unknown): unknown {
    if (HIDDEN.has(field)) return value === undefined ? undefined : REDACTED;
    if (typeof value === 'string') return field === 'account' ? this.account(value) : this.#text(value);
    if (Array.isArray(value)) return value.map((item) => this.#value('', item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, this.#value(name, item)]));
  }

  #text(text: string): string {
    let clean = text;
    // An account may be called anything in a simulator: those that were seen are replaced whatever they look like.
    for (const [account, name] of this.#names) clean = clean.replaceAll(account, name);
    return clean.replace(ACCOUNT, (account) => this.account(account));
  }
}
