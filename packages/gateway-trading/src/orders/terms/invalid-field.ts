import { UsageError } from '@ibkit/error-codes';

/** As a caller in plain JavaScript may have written it: every field is checked, whatever its type says. */
export type Unchecked<T> = { readonly [K in keyof T]?: unknown };

/** Printable ASCII: the broker refuses anything else, and a line break or a NUL would be read as the end of a field. */
const PRINTABLE_ASCII = /^[\u0020-\u007e]*$/u;
/** The longest name of anything, such as a symbol. */
const MAX_NAME_LENGTH = 64;

/** Refuses a request, naming the field, the rule and the value. @throws {@link UsageError} `IBKR_ORDER_INVALID`, always. */
export function fail(field: string, rule: string, value?: unknown, tips?: readonly string[]): never {
  throw new UsageError({ code: 'IBKR_ORDER_INVALID', field: `order.${field}`, value, rule, tips });
}

/** @throws {@link UsageError} `IBKR_ORDER_INVALID` unless `value` is a text that the broker takes, or absent and not required. */
export function checkText(field: string, value: unknown, { required = false, max = MAX_NAME_LENGTH } = {}): void {
  if (value === undefined) {
    if (required) fail(field, 'is required', value);
    return;
  }
  if (typeof value !== 'string') fail(field, 'must be a string', value);
  if (required && value.trim() === '') fail(field, 'must not be empty', value);
  if (value.length > max) fail(field, `must be at most ${max} characters`, value.length);
  if (!PRINTABLE_ASCII.test(value)) fail(field, 'must be printable ASCII, because the broker refuses anything else', value);
}

/** @throws {@link UsageError} `IBKR_ORDER_INVALID` unless `value` is one of `allowed`. */
export function checkChoice(field: string, value: unknown, allowed: readonly string[]): void {
  if (typeof value !== 'string' || !allowed.includes(value)) fail(field, `must be one of ${allowed.join(', ')}`, value);
}

/** @throws {@link UsageError} `IBKR_ORDER_INVALID` unless `value` is an object. */
export function checkObject(field: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) fail(field, 'must be an object', value);
}

/** @throws {@link UsageError} `IBKR_ORDER_INVALID` unless `value` is true, false or absent. */
export function checkFlag(field: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'boolean') fail(field, 'must be true or false', value);
}

/** The finite number in `value`. @throws {@link UsageError} `IBKR_ORDER_INVALID`. */
export function finite(field: string, value: unknown, rule = 'must be a finite number'): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) fail(field, rule, value);
  return value;
}

/** The number above 0 in `value`. @throws {@link UsageError} `IBKR_ORDER_INVALID`. */
export function positive(field: string, value: unknown): number {
  const number = finite(field, value, 'must be a finite number above 0');
  if (number <= 0) fail(field, 'must be a finite number above 0', value);
  return number;
}

/** The whole number from `min` on in `value`. @throws {@link UsageError} `IBKR_ORDER_INVALID`. */
export function whole(field: string, value: unknown, min: number): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min) fail(field, `must be a whole number of at least ${min}`, value);
  return value;
}

/** The same object without the keys that have no value: they would not survive the journal. */
export function withoutUndefined<T extends object>(value: T): T {
  const copy = { ...value };
  for (const [name, item] of Object.entries(copy)) if (item === undefined) Reflect.deleteProperty(copy, name);
  return copy;
}
