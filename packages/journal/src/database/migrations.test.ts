import { systemClock } from '@ibkit/clock';
import { describe, expect, it } from 'vitest';
import { JournalDirectory, entriesOf, staged } from '../testing/directories.js';
import { Database } from './database.js';
import { MIGRATIONS, migrate } from './migrations.js';

async function openAs(directory: JournalDirectory): Promise<Database> {
  return Database.open({ file: directory.file, clock: systemClock(), busyTimeoutMs: 0, readOnly: false }, () => undefined);
}

describe('the schema', () => {
  it('is brought up to date step by step, with everything that was there, and then refused by the version before', async () => {
    await using directory = new JournalDirectory();
    const journal = await directory.open();
    await journal.append([staged(1)], { term: 1, expectedSeq: 0 });
    const before = await entriesOf(journal);
    await journal.close();

    const database = await openAs(directory);
    const next = [...MIGRATIONS, (later: Database): void => { later.exec('CREATE TABLE later (a INTEGER) STRICT'); }];
    migrate(database, next);
    migrate(database, next);
    expect([database.pragma('user_version'), database.number('count(*)', 'FROM later'), database.number('count(*)', 'FROM event')]).toEqual([next.length, 0, before.length]);
    database.close();
    await expect(directory.open()).rejects.toMatchObject({ code: 'IBKR_JOURNAL_NEWER', details: { found: next.length, known: MIGRATIONS.length } });
  });

  it('stays as it was when a step fails', async () => {
    await using directory = new JournalDirectory();
    const journal = await directory.open();
    await journal.append([staged(1)], { term: 1, expectedSeq: 0 });
    await journal.close();
    const database = await openAs(directory);
    const broken = [...MIGRATIONS, (later: Database): void => { later.exec('CREATE TABLE later (a); CREATE TABLE later (a)'); }];
    expect(() => {
      migrate(database, broken);
    }).toThrow(/already exists/u);
    database.close();
    expect(await entriesOf(await directory.open())).toHaveLength(1);
  });
});
