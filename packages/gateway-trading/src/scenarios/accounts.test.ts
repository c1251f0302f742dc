import { describe, expect, it } from 'vitest';
import { PATIENCE, REST, Stage } from './testing/stage.js';

const TWO = { accounts: ['DU1000001', 'DU1000002'] } as const;

describe('scenario 18: two accounts', () => {
  it('an order must name one of them, and each has its own', async () => {
    await using stage = await Stage.open({}, TWO);
    const { trading, simulator } = stage;
    simulator.control.inject({ type: 'shared-download-end' });
    await expect(trading.place(REST)).rejects.toMatchObject({ code: 'IBKR_ORDER_INVALID', details: { field: 'order.account' } });
    await expect(trading.place({ ...REST, account: 'DU1000003' })).rejects.toMatchObject({ details: { reasons: ['ACCOUNT_UNKNOWN'] } });
    const order = { ...REST, orderType: 'LMT', limitPrice: 100_000 } as const;
    await (await trading.place({ ...order, account: 'DU1000001' })).filled(PATIENCE);
    await (await trading.place({ ...order, account: 'DU1000002', quantity: 20 })).filled(PATIENCE);
    const positions = await trading.positions();
    expect(positions.map(({ account, position }) => [account, position]).sort()).toEqual([['DU1000001', 10], ['DU1000002', 20]]);
    expect((await trading.executions({ account: 'DU1000002' })).every(({ account }) => account === 'DU1000002')).toBe(true);
    expect(simulator.control.state().positions).toHaveLength(2);
  });

  it('an account that the gateway lists no more is refused at once, and its own key is no way around; it is back with the list', async () => {
    await using stage = await Stage.open({ accounts: ['DU1000001', 'DU1000002'] }, TWO);
    const { trading, simulator } = stage;
    await (await trading.place({ ...REST, account: 'DU1000002', key: 'k' })).acknowledged(PATIENCE);
    const shown = simulator.control.inject({ type: 'accounts-shown', accounts: ['DU1000001'] });
    await stage.answered();
    await expect(trading.place({ ...REST, account: 'DU1000002' })).rejects.toMatchObject({ details: { reasons: ['ACCOUNT_UNKNOWN'] } });
    await (await trading.place({ ...REST, account: 'DU1000001' })).acknowledged(PATIENCE);
    shown();
    await stage.answered();
    await (await trading.place({ ...REST, account: 'DU1000002' })).acknowledged(PATIENCE);
    expect(stage.seen('placeOrder')).toHaveLength(3);
  });

  it('an account that is not there after a reconnect keeps its order as it was, and its key sends nothing', async () => {
    await using stage = await Stage.open({}, TWO);
    const { trading, simulator, connection } = stage;
    const handle = await trading.place({ ...REST, account: 'DU1000002', key: 'k' });
    await handle.acknowledged(PATIENCE);
    const epoch = connection.session?.epoch;
    simulator.control.inject({ type: 'accounts-shown', accounts: ['DU1000001'] });
    simulator.control.dropClients('rst', 1);
    await stage.recovered(epoch);
    await trading.reconcile();
    expect((await trading.place({ ...REST, key: 'k' })).intentId).toBe(handle.intentId);
    await expect(trading.closePosition(265598, { account: 'DU1000002' })).rejects.toMatchObject({ details: { reasons: ['ACCOUNT_UNKNOWN'] } });
    expect(handle.state).toMatchObject({ status: 'working', notWorking: undefined });
    expect(stage.seen('placeOrder')).toHaveLength(1);
  });
});
