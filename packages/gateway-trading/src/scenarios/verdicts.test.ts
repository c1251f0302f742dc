import { describe, expect, it } from 'vitest';
import { PATIENCE, REST, SHARE, Stage } from './testing/stage.js';

describe('A15: cancelled, then filled', () => {
  it('ends filled, whichever the broker says last', async () => {
    await using stage = await Stage.open();
    const { trading, simulator } = stage;
    const handle = await trading.place(REST);
    const { permIds } = await handle.acknowledged(PATIENCE);
    const told: string[] = [];
    trading.events.on('order.statusChanged', ({ to }) => told.push(to));
    // The broker's word for a cancel that nobody can be sure of, while the order fills.
    const hold = simulator.control.inject({ type: 'half-open', stop: 'writing', clientId: 1 });
    simulator.control.notice(202, 'Order Canceled - reason:', handle.orderId);
    simulator.control.setPrice('AAPL', 0.5);
    await stage.stands(({ executions }) => executions.length > 0);
    hold();
    await stage.comesTo(handle, 'filled');
    expect(handle.state).toMatchObject({ status: 'filled', filledQuantity: 10, permIds });
    expect(told).toEqual(['cancelled', 'filled']);
    expect(await trading.positions()).toMatchObject([{ position: 10 }]);
  });
});

describe('scenario 11: an order that is never answered', () => {
  it('is unknown after its time, and absent once two whole looks did not find it', async () => {
    await using stage = await Stage.open({ ackTimeoutMs: 100 });
    const { trading, simulator } = stage;
    simulator.control.inject({ type: 'lose-order' });
    const unknown = trading.events.once('order.unknown');
    const handle = await trading.place({ ...REST, key: 'k' });
    expect((await unknown).order.key).toBe('k');
    // While nobody knows, nothing may be placed in the same instrument.
    await expect(trading.place(REST)).rejects.toMatchObject({ details: { reasons: ['UNKNOWN_ORDER'] } });
    expect((await handle.done(PATIENCE)).status).toBe('absent');
    await (await trading.place(REST)).acknowledged(PATIENCE);
    expect(stage.seen('placeOrder')).toHaveLength(2);
  });

  it('is found when it works in silence, and not sent again', async () => {
    await using stage = await Stage.open({ ackTimeoutMs: 100 });
    const { trading, simulator } = stage;
    simulator.control.inject({ type: 'lose-ack' });
    const unknown = trading.events.once('order.unknown');
    const handle = await trading.place(REST);
    await unknown;
    await stage.comesTo(handle, 'working');
    await trading.cancel(handle);
    await stage.comesTo(handle, 'cancelled');
    expect(stage.seen('placeOrder')).toHaveLength(1);
    expect(simulator.control.state().openOrders).toEqual([]);
  });
});

describe('scenario 11: a cancel that finds nothing', () => {
  it.each([[10147, 'OrderId 1 that needs to be cancelled is not found.'], [10148, 'OrderId 1 that needs to be cancelled can not be cancelled, state: Filled.']])('is refused with %i, and the order is what the lists say', async (code, text) => {
    await using stage = await Stage.open();
    const { trading, simulator } = stage;
    const handle = await trading.place(REST);
    await handle.acknowledged(PATIENCE);
    simulator.control.inject({ type: 'notice', request: 'cancelOrder', instead: true, code, text });
    const refused = trading.events.once('order.cancelRefused');
    await trading.cancel(handle);
    expect((await refused).reason).toBe(text);
    await trading.reconcile();
    expect(handle.state).toMatchObject({ status: 'working', cancel: 'refused' });
    await trading.cancel(handle);
    expect((await handle.done(PATIENCE)).status).toBe('cancelled');
  });

  it('of an order that never arrived says so (10147), and the order is absent', async () => {
    await using stage = await Stage.open({ ackTimeoutMs: 60_000 });
    const { trading, simulator } = stage;
    simulator.control.inject({ type: 'lose-order' });
    const handle = await trading.place(REST);
    const refused = trading.events.once('order.cancelRefused');
    await trading.cancel(handle);
    await refused;
    expect(handle.state.status).not.toBe('cancelled');
    const unknown = trading.events.once('order.unknown');
    simulator.control.dropClients('rst', 1);
    await unknown;
    expect((await handle.done(PATIENCE)).status).toBe('absent');
  });
});

describe('scenario 13: one number for an order and a request', () => {
  it('cannot happen to us, and a rejection under the id of an order touches the order alone', async () => {
    await using stage = await Stage.open();
    const { trading, simulator, connection } = stage;
    const prices: number[] = [];
    const line = connection.subscribe({
      name: 'prices',
      build: (reqId) => ({ type: 'reqMktData', reqId, contract: SHARE, genericTickList: '', snapshot: false, regulatorySnapshot: false }),
      cancel: (reqId) => ({ type: 'cancelMktData', reqId }),
      receive: (message) => {
        if (message.type === 'tickPrice') prices.push(message.reqId);
      },
    });
    await stage.saw('reqMktData');
    simulator.control.inject({ type: 'notice', request: 'placeOrder', instead: true, code: 201, text: 'Order rejected - reason:the order is not accepted' });
    const handle = await trading.place(REST);
    expect(await handle.done(PATIENCE)).toMatchObject({ status: 'rejected', brokerNotice: { code: 201 } });
    const requestIds = stage.seen('reqMktData').flatMap(({ message }) => (message !== undefined && 'reqId' in message ? [Number(message.reqId)] : []));
    expect(requestIds.every((id) => id >= 100_000_000)).toBe(true);
    expect(handle.orderId).toBeLessThan(100_000_000);
    const { length } = prices;
    simulator.control.setPrice('AAPL', 321);
    while (prices.length === length) await stage.answered();
    expect(line.status).toBe('active');
    await line.close();
    // A notice under the id of a request is no verdict on an order.
    const [requestId = 0] = requestIds;
    const next = await trading.place(REST);
    await next.acknowledged(PATIENCE);
    simulator.control.notice(201, 'Order rejected', requestId);
    await trading.reconcile();
    expect(next.state.status).toBe('working');
  });
});
