import { expect, it } from 'vitest';
import { retryAfterMs } from './retry-after.js';

const nowMs = Date.UTC(2026, 10, 20, 12);

it.each<readonly [string | undefined, number | undefined]>([
  ['0', 0],
  [' 120 ', 120_000],
  ['999999999', 86_400_000],
  ['Fri, 20 Nov 2026 12:00:30 GMT', 30_000],
  ['Friday, 20-Nov-26 12:00:30 GMT', 30_000],
  ['Fri, 20 Nov 2026 11:00:00 GMT', 0],
  ['10 seconds', undefined],
  ['-5', undefined],
  ['1.5', undefined],
  ['', undefined],
  [undefined, undefined],
])('reads %j', (header, expected) => {
  expect(retryAfterMs(header, nowMs)).toBe(expected);
});
