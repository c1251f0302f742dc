import { describe, expect, it } from 'vitest';
import { PATIENCE, REST, Stage } from './testing/stage.js';

describe('scenario 4: an order while the gateway is down', () => {
  it('is refused with its reason, and nothing of it is on the wire after the reconnect', async () => {
    await using stage = await Stage.open();
    const { trading, simulator, connection } = stage;
    const { control } = simulator;
    const epoch = connection.session?.epoch;
    control.stopListening();
    await control.portSettled();
    control.dropClients('rst');
    while (connection.session !== undefined) await connection.events.once('connection.stateChanged');
    for (const key of ['k1', 'k2', 'k3']) {
      await expect(trading.place({ ...REST, key })).rejects.toMatchObject({ code: 'IBKR_ORDER_GATE_REFUSED', retryable: true, details: { reasons: ['NOT_CONNECTED'] } });
    }
    const { lastSeq } = control;
    await control.listen();
    await stage.recovered(epoch);
    await trading.reconcile();
    expect(stage.seen('placeOrder', lastSeq)).toEqual([]);
    expect(trading.orders()).toEqual([]);
    // The refused keys are free.
    await (await trading.place({ ...REST, key: 'k1' })).acknowledged(PATIENCE);
    expect(stage.seen('placeOrder')).toHaveLength(1);
  });

  it('that waits for its turn when the session ends is unsent, and does not cross to the next one', async () => {
    await using stage = await Stage.open({ onUnknown: 'warn' }, { orders: { maxOrdersPerSide: 100 } });
    const { trading, simulator, connection } = stage;
    const epoch = connection.session?.epoch;
    // More than the limiter lets go in a second, reserve included: some of them wait.
    const placing = Array.from({ length: 80 }, (_, index) => trading.place({ ...REST, key: `k${index}` }).then(() => 'sent', (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error)));
    await stage.saw('placeOrder');
    simulator.control.dropClients('rst', 1);
    const outcomes = await Promise.all(placing);
    await stage.recovered(epoch);
    while ((await trading.reconcile()).unknown.length > 0);
    const unsent = outcomes.filter((outcome) => outcome === 'IBKR_ORDER_UNSENT');
    expect(unsent.length).toBeGreaterThan(0);
    expect(new Set(outcomes)).toEqual(new Set(['sent', 'IBKR_ORDER_UNSENT']));
    const refs = stage.refsSeen();
    expect(refs).toHaveLength(new Set(refs).size);
    const statuses = trading.orders().map(({ status, orderRef }) => [status, refs.includes(orderRef)]);
    for (const [status, arrived] of statuses) expect([status, arrived]).toEqual([arrived === true ? 'working' : status === 'unsent' ? 'unsent' : 'absent', arrived]);
  });
});
