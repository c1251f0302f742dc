import { OrderError, SystemError } from '@ibkit/error-codes';
import { describe, expect, it } from 'vitest';
import { FakeConnection } from '../testing/fake-connection.js';
import { BUY, readyRig, recordsOf, rigOn } from '../testing/rig.js';
import { memoryCoordinator } from '../coordinator/memory-coordinator.js';
import type { Journal } from './journal.js';
import { memoryJournal } from './memory-journal.js';

/** A journal whose storage fails from the append on that is told. */
function failingAt(count: number, error: Error): Journal {
  const journal = memoryJournal();
  let appends = 0;
  return {
    ...journal,
    append: (records, guard) => {
      appends += 1;
      return appends < count ? journal.append(records, guard) : Promise.reject(error);
    },
  };
}

const FULL = new SystemError({ code: 'IBKR_JOURNAL_DISK_FULL', message: 'The journal cannot grow, because the disk is full', tips: ['Make room, then start again.'] });
const LOCKED = new SystemError({ code: 'IBKR_JOURNAL_LOCKED', message: 'The journal is locked by another program', retryable: true, tips: ['Close it.'] });

describe('a journal in trouble', () => {
  it.each([FULL, LOCKED])('says what to do, at whichever append it comes, and lets no order out by accident: $code', async (error) => {
    const told = { code: 'IBKR_JOURNAL_FAILED', tips: error.tips, details: { reason: error.code } };
    const never = rigOn(new FakeConnection(), { journal: failingAt(1, error) }).trading;
    await expect(never.start()).rejects.toMatchObject(told);
    await never.close();
    for (let count = 2; count <= 7; count += 1) {
      const connection = new FakeConnection();
      const { trading, settle } = rigOn(connection, { journal: failingAt(count, error) });
      const stops: unknown[] = [];
      trading.events.on('journal.stopped', ({ error: stop }) => stops.push(stop));
      connection.up();
      const failures: unknown[] = [];
      const note = (failure: unknown): void => {
        failures.push(failure);
      };
      await trading.ready().catch(note);
      let durable = 0;
      for (let order = 0; order < 3; order += 1) await trading.place({ ...BUY, key: `k${order}` }).then(() => (durable += 1), note);
      await settle();
      expect(connection.placed.length, `append ${count}`).toBe(durable);
      expect(stops).toMatchObject([told]);
      // Whoever asks after the failure hears of it from the gate.
      for (const failure of failures) expect([told.code, 'IBKR_ORDER_GATE_REFUSED']).toContain(failure instanceof OrderError ? failure.code : failure);
      await expect(trading.place(BUY)).rejects.toMatchObject({ details: { reasons: expect.arrayContaining(['JOURNAL_FAILED']) as unknown } });
      await trading.close();
      expect(connection.clock.pending).toBe(0);
    }
  });

  it('does not keep cancels from leaving: what lowers risk goes without a record, as long as nobody else has taken over', async () => {
    const journal = failingAt(Number.POSITIVE_INFINITY, FULL);
    let full = false;
    const { connection, trading, broker } = await readyRig({ journal: { ...journal, append: (...given) => (full ? Promise.reject(FULL) : journal.append(...given)) } });
    await trading.place({ ...BUY, key: 'k' });
    const order = broker().work();
    full = true;
    await expect(trading.place(BUY)).rejects.toMatchObject({ code: 'IBKR_JOURNAL_FAILED' });
    const report = await trading.kill('the disk is full', { all: true });
    expect([report.requested.length, report.failed.length, report.foreign]).toEqual([1, 0, { requested: true }]);
    expect(connection.sent.map(({ type }) => type)).toEqual(expect.arrayContaining(['cancelOrder', 'reqGlobalCancel']));
    connection.emit(order.orderStatus('Cancelled'));
    expect(trading.order('k')?.state.status).toBe('cancelled');
    await trading.close();
  });

  it('has one owner: a second program is refused before it reads or sends anything', async () => {
    const journal = memoryJournal();
    const coordinator = memoryCoordinator();
    const first = await readyRig({ journal, coordinator });
    const second = rigOn(new FakeConnection(), { journal, coordinator });
    second.connection.up();
    await expect(second.trading.start()).rejects.toMatchObject({ code: 'IBKR_LEASE_HELD', retryable: true });
    await expect(second.trading.place(BUY)).rejects.toMatchObject({ code: 'IBKR_ORDER_GATE_REFUSED', message: expect.stringContaining('trading was not started') as unknown });
    expect([second.connection.placed, first.trading.gate()]).toEqual([[], []]);
    await first.trading.close();
    await second.trading.ready();
    await second.trading.close();
  });
});

describe('a clock that is set back', () => {
  it('changes nothing about ids, keys, deadlines and records, and sends nothing twice', async () => {
    const journal = memoryJournal();
    const { connection, trading, broker } = await readyRig({ journal });
    const first = await trading.place({ ...BUY, key: 'k' });
    broker().work();
    connection.clock.setNow(connection.clock.now() - 86_400_000);
    const second = await trading.place({ ...BUY, key: 'l' });
    expect(second.orderId).toBeGreaterThan(first.orderId);
    expect((await trading.place({ ...BUY, key: 'k' })).intentId).toBe(first.intentId);
    expect(connection.placed).toHaveLength(2);
    await connection.clock.advance(10_000);
    expect(second.state.status).toBe('unknown');
    await trading.close();
    const stamps = (await recordsOf(journal)).map(({ atMs }) => atMs);
    expect([...stamps].sort((a, b) => a - b)).not.toEqual(stamps);
    const again = rigOn(new FakeConnection(), { journal, onUnknown: 'warn' });
    again.connection.up();
    await again.trading.start();
    expect(again.trading.order('l')?.state.status).toBe('unknown');
    expect((await again.trading.place({ ...BUY, key: 'k' }).catch((error: unknown) => error))).not.toMatchObject({ code: 'IBKR_ORDER_KEY_CONFLICT' });
    expect(again.connection.placed).toEqual([]);
    await again.trading.close();
  });
});
