import { describe, expect, it } from 'vitest';
import { BUY, readyRig } from '../testing/rig.js';

describe('cancelling', () => {
  it('asks the broker and reports the verdict', async () => {
    const { connection, trading, broker } = await readyRig();
    const handle = await trading.place({ ...BUY, key: 'k' });
    const order = broker().work();
    await trading.cancel('k');
    expect(handle.state.cancel).toBe('requested');
    connection.emit(order.orderStatus('PendingCancel'));
    connection.emit(order.orderStatus('Cancelled'));
    connection.notice(202, 'Order Canceled - reason:', 2);
    expect(await handle.done()).toMatchObject({ status: 'cancelled', cancel: undefined, brokerNotice: { code: 202 } });
    await expect(handle.filled()).rejects.toMatchObject({ code: 'IBKR_ORDER_NOT_FILLED', details: { status: 'cancelled' } });
    await trading.cancel(handle);
    expect(connection.sent.filter(({ type }) => type === 'cancelOrder')).toHaveLength(1);
    await trading.close();
  });

  it('says when the broker would not, keeps the order, and reads it again', async () => {
    const { connection, trading, broker, settle } = await readyRig();
    const handle = await trading.place(BUY);
    const order = broker().work();
    connection.broker.open = [order.openOrder('Submitted')];
    await trading.cancel(handle);
    const sweeps = connection.sent.filter(({ type }) => type === 'reqAllOpenOrders').length;
    connection.notice(10148, 'OrderId 2 that needs to be cancelled cannot be cancelled, state: PendingCancel.', 2);
    await settle();
    expect(handle.state).toMatchObject({ status: 'working', cancel: 'refused' });
    expect(connection.sent.filter(({ type }) => type === 'reqAllOpenOrders')).toHaveLength(sweeps + 1);
    await trading.close();
  });

  it('does not know orders of others', async () => {
    const { trading } = await readyRig();
    await expect(trading.cancel('nobody')).rejects.toMatchObject({ code: 'IBKR_ORDER_NOT_FOUND' });
    await trading.close();
  });

  it('refuses to cancel through another client id', async () => {
    const { connection, trading, broker, settle } = await readyRig();
    const handle = await trading.place(BUY);
    connection.broker.open = [broker().work().openOrder('Submitted')];
    connection.down();
    connection.up({ clientId: 9 });
    await settle();
    await expect(trading.cancel(handle)).rejects.toMatchObject({ code: 'IBKR_ORDER_OTHER_CLIENT' });
    expect((await trading.cancelAll()).failed).toHaveLength(1);
    await trading.close();
  });
});
