import { expect, it } from 'vitest';

it('exports what it promises', async () => {
  expect(Object.keys(await import('./index.js')).sort()).toEqual(['DEFAULT_SQLITE_JOURNAL', 'canonicalText', 'chainHash', 'importEntries', 'journalDirectory', 'journalNeighbours', 'sqliteJournal']);
});
