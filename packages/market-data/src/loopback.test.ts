import { ConnectionManager } from '@ibkit/core-connection';
import { createSimulator } from '@ibkit/simulator';
import type { Simulator, SimulatorOptions } from '@ibkit/simulator';
import { describe, expect, it } from 'vitest';
import { LiveDataFeed } from './quotes/live-data-feed.js';
import { MarketData } from './market-data.js';
import type { Quote } from './quotes/quote.js';

/** A Wednesday, an hour and a half after the open in New York. */
const IN_SESSION_MS = Date.UTC(2026, 4, 20, 15, 0);

interface Parts {
  readonly simulator: Simulator;
  readonly connection: ConnectionManager;
  readonly marketData: MarketData;
}

async function withLoopback(options: SimulatorOptions, run: (parts: Parts) => Promise<void>): Promise<void> {
  const simulator = await createSimulator({ startAtMs: IN_SESSION_MS, speed: 20, ...options });
  const connection = new ConnectionManager({ port: simulator.port, reconnect: { initialMs: 1, maxMs: 1 } });
  const marketData = new MarketData({ connection });
  try {
    await connection.connect();
    await run({ simulator, connection, marketData });
  } finally {
    await marketData.close();
    await connection.close();
    await simulator.close();
  }
}

const complete = (quote: Quote): boolean => quote.bid !== undefined && quote.ask !== undefined && quote.last !== undefined;

/** Gives up on a hang; a test that works never waits for it. */
const patience = { timeoutMs: 10_000 };

