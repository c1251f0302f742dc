import { readdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { createTestClock } from '@ibkit/clock/testing';
import { describe, expect, it } from 'vitest';
import { ChildProgram } from '@ibkit/presets/child-program';
import { JournalDirectory, floor } from '../testing/directories.js';

const OWNER = path.join(import.meta.dirname, '../testing/owner-program.ts');

/** Another process that owns the directory. */
async function ownerOf(directory: JournalDirectory): Promise<ChildProgram> {
  const owner = new ChildProgram(OWNER, [directory.path]);
  expect(await owner.next()).toBe('held 1');
  return owner;
}

describe('the ownership of a directory', () => {
  it('is refused while another process has it, and free when that one was killed', async () => {
    await using directory = new JournalDirectory();
    await using owner = await ownerOf(directory);
    const journal = await directory.open();
    await expect(journal.coordinator.acquire()).rejects.toMatchObject({ code: 'IBKR_LEASE_HELD', details: { pid: owner.child.pid } });
    await expect(journal.append([floor(1)], { term: 9, expectedSeq: 1 })).resolves.toMatchObject({ status: 'fenced' });
    await owner.kill();
    const lease = await journal.coordinator.acquire();
    expect([lease.term, lease.isHeld()]).toEqual([2, true]);
    await lease.release();
    expect(readdirSync(directory.path).filter((name) => name.endsWith('.lock'))).toEqual([]);
  });

  it('stays with a process that is stopped; taken over by force, the one that wakes up can write and hold nothing', async () => {
    await using directory = new JournalDirectory();
    await using owner = await ownerOf(directory);
    owner.say('append');
    expect(await owner.next()).toBe('appended ok');
    owner.child.kill('SIGSTOP');
    const journal = await directory.open();
    await expect(journal.coordinator.acquire()).rejects.toMatchObject({ code: 'IBKR_LEASE_HELD' });
    const lease = await journal.coordinator.acquire({ takeOver: true, above: (await journal.head()).term });
    owner.say('append');
    owner.say('held');
    owner.child.kill('SIGCONT');
    // Fenced before the new owner has written anything: the term is in the database.
    expect(await owner.next()).toBe('appended fenced');
    expect(await owner.next()).toBe('held false');
    const { seq } = await journal.head();
    expect(await journal.append([{ type: 'term', atMs: 1, term: lease.term }], { term: lease.term, expectedSeq: seq })).toMatchObject({ status: 'ok' });
    owner.say('release');
    expect(await owner.next()).toBe('released');
    expect(lease.isHeld()).toBe(true);
  });

  it('of a dead process does not keep a program out that does without a coordinator', async () => {
    await using directory = new JournalDirectory();
    await using owner = await ownerOf(directory);
    await owner.kill();
    const journal = await directory.open();
    const { seq, term } = await journal.head();
    expect(await journal.append([floor(1)], { term: term + 1, expectedSeq: seq })).toMatchObject({ status: 'ok' });
  });

  it('is one for every name of the directory', async () => {
    await using directory = new JournalDirectory();
    const journal = await directory.open();
    await journal.coordinator.acquire();
    const alias = path.join(directory.root, 'alias');
    symlinkSync(directory.path, alias);
    await expect((await directory.open({ directory: alias })).coordinator.acquire()).rejects.toMatchObject({ code: 'IBKR_LEASE_HELD' });
  });

  it('ends with the journal that granted it', async () => {
    await using directory = new JournalDirectory();
    const journal = await directory.open();
    const lease = await journal.coordinator.acquire();
    await journal.close();
    expect([lease.isHeld(), await lease.renew()]).toEqual([false, false]);
    expect((await (await directory.open()).coordinator.acquire()).term).toBe(2);
    await expect(journal.coordinator.acquire()).rejects.toMatchObject({ code: 'IBKR_JOURNAL_CLOSED' });
  });

  it('cannot be had for reading only, and looking leaves no trace', async () => {
    await using directory = new JournalDirectory();
    await (await directory.open()).close();
    const reader = await directory.open({ readOnly: true });
    await expect(reader.coordinator.acquire()).rejects.toMatchObject({ code: 'IBKR_JOURNAL_NOT_WRITABLE' });
    await expect(reader.append([floor(1)], { term: 1, expectedSeq: 0 })).rejects.toMatchObject({ code: 'IBKR_JOURNAL_NOT_WRITABLE' });
  });

  it('is watched without a timer that outlives the journal', async () => {
    await using directory = new JournalDirectory();
    const clock = createTestClock();
    const journal = await directory.open({ clock });
    journal.coordinator.watch(() => undefined);
    expect(clock.pending).toBe(1);
    await journal.close();
    expect(clock.pending).toBe(0);
  });
});
