import { describe, expect, it } from 'vitest';
import type { WireContract } from '@ibkit/wire';
import { WireClient } from '../testing/wire-client.js';
import { withSimulator } from '../testing/with-simulator.js';

const AAPL: WireContract = { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' };

describe('faults of the gateway', () => {
  it('restart ends every connection, refuses for a while, and has the same book again', () =>
    withSimulator({}, async ({ simulator, clock, connect }) => {
      const client = await connect();
      client.send({ type: 'placeOrder', orderId: 5, contract: AAPL, order: { action: 'BUY', totalQuantity: 1, orderType: 'LMT', lmtPrice: 1, tif: 'GTC' } });
      await client.first('openOrder');
      simulator.control.inject({ type: 'restart' });
      expect(await client.closed).toBe(false);
      await expect(WireClient.open(simulator.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      await clock.advance(29_999);
      expect(simulator.control.state().listening).toBe(false);
      await clock.advance(1);
      await simulator.control.listen();
      const again = await connect();
      expect(again.all('nextValidId')).toMatchObject([{ orderId: 6 }]);
      again.send({ type: 'reqOpenOrders' });
      await again.first('openOrder', ({ orderId }) => orderId === 5);
    }));

  it('weekly-login keeps the port closed until somebody approves', () =>
    withSimulator({}, async ({ simulator, clock, connect }) => {
      const client = await connect();
      simulator.control.inject({ type: 'weekly-login' });
      expect(await client.closed).toBe(false);
      await clock.advance(7 * 86_400_000);
      await expect(WireClient.open(simulator.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      expect(simulator.control.approve()).toBe(1);
      expect(simulator.control.approve()).toBe(0);
      await simulator.control.listen();
      await connect();
    }));

  it('clock-skew moves the current time and the connection time', () =>
    withSimulator({ startAtMs: Date.UTC(2026, 0, 5, 12) }, async ({ simulator, connect }) => {
      simulator.control.inject({ type: 'clock-skew', byMs: -3_600_000 });
      const client = await connect();
      expect(client.connectionTime).toBe('20260105 11:00:00 UTC');
      client.send({ type: 'reqCurrentTime' });
      expect(await client.first('currentTime')).toMatchObject({ time: Date.UTC(2026, 0, 5, 11) / 1_000 });
    }));

  it.each([
    ['old-version', undefined, 100],
    ['old-version', 160, 160],
    ['new-version', undefined, 226],
  ] as const)('%s announces another version (%s)', (type, version, announced) =>
    withSimulator({}, async ({ simulator }) => {
      simulator.control.inject({ type, version });
      const client = await WireClient.greet({ port: simulator.port, minVersion: 157, maxVersion: 193 });
      expect(client.serverVersion).toBe(announced);
      if (announced === 160) {
        client.send({ type: 'startApi', clientId: 1 });
        await client.first('nextValidId');
      }
      await client.close();
    }),
  );

  it('a version that is refused is not answered at all', () =>
    withSimulator({}, async ({ simulator }) => {
      const end = simulator.control.inject({ type: 'new-version', refuse: true });
      await expect(WireClient.greet({ port: simulator.port })).rejects.toThrow('closed');
      end();
      await (await WireClient.greet({ port: simulator.port })).close();
    }));
});
