import { createTestClock } from '@ibkit/clock/testing';
import { simulatorTest, waitForJournal, waitForState } from '@ibkit/simulator/vitest';
import { describe, expect } from 'vitest';
import { WireClient } from '../testing/wire-client.js';

const it = simulatorTest();
const AAPL = { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' } as const;
const RESTING = { action: 'BUY', totalQuantity: 10, orderType: 'LMT', lmtPrice: 1, tif: 'GTC' } as const;

describe('waiting', () => {
  it('ends with what has happened, and with what comes', async ({ simulator }) => {
    const coming = waitForJournal(simulator, { kind: 'in', type: 'placeOrder', clientId: 4 });
    const client = await WireClient.ready({ port: simulator.port, clientId: 4 });
    expect(await waitForJournal(simulator, { kind: 'client', type: 'ready' })).toMatchObject({ clientId: 4 });
    client.send({ type: 'placeOrder', orderId: 1, contract: AAPL, order: RESTING });
    expect(await coming).toMatchObject({ message: { orderId: 1 } });
    const { openOrders } = await waitForState(simulator, ({ openOrders: [order] }) => order?.status === 'Submitted');
    expect(openOrders).toMatchObject([{ lmtPrice: 1, status: 'Submitted' }]);
    const before = simulator.control.lastSeq;
    const next = waitForJournal(simulator, ({ seq, kind }) => seq > before && kind === 'in');
    client.send({ type: 'reqCurrentTime' });
    expect(await next).toMatchObject({ type: 'reqCurrentTime' });
    await client.close();
  });

  it('looks when what an entry tells of is over', async ({ simulator }) => {
    const client = await WireClient.ready({ port: simulator.port });
    const filled = waitForState(simulator, ({ executions, positions }) => executions.length > 0 && positions.some(({ position }) => position === 10));
    client.send({ type: 'placeOrder', orderId: 1, contract: AAPL, order: { ...RESTING, orderType: 'MKT' } });
    expect((await filled).positions).toMatchObject([{ position: 10 }]);
    await client.close();
  });

  it('gives up in time and says what was seen', async ({ simulator }) => {
    const clock = createTestClock();
    const client = await WireClient.ready({ port: simulator.port });
    const never = waitForJournal(simulator, { type: 'placeOrder' }, { timeoutMs: 1_000, clock });
    const failed = expect(never).rejects.toThrow(/did not see an entry with \{"type":"placeOrder"\} within 1000 ms[\s\S]*client ready \(client 1\)/);
    await clock.advance(1_000);
    await failed;
    expect(clock.pending).toBe(0);
    await expect(waitForState(simulator, () => false, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
    await expect(waitForState(simulator, () => false, { timeoutMs: 0 })).rejects.toThrow('timeoutMs must be a finite number above 0');
    const broken = waitForState(simulator, ({ openOrders }) => {
      if (openOrders.length > 0) throw new Error('a broken test');
      return false;
    });
    client.send({ type: 'placeOrder', orderId: 1, contract: AAPL, order: RESTING });
    await expect(broken).rejects.toThrow('a broken test');
    await client.close();
  });
});
