import { createSimulator } from '@ibkit/simulator';
import type { Simulator, SimulatorOptions } from '@ibkit/simulator';
import { describe, expect, it } from 'vitest';
import { AAPL } from '../testing/rig.js';
import { Broker } from './broker.js';
import { IBGateway } from './ib-gateway.js';
import type { GatewayProcessPort, IBGatewaySettings } from './ib-gateway-options.js';

const SHARE = { symbol: AAPL.symbol, secType: AAPL.secType, exchange: AAPL.exchange, currency: AAPL.currency } as const;
const SOON = { timeoutMs: 15_000 };

async function onStage(play: (gateway: IBGateway, simulator: Simulator) => Promise<void>, { simulated = {}, options = {} }: { readonly simulated?: SimulatorOptions; readonly options?: IBGatewaySettings } = {}): Promise<void> {
  const simulator = await createSimulator({ speed: 10, ...simulated });
  const gateway = new IBGateway({ host: simulator.host, port: simulator.port, random: { next: () => 0 }, ...options });
  try {
    await play(gateway, simulator);
  } finally {
    await gateway.close();
    await simulator.close();
  }
}

describe('IBGateway', () => {
  it('is on paper and at the port of the gateway unless something else is said', async () => {
    const [paper, live] = [new IBGateway(), new IBGateway({ tradingMode: 'live', accountId: 'U1', clientId: 9 })];
    expect([paper.tradingMode, paper.getStatus()]).toMatchObject(['paper', { port: 4002, paperTrading: true, useGateway: true, clientId: 1 }]);
    expect([live.tradingMode, live.accountId, live.getStatus()]).toMatchObject(['live', 'U1', { port: 4001, paperTrading: false, clientId: 9 }]);
    expect([paper.accountId, paper.positions, paper.pnl, paper.allMarketData(), paper.orders()]).toEqual([undefined, undefined, undefined, [], []]);
    expect(() => new IBGateway({ tradingMode: 'live' })).toThrow('accountId must be named for live trading');
    expect(() => new IBGateway({ accountId: ' ' })).toThrow('accountId must not be empty');
    await Promise.all([paper.close(), live.close()]);
  });

  it('stores market data under a number of its own that outlives a session, and tells it', () =>
    onStage(async (gateway, simulator) => {
      const called: number[] = [];
      const requestId = gateway.subscribeMarketData(SHARE, { onUpdate: (_quote, id) => called.push(id) });
      expect(gateway.getMarketData(requestId)).toEqual({ requestId, contract: undefined, quote: undefined, status: 'resolving', error: undefined });
      const told = gateway.events.once('quote.updated');
      expect(await gateway.connectGateway()).toEqual({ accounts: ['DU1234567'], gate: [] });
      expect((await told).requestId).toBe(requestId);
      expect(gateway.getMarketData(requestId)).toMatchObject({ contract: { symbol: 'AAPL', conId: AAPL.conId }, status: 'open', quote: { symbol: 'AAPL' } });
      expect(called[0]).toBe(requestId);
      const gap = gateway.events.once('quote.gap');
      simulator.control.dropClients('rst');
      expect((await gap).requestId).toBe(requestId);
      const ended = gateway.events.once('quote.ended');
      const missing = gateway.subscribeMarketData('NOSUCH');
      expect(await ended).toMatchObject({ requestId: missing, error: { code: 'IBKR_CONTRACT_NOT_FOUND' } });
      expect(gateway.allMarketData().map(({ status }) => status)).toEqual(['open', 'ended']);
      await gateway.unsubscribeMarketData(requestId);
      expect(gateway.getMarketData(requestId)).toBeUndefined();
      await expect(gateway.unsubscribeMarketData(requestId)).rejects.toThrow('requestId must be the number of a subscription');
    }));

  it('takes an order to its fill, with execution, commission, position and account as events and as what is stored', () =>
    onStage(async (gateway) => {
      await gateway.connectGateway();
      const facts = Promise.all([gateway.events.once('order.statusChanged'), gateway.events.once('order.filled'), gateway.events.once('order.commission'), gateway.events.once('portfolio.updated'), gateway.events.once('account.updated'), gateway.events.once('pnl.updated')]);
      const held = new Promise<void>((resolve) => {
        gateway.events.on('positions.updated', ({ positions }) => {
          if (positions[0]?.position === 10) resolve();
        });
      });
      const request = { contract: SHARE, action: 'BUY', quantity: 10, orderType: 'MKT', key: 'k' } as const;
      expect((await gateway.previewOrder(request)).account).toBe('DU1234567');
      const order = await gateway.placeOrder(request);
      await order.filled(SOON);
      // Ends with the last commission.
      for await (const { status } of order) expect(status).toBe('filled');
      await Promise.all([facts, held]);
      expect(gateway.positions).toMatchObject({ stale: false, positions: [{ account: 'DU1234567', position: 10 }] });
      expect(gateway.getAccountValue('NetLiquidation')?.amount).toBeGreaterThan(1_000);
      expect([gateway.accountValues?.account, gateway.portfolio?.account, gateway.pnl?.account]).toEqual(['DU1234567', 'DU1234567', 'DU1234567']);
      expect(await gateway.getPositions()).toMatchObject([{ position: 10 }]);
      expect((await gateway.getAccountBalance()).netLiquidation).toBeGreaterThan(1_000);
      const executions = await gateway.getExecutions();
      expect(executions.every(({ key, commission }) => key === 'k' && commission.status === 'known')).toBe(true);
      expect(gateway.orders().map(({ status }) => status)).toEqual(['filled']);
      const resting = await gateway.placeOrder({ ...request, orderType: 'LMT', limitPrice: 1, key: 'l' });
      // A change is refused, to be tried again, when the order itself changes at that moment.
      for await (const { brokerStatus } of resting) if (brokerStatus === 'Submitted') break;
      expect((await gateway.modifyOrder('l', { limitPrice: 2 })).state.limitPrice).toBe(2);
      await gateway.cancelOrder('l');
      expect((await resting.done(SOON)).status).toBe('cancelled');
      const another = await gateway.placeOrder({ ...request, orderType: 'LMT', limitPrice: 1, key: 'm' });
      expect((await gateway.cancelAllOrders()).requested.map(({ key }) => key)).toEqual(['m']);
      expect((await another.done(SOON)).status).toBe('cancelled');
      expect(gateway.errors.history().map(({ code }) => code)).toContain(202);
    }));

  it('does not stay connected to accounts of another kind, or without the one that was named', () =>
    onStage(async (_gateway, simulator) => {
      const at = { host: simulator.host, port: simulator.port };
      for (const [options, code] of [
        [{ tradingMode: 'live', accountId: 'U1234567', allowLive: true }, 'IBKR_ACCOUNT_MODE_MISMATCH'],
        [{ accountId: 'DU7654321' }, 'IBKR_ACCOUNT_NOT_IN_SESSION'],
      ] as const) {
        const gateway = new IBGateway({ ...at, ...options });
        const refused: unknown = await gateway.connectGateway().catch((error: unknown) => error);
        expect(refused).toMatchObject({ code });
        expect(String(refused)).not.toMatch(/U\d{7}/u);
        expect([gateway.isConnected(), gateway.positions]).toEqual([false, undefined]);
        await gateway.close();
      }
    }));

  it('connects to a live account for its data, with the reasons why no order would be sent', () =>
    onStage(async (gateway) => {
      const { gate } = await gateway.connectGateway();
      expect(gate).toContain('LIVE_NOT_ALLOWED');
      await expect(gateway.placeOrder({ contract: SHARE, action: 'BUY', quantity: 1, orderType: 'MKT' })).rejects.toMatchObject({ code: 'IBKR_ORDER_GATE_REFUSED' });
      expect((await gateway.getAccountBalance()).account).toBe('U1234567');
    }, { simulated: { accounts: ['U1234567'], forceAccounts: true }, options: { tradingMode: 'live', accountId: 'U1234567' } }));

  it('shows positions of all accounts, and asks for the account where it cannot know it', () =>
    onStage(async (gateway) => {
      await gateway.connectGateway();
      if (gateway.positions === undefined) await gateway.events.once('positions.updated');
      expect([gateway.accountId, gateway.portfolio, gateway.positions?.positions]).toEqual([undefined, undefined, []]);
      await expect(gateway.getAccountBalance()).rejects.toThrow('account must be named, because the session has 2 accounts');
      await expect(gateway.placeOrder({ contract: SHARE, action: 'BUY', quantity: 1, orderType: 'MKT' })).rejects.toThrow('account');
    }, { simulated: { accounts: ['DU1', 'DU2'] } }));

  it('starts and stops the process that it was given', async () => {
    const calls: string[] = [];
    const process: GatewayProcessPort = {
      start: () => Promise.resolve(calls.push('start')),
      stop: () => Promise.resolve(calls.push('stop')),
      status: () => ({ phase: calls.at(-1) }),
    };
    await onStage(async (gateway) => {
      await gateway.connectGateway({ startGateway: true });
      expect([calls, gateway.gatewayStatus(), gateway.isConnected()]).toEqual([['start'], { phase: 'start' }, true]);
      await gateway.stopGateway();
      expect([calls, gateway.isConnected()]).toEqual([['start', 'stop'], false]);
    }, { options: { gatewayProcess: process } });
    const bare = new IBGateway();
    await expect(bare.startGateway()).rejects.toThrow('gatewayProcess must be given');
    expect(bare.gatewayStatus()).toBeUndefined();
    await bare.close();
    await bare.close();
  });

  it('tells that it is connected, and what no caller was told of', () =>
    onStage(async (gateway) => {
      const [established, failed] = [gateway.events.once('connection.established'), gateway.events.once('error.occurred')];
      gateway.connection.events.on('connection.established', () => {
        throw new Error('a listener');
      });
      await gateway.connectGateway();
      expect((await established).accounts).toEqual(['DU1234567']);
      expect((await failed).error.message).toContain('a listener');
      expect([gateway.data.streams, gateway.trading.orders(), gateway.isConnected()]).toEqual([[], [], true]);
      await gateway.disconnect();
      expect(gateway.isConnected()).toBe(false);
    }));

  it('comes back by itself, and what is stored is fresh again', () =>
    onStage(async (gateway, simulator) => {
      await gateway.connectGateway();
      if (gateway.positions === undefined) await gateway.events.once('positions.updated');
      const [lost, recovered] = [gateway.events.once('connection.lost'), gateway.events.once('connection.recovered')];
      simulator.control.dropClients('rst');
      expect(await lost).toMatchObject({ willReconnect: true });
      expect(await recovered).toMatchObject({ scope: 'session' });
      await gateway.trading.ready(SOON);
      while (gateway.positions?.stale !== false) await gateway.events.once('positions.updated');
      expect(gateway.positions.gaps).toBe(1);
    }));
});

