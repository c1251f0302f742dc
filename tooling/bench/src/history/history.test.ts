import { describe, expect, it } from 'vitest';
import { fetchHistory, leastTime } from './history.js';

describe('leastTime', () => {
  it.each([[1, 30, 0], [5, 30, 0], [6, 30, 2000], [60, 30, 22_000], [61, 30, 600_000], [121, 30, 1_200_000], [500, 60, 0]])('of %i requests for bars of %i s is %i ms', (requests, barSeconds, ms) => {
    expect(leastTime(requests, barSeconds)).toBe(ms);
  });
});

it('fetches bars under the limits, in order, and says what it took', async () => {
  const result = await fetchHistory({ name: 'days', barSize: '30 secs', barSeconds: 30, days: 4 });
  expect(result).toMatchObject({ requests: 9, violations: 0, disorder: 0, leastMs: 2000 });
  expect(result.bars).toBeGreaterThan(1000);
  expect(result.tookMs).toBeGreaterThanOrEqual(2000);
}, 60_000);
