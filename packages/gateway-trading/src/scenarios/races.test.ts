import { describe, expect, it } from 'vitest';
import { PATIENCE, REST, Stage } from './testing/stage.js';

/** Every order in which three things can be done. */
const ORDERS = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] as const;
/** What a sweep asks for, in its order. */
const LISTS = ['reqAllOpenOrders', 'reqCompletedOrders', 'reqExecutions', 'reqPositions'] as const;

/** Resolves once the gate is open in another session than this. */
async function inNextSession(stage: Stage, epoch: number | undefined): Promise<void> {
  const isNext = stage.connection.session !== undefined && stage.connection.session.epoch !== epoch;
  if (isNext) await stage.trading.ready();
  else await stage.recovered(epoch);
}

describe('a cancel, a fill and the end of the session at the same moment', () => {
  it.each(ORDERS)('in the order %i, %i, %i: the order is what the broker has, with every fill once', async (...order) => {
    await using stage = await Stage.open();
    const { trading, simulator, connection } = stage;
    simulator.control.setPrice('AAPL', 100);
    const handle = await trading.place({ ...REST, limitPrice: 50 });
    await handle.acknowledged(PATIENCE);
    const epoch = connection.session?.epoch;
    const acts = [
      (): unknown => trading.cancel(handle).catch(() => undefined),
      (): unknown => {
        simulator.control.setPrice('AAPL', 40);
        return undefined;
      },
      (): unknown => simulator.control.dropClients('rst', 1),
    ] as const;
    for (const at of order) {
      void acts[at]();
      await Promise.resolve();
    }
    await inNextSession(stage, epoch);
    await trading.reconcile();
    const verdict = await handle.done(PATIENCE);
    const { openOrders, executions } = simulator.control.state();
    expect(openOrders).toEqual([]);
    expect(verdict).toMatchObject({ status: executions.length > 0 ? 'filled' : 'cancelled', filledQuantity: executions.reduce((sum, { shares }) => sum + shares, 0), fillsComplete: true });
    expect(stage.seen('placeOrder')).toHaveLength(1);
  });
});

describe('the end of the session in the middle of a sweep', () => {
  it('at any of its lists leaves a working order working, and the next sweep is whole', async () => {
    await using stage = await Stage.open();
    const { trading, simulator, connection } = stage;
    const handle = await trading.place(REST);
    await handle.acknowledged(PATIENCE);
    for (const list of LISTS) {
      const epoch = connection.session?.epoch;
      let isCut = false;
      const off = simulator.control.watchJournal(({ kind, type }) => {
        if (isCut || kind !== 'in' || type !== list) return;
        isCut = true;
        queueMicrotask(() => simulator.control.dropClients('rst', 1));
      });
      await trading.reconcile().catch(() => undefined);
      off();
      await inNextSession(stage, epoch);
      expect([list, isCut, handle.state.status]).toEqual([list, true, 'working']);
    }
    expect((await trading.reconcile()).missing).toEqual([]);
    expect(stage.seen('placeOrder')).toHaveLength(1);
  });
});

describe('a hundred orders at once, and the end of the session in their middle', () => {
  it('leaves each of them with an outcome that is what the books say', async () => {
    await using stage = await Stage.open();
    const { simulator, connection } = stage;
    const epoch = connection.session?.epoch;
    let arrived = 0;
    const off = simulator.control.watchJournal(({ kind, type }) => {
      if (kind === 'in' && type === 'placeOrder' && (arrived += 1) === 10) queueMicrotask(() => simulator.control.dropClients('rst', 1));
    });
    await Promise.all(Array.from({ length: 100 }, (_, index) => stage.trading.place({ ...REST, key: `k${index}` }).catch(() => undefined)));
    off();
    await inNextSession(stage, epoch);
    while (stage.trading.orders().some(({ status }) => status === 'unknown' || status === 'sending')) await stage.trading.reconcile();
    const { openOrders } = simulator.control.state();
    const working = stage.trading.orders().filter(({ status }) => status === 'working');
    expect(working.map(({ orderRef }) => orderRef).sort()).toEqual(openOrders.map(({ ticket }) => ticket.orderRef).sort());
    expect(stage.trading.orders()).toHaveLength(100);
    expect(new Set(stage.refsSeen()).size).toBe(stage.refsSeen().length);
  });
});
