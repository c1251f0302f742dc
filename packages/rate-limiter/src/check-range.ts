import { UsageError } from '@ibkit/error-codes';

/** @throws {@link UsageError} when the value is no integer of the range, both ends included. */
export function checkInteger(field: string, value: number, [from, to]: readonly [number, number]): void {
  if (Number.isSafeInteger(value) && value >= from && value <= to) return;
  const range = to === Number.MAX_SAFE_INTEGER ? `of at least ${from}` : `from ${from} to ${to}`;
  throw new UsageError({ field, value, rule: `must be an integer ${range}` });
}

/** @throws {@link UsageError} when the value is no finite number of milliseconds of at least `least`. */
export function checkMilliseconds(field: string, value: number, least = 0): void {
  if (value >= least && value < Number.POSITIVE_INFINITY) return;
  throw new UsageError({ field, value, rule: `must be a finite number of milliseconds of at least ${least}` });
}

/** @throws {@link UsageError} when the value is negative or not a number; Infinity is no deadline. */
export function checkDeadline(deadlineMs: number): void {
  if (!(deadlineMs >= 0)) throw new UsageError({ field: 'deadlineMs', value: deadlineMs, rule: 'must be at least 0 milliseconds' });
}
