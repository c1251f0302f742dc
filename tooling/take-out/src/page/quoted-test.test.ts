import { describe, expect, it } from 'vitest';
import { fullNamePatterns } from './quoted-test.js';

describe('the test of a title', () => {
  const text = "describe('a (b)', () => { describe.each(cases)('c $name', () => { it.each([1])('is %s of ${1}', () => {}); test('is it', () => {}); }); simulated('own', async () => {}); });\nconst same = <T>(value: T): T => value;\ndescribe('typed', () => { it('behind a cast', () => {}); });\nit('alone', () => {});\ncall('alone');";

  it.each([
    ['is %s of ${1}', ['^a \\(b\\) c .* is .* of .*$']],
    ['is it', ['^a \\(b\\) c .* is it$']],
    ['own', ['^a \\(b\\) own$']],
    ['alone', ['^alone$']],
    ['behind a cast', ['^typed behind a cast$']],
    ['nobody', []],
  ])('%s', (title, patterns) => {
    expect(fullNamePatterns('some.test.ts', text, title)).toEqual(patterns);
  });
});
