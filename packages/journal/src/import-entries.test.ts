import { memoryJournal } from '@ibkit/gateway-trading';
import { expect, it } from 'vitest';
import { importEntries } from './import-entries.js';
import { JournalDirectory, entriesOf, floor, staged } from './testing/directories.js';

it('copies a journal with its numbers and terms, also in two goes, and never over something else', async () => {
  const source = memoryJournal();
  await source.append([{ type: 'term', atMs: 1, term: 1 }, staged(1)], { term: 1, expectedSeq: 0 });
  await source.append([{ type: 'term', atMs: 2, term: 2 }, floor(9), staged(10)], { term: 2, expectedSeq: 2 });
  const entries = await entriesOf(source);
  await using directory = new JournalDirectory();
  const journal = await directory.open();
  expect(await importEntries(journal, entries.slice(0, 3))).toBe(3);
  expect(await importEntries(journal, source.read(1))).toBe(2);
  expect(await importEntries(journal, entries)).toBe(0);
  expect(await entriesOf(journal)).toEqual(entries);
  expect(await journal.verify()).toMatchObject({ ok: true, records: 5 });

  const other = memoryJournal();
  await other.append([floor(1)], { term: 1, expectedSeq: 0 });
  await expect(importEntries(journal, other.read(1))).rejects.toMatchObject({ code: 'IBKR_JOURNAL_NOT_EMPTY' });
});
