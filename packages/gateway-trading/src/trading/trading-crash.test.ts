import { describe, expect, it } from 'vitest';
import { memoryJournal } from '../journal/memory-journal.js';
import type { Journal } from '../journal/journal.js';
import { FakeConnection } from '../testing/fake-connection.js';
import { BUY, readyRig, rigOn } from '../testing/rig.js';

describe('a crash', () => {
  /** The journal as it was after so many records. */
  async function cut(journal: Journal, seq: number): Promise<Journal> {
    const copy = memoryJournal();
    for await (const entry of journal.read(1)) {
      if (entry.seq <= seq) await copy.append([entry.record], { term: entry.term, expectedSeq: entry.seq - 1 });
    }
    return copy;
  }

  it('at any record leaves one order, or an honest unknown that the broker resolves, and no second send', async () => {
    const journal = memoryJournal();
    const first = await readyRig({ journal });
    await first.trading.place({ ...BUY, key: 'k' });
    const order = first.broker().work();
    first.connection.emit(order.execution('a.b.c.01', 100));
    await first.trading.close();
    const { seq } = await journal.head();
    const outcomes: unknown[] = [];
    for (let at = 2; at <= seq; at += 1) {
      const rig = rigOn(new FakeConnection(), { journal: await cut(journal, at) });
      await rig.trading.start();
      const before = rig.trading.order('k')?.state.status;
      rig.connection.broker.executions = [order.execution('a.b.c.01', 100)];
      rig.connection.up();
      await rig.trading.ready();
      const after = rig.trading.order('k')?.state.status;
      outcomes.push([before, after]);
      if (before !== undefined && before !== 'unsent') await rig.trading.place({ ...BUY, key: 'k' });
      expect(rig.connection.placed).toEqual([]);
      await rig.trading.close();
    }
    expect(outcomes).toEqual([
      // The append of staged and sending is one: this cut cannot happen with it, and would prove that nothing left.
      ['unsent', 'filled'],
      ['unknown', 'filled'],
      ['unknown', 'filled'],
      ['acked', 'filled'],
      ['working', 'filled'],
      ['filled', 'filled'],
    ]);
  });
});
