import { describe, expect, it } from 'vitest';
import { memoryJournal } from '../journal/memory-journal.js';
import { createSlowJournal } from '../testing.js';
import { FakeConnection } from '../testing/fake-connection.js';
import { DEFAULT_TRADING } from '../options.js';
import { BUY, recordsOf, rigOn } from '../testing/rig.js';
import type { Rig } from '../testing/rig.js';

describe('a slow journal', () => {
  it('lets no byte out before it has the order', async () => {
    const connection = new FakeConnection();
    const journal = createSlowJournal({ clock: connection.clock, journal: memoryJournal(), appendMs: 50 });
    const { trading } = rigOn(connection, { journal });
    connection.up();
    const ready = trading.ready();
    await connection.clock.advance(200);
    await ready;
    const placing = trading.place(BUY);
    await connection.clock.advance(49);
    expect(connection.placed).toEqual([]);
    await connection.clock.advance(1);
    expect(connection.placed).toHaveLength(1);
    await placing;
    await connection.clock.advance(100);
    const closing = trading.close();
    await connection.clock.advance(1000);
    await closing;
  });

  it('does not send what became refused, or too late, while it wrote', async () => {
    for (const [appendMs, spoil] of [[50, (rig: Rig) => {
      rig.connection.notice(1100, 'lost');
    }], [50, (rig: Rig) => {
      rig.connection.down();
      rig.connection.up();
    }], [DEFAULT_TRADING.sendDeadlineMs, () => undefined]] as const) {
      const connection = new FakeConnection();
      const journal = createSlowJournal({ clock: connection.clock, journal: memoryJournal(), appendMs });
      const rig = rigOn(connection, { journal });
      connection.up();
      const ready = rig.trading.ready();
      await connection.clock.advance(4 * appendMs);
      await ready;
      const placing = expect(rig.trading.place(BUY)).rejects.toMatchObject({ code: 'IBKR_ORDER_UNSENT' });
      await connection.clock.advance(1);
      spoil(rig);
      await connection.clock.advance(2 * appendMs);
      await placing;
      expect(connection.placed).toEqual([]);
      const closing = rig.trading.close();
      await connection.clock.advance(4 * appendMs);
      await closing;
    }
  });

  it('ends trading here when another writer has taken it over', async () => {
    const connection = new FakeConnection();
    const journal = createSlowJournal({ clock: connection.clock, journal: memoryJournal(), appendMs: 0 });
    const { trading } = rigOn(connection, { journal });
    connection.up();
    const ready = trading.ready();
    await connection.clock.advance(0);
    await ready;
    await journal.takeOver();
    const refused = expect(trading.place(BUY)).rejects.toMatchObject({ code: 'IBKR_JOURNAL_FENCED' });
    await connection.clock.advance(0);
    await refused;
    expect(trading.gate()).toEqual(['JOURNAL_FENCED']);
    expect(connection.placed).toEqual([]);
    await trading.close();
  });

  it('ends trading here when it breaks', async () => {
    const connection = new FakeConnection();
    const journal = createSlowJournal({ clock: connection.clock, journal: memoryJournal(), appendMs: 0 });
    const { trading } = rigOn(connection, { journal });
    connection.up();
    const ready = trading.ready();
    await connection.clock.advance(0);
    await ready;
    journal.break(new Error('disk full'));
    const refused = expect(trading.place(BUY)).rejects.toMatchObject({ code: 'IBKR_JOURNAL_FAILED' });
    await connection.clock.advance(0);
    await refused;
    expect([trading.gate(), connection.placed]).toEqual([['JOURNAL_FAILED'], []]);
    await trading.close();
  });

  it('still gets what an order has come to when trading closes in the middle', async () => {
    const connection = new FakeConnection();
    const stored = memoryJournal();
    const journal = createSlowJournal({ clock: connection.clock, journal: stored, appendMs: 50 });
    const { trading } = rigOn(connection, { journal });
    connection.up();
    const ready = trading.ready();
    await connection.clock.advance(200);
    await ready;
    const placing = expect(trading.place(BUY)).rejects.toMatchObject({ code: 'IBKR_ORDER_UNSENT' });
    const closing = trading.close();
    await connection.clock.advance(200);
    await Promise.all([placing, closing]);
    expect((await recordsOf(stored)).slice(-3).map(({ type }) => type)).toEqual(['order.staged', 'order.sending', 'order.unsent']);
    expect([connection.placed, connection.clock.pending]).toEqual([[], 0]);
  });
});
