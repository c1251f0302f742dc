import { UsageError } from '@ibkit/error-codes';

// Callers in plain JavaScript, and settings that came as text, get past the compiler: 'false' is true, and a number where an object belongs is no option at all.

function refuse(field: string, value: unknown, rule: string): never {
  throw new UsageError({ field, value, rule });
}

/** @throws {@link UsageError} for anything but true and false, such as the text `'false'`, which would mean true. */
export function checkBooleans(options: object, fields: readonly string[]): void {
  for (const field of fields) {
    const value: unknown = Reflect.get(options, field);
    if (value !== undefined && typeof value !== 'boolean') refuse(field, value, 'must be true or false');
  }
}

/** @throws {@link UsageError} unless the value is a finite number above 0. */
export function checkMilliseconds(field: string, value: number): void {
  if (!Number.isFinite(value) || value <= 0) refuse(field, value, 'must be a number of milliseconds above 0');
}

/** @throws {@link UsageError} unless the value is text with something in it. */
export function checkText(field: string, value: unknown, rule = 'must be text that is not empty'): void {
  if (typeof value !== 'string' || value.trim() === '') refuse(field, value, rule);
}

/** @throws {@link UsageError} unless the value is an object and no list. */
export function checkObject(field: string, value: unknown, rule = 'must be an object'): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(field, value, rule);
}

/** Whether the value is a list, without forgetting its type as `Array.isArray` does. */
export function isList(value: unknown): boolean {
  return Array.isArray(value);
}

/** @throws {@link UsageError} unless the value is a list. */
export function checkList(field: string, value: unknown, rule = 'must be a list'): void {
  if (!isList(value)) refuse(field, value, rule);
}

/** @throws {@link UsageError} unless the value has all these methods. */
export function checkMethods(field: string, value: unknown, methods: readonly string[]): void {
  const lacks = methods.find((method) => (typeof value !== 'object' && typeof value !== 'function') || value === null || typeof Reflect.get(value, method) !== 'function');
  if (lacks !== undefined) refuse(field, value, `must have the method ${lacks}()`);
}
