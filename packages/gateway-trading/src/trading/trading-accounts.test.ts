import { describe, expect, it } from 'vitest';
import { FakeOrder } from '../testing/fake-connection.js';
import { DEFAULT_TRADING } from '../options.js';
import { AAPL, BUY, readyRig } from '../testing/rig.js';

describe('accounts', () => {
  it('lists positions completely, and asks once for everybody who asks at the same time', async () => {
    const { connection, trading } = await readyRig();
    const row = { type: 'position', account: 'DU1234567', contract: AAPL, position: 5, avgCost: 101 } as const;
    connection.broker.positions = [row, { ...row, position: 6 }, { ...row, contract: { ...AAPL, conId: 1 }, position: 0 }];
    const asked = connection.sent.length;
    const [one, two] = await Promise.all([trading.positions(), trading.positions()]);
    expect(one).toEqual([{ account: 'DU1234567', contract: AAPL, position: 6, avgCost: 101 }]);
    expect(two).toBe(one);
    expect(connection.sent.slice(asked).map(({ type }) => type)).toEqual(['reqPositions']);
    await trading.close();
  });

  it('does not take a missing answer for an empty list', async () => {
    const { connection, trading } = await readyRig();
    connection.mute.add('reqPositions');
    const asking = expect(trading.positions()).rejects.toMatchObject({ code: 'IBKR_TIMEOUT' });
    await connection.clock.advance(DEFAULT_TRADING.listTimeoutMs);
    await asking;
    connection.down();
    await expect(trading.positions()).rejects.toMatchObject({ code: 'IBKR_NOT_CONNECTED' });
    await trading.close();
  });

  it('gives account values as text and as numbers where they are', async () => {
    const { connection, trading } = await readyRig();
    const row = { type: 'accountSummary', account: 'DU1234567' } as const;
    connection.broker.summary = [
      { ...row, tag: 'NetLiquidation', value: '1000000.55', currency: 'USD' },
      { ...row, tag: 'AccountType', value: 'INDIVIDUAL', currency: '' },
    ];
    expect(await trading.account()).toEqual([
      { account: 'DU1234567', values: [{ tag: 'NetLiquidation', value: '1000000.55', amount: 1000000.55, currency: 'USD' }, { tag: 'AccountType', value: 'INDIVIDUAL' }] },
    ]);
    await trading.close();
  });

  it('lists executions with the key of ours and a commission that is pending or a value', async () => {
    const { connection, trading, broker } = await readyRig();
    await trading.place({ ...BUY, key: 'k', tag: 't' });
    const order = broker().work();
    const foreign = new FakeOrder(connection, { ...order.placed, orderId: 77, order: { ...order.placed.order, orderRef: undefined } });
    connection.broker.executions = [order.execution('a.b.c.01', 40), foreign.execution('z.b.c.01', 1)];
    connection.broker.commissions = [order.commission('a.b.c.01', 1.5)];
    expect(await trading.executions()).toMatchObject([
      { execId: 'a.b.c.01', key: 'k', tag: 't', quantity: 40, commission: { status: 'known', amount: 1.5 } },
      { execId: 'z.b.c.01', key: undefined, commission: { status: 'pending' } },
    ]);
    await trading.close();
  });
});
