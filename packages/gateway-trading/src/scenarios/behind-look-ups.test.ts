import { describe, expect, it } from 'vitest';
import { PATIENCE, REST, Stage } from './testing/stage.js';

const LOOK_UPS = 10_000;

describe('scenario 14: an order behind look-ups', () => {
  it('leaves before the ten thousand that were asked for earlier, and so does its cancel', async () => {
    await using stage = await Stage.open();
    const { trading, connection, simulator } = stage;
    const { session } = connection;
    const contract = { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' };
    // What does not fit into the queue is refused, what is left of it ends with the session.
    for (let reqId = 1; reqId <= LOOK_UPS; reqId += 1) session?.send({ type: 'reqContractDetails', reqId: 1_000_000 + reqId, contract }).catch(() => undefined);
    const waitingLookUps = (): number => Object.values(connection.pacingStats().queued).reduce((sum, count) => sum + count, 0);
    expect(waitingLookUps()).toBeGreaterThan(LOOK_UPS * 0.9);
    // Counted, not timed: how many of them the server had read when it read the order.
    const ahead = (type: 'placeOrder' | 'cancelOrder'): number => {
      const entries = simulator.control.journal({ kind: 'in' });
      return entries.slice(0, entries.findIndex((entry) => entry.type === type)).filter((entry) => entry.type === 'reqContractDetails').length;
    };
    const order = await trading.place({ ...REST, key: 'k' });
    await order.acknowledged(PATIENCE);
    // What one second of the limiter lets out at once, and no more than another second of it on a machine that is busy.
    expect(ahead('placeOrder')).toBeLessThanOrEqual(2 * 45);
    await trading.cancel(order);
    await stage.saw('cancelOrder');
    expect(ahead('cancelOrder')).toBeLessThan(LOOK_UPS / 10);
    expect(waitingLookUps()).toBeGreaterThan(LOOK_UPS / 2);
  });
});
