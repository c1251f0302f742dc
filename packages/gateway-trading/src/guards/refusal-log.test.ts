import { GateRefusedError, UsageError } from '@ibkit/error-codes';
import { createTestClock } from '@ibkit/clock/testing';
import { describe, expect, it } from 'vitest';
import { memoryJournal } from '../journal/memory-journal.js';
import type { JournalRecord, RefusedRecord } from '../journal/journal-record.js';
import { BUY, readyRig, recordsOf } from '../testing/rig.js';
import { RefusalLog } from './refusal-log.js';

function refusalsIn(records: readonly JournalRecord[]): readonly RefusedRecord[] {
  return records.filter((record) => record.type === 'order.refused');
}

describe('what is refused', () => {
  it('is written down with who asked, for what, and why: by the gate, by the caps, by the checks, and for a key that was used', async () => {
    const journal = memoryJournal();
    const { trading } = await readyRig({ journal, limits: { perOrder: { maxQuantity: 100 } } });
    const refused = async (work: Promise<unknown>): Promise<void> => {
      await expect(work).rejects.toThrow();
    };
    await trading.place({ ...BUY, key: 'k' });
    await refused(trading.place({ ...BUY, key: 'k', quantity: 1 }));
    await refused(trading.place({ ...BUY, quantity: 500, tag: 'momentum', account: 'DU1234567' }));
    await refused(trading.place({ ...BUY, quantity: -1 }));
    await refused(trading.cancel('nobody'));
    await trading.kill('enough');
    await refused(trading.place(BUY));
    await trading.close();
    expect(refusalsIn(await recordsOf(journal)).map(({ what, code, reasons, key, tag, account }) => [what, code, reasons, key, tag, account])).toEqual([
      ['place', 'IBKR_ORDER_KEY_CONFLICT', [], 'k', undefined, undefined],
      ['place', 'IBKR_ORDER_GATE_REFUSED', ['ORDER_QUANTITY'], undefined, 'momentum', 'DU1234567'],
      ['place', 'IBKR_ORDER_INVALID', [], undefined, undefined, undefined],
      ['cancel', 'IBKR_ORDER_NOT_FOUND', [], 'nobody', undefined, undefined],
      ['place', 'IBKR_ORDER_GATE_REFUSED', ['KILL_SWITCH'], undefined, undefined, undefined],
    ]);
    expect(refusalsIn(await recordsOf(journal))[1]?.request).toMatchObject({ quantity: 500, contract: { symbol: 'AAPL' } });
  });

  it('cannot fill the journal: a loop is counted, and told with the next record', async () => {
    const clock = createTestClock();
    const records: JournalRecord[] = [];
    const log = new RefusalLog({ clock, book: (record) => records.push(record) });
    const error = new GateRefusedError({ reasons: ['KILL_SWITCH'] });
    for (let turn = 0; turn < 10_000; turn += 1) log.note({ what: 'place' }, error);
    expect(records).toHaveLength(20);
    clock.setNow(0);
    log.note({ what: 'place' }, error);
    expect(records).toHaveLength(20);
    await clock.advance(3_000);
    log.note({ what: 'place' }, error);
    expect(refusalsIn(records).at(-1)?.omitted).toBe(9_981);
  });

  it('is written down as plain data that cannot grow, whatever was asked for', () => {
    const records: JournalRecord[] = [];
    const log = new RefusalLog({ clock: createTestClock(), book: (record) => records.push(record) });
    const cycle: Record<string, unknown> = { text: 'x'.repeat(5_000), price: Number.NaN, call: () => undefined, big: 10n, list: Array.from({ length: 500 }, () => 1) };
    cycle['self'] = cycle;
    const error = new UsageError({ field: 'order', rule: 'must be an order' });
    for (const request of [cycle, null, 7, 'text', [cycle]]) log.note({ what: 'place', request }, error);
    log.note({ what: 'place', request: cycle }, new Error('a defect is no refusal'));
    expect(records).toHaveLength(5);
    for (const record of records) expect(JSON.stringify(record).length).toBeLessThan(12_000);
    expect(refusalsIn(records)[0]?.request).toMatchObject({ price: 'NaN', text: 'x'.repeat(300) });
  });
});
