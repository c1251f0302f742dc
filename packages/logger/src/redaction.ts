import { isIbkrError } from '@ibkit/error-codes';

/** What to hide. */
export interface RedactionOptions {
  /** Whether account ids stay readable. @defaultValue false */
  readonly showAccounts?: boolean | undefined;
  /** Names of further fields whose values are secret, in any case. */
  readonly redactKeys?: readonly string[] | undefined;
}

/** Hides accounts and secrets in what is about to be logged. */
export interface Redaction {
  /** A text without accounts, tokens and control characters. */
  text(value: string): string;
  /** Facts as plain data without accounts and secrets, at any depth. */
  fields(value: Readonly<Record<string, unknown>>): Record<string, unknown>;
}

const HIDDEN = '[redacted]';
const MAX_DEPTH = 8;
const MAX_ITEMS = 1000;

const SECRET_NAME = /pass(word|wd|phrase|code)?$|secret|token|credential|authorization|cookie|api_?-?key|private_?-?key/iu;
const ACCOUNT_NAME = /^(allowed_?|managed_?)?(account|acct)s?(_?(id|code|name|number|list))?s?$/iu;

// TWS API: live accounts are U and digits, paper ones DU, advisors F and DF; some have a third letter.
const ACCOUNT_TEXT = /(?<![A-Za-z0-9])D?[UF][A-Z]?\d{5,9}(?![A-Za-z0-9])/gu;
const ACCOUNT_PARTS = /^([A-Za-z]*).*?(\w{0,3})$/su;
const BEARER = /\b(bearer|basic)\s+[\w.~+/=-]{6,}/giu;
const URL_LOGIN = /(:\/\/)[^\s/@]+@/gu;
const ASSIGNED = /\b(pass(?:word|wd|phrase)?|secret|token|api_?key)(["']?\s*[=:]\s*["']?)[^\s"'&,;]+/giu;
// Line breaks too: a message is one line, or it could pretend to be two.
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/gu;

/** `DU1234567` becomes `DU***567`: enough to tell accounts apart, not enough to use one. */
export function maskAccount(account: string): string {
  const [, letters = '', tail = ''] = ACCOUNT_PARTS.exec(account) ?? [];
  return account.length - letters.length > tail.length + 1 ? `${letters}***${tail}` : `${letters}***`;
}

function escaped(character: string): string {
  return JSON.stringify(character).slice(1, -1).replace(/[\u007f-\u009f\u2028\u2029]/gu, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

class FieldRedaction implements Redaction {
  readonly #showAccounts: boolean;
  readonly #redactKeys: ReadonlySet<string>;

  constructor(options: RedactionOptions) {
    this.#showAccounts = options.showAccounts ?? false;
    this.#redactKeys = new Set((options.redactKeys ?? []).map((key) => key.toLowerCase()));
  }

  text(value: string): string {
    return this.#inside(value).replace(CONTROL, escaped);
  }

  fields(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
    return this.#entries(Object.entries(value), 0);
  }

  #inside(value: string): string {
    const withoutSecrets = value.replace(BEARER, `$1 ${HIDDEN}`).replace(URL_LOGIN, `$1${HIDDEN}@`).replace(ASSIGNED, `$1$2${HIDDEN}`);
    return this.#showAccounts ? withoutSecrets : withoutSecrets.replace(ACCOUNT_TEXT, maskAccount);
  }

  #entries(entries: readonly (readonly [string, unknown])[], depth: number): Record<string, unknown> {
    return Object.fromEntries(entries.map(([key, item]) => [this.#inside(key), this.#named(key, item, depth)]));
  }

  #named(key: string, value: unknown, depth: number): unknown {
    if (SECRET_NAME.test(key) || this.#redactKeys.has(key.toLowerCase())) return HIDDEN;
    if (!this.#showAccounts && ACCOUNT_NAME.test(key)) return this.#account(value, depth);
    return this.#plain(value, depth);
  }

  /** An account field is masked whatever the id looks like. */
  #account(value: unknown, depth: number): unknown {
    if (typeof value === 'string') {
      return value
        .split(',')
        .map((account) => (account.includes('***') ? account : maskAccount(account.trim())))
        .join(',');
    }
    if (Array.isArray(value)) return value.map((item) => this.#account(item, depth + 1));
    return this.#plain(value, depth);
  }

  #plain(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case 'string':
        return this.#inside(value);
      case 'bigint':
        return value.toString();
      case 'number':
        // JSON would turn these into null, which looks like a value that was not there.
        return Number.isFinite(value) ? value : String(value);
      case 'function':
      case 'symbol':
        return `[${typeof value}]`;
      case 'object':
        return value === null ? null : this.#object(value, depth);
      case 'boolean':
      case 'undefined':
        return value;
    }
  }

  #object(value: object, depth: number): unknown {
    if (depth >= MAX_DEPTH) return '[nested too deep]';
    if (value instanceof Error || isIbkrError(value)) return this.#error(value, depth);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
    if (value instanceof Map) return this.#entries([...value].map(([key, item]): [string, unknown] => [keyName(key), item]), depth + 1);
    const list: readonly unknown[] | undefined = value instanceof Set ? [...value] : Array.isArray(value) ? value : undefined;
    if (list === undefined) return this.#entries(Object.entries(value), depth + 1);
    const shown = list.slice(0, MAX_ITEMS).map((item) => this.#plain(item, depth + 1));
    return list.length > MAX_ITEMS ? [...shown, `[${list.length - MAX_ITEMS} more]`] : shown;
  }

  #error(error: Error, depth: number): Record<string, unknown> {
    const own = Object.entries(error).filter(([, item]) => item !== undefined);
    return {
      name: error.name,
      message: this.#inside(error.message),
      ...this.#entries(own, depth + 1),
      ...(error.stack === undefined ? {} : { stack: this.#inside(error.stack) }),
      ...(error.cause === undefined ? {} : { cause: this.#plain(error.cause, depth + 1) }),
    };
  }
}

/** What a key of a map is called. An object is not asked for a text of its own: that may be missing, throw, or tell too much. */
function keyName(key: unknown): string {
  return (typeof key === 'object' && key !== null) || typeof key === 'function' || typeof key === 'symbol' ? `[${typeof key}]` : String(key);
}

/** Makes a {@link Redaction}. */
export function createRedaction(options: RedactionOptions = {}): Redaction {
  return new FieldRedaction(options);
}
