import { expect, it } from 'vitest';

it('exports what the package promises', async () => {
  expect(Object.keys(await import('./index.js')).sort()).toEqual(['DEFAULT_LIMITS', 'DEFAULT_SIMULATOR', 'LOCK_STEP_START_MS', 'createSimulator']);
});
