import { describeError } from './describe-error.js';
import type { ErrorCategory, ErrorDescription } from './description.js';
import { UsageError } from './error-classes.js';
import { checkOverride } from './override-rules.js';

/** What can be changed about a code at run time. */
export type ErrorOverride = Partial<Omit<ErrorDescription, 'code' | 'known'>>;

/** A broker notice after classification. */
export interface HandledError {
  /** When it was handled, epoch milliseconds of the handler's clock. */
  readonly atMs: number;
  readonly code: number;
  /** The broker's text. */
  readonly message: string;
  /** The request or order id it came with. */
  readonly id?: number | undefined;
  readonly description: ErrorDescription;
}

/** Called with every handled error that it was registered for. */
export type ErrorCallback = (error: HandledError) => void;

/** Options of {@link ErrorHandler}. */
export interface ErrorHandlerOptions {
  /** Where the timestamps come from, such as a `Clock` of `@ibkit/clock`. */
  readonly clock: { now(): number };
  /** How many handled errors the history keeps; the oldest leave first. 0 to 1,000,000. @defaultValue 1000 */
  readonly historyLimit?: number | undefined;
  /** Changes to the table by code, as {@link ErrorHandler.override} makes them. */
  readonly overrides?: Readonly<Record<number, ErrorOverride>> | undefined;
  /**
   * Hears of callbacks that throw. The other callbacks run in any case.
   * @defaultValue nothing is told; `callbackFailures` counts them
   */
  readonly onCallbackError?: ((thrown: unknown, error: HandledError) => void) | undefined;
}

const DEFAULT_HISTORY_LIMIT = 1000;
const MAX_HISTORY_LIMIT = 1_000_000;

function checkHistoryLimit(value: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= MAX_HISTORY_LIMIT) return value;
  throw new UsageError({ field: 'historyLimit', value, rule: `must be a whole number from 0 to ${MAX_HISTORY_LIMIT}` });
}

/**
 * Classifies what the broker says, keeps a history with timestamps, and tells callbacks by category or by code.
 *
 * It decides nothing itself: callers act on the description that {@link ErrorHandler.handle} returns.
 */
export class ErrorHandler {
  readonly #clock: { now(): number };
  readonly #historyLimit: number;
  readonly #onCallbackError: ((thrown: unknown, error: HandledError) => void) | undefined;
  readonly #overrides = new Map<number, ErrorOverride>();
  readonly #byCategory = new Map<ErrorCategory, Set<{ readonly call: ErrorCallback }>>();
  readonly #byCode = new Map<number, Set<{ readonly call: ErrorCallback }>>();
  readonly #history: HandledError[] = [];
  #callbackFailures = 0;

  constructor(options: ErrorHandlerOptions) {
    this.#clock = options.clock;
    this.#historyLimit = checkHistoryLimit(options.historyLimit ?? DEFAULT_HISTORY_LIMIT);
    this.#onCallbackError = options.onCallbackError;
    for (const [code, change] of Object.entries(options.overrides ?? {})) this.override(Number(code), change);
  }

  /** How many callbacks have thrown so far. */
  get callbackFailures(): number {
    return this.#callbackFailures;
  }

  /** Classifies one notice under the overrides, without recording it. */
  describe(code: number, text?: string): ErrorDescription {
    const description = describeError(code, text);
    const change = this.#overrides.get(code);
    return change === undefined ? description : Object.freeze({ ...description, ...change, code, known: description.known });
  }

  /** Classifies and records one notice and tells the callbacks, those for the code before those for the category. */
  handle(notice: { readonly code: number; readonly message: string; readonly id?: number | undefined }): ErrorDescription {
    const description = this.describe(notice.code, notice.message);
    const handled: HandledError = Object.freeze({
      atMs: this.#clock.now(),
      code: notice.code,
      message: notice.message,
      id: notice.id,
      description,
    });
    this.#remember(handled);
    for (const entry of [...(this.#byCode.get(notice.code) ?? []), ...(this.#byCategory.get(description.category) ?? [])]) {
      this.#tell(entry.call, handled);
    }
    return description;
  }

  /**
   * Calls `callback` for every handled error of a category, or of a code.
   * @returns a function that ends it; calling it twice does nothing.
   */
  on(what: { readonly category: ErrorCategory } | { readonly code: number }, callback: ErrorCallback): () => void {
    return 'code' in what ? register(this.#byCode, what.code, callback) : register(this.#byCategory, what.category, callback);
  }

  /** The handled errors, oldest first: a copy. */
  history(): readonly HandledError[] {
    return [...this.#history];
  }

  /** Forgets the history. */
  clearHistory(): void {
    this.#history.length = 0;
  }

  /**
   * Changes what a code means from now on; `undefined` undoes every change to it.
   * @throws UsageError when `code` is not a whole number, or the change breaks a rule: an effect that does not exist, a wait that is no number.
   */
  override(code: number, change: ErrorOverride | undefined): void {
    if (!Number.isInteger(code)) throw new UsageError({ field: 'code', value: code, rule: 'must be a whole number' });
    if (change !== undefined) checkOverride(change);
    if (change === undefined) this.#overrides.delete(code);
    else this.#overrides.set(code, Object.freeze({ ...this.#overrides.get(code), ...change }));
  }

  #remember(handled: HandledError): void {
    this.#history.push(handled);
    if (this.#history.length > this.#historyLimit) this.#history.shift();
  }

  #tell(call: ErrorCallback, handled: HandledError): void {
    try {
      call(handled);
    } catch (thrown) {
      this.#callbackFailures += 1;
      this.#onCallbackError?.(thrown, handled);
    }
  }
}

function register<K>(listeners: Map<K, Set<{ readonly call: ErrorCallback }>>, key: K, call: ErrorCallback): () => void {
  // Wrapped, so that registering one function twice calls it twice and each registration ends by itself.
  const entry = { call };
  const set = listeners.get(key) ?? new Set();
  listeners.set(key, set.add(entry));
  return () => {
    set.delete(entry);
  };
}
