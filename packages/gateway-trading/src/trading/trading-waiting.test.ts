import { describe, expect, it } from 'vitest';
import { memoryJournal } from '../journal/memory-journal.js';
import { FakeOrder } from '../testing/fake-connection.js';
import { BUY, readyRig } from '../testing/rig.js';
import type { Rig } from '../testing/rig.js';
import type { TradingOptions } from '../options.js';

const BRACKET = { entry: { ...BUY, key: 'b' }, takeProfit: { limitPrice: 200 }, stopLoss: { stopPrice: 180 } };

/** What closes the gate while something waits for a slot of the limiter. */
const CLOSERS: readonly (readonly [name: string, close: (rig: Rig, journal: ReturnType<typeof memoryJournal>) => Promise<void>, reason: string])[] = [
  [
    'another writer took the journal over',
    async ({ connection }, journal) => {
      const { seq, term } = await journal.head();
      await journal.append([{ type: 'term', atMs: 0, term: term + 1 }], { term: term + 1, expectedSeq: seq });
      // Whatever is written next finds out.
      connection.emit(new FakeOrder(connection, { type: 'placeOrder', orderId: 2, contract: {}, order: { action: 'BUY', totalQuantity: 1 } }).orderStatus('PreSubmitted'));
    },
    'JOURNAL_FENCED',
  ],
  [
    'the gateway lists other accounts',
    ({ connection }) => {
      connection.accounts = ['DU7654321'];
      return Promise.resolve();
    },
    'ACCOUNT_UNKNOWN',
  ],
];

/** An order that works, with key `k` and the id 2. */
async function working(options: Partial<TradingOptions> = {}): Promise<Rig & { readonly order: FakeOrder }> {
  const rig = await readyRig(options);
  await rig.trading.place({ ...BUY, key: 'k' });
  return { ...rig, order: rig.broker().work() };
}

describe('what waits for its turn', () => {
  it.each(CLOSERS)('does not leave when %s meanwhile: an order, a change', async (_name, close, reason) => {
    const journal = memoryJournal();
    const rig = await working({ journal });
    const { connection, trading, settle } = rig;
    connection.orders = 'wait';
    const placing = trading.place({ ...BUY, key: 'late' }).catch((error: unknown) => error);
    const changing = trading.modify('k', { limitPrice: 191 }).catch((error: unknown) => error);
    await settle();
    await close(rig, journal);
    await settle();
    await expect(trading.place({ ...BUY, account: 'DU1234567' })).rejects.toMatchObject({ details: { reasons: [reason] } });
    connection.release();
    await settle();
    expect(connection.placed).toHaveLength(1);
    expect([await placing, await changing]).toMatchObject([{ code: 'IBKR_ORDER_UNSENT' }, { code: 'IBKR_ORDER_CHANGE_UNSENT' }]);
    expect(trading.order('late')?.state.status).toBe('unsent');
    await trading.close();
  });

  it.each(['Filled', 'Cancelled', 'PendingCancel'])('is no change of an order that the broker calls %s by then', async (word) => {
    const { connection, trading, order, settle } = await working();
    connection.orders = 'wait';
    const changing = trading.modify('k', { limitPrice: 191 }).catch((error: unknown) => error);
    await settle();
    connection.emit(order.orderStatus(word, word === 'Filled' ? 100 : 0));
    connection.release();
    await settle();
    expect(connection.placed).toHaveLength(1);
    expect(await changing).toMatchObject({ code: 'IBKR_ORDER_CHANGE_UNSENT', cause: { code: 'IBKR_ORDER_OVERTAKEN' } });
    await trading.close();
  });

  it('is not the rest of a bracket when the kill switch comes behind its entry: nothing is transmitted, and the entry is cancelled', async () => {
    const { connection, trading, settle } = await readyRig();
    connection.orders = 'wait';
    const placing = trading.bracket(BRACKET).catch((error: unknown) => error);
    await settle();
    connection.release();
    // The others find a free slot.
    connection.orders = 'now';
    while (connection.placed.length === 0) await Promise.resolve();
    const killing = trading.kill('stop');
    await settle();
    expect(connection.placed.map(({ order }) => order.transmit)).toEqual([false]);
    expect(await placing).toMatchObject({ code: 'IBKR_BRACKET_INCOMPLETE', details: { statuses: ['unknown', 'unsent', 'unsent'] } });
    await killing;
    expect(connection.sent.filter(({ type }) => type === 'cancelOrder')).toHaveLength(1);
    await trading.close();
  });
});
