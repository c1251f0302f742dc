import { describe, expect, it } from 'vitest';

describe('@ibkit/logger', () => {
  it('exports exactly these names', async () => {
    expect(Object.keys(await import('./index.js')).sort()).toEqual([
      'createLogger',
      'createRedaction',
      'getContextualLogger',
      'getLogger',
      'loggerOptions',
      'maskAccount',
      'messageLog',
      'silentLogger',
    ]);
  });
});
