import { createHash } from 'node:crypto';
import { DatabaseSync } from '@photostructure/sqlite';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHAIN_START, canonicalText, chainHash, recordFrom } from './chain.js';
import { JournalDirectory, entriesOf, floor, recordsOf, staged } from './testing/directories.js';

describe('the chain', () => {
  it('is SHA-256 over previous hash, number, term and record, one per line', () => {
    const body = canonicalText(floor(1));
    expect(body).toBe('{"atMs":1700000000001,"clientId":7,"floor":1,"type":"idFloor"}');
    const expected = createHash('sha256').update([CHAIN_START, '1', '2', body].join('\n')).digest('hex');
    expect(chainHash({ prevHash: CHAIN_START, seq: 1, term: 2, body })).toBe(expected);
  });

  it('has one text per record, whatever the order of its fields, and gives back the same record', () => {
    const text = fc.string({ unit: 'binary' });
    const record = fc.record({ type: fc.constant('killSwitch' as const), atMs: fc.integer(), engaged: fc.boolean(), reason: text });
    fc.assert(
      fc.property(record, (one) => {
        const turned = { ...one };
        Object.assign(turned, Object.fromEntries(Object.entries(one).reverse()));
        const reversed = Object.fromEntries(Object.entries(one).reverse());
        expect(canonicalText({ ...turned })).toBe(canonicalText(one));
        expect(JSON.parse(canonicalText(one))).toEqual(reversed);
        expect(recordFrom(canonicalText(one))).toEqual(one);
      }),
    );
  });

  it('leaves absent values out and refuses what would not survive', () => {
    expect(canonicalText({ ...staged(1), tag: undefined })).toBe(canonicalText(staged(1)));
    expect(() => canonicalText({ ...floor(1), floor: Number.NaN })).toThrow(/record\.floor must be plain data that survives JSON, got number/u);
  });

  it('knows no record without a type, a stamp, or the order that it is about', () => {
    for (const body of ['', '7', 'null', '{"type":"term"}', '{"type":"toString","atMs":1}', '{"type":"order.sent","atMs":1}']) expect(recordFrom(body)).toBeUndefined();
  });
});

/** What somebody does who has the file: other programs know nothing of our triggers' reasons, and can drop them. */
function tamper(file: string, sql: string): void {
  const database = new DatabaseSync(file);
  try {
    database.exec(sql);
  } finally {
    database.close();
  }
}

const UNLOCK = 'DROP TRIGGER event_no_update; DROP TRIGGER event_no_delete; DROP TRIGGER event_appends; DROP TRIGGER event_floor; DROP TRIGGER event_staged; DROP TRIGGER id_floor_never_decreases;';

