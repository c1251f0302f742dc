import { expect, it } from 'vitest';
import { asError } from './as-error.js';
import { UsageError } from './error-classes.js';

it('gives an error back as it is', () => {
  const error = new UsageError({ field: 'port', rule: 'must be a number' });
  expect(asError(error)).toBe(error);
});

it.each([
  ['a text', 'a text'],
  [undefined, 'undefined'],
  [Symbol('odd'), 'Symbol(odd)'],
  [{ toString: () => 'told' }, 'told'],
  [Object.create(null), 'something that has no text was thrown'],
  [{ toString: () => { throw new Error('no'); } }, 'something that has no text was thrown'],
])('makes one of anything else, with what was thrown as cause: %#', (thrown: unknown, message) => {
  const error = asError(thrown);
  expect(error).toBeInstanceOf(Error);
  expect([error.message, error.cause]).toEqual([message, thrown]);
});