describe('Broker', () => {
  it('connects, tells the balance, trades and disconnects', async () => {
    const simulator = await createSimulator();
    const broker = new Broker({ host: simulator.host, port: simulator.port });
    try {
      expect(broker.getStatus()).toMatchObject({ paperTrading: true, useGateway: false });
      expect(await broker.connect()).toEqual({ accounts: ['DU1234567'], gate: [] });
      expect(broker.accountId).toBe('DU1234567');
      expect([broker.connection.state, (await broker.data.resolve(SHARE)).conId, broker.trading.gate()]).toEqual(['connected', AAPL.conId, []]);
      expect(await broker.getAccountBalance()).toMatchObject({ account: 'DU1234567', currency: 'USD', netLiquidation: expect.any(Number) as unknown });
      const order = await broker.placeOrder({ contract: SHARE, action: 'BUY', quantity: 5, orderType: 'MKT' });
      await order.filled(SOON);
      expect(await broker.getPositions()).toMatchObject([{ position: 5 }]);
      const resting = await broker.placeOrder({ contract: SHARE, action: 'BUY', quantity: 5, orderType: 'LMT', limitPrice: 1 });
      await broker.cancelOrder(resting);
      expect((await resting.done(SOON)).status).toBe('cancelled');
      await broker.disconnect();
      expect(broker.isConnected()).toBe(false);
      await expect(broker.getAccountBalance()).rejects.toMatchObject({ code: 'IBKR_NOT_CONNECTED' });
      expect((await broker.connect()).gate).toEqual([]);
    } finally {
      await broker.close();
      await simulator.close();
    }
  });

  it('leaves a connection that it was given usable by its owner', async () => {
    const simulator = await createSimulator();
    const gateway = new IBGateway({ host: simulator.host, port: simulator.port });
    const broker = new Broker({ connection: gateway.connection });
    try {
      await broker.connect();
      expect(gateway.isConnected()).toBe(true);
      await broker.close();
      expect(gateway.isConnected()).toBe(false);
      expect((await gateway.connectGateway()).gate).toEqual([]);
    } finally {
      await broker.close();
      await gateway.close();
      await simulator.close();
    }
  });
});