describe('what was written', () => {
  it.each([
    ["UPDATE event SET body = replace(body, '1', '2') WHERE seq = 2", /append-only/u],
    ['DELETE FROM event WHERE seq = 3', /append-only/u],
    ['DELETE FROM event', /append-only/u],
    ["INSERT INTO event SELECT seq + 9, term, at_ms, type, intent_id, body, prev_hash, hash FROM event WHERE seq = 3", /append-only/u],
    ["PRAGMA recursive_triggers = OFF; REPLACE INTO event SELECT * FROM event WHERE seq = 1", /append-only/u],
    ['UPDATE id_floor SET floor = floor - 1', /id-floor/u],
    ['DELETE FROM id_floor', /id-floor/u],
    ['REPLACE INTO intent SELECT * FROM intent', /append-only|constraint/u],
    ['UPDATE intent SET order_id = order_id + 1', /append-only/u],
    ['UPDATE owner SET term = 0', /owner-term/u],
    ['DELETE FROM owner', /owner-term/u],
  ])('cannot be changed: %s', async (sql, refusal) => {
    await using directory = new JournalDirectory();
    const journal = await directory.open();
    const lease = await journal.coordinator.acquire();
    await journal.append([staged(1), floor(4), staged(2)], { term: lease.term, expectedSeq: 0 });
    const before = await entriesOf(journal);
    expect(() => {
      tamper(directory.file, `PRAGMA recursive_triggers = ON; ${sql}`);
    }).toThrow(refusal);
    expect(await entriesOf(journal)).toEqual(before);
    expect(await journal.verify()).toMatchObject({ ok: true, records: 3 });
  });

  it.each([
    ["UPDATE event SET body = replace(body, '189.95', '189.96') WHERE seq = 2", 2, 'it is not what was written'],
    ['UPDATE event SET at_ms = 5 WHERE seq = 3', 3, 'its columns differ from its record'],
    ["UPDATE event SET intent_id = 'I9' WHERE seq = 2", 2, 'its columns differ from its record'],
    ['UPDATE event SET term = 2 WHERE seq = 3', 3, 'it is not what was written'],
    ['DELETE FROM event WHERE seq = 2', 2, 'record 2 is missing'],
    ['DELETE FROM event WHERE seq = 1', 1, 'record 1 is missing'],
    ["UPDATE event SET hash = replace(hash, substr(hash, 1, 1), 'x') WHERE seq = 4", 4, 'it is not what was written'],
    ["UPDATE event SET prev_hash = (SELECT hash FROM event WHERE seq = 1) WHERE seq = 4", 4, 'it does not follow the record before it'],
    ['DELETE FROM event WHERE seq > 3', 4, 'the records from here on were cut off, up to 4 at least'],
    ['UPDATE id_floor SET floor = 1', 4, 'the table of order id floors differs from the records'],
  ])('is found out when it was changed all the same: %s', async (sql, seq, reason) => {
    await using directory = new JournalDirectory();
    const journal = await directory.open();
    await journal.append([floor(4), staged(1), floor(5), staged(2)], { term: 1, expectedSeq: 0 });
    await journal.close();
    tamper(directory.file, UNLOCK + sql);
    const again = await directory.open();
    expect(await again.verify()).toEqual({ ok: false, seq, reason });
  });

  it('is not read when it was changed: no order is sent on what a damaged journal tells', async () => {
    await using directory = new JournalDirectory();
    const journal = await directory.open();
    await journal.append([floor(4), staged(1), floor(5), staged(2)], { term: 1, expectedSeq: 0 });
    tamper(directory.file, `${UNLOCK} UPDATE event SET body = replace(body, '189.95', '1.00') WHERE seq = 2`);
    await expect(recordsOf(journal)).rejects.toMatchObject({ code: 'IBKR_JOURNAL_CORRUPT', message: expect.stringContaining('record 2 is not what was written') as unknown });
    tamper(directory.file, 'DELETE FROM event WHERE seq = 2');
    await expect(recordsOf(journal)).rejects.toMatchObject({ code: 'IBKR_JOURNAL_CORRUPT', message: expect.stringContaining('record 2 is missing') as unknown });
  });

  it('is proven while it is written to, up to what was there at the end of the proof', async () => {
    await using directory = new JournalDirectory();
    const journal = await directory.open();
    await journal.append([floor(1), staged(2)], { term: 1, expectedSeq: 0 });
    const verifying = journal.verify();
    // It reads in pieces: this comes between two of them.
    await journal.append([staged(3), floor(9, { clientId: 1 })], { term: 1, expectedSeq: 2 });
    expect(await verifying).toMatchObject({ ok: true, records: 4 });
  });

  it('is proven against an anchor that was kept elsewhere, also when the end was cut off or all of it written anew', async () => {
    await using directory = new JournalDirectory();
    const journal = await directory.open();
    await journal.append([floor(1), floor(2)], { term: 1, expectedSeq: 0 });
    const kept = await journal.verify();
    if (!kept.ok) throw new Error(kept.reason);
    await journal.append([floor(3)], { term: 1, expectedSeq: 2 });
    expect(await journal.verify(kept.anchor)).toMatchObject({ ok: true, records: 3 });
    await journal.close();
    tamper(directory.file, `${UNLOCK} DELETE FROM event WHERE seq > 1; UPDATE id_floor SET floor = 1`);
    expect(await (await directory.open()).verify()).toMatchObject({ ok: true, records: 1 });
    expect(await (await directory.open()).verify(kept.anchor)).toEqual({ ok: false, seq: 2, reason: 'the records from here to 2 were cut off' });

    await using other = new JournalDirectory();
    const anew = await other.open();
    await anew.append([floor(1), floor(9)], { term: 1, expectedSeq: 0 });
    expect(await anew.verify(kept.anchor)).toEqual({ ok: false, seq: 2, reason: 'the chain up to here was written anew since it was noted' });
  });
});
