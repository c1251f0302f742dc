import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { journalDirectory, journalNeighbours } from './journal-directory.js';
import { sqliteJournal } from './sqlite-journal.js';
import type { SqliteJournal } from './sqlite-journal.js';
import { staged } from './testing/directories.js';

const GATEWAY = { host: '127.0.0.1', port: 4002 } as const;

let stateDirectory: string;
const opened: SqliteJournal[] = [];

beforeEach(() => {
  stateDirectory = mkdtempSync(path.join(tmpdir(), 'ibkit-neighbours-'));
});

afterEach(async () => {
  for (const journal of opened.splice(0)) await journal.close();
  rmSync(stateDirectory, { recursive: true, force: true });
});

async function journalOf(clientId: number, gateway: { readonly host: string; readonly port: number } = GATEWAY): Promise<SqliteJournal> {
  const place = { stateDirectory, clientId, ...gateway };
  const journal = await sqliteJournal({ directory: journalDirectory(place), neighbours: () => journalNeighbours(place) });
  opened.push(journal);
  return journal;
}

async function stage(journal: SqliteJournal, orderId: number, key: string, account = 'DU1'): Promise<void> {
  const { seq: expectedSeq } = await journal.head();
  expect(await journal.append([staged(orderId, { key, account, intentId: `I${orderId}` })], { term: 0, expectedSeq })).toMatchObject({ status: 'ok' });
}

describe('the journals beside a journal', () => {
  it('are those of the same gateway under other client ids, as they are now', async () => {
    expect(journalNeighbours({ stateDirectory, clientId: 1, ...GATEWAY })).toEqual([]);
    for (const [clientId, gateway] of [[1, GATEWAY], [2, GATEWAY], [12, { ...GATEWAY, host: 'localhost' }], [2, { ...GATEWAY, port: 40_021 }], [2, { ...GATEWAY, host: 'other' }]] as const) await journalOf(clientId, gateway);
    // Put aside as that of an earlier gateway.
    mkdirSync(path.join(stateDirectory, 'journals', '127.0.0.1-4002-2.1'));
    const names = journalNeighbours({ stateDirectory, clientId: 1, ...GATEWAY }).map((directory) => path.basename(directory));
    expect(names.sort()).toEqual(['127.0.0.1-4002-12', '127.0.0.1-4002-2']);
  });

  it('know a key of an account as soon as it is written down, and no more when nothing of it left', async () => {
    const [ours, theirs] = [await journalOf(1), await journalOf(50)];
    expect(ours.isKeyTaken('DU1', 'k')).toBe(false);
    await stage(theirs, 1, 'k');
    expect([ours.isKeyTaken('DU1', 'k'), ours.isKeyTaken('DU2', 'k'), ours.isKeyTaken('DU1', 'K'), theirs.isKeyTaken('DU1', 'k')]).toEqual([true, false, false, false]);
    await theirs.append([{ type: 'order.unsent', intentId: 'I1', reason: 'refused', atMs: 2 }], { term: 0, expectedSeq: 1 });
    expect(ours.isKeyTaken('DU1', 'k')).toBe(false);
    await theirs.append([staged(2, { key: 'k', account: 'DU1', intentId: 'I2', attempt: 2, replaces: 'I1' })], { term: 0, expectedSeq: 2 });
    expect(ours.isKeyTaken('DU1', 'k')).toBe(true);
    await theirs.close();
    expect(ours.isKeyTaken('DU1', 'k')).toBe(true);
  });

  it('are asked by both, so that of two at the same time at most one goes on', async () => {
    const [one, other] = [await journalOf(1), await journalOf(50)];
    await Promise.all([stage(one, 1, 'k'), stage(other, 1, 'k')]);
    expect([one.isKeyTaken('DU1', 'k'), other.isKeyTaken('DU1', 'k')]).toEqual([true, true]);
  });

  it('say that they cannot be read, and where; an empty one knows nothing', async () => {
    const ours = await journalOf(1);
    const file = path.join(journalDirectory({ stateDirectory, clientId: 7, ...GATEWAY }), 'journal.db');
    mkdirSync(path.dirname(file));
    expect(ours.isKeyTaken('DU1', 'k')).toBe(false);
    writeFileSync(file, '');
    expect(ours.isKeyTaken('DU1', 'k')).toBe(false);
    writeFileSync(file, 'no journal'.repeat(500));
    expect(() => ours.isKeyTaken('DU1', 'k')).toThrow(expect.objectContaining({ code: 'IBKR_JOURNAL_CORRUPT', message: expect.stringContaining(file) as string }) as Error);
  });

  it('are left in place, whoever looks', async () => {
    const [ours, theirs] = [await journalOf(1), await journalOf(50)];
    await stage(theirs, 1, 'k');
    for (let look = 0; look < 3; look += 1) expect(ours.isKeyTaken('DU1', 'k')).toBe(true);
    await stage(theirs, 2, 'l');
    expect((await theirs.verify()).ok).toBe(true);
  });
});
