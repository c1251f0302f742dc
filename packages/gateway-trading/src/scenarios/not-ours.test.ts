import { ConnectionManager } from '@ibkit/core-connection';
import type { ServerMessageOf } from '@ibkit/wire';
import { describe, expect, it } from 'vitest';
import { memoryJournal } from '../journal/memory-journal.js';
import type { FakeOrder } from '../testing/fake-connection.js';
import { BUY, readyRig } from '../testing/rig.js';
import { Trading } from '../trading/trading.js';
import { PATIENCE, REST, Stage } from './testing/stage.js';

describe('orders of others between ours', () => {
  it('of another client with the same order id and key, and by hand, are neither shown, nor filled, nor cancelled as ours, also after a restart', async () => {
    await using stage = await Stage.open();
    const { simulator } = stage;
    const mine = await stage.trading.place({ ...REST, key: 'k' });
    await mine.acknowledged(PATIENCE);
    await using connection = new ConnectionManager({ port: simulator.port, clientId: 2 });
    await connection.connect();
    await using other = new Trading({ connection, journal: memoryJournal() });
    await other.ready();
    const theirs = await other.place({ ...REST, limitPrice: 3, key: 'k' });
    await theirs.acknowledged(PATIENCE);
    const { permId } = simulator.control.placeManualOrder({ symbol: 'AAPL', action: 'BUY', quantity: 5, lmtPrice: 0.5 });
    expect(theirs.state.orderId).toBe(mine.state.orderId);
    expect((await stage.trading.reconcile()).foreignOrders.map(({ clientId, orderId, hasOurReference }) => [clientId, orderId, hasOurReference])).toEqual([[2, theirs.state.orderId, true], [0, 0, false]]);
    simulator.control.setPrice('AAPL', 2.5);
    await theirs.filled(PATIENCE);
    await stage.restart();
    expect(stage.trading.orders().map(({ key, status, filledQuantity, permIds }) => [key, status, filledQuantity, permIds.length])).toEqual([['k', 'working', 0, 1]]);
    await stage.trading.cancelAll();
    await stage.trading.order('k')?.done(PATIENCE);
    expect(simulator.control.state().openOrders.map((order) => order.permId)).toEqual([permId]);
  });

  it('by hand are not ours for client id 0 either, which is told of them under the order id 0', async () => {
    await using stage = await Stage.open({}, {}, { clientId: 0 });
    const { simulator } = stage;
    await (await stage.trading.place({ ...REST, key: 'k' })).acknowledged(PATIENCE);
    simulator.control.placeManualOrder({ symbol: 'AAPL', action: 'BUY', quantity: 5, lmtPrice: 2 });
    await stage.restart();
    expect((await stage.trading.reconcile()).foreignOrders).toMatchObject([{ clientId: 0, orderId: 0 }]);
    simulator.control.setPrice('AAPL', 1.5);
    await stage.stands(({ executions }) => executions.length > 0);
    await stage.trading.reconcile();
    expect(stage.trading.orders().map(({ key, status, filledQuantity }) => [key, status, filledQuantity])).toEqual([['k', 'working', 0]]);
  });
});

/** A message about an order of ours, as it would be about a copy of it that somebody else placed. */
const copied = {
  open: (order: FakeOrder, clientId: number, orderId: number): ServerMessageOf<'openOrder'> => {
    const shown = order.openOrder('Submitted');
    return { ...shown, orderId, order: { ...shown.order, clientId, permId: '777' } };
  },
  status: (order: FakeOrder, clientId: number, orderId: number): ServerMessageOf<'orderStatus'> => ({ ...order.orderStatus('Filled', 100), orderId, clientId, permId: '777' }),
  execution: (order: FakeOrder, clientId: number, orderId: number): ServerMessageOf<'execDetails'> => {
    const shown = order.execution('e1', 100);
    return { ...shown, orderId, execution: { ...shown.execution, clientId, permId: '777' } };
  },
  completed: (order: FakeOrder): ServerMessageOf<'completedOrder'> => {
    const shown = order.completedOrder('Filled', 100);
    return { ...shown, order: { ...shown.order, permId: '777' } };
  },
} as const;

describe('a copy of an order of ours, with its reference', () => {
  it.each([['by hand', 0, 0], ['of another client', 7, 55], ['of another client, under the same order id', 7, 2]] as const)('%s is another order: no alarm, no fill, and nothing is cancelled', async (_name, clientId, orderId) => {
    const { connection, trading, broker, settle } = await readyRig();
    await using owned = trading;
    expect(owned.gate()).toEqual([]);
    const mine = await trading.place(BUY);
    const order = broker().work();
    const alarms: string[] = [];
    trading.events.on('order.duplicated', () => alarms.push('order.duplicated'));
    const shown = copied.open(order, clientId, orderId);
    connection.broker.open = [order.openOrder('Submitted'), shown];
    for (const message of [shown, copied.status(order, clientId, orderId), copied.execution(order, clientId, orderId), copied.completed(order)]) connection.emit(message);
    await settle();
    expect((await trading.reconcile()).foreignOrders).toMatchObject([{ permId: '777', clientId, hasOurReference: true }]);
    expect([mine.state.status, mine.state.filledQuantity, mine.state.permIds, alarms]).toEqual(['working', 0, [order.permId], []]);
    expect(connection.sent.filter(({ type }) => type === 'cancelOrder')).toEqual([]);
  });

  it('cannot be told from ours while ours was never seen: then its reference is the only sign', async () => {
    const { connection, trading, broker, settle } = await readyRig();
    await using owned = trading;
    expect(owned.gate()).toEqual([]);
    const mine = await trading.place(BUY);
    connection.emit(copied.open(broker(), 7, 55));
    await settle();
    expect(mine.state).toMatchObject({ status: 'working', permIds: ['777'] });
  });
});
