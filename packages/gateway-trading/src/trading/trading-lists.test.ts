import { describe, expect, it } from 'vitest';
import { DEFAULT_TRADING } from '../options.js';
import { FakeOrder } from '../testing/fake-connection.js';
import { AAPL, readyRig } from '../testing/rig.js';
import type { Rig } from '../testing/rig.js';

const MSFT = { ...AAPL, conId: 272093, symbol: 'MSFT' };
const ROWS = [AAPL, MSFT].map((contract) => ({ type: 'position', account: 'DU1234567', contract, position: 5, avgCost: 10 }) as const);

function foreignOrder({ connection }: Rig, orderId: number): FakeOrder {
  const order = { action: 'SELL', totalQuantity: 7, orderType: 'MKT', account: 'DU1234567' } as const;
  return new FakeOrder(connection, { type: 'placeOrder', orderId, contract: AAPL, order });
}

function asked({ connection }: Rig, type: string): number {
  return connection.sent.filter((message) => message.type === type).length;
}

describe('lists without a request id', () => {
  it('are complete for everybody who asks while an answer is under way', async () => {
    const rig = await readyRig();
    const { connection, trading, settle } = rig;
    const [first, second] = ROWS;
    connection.broker.positions = [...ROWS];
    connection.mute.add('reqPositions');
    const positions = trading.positions();
    await settle();
    if (first !== undefined) connection.emit(first);
    const swept = trading.reconcile();
    await settle();
    connection.mute.clear();
    if (second !== undefined) connection.emit(second);
    connection.emit({ type: 'positionEnd' });
    expect((await positions).map(({ contract }) => contract.symbol)).toEqual(['AAPL', 'MSFT']);
    expect((await swept).positions.map(({ contract }) => contract.symbol)).toEqual(['AAPL', 'MSFT']);
    await trading.close();
  });

  it('are not mixed with what is left of the answer to a question that was given up', async () => {
    const rig = await readyRig();
    const { connection, trading, settle } = rig;
    const orders = [foreignOrder(rig, 501), foreignOrder(rig, 502)].map((order) => order.openOrder('Submitted'));
    const [first, second] = orders;
    connection.broker.open = orders;
    connection.mute.add('reqAllOpenOrders');
    const before = asked(rig, 'reqAllOpenOrders');
    const disturbed = trading.reconcile().catch((error: unknown) => error);
    await settle();
    if (first !== undefined) connection.emit(first);
    connection.notice(1100, 'lost');
    connection.notice(1102, 'back');
    await settle();
    expect(await disturbed).toMatchObject({ code: 'IBKR_RECONCILE_DISTURBED' });
    expect(asked(rig, 'reqAllOpenOrders')).toBe(before + 1);
    connection.mute.clear();
    const completed = trading.events.once('reconcile.completed');
    if (second !== undefined) connection.emit(second);
    connection.emit({ type: 'openOrderEnd' });
    expect((await completed).foreignOrders.map(({ orderId }) => orderId)).toEqual([501, 502]);
    await trading.close();
    expect(connection.clock.pending).toBe(0);
  });

  it('are asked for again when the answer to a question that was given up never comes, or its session ends', async () => {
    for (const goOn of [
      ({ connection }: Rig) => connection.clock.advance(DEFAULT_TRADING.listTimeoutMs),
      ({ connection, settle }: Rig) => {
        connection.down();
        connection.up();
        return settle();
      },
    ]) {
      const rig = await readyRig();
      const { connection, trading, settle } = rig;
      connection.mute.add('reqCompletedOrders');
      trading.reconcile().catch(() => undefined);
      await settle();
      connection.notice(1100, 'lost');
      connection.notice(1102, 'back');
      connection.mute.clear();
      await settle();
      expect(trading.gate()).toEqual(['RECONCILE_PENDING']);
      await goOn(rig);
      expect(trading.gate()).toEqual([]);
      await trading.close();
      expect(connection.clock.pending).toBe(0);
    }
  });
});
