import { describe, expect, it } from 'vitest';
import { WireClient } from '../testing/wire-client.js';
import { withSimulator } from '../testing/with-simulator.js';

describe('the control', () => {
  it('shows who is connected and what they said', () =>
    withSimulator({ accounts: ['DU1'] }, async ({ simulator, connect }) => {
      const client = await connect({ clientId: 8, maxVersion: 178 });
      client.send({ type: 'reqIds', count: 1 });
      await client.barrier();
      const state = simulator.control.state();
      expect(state).toMatchObject({ host: '127.0.0.1', port: simulator.port, listening: true, connections: 1, faults: [], openOrders: [], positions: [] });
      expect(state.clock).toEqual({ nowMs: simulator.clock.now(), speed: 1, paused: false, held: false });
      expect(state.clients).toMatchObject([{ clientId: 8, serverVersion: 178, received: 2, sent: { nextValidId: 2, managedAccounts: 1, errMsg: 4, currentTime: 1 } }]);
      expect(simulator.control.journal({ kind: 'in', clientId: 8 }).map((entry) => entry.type)).toEqual(['startApi', 'reqIds', 'reqCurrentTime']);
      expect(simulator.control.journal({ kind: 'client' }).map((entry) => entry.type)).toEqual(['accepted', 'handshake', 'started', 'ready']);
    }));

  it('drops clients by FIN and by RST, all or one', () =>
    withSimulator({}, async ({ simulator, connect }) => {
      const one = await connect({ clientId: 1 });
      const two = await connect({ clientId: 2 });
      const three = await connect({ clientId: 3 });
      expect(simulator.control.dropClients('rst', 2)).toBe(1);
      expect(await two.closed).toBe(true);
      await one.barrier();
      expect(simulator.control.dropClients('fin')).toBe(2);
      expect(simulator.control.state().clients).toEqual([]);
      expect(await one.closed).toBe(false);
      expect(await three.closed).toBe(false);
      await connect({ clientId: 1 });
    }));

  it('sends notices to every client', () =>
    withSimulator({}, async ({ simulator, connect }) => {
      const clients = [await connect({ clientId: 1 }), await connect({ clientId: 2 })];
      expect(simulator.control.notice(1100)).toBe(2);
      expect(simulator.control.notice(2103, 'Market data farm connection is broken:eufarm')).toBe(2);
      expect(simulator.control.notice(10197, 'No market data during competing live session', 5)).toBe(2);
      for (const client of clients) {
        expect(await client.error(1100)).toMatchObject({ id: -1, msg: 'Connectivity between IB and TWS has been lost.' });
        expect(await client.error(2103)).toMatchObject({ msg: 'Market data farm connection is broken:eufarm' });
        await client.error(10197, 5);
      }
    }));

  it('makes connections half-open and lets go of what was held back', () =>
    withSimulator({}, async ({ simulator, connect }) => {
      const muted = await connect({ clientId: 1 });
      const other = await connect({ clientId: 2 });
      const unmute = simulator.control.mute(1);
      muted.send({ type: 'reqCurrentTime' });
      simulator.control.notice(1100);
      await other.error(1100);
      await other.barrier();
      expect(muted.all('currentTime')).toEqual([]);
      expect(muted.all('errMsg').some(({ code }) => code === 1100)).toBe(false);
      expect(simulator.control.state().faults).toEqual([{ id: 'f1', status: 'active', fault: { type: 'half-open', clientId: 1 } }]);
      unmute();
      unmute();
      await muted.error(1100);
      await muted.first('currentTime');
      expect(simulator.control.state().faults).toEqual([]);
    }));

  it('stops one direction alone', () =>
    withSimulator({}, async ({ simulator, connect }) => {
      const client = await connect({ clientId: 1 });
      const other = await connect({ clientId: 2 });
      simulator.control.inject({ type: 'half-open', stop: 'writing', clientId: 1 });
      client.send({ type: 'reqIds', count: 1 });
      const seen = async (): Promise<boolean> => {
        await other.barrier();
        return simulator.control.journal({ kind: 'in', clientId: 1 }).length > 0;
      };
      while (!(await seen()));
      expect(client.all('nextValidId')).toHaveLength(1);
      simulator.control.clearFaults('half-open');
      await client.barrier();
      expect(client.all('nextValidId')).toHaveLength(2);
    }));

  it('closes its port and opens it again while clients and orders live on', () =>
    withSimulator({}, async ({ simulator, connect }) => {
      const client = await connect({ clientId: 1 });
      client.send({
        type: 'placeOrder',
        orderId: 1,
        contract: { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' },
        order: { action: 'BUY', totalQuantity: 1, orderType: 'LMT', lmtPrice: 1 },
      });
      await client.first('orderStatus');
      simulator.control.stopListening();
      await expect(WireClient.open(simulator.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      expect(simulator.control.state()).toMatchObject({ listening: false, connections: 1 });
      await client.barrier();
      simulator.control.dropClients('rst');
      await client.closed;
      const { port } = simulator;
      await simulator.control.listen();
      expect(simulator.port).toBe(port);
      const again = await connect({ clientId: 1 });
      again.send({ type: 'reqOpenOrders' });
      await again.first('openOrderEnd');
      expect(again.all('openOrder')).toHaveLength(1);
    }));

  it('refuses for a while', () =>
    withSimulator({}, async ({ simulator, clock, connect }) => {
      simulator.control.inject({ type: 'refuse', for: 500 });
      await expect(WireClient.open(simulator.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      await clock.advance(500);
      await simulator.control.listen();
      await connect();
    }));

  it('accepts and never answers', () =>
    withSimulator({}, async ({ simulator, clock, connect }) => {
      const end = simulator.control.inject({ type: 'mute-accept' });
      const mute = await WireClient.open(simulator.port);
      mute.sendBytes(Buffer.from('API\0\0\0\0\x09v100..193'));
      await clock.advance(60_000);
      end();
      await connect();
      expect(mute.serverVersion).toBe(0);
      expect(simulator.control.state().connections).toBe(2);
      await mute.close();
    }));

  it('shakes hands and gets ready only when the fault ends', () =>
    withSimulator({}, async ({ simulator, clock }) => {
      simulator.control.inject({ type: 'mute-ready', for: 30_000 });
      const client = await WireClient.greet({ port: simulator.port });
      client.send({ type: 'startApi', clientId: 1, optionalCapabilities: '' });
      client.send({ type: 'reqCurrentTime' });
      const started = async (): Promise<boolean> => {
        await clock.settle();
        await (await WireClient.greet({ port: simulator.port })).close();
        return simulator.control.journal({ type: 'started' }).length > 0;
      };
      while (!(await started()));
      await clock.advance(29_999);
      expect(client.messages).toEqual([]);
      await clock.advance(1);
      await client.first('nextValidId');
      await client.barrier();
      expect(client.all('currentTime')).toHaveLength(1);
      await client.close();
    }));

  it('keeps a client id in use for a while', () =>
    withSimulator({}, async ({ simulator, clock, connect }) => {
      simulator.control.inject({ type: 'id-in-use', clientId: 7, for: 5_000 });
      const refused = await WireClient.greet({ port: simulator.port });
      refused.send({ type: 'startApi', clientId: 7, optionalCapabilities: '' });
      await refused.error(326, -1);
      expect(await refused.closed).toBe(false);
      await connect({ clientId: 8 });
      await clock.advance(5_000);
      await connect({ clientId: 7 });
    }));

  it('moves the market', () =>
    withSimulator({}, ({ simulator }) => {
      expect(() => {
        simulator.control.setPrice('NOSUCH', 1);
      }).toThrow(expect.objectContaining({ name: 'UsageError' }));
      simulator.control.setPrice('AAPL', 123);
      return Promise.resolve();
    }));

  it('notes in the journal what the test did', () =>
    withSimulator({}, async ({ simulator, clock, connect }) => {
      const client = await connect();
      const { control } = simulator;
      control.setPrice('AAPL', 200);
      control.notice(2110);
      client.send({ type: 'placeOrder', orderId: 1, contract: { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' }, order: { action: 'BUY', totalQuantity: 1, orderType: 'MKT' } });
      await client.barrier();
      await clock.advance(1_000);
      control.correctExecution(control.state().executions[0]?.execId ?? '', 201);
      control.cancelManualOrder(control.placeManualOrder({ symbol: 'AAPL', action: 'BUY', quantity: 1, lmtPrice: 1 }).permId);
      control.dropClients('rst', 1);
      control.stopListening();
      await control.listen();
      expect(control.journal({ kind: 'control' }).map(({ type }) => type)).toEqual([
        'setPrice', 'notice', 'correctExecution', 'placeManualOrder', 'cancelManualOrder', 'dropClients', 'stopListening', 'listen',
      ]); // prettier-ignore
      expect(control.journal({ kind: 'control', type: 'setPrice' })).toMatchObject([{ message: { symbol: 'AAPL', price: 200 } }]);
    }));
});
