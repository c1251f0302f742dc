import { describe, expect, it } from 'vitest';
import { memoryJournal } from '../journal/memory-journal.js';
import { PATIENCE, REST, Stage } from './testing/stage.js';

describe('scenario 3: a reset in the moment of four orders', () => {
  it('loses them without a trace, and each ends as absent: none is doubled, and no id comes twice though the gateway offers the old ones again', async () => {
    await using stage = await Stage.open({ onUnknown: 'warn' });
    const { trading, simulator } = stage;
    const rollbacks: number[] = [];
    trading.events.on('order.idRollback', ({ nextValidId }) => rollbacks.push(nextValidId));
    const before = await trading.place({ ...REST, key: 'before' });
    await before.acknowledged(PATIENCE);
    simulator.control.inject({ type: 'lose-order', count: 4 });
    simulator.control.inject({ type: 'drop', how: 'rst', after: { message: 'placeOrder', count: 4 } });
    const epoch = stage.connection.session?.epoch;
    const four = await Promise.all(['a', 'b', 'c', 'd'].map((key) => trading.place({ ...REST, key })));
    await stage.recovered(epoch);
    expect((await Promise.all(four.map((handle) => handle.done(PATIENCE)))).map(({ status }) => status)).toEqual(['absent', 'absent', 'absent', 'absent']);
    expect(before.state.status).toBe('working');

    const next = await trading.place({ ...REST, key: 'next' });
    await next.acknowledged(PATIENCE);
    const ids = [before, ...four, next].map(({ orderId }) => orderId);
    expect(new Set(ids).size).toBe(6);
    expect([...ids].sort((a, b) => a - b)).toEqual(ids);
    expect(simulator.control.state().openOrders.map(({ orderId }) => orderId).sort((a, b) => a - b)).toEqual([before.orderId, next.orderId]);
    // The gateway never saw the four, so its next valid id is no rollback behind what it took.
    expect(rollbacks).toEqual([]);
  });

  it('finds them again when they had arrived: working, once each', async () => {
    await using stage = await Stage.open({ onUnknown: 'warn' });
    const { trading, simulator } = stage;
    simulator.control.inject({ type: 'drop', how: 'rst', after: { message: 'placeOrder', count: 4 } });
    const epoch = stage.connection.session?.epoch;
    const four = await Promise.all(['a', 'b', 'c', 'd'].map((key) => trading.place({ ...REST, key })));
    await stage.recovered(epoch);
    while (four.some(({ state }) => state.status !== 'working')) await trading.reconcile();
    expect(stage.refsSeen()).toHaveLength(new Set(stage.refsSeen()).size);
    expect(new Set(simulator.control.state().openOrders.map(({ orderId }) => orderId))).toEqual(new Set(four.map(({ orderId }) => orderId)));
    for (const key of ['a', 'b', 'c', 'd']) await trading.place({ ...REST, key });
    expect(stage.seen('placeOrder')).toHaveLength(4);
  });
});

describe('A7: the next valid id goes back', () => {
  it('and no id is used again, over sessions and over restarts of the program', async () => {
    await using stage = await Stage.open({ journal: memoryJournal() });
    const { simulator } = stage;
    const ids: number[] = [];
    const place = async (): Promise<void> => {
      const handle = await stage.trading.place(REST);
      await handle.acknowledged(PATIENCE);
      ids.push(handle.orderId);
    };
    await place();
    await place();
    simulator.control.inject({ type: 'id-rollback', to: 1 });
    const told = stage.trading.events.once('order.idRollback');
    const epoch = stage.connection.session?.epoch;
    simulator.control.dropClients('rst', 1);
    await stage.recovered(epoch);
    expect(await told).toMatchObject({ nextValidId: 1, highestUsed: ids.at(-1) });
    await place();
    await stage.restart();
    await place();
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
    expect(ids).toHaveLength(4);
    expect(simulator.control.state().openOrders).toHaveLength(4);
    expect(simulator.control.journal({ kind: 'out', type: 'errMsg' }).filter(({ message }) => JSON.stringify(message).includes('"code":103'))).toEqual([]);
  });
});
