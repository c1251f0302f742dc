import { describe, expect, it } from 'vitest';
import { accountKind } from './account-kind.js';

describe('the kind of an account', () => {
  it.each([
    ['DU1234567', 'paper', false],
    ['DF1234567', 'paper', true],
    ['U1234567', 'live', false],
    ['F1234567', 'live', true],
    ['I1234567', 'live', false],
    ['DX1', 'unknown', false],
    ['du1', 'unknown', false],
    ['', 'unknown', false],
  ])('%s is %s', (id, money, advisor) => {
    expect(accountKind(id)).toEqual({ money, advisor });
  });
});
