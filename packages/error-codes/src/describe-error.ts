import { CODE_TABLE } from './catalog.js';
import type { ErrorDescription, ErrorStrategy } from './description.js';
import { variantOf } from './text-variants.js';

const UNKNOWN_TIPS: readonly string[] = Object.freeze([
  'Read the text that came with the code: it usually names the field or the reason.',
  'Check what your request or order did before you send anything again.',
]);

/**
 * What a broker code means and does. Total: every number gets an answer.
 *
 * The text decides where one code stands for several things (162, 201, 321, 322, 399, 420 and a few more).
 * A code that is not in the table is `unclassified`, a warning, and ends nothing.
 * @param text the message that came with the code
 */
export function describeError(code: number, text = ''): ErrorDescription {
  const record = CODE_TABLE.get(code);
  if (record === undefined) return unknownCode(code);
  const variant = variantOf(code, text);
  return Object.freeze({ ...record, ...variant, code, known: true });
}

function unknownCode(code: number): ErrorDescription {
  const description: ErrorDescription = {
    code,
    category: 'unclassified',
    scope: 'request',
    effect: 'warning',
    retryable: false,
    description: `Code ${code} is not in the table; it is treated as a warning.`,
    tips: UNKNOWN_TIPS,
    strategy: { kind: 'ignore' },
    known: false,
  };
  return Object.freeze(description);
}

/** The description and tips of a code, or `undefined` when the code is not in the table. */
export function getErrorTips(code: number): { readonly description: string; readonly tips: readonly string[] } | undefined {
  const record = CODE_TABLE.get(code);
  return record === undefined ? undefined : { description: record.description, tips: record.tips };
}

/** Every code of the table, ascending: for listings and completeness checks. */
export function knownErrorCodes(): readonly number[] {
  return [...CODE_TABLE.keys()].sort((a, b) => a - b);
}

/** What to do about each code of the table. Read policy from here or from {@link describeError}, never from texts. */
export const ERROR_STRATEGIES: Readonly<Record<number, ErrorStrategy>> = Object.freeze(
  Object.fromEntries([...CODE_TABLE].map(([code, record]) => [code, record.strategy])),
);