describe('market data over a real socket', () => {
  it('resolves, follows and looks at a stock, with one line for two readers', () =>
    withLoopback({}, async ({ simulator, marketData }) => {
      const contract = await marketData.resolve('AAPL');
      expect(contract).toMatchObject({ conId: 265598, symbol: 'AAPL', secType: 'STK', exchange: 'SMART', primaryExchange: 'NASDAQ', currency: 'USD', minTick: 0.01 });
      const a = marketData.subscribeTicker('AAPL');
      const b = marketData.subscribeTicker(contract);
      const [quote] = await Promise.all([a.waitFor(complete, patience), b.waitFor(complete, patience)]);
      expect(quote).toMatchObject({ symbol: 'AAPL', conId: 265598, mode: 'live', stale: false, gaps: 0 });
      expect(quote.ask ?? 0).toBeGreaterThan(quote.bid ?? 0);
      simulator.control.setPrice('AAPL', 321);
      await a.waitFor((next) => Math.abs((next.last ?? 0) - 321) < 5, patience);
      await expect(marketData.snapshot('AAPL')).resolves.toMatchObject({ complete: true, mode: 'live' });
      const price = await marketData.getLatestPrice('AAPL');
      expect(Math.abs(price - 321)).toBeLessThan(5);
      const lines = simulator.control.journal({ kind: 'in', type: 'reqMktData' }).filter(({ message }) => JSON.stringify(message).includes('"snapshot":false'));
      expect(lines).toHaveLength(1);
    }));

  it('delivers every trade that the simulator sent, in order', () =>
    withLoopback({ journalTicks: true }, async ({ simulator, marketData }) => {
      const stream = marketData.tickByTick('AAPL', 'AllLast');
      const first = stream.next();
      await marketData.subscribeTicker('AAPL').waitFor(complete, patience);
      for (let price = 300; price < 350; price += 1) simulator.control.setPrice('AAPL', price);
      const prices: number[] = [];
      const start = await first;
      if (start.done !== true && start.value.type === 'trade') prices.push(start.value.price);
      for await (const tick of stream) {
        if (tick.type === 'trade') prices.push(tick.price);
        if (prices.includes(349)) break;
      }
      const witnessed = simulator.control.journal({ kind: 'out', type: 'tickByTick' }).map(({ message }) => message);
      expect(prices).toEqual(witnessed.slice(0, prices.length).map((message) => (message !== undefined && 'price' in message ? message.price : undefined)));
      expect(prices.length).toBeGreaterThanOrEqual(50);
    }));

  it('describes an option and delivers its computations', () =>
    withLoopback({}, async ({ connection, marketData }) => {
      const chain = await connection.request<{ readonly expiration: string; readonly strike: number }>({
        name: 'chain',
        build: (reqId) => ({ type: 'reqSecDefOptParams', reqId, underlyingSymbol: 'AAPL', futFopExchange: '', underlyingSecType: 'STK', underlyingConId: 265598 }),
        receive: (message, reply) => {
          if (message.type !== 'secDefOptParameter' || message.exchange !== 'SMART') return;
          reply.resolve({ expiration: message.expirations[2] ?? '', strike: message.strikes[Math.floor(message.strikes.length / 2)] ?? 0 });
        },
      });
      const symbol = `AAPL${chain.expiration.slice(2)}C${String(chain.strike * 1000).padStart(8, '0')}`;
      const contract = await marketData.resolve(symbol);
      expect(contract).toMatchObject({ secType: 'OPT', symbol: 'AAPL', right: 'C', strike: chain.strike, multiplier: 100, underlyingConId: 265598 });
      const quote = await marketData.subscribeTicker(contract).waitFor((next) => next.greeks?.model?.delta !== undefined, patience);
      expect(quote.greeks?.model?.impliedVolatility).toBeGreaterThan(0);
      await expect(marketData.resolve({ symbol: 'AAPL', secType: 'OPT', lastTradeDate: contract.lastTradeDate })).rejects.toMatchObject({ code: 'IBKR_CONTRACT_AMBIGUOUS' });
      await expect(marketData.resolve('NOSUCH')).rejects.toMatchObject({ code: 'IBKR_CONTRACT_NOT_FOUND', brokerCode: 200 });
    }));

  it('flags quotes when the session is lost, marks the gap, and is fresh again by itself', () =>
    withLoopback({}, async ({ simulator, connection, marketData }) => {
      const ticker = marketData.subscribeTicker('AAPL');
      const trades = marketData.tickByTick('AAPL', 'AllLast');
      await ticker.waitFor(complete, patience);
      const gaps: number[] = [];
      ticker.on('gap', (gap) => gaps.push(gap.toMs - gap.fromMs));
      const flagged = ticker.waitFor((quote) => quote.stale, patience);
      simulator.control.dropClients('rst');
      await expect(flagged).resolves.toMatchObject({ gaps: 1, staleReason: 'the connection was lost' });
      const fresh = await ticker.waitFor((quote) => !quote.stale && complete(quote), patience);
      expect(connection.getStatus().reconnectCount).toBe(1);
      expect(fresh.gaps).toBe(1);
      expect(gaps).toHaveLength(1);
      let seen = false;
      for await (const item of trades) {
        seen ||= item.type === 'gap';
        if (seen && item.type === 'trade') break;
      }
      expect(seen).toBe(true);
    }));

  it('flags quotes while the gateway has no link, and after it lost the streams', () =>
    withLoopback({}, async ({ simulator, marketData }) => {
      const ticker = marketData.subscribeTicker('AAPL');
      await ticker.waitFor(complete, patience);
      simulator.control.notice(1100);
      await ticker.waitFor((quote) => quote.stale, patience);
      simulator.control.notice(1102);
      await ticker.waitFor((quote) => !quote.stale && quote.gaps === 1, patience);
      simulator.control.notice(1101);
      await ticker.waitFor((quote) => quote.stale, patience);
      const fresh = await ticker.waitFor((quote) => !quote.stale && complete(quote), patience);
      expect(fresh.gaps).toBe(2);
    }));

  it('refuses where only delayed data is subscribed, and delivers it to those who allow it', () =>
    withLoopback({ dataPermission: 'delayed' }, async ({ marketData }) => {
      const ticker = marketData.subscribeTicker('AAPL');
      await expect(ticker.waitFor(complete, patience)).rejects.toMatchObject({ name: 'MarketDataError', brokerCode: 10089 });
      await expect(marketData.getLatestPrice('AAPL')).rejects.toMatchObject({ name: 'MarketDataError', brokerCode: 10089 });
      const delayed = await marketData.subscribeTicker('AAPL', { mode: 'delayed' }).waitFor(complete, patience);
      expect(delayed.mode).toBe('delayed');
      await expect(marketData.getLatestPrice('AAPL')).rejects.toMatchObject({ code: 'IBKR_MARKET_DATA_NOT_SUBSCRIBED', brokerCode: 354 });
      await expect(marketData.getLatestPrice('AAPL', { mode: 'delayed' })).resolves.toBeGreaterThan(0);
    }));

  it('feeds prices with a connection of its own', async () => {
    const simulator = await createSimulator({ startAtMs: IN_SESSION_MS, speed: 20 });
    const feed = new LiveDataFeed({ port: simulator.port });
    try {
      await feed.connect();
      await feed.subscribe(['AAPL', 'MSFT', 'GOOGL']);
      await expect(feed.getLatestPrice('AAPL')).resolves.toBeGreaterThan(0);
    } finally {
      await feed.close();
      await simulator.close();
    }
  });
});
