import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { createTestClock } from '@ibkit/clock/testing';
import { DatabaseSync } from '@photostructure/sqlite';
import { describe, expect, it } from 'vitest';
import { JournalDirectory, entriesOf, floor, recordsOf, staged } from './testing/directories.js';

function modeOf(file: string): string {
  return (statSync(file).mode & 0o777).toString(8);
}

describe('the files', () => {
  it('are for their owner only, whatever they were before', async () => {
    await using directory = new JournalDirectory();
    const journal = await directory.open();
    await journal.append([floor(1)], { term: 1, expectedSeq: 0 });
    expect([directory.path, journal.file, `${journal.file}-wal`, `${journal.file}-shm`].map(modeOf)).toEqual(['700', '600', '600', '600']);
    await journal.close();
    chmodSync(journal.file, 0o644);
    const again = await directory.open();
    await again.append([floor(2)], { term: 1, expectedSeq: 1 });
    expect([again.file, `${again.file}-wal`].map(modeOf)).toEqual(['600', '600']);
  });

  it('are written through to the disk at every commit', async () => {
    await using directory = new JournalDirectory();
    await directory.open();
    const database = new DatabaseSync(directory.file);
    expect(Object.values(database.prepare('PRAGMA journal_mode').get() as object)).toEqual(['wal']);
    database.close();
  });
});

describe('an order id that is none', () => {
  it.each([[-1, 0], [-3, -2]])('is refused by the rule behind a floor of %d, too, and the journal goes on', async (low, orderId) => {
    await using directory = new JournalDirectory();
    const journal = await directory.open();
    await journal.append([floor(low)], { term: 1, expectedSeq: 0 });
    await expect(journal.append([staged(orderId, { clientId: 7 })], { term: 1, expectedSeq: 1 })).rejects.toMatchObject({ code: 'IBKR_JOURNAL_RULE' });
    await journal.append([staged(1, { clientId: 7 })], { term: 1, expectedSeq: 1 });
    expect((await journal.head()).seq).toBe(2);
  });
});

describe('another program that writes into the file', () => {
  it('is waited for, while this process goes on', async () => {
    await using directory = new JournalDirectory();
    const clock = createTestClock();
    const journal = await directory.open({ clock });
    const other = new DatabaseSync(directory.file);
    other.exec('BEGIN IMMEDIATE');
    const appending = journal.append([floor(1)], { term: 1, expectedSeq: 0 });
    await clock.advance(1_000);
    expect(await recordsOf(journal)).toEqual([]);
    other.exec('ROLLBACK');
    await clock.advance(2);
    expect(await appending).toEqual({ status: 'ok', seq: 1 });
    other.close();
  });

  it('ends in a typed error when it does not let go, with nothing written, and the next append may work', async () => {
    await using directory = new JournalDirectory();
    const clock = createTestClock();
    const journal = await directory.open({ clock });
    const other = new DatabaseSync(directory.file);
    other.exec('BEGIN EXCLUSIVE');
    const refused = expect(journal.append([floor(1)], { term: 1, expectedSeq: 0 })).rejects.toMatchObject({
      code: 'IBKR_JOURNAL_LOCKED', retryable: true, details: { file: journal.file }, message: expect.stringContaining('No order is sent') as unknown,
    });
    await clock.advance(2_100);
    await refused;
    other.close();
    expect(await journal.append([floor(1)], { term: 1, expectedSeq: 0 })).toEqual({ status: 'ok', seq: 1 });
  });
});

describe('a file that cannot be used', () => {
  it.each([
    ['text', (file: string) => { writeFileSync(file, 'not a database, but long enough to be looked at\n'.repeat(200)); }, /is damaged or is no journal/u],
    ['the database of another program', (file: string) => {
      const database = new DatabaseSync(file);
      database.exec('CREATE TABLE theirs (a)');
      database.close();
    }, /is a database of another program/u],
  ])('is refused and left as it is: %s', async (_name, make, message) => {
    await using directory = new JournalDirectory();
    mkdirSync(directory.path);
    make(directory.file);
    const before = readFileSync(directory.file);
    await expect(directory.open()).rejects.toMatchObject({ code: 'IBKR_JOURNAL_CORRUPT', message: expect.stringMatching(message) as unknown, tips: expect.arrayContaining([]) as unknown });
    expect(readFileSync(directory.file).equals(before)).toBe(true);
  });

  it('is refused when its pages are damaged, with what to do', async () => {
    await using directory = new JournalDirectory();
    const journal = await directory.open();
    for (let seq = 0; seq < 40; seq += 1) await journal.append([staged(seq + 1, { tag: 'x'.repeat(120) })], { term: 1, expectedSeq: seq });
    await journal.close();
    const bytes = readFileSync(directory.file);
    bytes.fill(0xee, 4096);
    writeFileSync(directory.file, bytes);
    const error: unknown = await directory.open().then(recordsOf).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'IBKR_JOURNAL_CORRUPT', tips: [expect.stringContaining('Keep the file'), expect.any(String)] });
  });

  it('is refused when a newer version wrote it, and nothing is changed', async () => {
    await using directory = new JournalDirectory();
    await (await directory.open()).close();
    const database = new DatabaseSync(directory.file);
    database.exec('PRAGMA user_version = 99');
    database.close();
    for (const readOnly of [false, true]) {
      await expect(directory.open({ readOnly })).rejects.toMatchObject({ code: 'IBKR_JOURNAL_NEWER', details: { found: 99 } });
    }
  });

  it('is refused for reading when it is not there, and not made', async () => {
    await using directory = new JournalDirectory();
    await expect(directory.open({ readOnly: true })).rejects.toMatchObject({ code: 'IBKR_JOURNAL_NOT_FOUND' });
    expect(existsSync(directory.path)).toBe(false);
  });

  it('is refused where a directory cannot be made', async () => {
    await using directory = new JournalDirectory();
    writeFileSync(path.join(directory.root, 'file'), '');
    await expect(directory.open({ directory: path.join(directory.root, 'file', 'orders') })).rejects.toMatchObject({ code: 'IBKR_JOURNAL_NOT_WRITABLE' });
    await expect(directory.open({ directory: '' })).rejects.toMatchObject({ name: 'UsageError', message: expect.stringContaining('directory must be the path') as unknown });
    await expect(directory.open({ busyTimeoutMs: -1 })).rejects.toThrow(/busyTimeoutMs must be a finite number of milliseconds, at least 0, got -1/u);
  });
});

