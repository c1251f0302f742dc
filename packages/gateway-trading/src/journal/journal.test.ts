import { createTestClock } from '@ibkit/clock/testing';
import { describe, expect, it } from 'vitest';
import { JournalWriter } from './journal-writer.js';
import type { JournalRecord } from './journal-record.js';
import type { Journal } from './journal.js';
import { memoryJournal } from './memory-journal.js';
import { JOURNAL_RULES, createSlowJournal } from '../testing.js';

describe('the memory journal', () => {
  it.each(JOURNAL_RULES)('$name', async (rule) => {
    const journal = memoryJournal();
    await expect(rule.check({ journal, reopen: () => Promise.resolve(journal) })).resolves.toBeUndefined();
  });
});

describe('the rules of a journal', () => {
  /** The names of the rules that a journal breaks. */
  async function broken(change: (journal: Journal) => Partial<Journal>): Promise<readonly string[]> {
    const names: string[] = [];
    for (const { name, check } of JOURNAL_RULES) {
      const sound = memoryJournal();
      const journal: Journal = { ...sound, ...change(sound) };
      await check({ journal, reopen: () => Promise.resolve(journal) }).catch(() => names.push(name));
    }
    return names;
  }

  it('find a journal that lets two writers in, one that forgets, and one that takes an id twice', async () => {
    expect(await broken(() => ({}))).toEqual([]);
    const pushesIn = (journal: Journal): Pick<Journal, 'append'> => ({
      append: async (records, guard) => {
        const result = await journal.append(records, guard);
        return result.status === 'ok' ? result : journal.append(records, { term: result.head.term, expectedSeq: result.head.seq });
      },
    });
    expect(await broken(pushesIn)).toContain('lets exactly one of two writers win that race from the same head');
    expect(await broken((journal) => ({ append: async (records, guard) => journal.append(records.slice(0, 1), guard) }))).toContain('numbers records densely from 1 and gives back the last number');
    expect(await broken((journal) => ({ append: async (records, guard) => journal.append(records, guard).catch(() => ({ status: 'ok' as const, seq: guard.expectedSeq })) }))).toContain('refuses an order id that is not above all before it, and writes nothing of that append');
  });
});

function floor(value: number): JournalRecord {
  return { type: 'idFloor', atMs: 0, clientId: 1, floor: value };
}

function slow(): { clock: ReturnType<typeof createTestClock>; journal: ReturnType<typeof createSlowJournal>; writer: JournalWriter; stops: string[] } {
  const clock = createTestClock();
  const journal = createSlowJournal({ clock, journal: memoryJournal(), appendMs: 10 });
  const stops: string[] = [];
  const writer = new JournalWriter({ journal, head: { seq: 0, term: 0 }, term: 1, onStopped: ({ code }) => stops.push(code) });
  return { clock, journal, writer, stops };
}

describe('JournalWriter', () => {
  it('writes what piled up during one append as the next one, in order', async () => {
    const { clock, journal, writer } = slow();
    const all = Promise.all([1, 2, 3, 4].map((value) => writer.append([floor(value)])));
    await clock.advance(20);
    await all;
    const seen: JournalRecord[] = [];
    for await (const { record } of journal.read(1)) seen.push(record);
    expect(seen).toEqual([1, 2, 3, 4].map(floor));
  });

  it('stops for good when another writer has taken over', async () => {
    const { clock, journal, writer, stops } = slow();
    await journal.takeOver();
    const first = writer.append([floor(1)]);
    const second = writer.append([floor(2)]);
    await Promise.all([
      expect(first).rejects.toMatchObject({ code: 'IBKR_JOURNAL_FENCED' }),
      expect(second).rejects.toMatchObject({ code: 'IBKR_JOURNAL_FENCED' }),
      clock.advance(100),
    ]);
    await expect(writer.append([floor(3)])).rejects.toMatchObject({ code: 'IBKR_JOURNAL_FENCED' });
    expect([writer.status, stops, clock.pending]).toEqual(['fenced', ['IBKR_JOURNAL_FENCED'], 0]);
  });

  it('stops for good when storage fails, because the head is not known any more', async () => {
    const { clock, journal, writer } = slow();
    journal.break(new Error('disk full'));
    writer.note([floor(1)]);
    await clock.advance(10);
    await writer.flush();
    await expect(writer.append([floor(2)])).rejects.toMatchObject({ code: 'IBKR_JOURNAL_FAILED', cause: { message: 'disk full' } });
    expect(writer.status).toBe('failed');
  });
});
