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
    // Of two cancels that were on their way each is refused: the second word is no other than the first.
    connection.notice(321, "Error validating request.-'bF' : cause - The API interface is currently in Read-Only mode.", handle.orderId);
    expect(handle.state).toMatchObject({ status: 'unknown', cancel: 'refused' });
    expect(handle.state.warnings.map(({ code }) => code)).toEqual([321]);
    await trading.close();
  });

  it('does not take a warning, or a word about cancels, for the answer to a change', async () => {
    const { connection, trading, broker, settle } = await readyRig();
    const handle = await trading.place({ ...BUY, key: 'k' });
    const order = broker().work();
    const modifying = trading.modify('k', { limitPrice: 191 });
    await settle();
    connection.notice(399, 'Order Message: Warning: your order will not be placed at the exchange until 09:30:00', 2);
    connection.notice(10349, 'Order TIF was set to DAY based on order preset.', 2);
    connection.notice(161, 'Cancel attempted when order is not in a cancellable state.', 2);
    connection.notice(10148, 'OrderId 2 that needs to be cancelled cannot be cancelled, state: Submitted.', 2);
    expect(handle.state).toMatchObject({ status: 'working', change: { status: 'requested' } });
    expect(handle.state.cancel).toBeUndefined();
    expect(handle.state.warnings.map(({ code }) => code)).toEqual([399, 10349, 161, 10148]);
    // Cancelled by somebody else meanwhile: that is a word about the order itself.
    connection.emit(order.orderStatus('Cancelled'));
    expect((await modifying).state).toMatchObject({ status: 'cancelled', limitPrice: 190 });
    connection.notice(202, 'Order Canceled - reason:', 2);
    connection.notice(104, 'Cannot modify a filled order.', 2);
    expect(handle.state).toMatchObject({ status: 'cancelled', brokerNotice: { code: 202 }, change: { status: 'refused', code: 104 } });
    await trading.close();
  });

  it('sends a child again for nothing: a parent that was not there yet ends it, and its entry', async () => {
    const { connection, trading, settle } = await readyRig();
    const { entry, stopLoss } = await trading.bracket({ entry: BUY, stopLoss: { stopPrice: 180 } });
    connection.notice(10006, 'Missing parent order.', 3);
    await settle();
    expect(stopLoss?.state).toMatchObject({ status: 'rejected', brokerNotice: { code: 10006 } });
    expect(entry.state.cancel).toBe('requested');
    expect(connection.placed).toHaveLength(2);
    await trading.close();
  });
});
