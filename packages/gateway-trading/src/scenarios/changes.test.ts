import { describe, expect, it } from 'vitest';
import { PATIENCE, REST, Stage } from './testing/stage.js';

describe('scenario 10 and A8: a change during an outage', () => {
  it('is refused while the link is down, and nothing of it is sent later', async () => {
    await using stage = await Stage.open();
    const { trading, simulator } = stage;
    const handle = await trading.place(REST);
    await handle.acknowledged(PATIENCE);
    const closed = trading.events.once('gate.changed');
    simulator.control.notice(1100);
    await closed;
    await expect(trading.modify(handle, { limitPrice: 2 })).rejects.toMatchObject({ code: 'IBKR_ORDER_GATE_REFUSED', details: { reasons: ['UPSTREAM_DOWN', 'RECONCILE_PENDING'] } });
    simulator.control.notice(1102);
    await trading.ready();
    await trading.reconcile();
    expect(stage.seen('placeOrder')).toHaveLength(1);
    expect(simulator.control.state().openOrders.map(({ lmtPrice }) => lmtPrice)).toEqual([1]);
  });

  it('that became a second order raises the alarm, and both are cancelled', async () => {
    await using stage = await Stage.open();
    const { trading, simulator } = stage;
    const handle = await trading.place(REST);
    await handle.acknowledged(PATIENCE);
    simulator.control.inject({ type: 'second-perm-id' });
    const duplicated = trading.events.once('order.duplicated');
    // How the change itself ends is the lesser question.
    const changing = trading.modify(handle, { limitPrice: 2 }).catch((error: unknown) => error);
    expect((await duplicated).order.permIds).toHaveLength(2);
    while (simulator.control.state().openOrders.length > 0) await trading.reconcile();
    await changing;
    expect(simulator.control.state().openOrders).toEqual([]);
    await stage.comesTo(handle, 'cancelled');
    expect(trading.gate()).toEqual([]);
  });

  it('orders made by hand, with id 0 and no reference, are shown apart and never taken for ours', async () => {
    await using stage = await Stage.open();
    const { trading, simulator } = stage;
    for (const quantity of [10, 20]) simulator.control.placeManualOrder({ symbol: 'SPY', action: 'BUY', quantity, lmtPrice: 1 });
    await (await trading.place(REST)).acknowledged(PATIENCE);
    const { foreignOrders } = await trading.reconcile();
    expect(foreignOrders.map(({ orderId, quantity, hasOurReference }) => [orderId, quantity, hasOurReference])).toEqual([[0, 10, false], [0, 20, false]]);
    expect(new Set(foreignOrders.map(({ permId }) => permId)).size).toBe(2);
    expect(trading.orders()).toHaveLength(1);
    await trading.kill('everything', { all: true });
    await stage.stands(({ openOrders }) => openOrders.length === 0);
    expect(stage.seen('reqGlobalCancel')).toHaveLength(1);
  });
});
