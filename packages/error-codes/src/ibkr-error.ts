/** A stable, greppable error code: `IBKR_<AREA>_<WHAT>`. */
export type IbkrErrorCode = `IBKR_${string}`;

/** What every error of ibkit is made from. */
export interface IbkrErrorOptions {
  readonly code: IbkrErrorCode;
  /** What happened, to which field or value, and what to do next. No credentials, no order contents. */
  readonly message: string;
  /** Whether the same call may work later unchanged. @defaultValue depends on the class: true for timeouts and rate limits, else false */
  readonly retryable?: boolean | undefined;
  /** The number that the broker sent, when the broker sent one. */
  readonly brokerCode?: number | undefined;
  /** What to look at or do next. */
  readonly tips?: readonly string[] | undefined;
  /** Facts for programs. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  readonly cause?: unknown;
}

/** The options of classes that have a code of their own. */
export type CodedErrorOptions = Omit<IbkrErrorOptions, 'code'> & { readonly code?: IbkrErrorCode | undefined };

/** How an error looks as JSON: no stack, and no value whose name says that it is a secret. */
export interface IbkrErrorJson {
  readonly name: string;
  readonly code: IbkrErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  readonly brokerCode?: number | undefined;
  readonly tips: readonly string[];
  readonly details: Readonly<Record<string, unknown>>;
  readonly cause?: string | undefined;
}

/** Shared by the ESM and the CommonJS copy of this package, where `instanceof` would be false. */
const BRAND = Symbol.for('@ibkit/error-codes/IbkrError');

const SECRET_NAME = /pass(word|wd|phrase)?$|secret|token|credential|authorization|api_?-?key|private_?-?key/iu;
const REDACTED = '[redacted]';
const MAX_DEPTH = 6;

function withoutSecrets(value: unknown, depth = 0): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'function' || typeof value === 'symbol') return undefined;
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (depth >= MAX_DEPTH) return '[nested too deep]';
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item, depth + 1));
  if (value instanceof Map) return withoutSecrets(Object.fromEntries([...value].map(([key, item]: [unknown, unknown]) => [keyName(key), item])), depth);
  if (value instanceof Set) return withoutSecrets([...value], depth);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, SECRET_NAME.test(key) ? REDACTED : withoutSecrets(item, depth + 1)]),
  );
}

/** What a key of a map is called in JSON or a log. An object is not asked for a text of its own: that may be missing, throw, or tell too much. */
export function keyName(key: unknown): string {
  return (typeof key === 'object' && key !== null) || typeof key === 'function' || typeof key === 'symbol' ? `[${typeof key}]` : String(key);
}

function causeText(cause: unknown): string | undefined {
  if (cause === undefined) return undefined;
  if (cause instanceof Error) return `${cause.name}: ${cause.message}`;
  return typeof cause === 'string' ? cause : typeof cause;
}

/**
 * The base of every error that ibkit throws.
 *
 * Match it by `code` or with {@link isIbkrError}; `instanceof` is false between the ESM and the CommonJS copy of a class.
 */
export class IbkrError extends Error {
  static {
    nameErrorClass(this, 'IbkrError');
  }

  readonly code: IbkrErrorCode;
  readonly retryable: boolean;
  readonly brokerCode: number | undefined;
  readonly tips: readonly string[];
  readonly details: Readonly<Record<string, unknown>>;

  constructor(options: IbkrErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    Object.defineProperty(this, BRAND, { value: true });
    this.code = options.code;
    this.retryable = options.retryable ?? false;
    this.brokerCode = options.brokerCode;
    this.tips = Object.freeze([...(options.tips ?? [])]);
    this.details = Object.freeze({ ...options.details });
  }

  /** This error as plain data for a log or an answer: no stack, no secrets. */
  toJSON(): IbkrErrorJson {
    const details = withoutSecrets(this.details);
    return {
      name: this.name,
      code: this.code,
      message: this.message,
      retryable: this.retryable,
      brokerCode: this.brokerCode,
      tips: this.tips,
      details: typeof details === 'object' && details !== null ? { ...details } : {},
      cause: causeText(this.cause),
    };
  }
}

/**
 * Gives a class the name that its instances print.
 * It belongs on the prototype before the first instance exists, because the engine writes it into the stack at construction;
 * written out, because bundlers and minifiers may rename classes.
 */
export function nameErrorClass(errorClass: { readonly prototype: object }, name: string): void {
  Object.defineProperty(errorClass.prototype, 'name', { value: name, configurable: true, writable: true });
}

/** Whether `value` is an error of ibkit, from whichever copy of this package. */
export function isIbkrError(value: unknown): value is IbkrError {
  return typeof value === 'object' && value !== null && BRAND in value;
}
