import { expect, it } from 'vitest';

it('exports exactly its public names', async () => {
  expect(Object.keys(await import('./index.js')).sort()).toEqual([
    'DEFAULT_BACKOFF_OPTIONS',
    'DEFAULT_HISTORICAL_PACER_OPTIONS',
    'DEFAULT_RATE_LIMITER_OPTIONS',
    'HistoricalPacer',
    'LANES',
    'LINE_KINDS',
    'LINE_PRIORITIES',
    'LineBudget',
    'RateLimiter',
    'WAIT_BUCKETS_MS',
    'createBackoff',
    'lineLimits',
    'retry',
  ]);
});
