import fc from 'fast-check';
import { expect, it } from 'vitest';
import { memoryJournal } from '../journal/memory-journal.js';
import { BUY, readyRig, recordsOf } from '../testing/rig.js';
import { OrderLedger } from './order-ledger.js';

it('knows at any moment which orders have an unknown outcome', async () => {
  const journal = memoryJournal();
  const { connection, trading, settle } = await readyRig({ journal, onUnknown: 'warn' });
  for (const quantity of [1, 2, 3]) await trading.place({ ...BUY, quantity, key: `k${quantity}` });
  connection.down();
  await settle();
  connection.up();
  await settle();
  trading.settleUnknown('k2', { verdict: 'cancelled', reason: 'seen in TWS' });
  await trading.close();
  const records = await recordsOf(journal);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: records.length }), (end) => {
      const ledger = new OrderLedger();
      for (const record of records.slice(0, end)) ledger.apply(record);
      expect(ledger.unknown()).toEqual(ledger.all().filter(({ status }) => status === 'unknown'));
    }),
  );
  const whole = new OrderLedger();
  for (const record of records) whole.apply(record);
  expect(whole.unknown().map(({ key }) => key)).toEqual(['k1', 'k3']);
});
