import { describe, expect, it } from 'vitest';
import { BUY, readyRig } from '../testing/rig.js';

describe('notices on an order', () => {
  it('rejects it, with the words of the broker', async () => {
    const { connection, trading } = await readyRig();
    const handle = await trading.place(BUY);
    connection.notice(201, 'Order rejected - reason: insufficient funds', 2);
    expect(await handle.done()).toMatchObject({ status: 'rejected', brokerNotice: { code: 201 }, reason: expect.stringContaining('insufficient') as string });
    await expect(handle.filled()).rejects.toMatchObject({ brokerCode: 201 });
    await trading.close();
  });

  it('takes a rejection back when the order turns out to work', async () => {
    const { connection, trading, broker, settle } = await readyRig();
    const handle = await trading.place(BUY);
    connection.notice(110, 'The price does not conform to the minimum price variation.', 2);
    connection.broker.open = [broker().openOrder('Submitted')];
    await settle();
    await trading.reconcile();
    expect(handle.state.status).toBe('working');
    await trading.close();
  });

  it('keeps a warning a warning, and a known code of a request away from orders', async () => {
    const { connection, trading, broker } = await readyRig();
    const warnings: number[] = [];
    trading.events.on('order.warning', ({ notice }) => warnings.push(notice.code));
    const handle = await trading.place(BUY);
    broker().work();
    connection.notice(10349, 'Order TIF was set to DAY based on order preset.', 2);
    connection.notice(399, 'Order Message: Warning: your order will not be placed at the exchange until 09:30:00', 2);
    connection.notice(77777, 'a code of the future', 2);
    connection.notice(200, 'No security definition has been found for the request', 100_000_007);
    expect(handle.state.status).toBe('working');
    expect(warnings).toEqual([10349, 399, 77777]);
    await trading.close();
  });

  it('takes the refusal of a cancel for no rejection of an order whose outcome is unknown', async () => {
    const { connection, trading, settle } = await readyRig({ onUnknown: 'warn' });
    const handle = await trading.place(BUY);
    connection.down();
    await settle();
    expect(handle.state.status).toBe('unknown');
    connection.up();
    await trading.cancel(handle);
    connection.notice(321, "Error validating request.-'bF' : cause - The API interface is currently in Read-Only mode.", handle.orderId);
    expect(handle.state).toMatchObject({ status: 'unknown', cancel: 'refused' });
    await trading.close();
  });
});
