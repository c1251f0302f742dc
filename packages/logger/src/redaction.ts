import { isIbkrError, keyName } from '@ibkit/error-codes';

/** What to hide. */
export interface RedactionOptions {
  /** Whether account ids stay readable. @defaultValue false */
  readonly showAccounts?: boolean | undefined;
  /** Whether the contents of orders stay readable: side, type, quantities and prices. @defaultValue false */
  readonly showOrders?: boolean | undefined;
  /** Names of further fields whose values are secret, in any case. */
  readonly redactKeys?: readonly string[] | undefined;
}

/** Hides accounts, secrets and the contents of orders in what is about to be logged. */
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
// What tells an order's life apart from its content: ids and states stay.
const ORDER_NAME = /^(open_?|completed_?|placed_?|new_?)?orders?$/iu;
const ORDER_FACT =
  /^((order|perm|parent|client|exec|request|req)_?)?ids?$|^(order_?)?(ref|key|status|state|phase|code|reason|account|acct_?(code|number)?)$|^account_?id$|^type$|(^|_)(time|at_?ms)$|(Time|AtMs)$/iu;
const ORDER_FIELD =
  /^((lmt|limit|aux|stop|trigger|trail_?stop|avg_?fill|average_?fill|last_?fill|fill)_?price|trailing_?(percent|amount)|(total_?|cash_?|filled_?|remaining_?|order_?)?(quantity|qty)|order_?type|tif|time_?in_?force)$/iu;
const SIDE_NAME = /^(action|side)$/iu;
const SIDE = /^(buy|sell|sshort|slong|bot|sld)$/iu;
const ORDER_TEXT = /\b(BUY|SELL|SSHORT|BOT|SLD)(\s+)[\d.,]+(\s+\S+)?(\s*@\s*[\d.,]+)?/gu;
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
  readonly #showOrders: boolean;
  readonly #redactKeys: ReadonlySet<string>;

  constructor(options: RedactionOptions) {
    this.#showAccounts = options.showAccounts ?? false;
    this.#showOrders = options.showOrders ?? false;
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
    const withoutOrders = this.#showOrders ? withoutSecrets : withoutSecrets.replace(ORDER_TEXT, `$1$2${HIDDEN}`);
    return this.#showAccounts ? withoutOrders : withoutOrders.replace(ACCOUNT_TEXT, maskAccount);
  }

  #entries(entries: readonly (readonly [string, unknown])[], depth: number): Record<string, unknown> {
    return Object.fromEntries(entries.map(([key, item]) => [this.#inside(key), this.#named(key, item, depth)]));
  }

  #named(key: string, value: unknown, depth: number): unknown {
    if (SECRET_NAME.test(key) || this.#redactKeys.has(key.toLowerCase())) return HIDDEN;
    if (!this.#showAccounts && ACCOUNT_NAME.test(key)) return this.#account(value, depth);
    if (!this.#showOrders) {
      if (ORDER_FIELD.test(key) && value !== undefined && value !== null) return HIDDEN;
      if (SIDE_NAME.test(key) && typeof value === 'string' && SIDE.test(value)) return HIDDEN;
      if (ORDER_NAME.test(key)) return this.#order(value, depth);
    }
    return this.#plain(value, depth);
  }

  /** Of an order only what it is called and how it stands. */
  #order(value: unknown, depth: number): unknown {
    if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => this.#order(item, depth + 1));
    if (typeof value !== 'object' || value === null || value instanceof Error || value instanceof Date || value instanceof Map || value instanceof Set) return this.#plain(value, depth);
    if (depth >= MAX_DEPTH) return '[nested too deep]';
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [this.#inside(key), ORDER_FACT.test(key) ? this.#named(key, item, depth + 1) : HIDDEN]),
    );
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

/** Makes a {@link Redaction}. */
export function createRedaction(options: RedactionOptions = {}): Redaction {
  return new FieldRedaction(options);
}
