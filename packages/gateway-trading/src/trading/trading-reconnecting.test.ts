import { describe, expect, it } from 'vitest';
import { memoryJournal } from '../journal/memory-journal.js';
import { FakeConnection, FakeOrder } from '../testing/fake-connection.js';
import { DEFAULT_TRADING } from '../options.js';
import { AAPL, BUY, readyRig, rigOn } from '../testing/rig.js';

describe('reconnecting', () => {
  it('makes what was not answered unknown, and finds it again among the open orders', async () => {
    const { connection, trading, broker, settle } = await readyRig();
    const handle = await trading.place(BUY);
    const order = broker();
    connection.down();
    await settle();
    expect(await handle.acknowledged()).toMatchObject({ status: 'unknown' });
    connection.broker.open = [order.openOrder('Submitted')];
    const completed = trading.events.once('reconcile.completed');
    connection.up({ nextValidId: 3 });
    expect(await completed).toMatchObject({ resolved: [{ key: handle.key, status: 'working' }], unknown: [], foreignOrders: [] });
    expect(connection.placed).toHaveLength(1);
    await trading.close();
  });

  it('books fills of the outage exactly once, with their commissions', async () => {
    const { connection, trading, broker, settle } = await readyRig();
    const handle = await trading.place(BUY);
    const order = broker().work();
    connection.emit(order.execution('a.b.c.01', 40));
    connection.down();
    connection.broker.executions = [order.execution('a.b.c.01', 40), order.execution('a.b.d.01', 60)];
    connection.broker.commissions = [order.commission('a.b.c.01', 1), order.commission('a.b.d.01', 2)];
    connection.broker.completed = [order.completedOrder('Filled', 100, 'Filled')];
    connection.up();
    await settle();
    connection.emit(order.execution('a.b.d.01', 60));
    expect(handle.state).toMatchObject({ status: 'filled', filledQuantity: 100, fills: [{ commission: { amount: 1 } }, { commission: { amount: 2 } }] });
    await trading.close();
  });

  it('calls an order absent only after two complete snapshots that are far enough apart', async () => {
    const { connection, trading, settle } = await readyRig();
    const handle = await trading.place(BUY);
    connection.down();
    connection.up();
    await settle();
    await connection.clock.advance(DEFAULT_TRADING.absenceWindowMs - 1);
    expect(handle.state.status).toBe('unknown');
    await connection.clock.advance(2);
    expect(await handle.done()).toMatchObject({ status: 'absent', evidence: 'absence' });
    await trading.place(BUY);
    expect(connection.placed).toHaveLength(2);
    await trading.close();
  });

  it('starts counting anew when the link was lost in between', async () => {
    const { connection, trading, settle } = await readyRig();
    const handle = await trading.place(BUY);
    connection.down();
    connection.up();
    await connection.clock.advance(DEFAULT_TRADING.absenceWindowMs - 10);
    connection.notice(1100, 'lost');
    connection.notice(1102, 'back');
    await connection.clock.advance(20);
    expect(handle.state.status).toBe('unknown');
    await connection.clock.advance(DEFAULT_TRADING.absenceWindowMs);
    expect(handle.state.status).toBe('absent');
    await settle();
    await trading.close();
  });

  it('concludes nothing from a sweep that is not complete', async () => {
    const { connection, trading } = await readyRig();
    const failures: string[] = [];
    trading.events.on('reconcile.failed', ({ error }) => failures.push(error.name));
    const handle = await trading.place(BUY);
    connection.mute.add('reqCompletedOrders');
    connection.down();
    connection.up();
    await connection.clock.advance(5 * (DEFAULT_TRADING.listTimeoutMs + DEFAULT_TRADING.reconcileRetryMs));
    expect(handle.state.status).toBe('unknown');
    expect(trading.gate()).toEqual(['RECONCILE_PENDING']);
    expect(new Set(failures)).toEqual(new Set(['TimeoutError']));
    await trading.close();
    expect(connection.clock.pending).toBe(0);
  });

  it('concludes nothing about an order whose account the session does not show: another login says nothing about it', async () => {
    const { connection, trading, broker, settle } = await readyRig();
    const working = await trading.place({ ...BUY, contract: { ...AAPL, conId: 1 } });
    broker().work();
    const handle = await trading.place(BUY);
    connection.down();
    connection.accounts = ['DU7654321'];
    connection.up();
    await connection.clock.advance(3 * DEFAULT_TRADING.absenceWindowMs);
    await trading.reconcile();
    await connection.clock.advance(2 * DEFAULT_TRADING.absenceWindowMs);
    const report = await trading.reconcile();
    expect([handle.state, working.state]).toMatchObject([{ status: 'unknown', notWorking: undefined }, { status: 'working', notWorking: undefined }]);
    expect(report.missing.map(({ key }) => key)).toEqual([working.key, handle.key]);

    connection.down();
    connection.accounts = ['DU1234567'];
    connection.up();
    await settle();
    expect(handle.state.status).toBe('unknown');
    await connection.clock.advance(2 * DEFAULT_TRADING.absenceWindowMs);
    expect(handle.state.status).toBe('absent');
    await trading.close();
  });

  it('sends nothing for a known key when another account is logged in: the same key is the same order', async () => {
    const { connection, trading } = await readyRig();
    const { intentId } = await trading.place({ ...BUY, key: 'k' });
    connection.down();
    connection.accounts = ['DU7654321'];
    connection.up();
    await trading.ready();
    expect((await trading.place({ ...BUY, key: 'k' })).intentId).toBe(intentId);
    await expect(trading.place({ ...BUY, quantity: 7, key: 'k' })).rejects.toMatchObject({ code: 'IBKR_ORDER_KEY_CONFLICT' });
    expect(connection.placed).toHaveLength(1);
    // Whoever names the account means it.
    await trading.place({ ...BUY, account: 'DU7654321', key: 'k' });
    expect(connection.placed).toHaveLength(2);
    await trading.close();
  });

  it('says that an order of another day is not working any more, without saying what became of it', async () => {
    const journal = memoryJournal();
    const first = await readyRig({ journal });
    await first.trading.place({ ...BUY, key: 'k' });
    first.broker().work();
    await first.trading.close();

    const second = rigOn(new FakeConnection(), { journal });
    await second.connection.clock.advance(24 * 3_600_000);
    second.connection.up();
    await second.trading.start();
    await second.connection.clock.advance(DEFAULT_TRADING.absenceWindowMs + 1);
    expect(second.trading.order('k')?.state).toMatchObject({ status: 'unknown', notWorking: true });
    await second.trading.place(BUY);
    expect(second.connection.placed).toHaveLength(1);
    expect(second.trading.settleUnknown('k', { verdict: 'expired', reason: 'seen on the statement' })).toMatchObject({ status: 'expired', evidence: 'operator' });
    await second.trading.close();
  });

  it('never goes back with order ids, and says so when the broker does', async () => {
    const { connection, trading, broker, settle } = await readyRig();
    const rollbacks: number[] = [];
    trading.events.on('order.idRollback', ({ nextValidId }) => rollbacks.push(nextValidId));
    for (let count = 0; count < 3; count += 1) {
      await trading.place(BUY);
      broker().work();
    }
    connection.broker.open = connection.placed.map((placed) => new FakeOrder(connection, placed).openOrder('Submitted'));
    connection.down();
    connection.up({ nextValidId: 1 });
    await settle();
    await trading.place(BUY);
    expect(connection.placed.map(({ orderId }) => orderId)).toEqual([2, 3, 4, 5]);
    expect(rollbacks).toEqual([1]);
    await trading.close();
  });

  it('gives out no id when the broker only takes ids in the range of request ids', async () => {
    const { connection, trading } = rigOn(new FakeConnection());
    connection.up({ nextValidId: 150_000_000 });
    await trading.ready();
    await expect(trading.place(BUY)).rejects.toMatchObject({ code: 'IBKR_ORDER_IDS_EXHAUSTED', message: expect.stringContaining('reset the order id sequence') as string });
    expect(connection.placed).toEqual([]);
    expect(trading.orders()).toEqual([]);
    await trading.close();
  });

  it('reports orders of others and does not adopt them, but stays above their ids', async () => {
    const { connection, trading } = await readyRig();
    const placed = { type: 'placeOrder', orderId: 500, contract: AAPL, order: { action: 'SELL', totalQuantity: 7, orderType: 'MKT', account: 'DU1234567', orderRef: 'mine' } } as const;
    connection.broker.open = [new FakeOrder(connection, placed).openOrder('Submitted'), { ...new FakeOrder(connection, { ...placed, orderId: 0 }, '7').openOrder('Submitted'), orderId: 0 }];
    const { foreignOrders } = await trading.reconcile();
    expect(foreignOrders).toMatchObject([{ permId: '900500', orderRef: 'mine', quantity: 7, hasOurReference: false }, { permId: '7', orderId: 0 }]);
    expect(trading.orders()).toEqual([]);
    await trading.place(BUY);
    expect(connection.placed.at(-1)?.orderId).toBe(501);
    await trading.close();
  });

  it('raises the alarm when the broker has one order of ours twice', async () => {
    const { connection, trading, broker } = await readyRig();
    const alarms: unknown[] = [];
    trading.events.on('order.duplicated', ({ order }) => alarms.push(order.permIds));
    await trading.place(BUY);
    const order = broker().work();
    connection.emit(new FakeOrder(connection, order.placed, '777').openOrder('Submitted'));
    connection.emit(new FakeOrder(connection, order.placed, '777').orderStatus('Submitted'));
    expect(alarms).toEqual([['900002', '777']]);
    await trading.close();
  });
});
