import { describe, expect, it } from 'vitest';
import { PATIENCE, REST, Stage } from './testing/stage.js';

describe('A14: a snapshot that is not whole', () => {
  it.each(['reqAllOpenOrders', 'reqCompletedOrders', 'reqExecutions', 'reqPositions'])('changes nothing: %s without an answer', async (request) => {
    await using stage = await Stage.open({ listTimeoutMs: 150 });
    const { trading, simulator } = stage;
    const handle = await trading.place(REST);
    await handle.acknowledged(PATIENCE);
    simulator.control.inject({ type: 'lose-order', request, count: 1_000 });
    const known = (): unknown => {
      const { status, permIds, fills, filledQuantity, cancel, notWorking, evidence } = handle.state;
      return { status, permIds, fills, filledQuantity, cancel, notWorking, evidence };
    };
    const before = known();
    const failed = trading.events.once('reconcile.failed');
    await expect(trading.reconcile()).rejects.toMatchObject({ name: 'TimeoutError' });
    await failed;
    await expect(trading.reconcile()).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(known()).toEqual(before);
    // The next session owes no answer to anybody.
    simulator.control.clearFaults('lose-order');
    const epoch = stage.connection.session?.epoch;
    simulator.control.dropClients('rst', 1);
    await stage.recovered(epoch);
    expect(handle.state.status).toBe('working');
  });

  it('leaves an unknown order unknown, and keeps the gate shut after a reconnect', async () => {
    await using stage = await Stage.open({ listTimeoutMs: 150 });
    const { trading, simulator, connection } = stage;
    simulator.control.inject({ type: 'lose-order' });
    const handle = await trading.place(REST);
    simulator.control.inject({ type: 'lose-order', request: 'reqCompletedOrders', count: 1_000 });
    const unknown = trading.events.once('order.unknown');
    simulator.control.dropClients('rst', 1);
    await unknown;
    while (connection.session === undefined) await connection.events.once('connection.stateChanged');
    await trading.events.once('reconcile.failed');
    await trading.events.once('reconcile.failed');
    expect([handle.state.status, trading.gate()]).toEqual(['unknown', ['RECONCILE_PENDING']]);
    simulator.control.clearFaults('lose-order');
    simulator.control.dropClients('rst', 1);
    expect((await handle.done(PATIENCE)).status).toBe('absent');
  });
});
