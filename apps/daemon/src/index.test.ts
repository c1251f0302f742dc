import { expect, it } from 'vitest';

it('exports these names and no others', async () => {
  expect(Object.keys(await import('./index.js')).sort()).toEqual(['StreamHub', 'main', 'parseInvocation', 'startDaemon']);
});
