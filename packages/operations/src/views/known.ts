/**
 * A fresh object without the keys that have no value: absent stays absent, also for `in` and `Object.keys`. The object itself is changed, so it must be
 * the caller's own.
 */
export function known<T extends object>(fresh: T): T {
  for (const key of Object.keys(fresh)) if (Reflect.get(fresh, key) === undefined) Reflect.deleteProperty(fresh, key);
  return fresh;
}

/** A number that JSON can carry, and 0 without a sign; everything else is not known. TWS API: the greatest double stands for "not set". */
export function finite(value: number | undefined): number | undefined {
  return value === undefined || !Number.isFinite(value) || Math.abs(value) === Number.MAX_VALUE ? undefined : value + 0;
}

/** A text with something in it. */
export function filled(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text;
}