/** Runs the program that appends until something goes wrong, as a user who is not root, and gives back the codes that it met. */
async function codesOf(directory: string, { limitKiB, user }: { readonly limitKiB?: number; readonly user?: number }): Promise<string> {
  const node = [process.execPath, '--conditions=@ibkit/source', '--import', 'tsx', path.join(import.meta.dirname, 'testing/fill-program.ts'), directory];
  const argv = limitKiB === undefined ? node : ['bash', '-c', `ulimit -f ${limitKiB}; exec "$0" "$@"`, ...node];
  const [command = '', ...rest] = argv;
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'inherit'], ...(user === undefined ? {} : { uid: user, gid: user }) });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  await once(child, 'close');
  return text.trim();
}

describe.skipIf(process.platform === 'win32')('storage that gives out', () => {
  it('ends in a typed error when the file cannot grow any more; what was acknowledged is there', async () => {
    await using directory = new JournalDirectory();
    const [code, acknowledged] = (await codesOf(directory.path, { limitKiB: 400 })).split(' ');
    expect(code).toMatch(/^IBKR_JOURNAL_(?:DISK_FULL|IO)$/u);
    expect(Number(acknowledged)).toBeGreaterThan(10);
    const journal = await directory.open();
    expect((await entriesOf(journal)).length).toBeGreaterThanOrEqual(Number(acknowledged));
    expect(await journal.verify()).toMatchObject({ ok: true });
  });

  it('ends in a typed error where nothing may be written', async () => {
    await using directory = new JournalDirectory();
    await (await directory.open()).close();
    const isRoot = process.getuid?.() === 0;
    chmodSync(directory.root, 0o755);
    chmodSync(directory.path, 0o555);
    chmodSync(directory.file, 0o444);
    if (isRoot) chownSync(directory.file, 0, 0);
    try {
      expect(await codesOf(directory.path, isRoot ? { user: 65_534 } : {})).toBe('IBKR_JOURNAL_NOT_WRITABLE 0');
    } finally {
      chmodSync(directory.path, 0o700);
    }
  });
});

describe('a file that is taken away while it is in use', () => {
  it.each([
    ['removed', (file: string) => { rmSync(file); }],
    ['replaced', (file: string) => {
      renameSync(file, `${file}.old`);
      writeFileSync(file, readFileSync(`${file}.old`));
    }],
  ])('stops everything instead of writing into nothing: %s', async (word, takeAway) => {
    await using directory = new JournalDirectory();
    const journal = await directory.open();
    const lease = await journal.coordinator.acquire();
    await journal.append([floor(1)], { term: lease.term, expectedSeq: 0 });
    takeAway(journal.file);
    expect(lease.isHeld()).toBe(false);
    for (let turn = 0; turn < 2; turn += 1) {
      await expect(journal.append([floor(2)], { term: lease.term, expectedSeq: 1 })).rejects.toMatchObject({ code: 'IBKR_JOURNAL_GONE', message: expect.stringContaining(word) as unknown });
    }
  });
});

describe('a journal that was closed', () => {
  it('says so', async () => {
    await using directory = new JournalDirectory();
    const journal = await directory.open();
    await Promise.all([journal.close(), journal.close(), journal[Symbol.asyncDispose]()]);
    await expect(journal.append([floor(1)], { term: 1, expectedSeq: 0 })).rejects.toMatchObject({ code: 'IBKR_JOURNAL_CLOSED' });
    await expect(journal.head()).rejects.toMatchObject({ code: 'IBKR_JOURNAL_CLOSED' });
    await expect(journal.verify()).rejects.toMatchObject({ code: 'IBKR_JOURNAL_CLOSED' });
    await expect(recordsOf(journal)).rejects.toMatchObject({ code: 'IBKR_JOURNAL_CLOSED' });
  });
});

it('refuses a record that cannot be kept, with nothing written', async () => {
  await using directory = new JournalDirectory();
  const journal = await directory.open();
  await expect(journal.append([floor(1), floor(Number.NaN)], { term: 1, expectedSeq: 0 })).rejects.toMatchObject({ code: 'IBKR_JOURNAL_RECORD' });
  expect(await journal.append([floor(1)], { term: 1, expectedSeq: 0 })).toEqual({ status: 'ok', seq: 1 });
});
