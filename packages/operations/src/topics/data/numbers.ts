import { decimalText } from '@ibkit/api-contract';
import { finite } from '../../views/known.js';

/** A number as decimal text; nothing for what is not known. */
export function amountText(value: number | undefined): string | undefined {
  const seen = finite(value);
  return seen === undefined ? undefined : decimalText(seen);
}

/** The same for a number that is always there. */
export function numberText(value: number): string {
  return decimalText(finite(value) ?? 0);
}
