import { expect, it } from 'vitest';

it('exports exactly its public names', async () => {
  expect(Object.keys(await import('./index.js')).sort()).toEqual(['DEFAULT_EVENT_LOOP_OPTIONS', 'IbkrEventLoop']);
});

it('does nothing when the worker entry is loaded outside its thread', async () => {
  expect(Object.keys(await import('./worker.js'))).toEqual(['runSessionWorker']);
});
