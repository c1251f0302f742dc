import { expect, it } from 'vitest';
import { PrivateText } from './private-text.js';

it('keeps accounts to itself, unless it is told to show them', () => {
  const text = new PrivateText({ showAccounts: false });
  expect([text.account('DU1234567'), text.account('U99'), text.account('F12345')]).toEqual(['DU***567', 'U***', 'F***345']);
  expect(text.text('for DU1234567, and UX7654321')).toBe('for DU***567, and UX***321');
  text.knows(['AB123456', 'AB12345678']);
  expect(text.text('AB12345678 and AB123456')).toBe('AB***678 and AB***456');
  text.knows(['U.1+2 (x)', 'abc']);
  expect(text.text('U.1+2 (x) is one, abc is too short for one, U11+2 (x) is another')).toBe('U*** is one, abc is too short for one, U11+2 (x) is another');
  expect(new PrivateText({ showAccounts: true }).text('DU1234567')).toBe('DU1234567');
});

it('makes texts of a stranger harmless: no control characters, no endless texts or lists', () => {
  const text = new PrivateText({ showAccounts: false });
  expect(text.text('a\u0000\u001b[31mb\r\n\u2028c')).toBe('a [31mb c');
  expect(text.text('x'.repeat(100_000))).toHaveLength(600);
  const facts = text.facts({ list: Array.from({ length: 2_000 }, () => 'DU1234567'), deep: { nan: Number.NaN, account: 'DU1234567' } });
  expect(facts['list']).toHaveLength(500);
  expect(facts['deep']).toEqual({ nan: null, account: 'DU***567' });
});
