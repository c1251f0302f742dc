import { parseLocalDate } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import { decimalText } from '../orders/decimal.js';
import type { SpreadRight } from './payoff.js';

/** Refuses a request, naming the field, the rule and the value. @throws {@link UsageError} `IBKR_SPREAD_INVALID`, always. */
export function failSpread(field: string, rule: string, value?: unknown, tips?: readonly string[]): never {
  throw new UsageError({ code: 'IBKR_SPREAD_INVALID', field: `spread.${field}`, value, rule, tips });
}

/** The strike in `value`. */
export function strikeOf(field: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) failSpread(field, 'must be a number above 0', value);
  return value;
}

/** Checks that strikes rise. @param equal whether the two may be the same */
export function checkRising(low: readonly [field: string, strike: number], high: readonly [field: string, strike: number], equal = false): void {
  const [lowField, lowStrike] = low;
  const [highField, highStrike] = high;
  if (lowStrike < highStrike || (equal && lowStrike === highStrike)) return;
  failSpread(highField, `must be ${equal ? 'at or ' : ''}above ${lowField} ${decimalText(lowStrike)}${lowStrike === highStrike ? '' : ': the legs are the wrong way round'}`, highStrike);
}

/** `YYYY-MM-DD` of a day written in either form. */
export function expiryOf(field: string, value: unknown): string {
  const match = typeof value === 'string' ? /^(\d{4})-?(\d{2})-?(\d{2})$/u.exec(value.trim()) : null;
  if (match === null) failSpread(field, 'must be a day, YYYY-MM-DD or YYYYMMDD', value);
  const day = match.slice(1, 4).join('-');
  try {
    parseLocalDate(day);
  } catch {
    failSpread(field, 'must be a day of the calendar', value);
  }
  return day;
}

/** Call or put, in either spelling. */
export function rightOf(value: unknown): SpreadRight {
  if (value === 'C' || value === 'CALL') return 'C';
  if (value === 'P' || value === 'PUT') return 'P';
  return failSpread('right', 'must be C, P, CALL or PUT', value);
}

/** Bought or sold as a whole. */
export function sideOf(value: unknown): 'long' | 'short' {
  if (value === undefined || value === 'long') return 'long';
  return value === 'short' ? value : failSpread('side', 'must be long or short', value);
}
