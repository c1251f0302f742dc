import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConnectionManager } from '@ibkit/core-connection';
import { LineBudget } from '@ibkit/rate-limiter';
import { createSimulator } from '@ibkit/simulator';
import type { Simulator, SimulatorOptions } from '@ibkit/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { greeks } from '../greeks/greeks.js';
import { MarketData } from '../market-data.js';
import { EXAMPLE_DAY, EXAMPLE_OPEN_MS, EXAMPLE_STRIKES, EXAMPLE_VOLATILITY, exampleUniverse } from '../testing/example-universe.js';
import { expiryInstant } from './local-greeks.js';
import type { OptionChainSubscription } from './option-chain-subscription.js';

/** A Wednesday, an hour and a half after the open in New York. */
const IN_SESSION_MS = Date.UTC(2026, 4, 20, 15, 0);
/** No limit of messages: what is tried here is what is said, not how fast. */
const FAST = { rate: { perSecond: 1000 } } as const;
/** Half an hour after the open: the underlying has prices. */
const UNDER_WAY_MS = EXAMPLE_OPEN_MS + 30 * 60_000;

let folder = '';
let universe = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chains-'));
  universe = join(folder, `option-universes-qq-${EXAMPLE_DAY}.csv`);
  await writeFile(universe, exampleUniverse());
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

interface Parts {
  readonly simulator: Simulator;
  readonly connection: ConnectionManager;
  readonly marketData: MarketData;
  readonly budget: LineBudget;
}

async function withLoopback(options: SimulatorOptions, lines: number, run: (parts: Parts) => Promise<void>): Promise<void> {
  const simulator = await createSimulator({ startAtMs: IN_SESSION_MS, limits: { marketDataLines: lines }, ...options });
  const connection = new ConnectionManager({ port: simulator.port, reconnect: { initialMs: 1, maxMs: 1 }, ...FAST });
  const budget = new LineBudget({ lines });
  const marketData = new MarketData({ connection, lineBudget: budget });
  try {
    await connection.connect();
    await run({ simulator, connection, marketData, budget });
  } finally {
    await marketData.close();
    await connection.close();
    await simulator.close();
  }
}

/** Resolves once a chain is as it should be. */
function until(chain: OptionChainSubscription, test: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (!test()) return;
      for (const off of offs) off();
      resolve();
    };
    const offs = [
      ...(['rows', 'progress', 'complete', 'gap', 'recentred', 'left'] as const).map((type) => chain.on(type, look)),
      chain.on('end', ({ error }) => {
        reject(error ?? new Error('the chain ended'));
      }),
    ];
    look();
  });
}

/** What the broker refused. */
function refusals({ control }: Simulator): readonly unknown[] {
  return control.journal({ kind: 'out', type: 'errMsg' }).map(({ message }) => message).filter((message) => message !== undefined && 'id' in message && Number(message.id) > 0);
}

describe('option chains over a real socket', () => {
  it('load a recorded day whole, with fewer lines than contracts, and agree with the model that priced it', () =>
    withLoopback({ replay: [universe], startAtMs: UNDER_WAY_MS }, 40, async ({ simulator, connection, marketData, budget }) => {
      const chain = await marketData.optionChain('QQ', { localGreeks: { style: 'european' } });
      expect(chain.partial).toBeUndefined();
      expect(chain).toMatchObject({ complete: true, classes: [{ tradingClass: 'QQ', exchange: 'SMART' }], progress: { contracts: 106, complete: 106, mostLines: 39 } });
      expect(chain.leftOut).toEqual((['C', 'P'] as const).map((right) => ({ expiry: '2024-03-28', tradingClass: 'QQ', right, strikes: EXAMPLE_STRIKES.filter((_, index) => index % 2 === 1) })));
      expect(refusals(simulator)).toEqual([]);
      expect(budget.usage().quotes.refusedByBroker).toBe(0);
      // Each contract once, and the underlying.
      const asked = simulator.control.journal({ kind: 'in', type: 'reqMktData' }).length;
      expect(asked).toBe(107);
      const price = chain.underlying.price ?? Number.NaN;
      for (const row of chain.rows.filter(({ strike }) => Math.abs(strike - 100) <= 6)) {
        const mine = greeks({ right: row.right, strike: row.strike, underlying: price, rate: 0, volatility: EXAMPLE_VOLATILITY, expiryAtMs: expiryInstant(row.expiry, 'US/Eastern'), nowMs: connection.serverNow() });
        expect(row.greeks?.source).toBe('tws');
        expect(row.greeks?.delta).toBeCloseTo(mine.delta, 1);
        expect((row.bid ?? 0) < mine.price + 0.2 && (row.ask ?? 0) > mine.price - 0.2).toBe(true);
      }
    }));

  it('leave lines to a ticker, and follow the rest', () =>
    withLoopback({}, 30, async ({ simulator, marketData, budget }) => {
      const chain = marketData.subscribeOptionChain('AAPL', { window: { nextExpiries: 2, strikesEachSide: 5 } });
      await chain.whenComplete();
      expect(chain.progress).toMatchObject({ contracts: 40, complete: 40 });
      const ticker = marketData.subscribeTicker('MSFT');
      await ticker.waitFor(({ bid }) => bid !== undefined);
      expect(budget.usage().quotes.byPriority.normal).toBe(2);
      let rows = 0;
      for await (const update of chain) {
        rows += update.rows.length;
        if (rows > 20) break;
      }
      expect(chain.status).toBe('ended');
      expect(refusals(simulator)).toEqual([]);
    }));

  it('are options on futures and on an index, too', () =>
    withLoopback({}, 100, async ({ marketData }) => {
      const futures = await marketData.optionChain({ symbol: 'ES', secType: 'FUT', exchange: 'CME', lastTradeDate: '2026-06' }, { window: { nextExpiries: 1, strikesEachSide: 3 } });
      expect(futures).toMatchObject({ complete: true, classes: [{ exchange: 'CME', multiplier: 50 }], progress: { contracts: 12 } });
      expect(futures.rows[0]?.contract.secType).toBe('FOP');
      const index = await marketData.optionChain({ symbol: 'SPX', secType: 'IND', exchange: 'CBOE' }, { tradingClass: 'SPXW', window: { nextExpiries: 1, delta: { from: 0.2, to: 0.4 } } });
      expect(index.complete).toBe(true);
      expect(index.rows.length).toBeGreaterThan(2);
      expect(index.rows.every(({ greeks: of }) => Math.abs(of?.delta ?? 0) > 0.17 && Math.abs(of?.delta ?? 0) < 0.43)).toBe(true);
    }));

  it('are stale when the session is lost, and complete again by themselves', () =>
    withLoopback({}, 30, async ({ simulator, marketData }) => {
      const chain = marketData.subscribeOptionChain('AAPL', { window: { nextExpiries: 2, strikesEachSide: 5 } });
      const gaps: (number | undefined)[] = [];
      chain.on('gap', ({ conId }) => gaps.push(conId));
      await chain.whenComplete();
      const lost = until(chain, () => chain.rows.every(({ stale }) => stale));
      simulator.control.dropClients('rst');
      await lost;
      expect(chain.complete).toBe(false);
      await chain.whenComplete();
      expect(chain.rows.every(({ stale, gaps: count }) => !stale && count >= 1)).toBe(true);
      expect(gaps.filter((conId) => conId === undefined)).toHaveLength(1);
      expect(refusals(simulator)).toEqual([]);
    }));

  it('are stale while another session has the data, and come back', () =>
    withLoopback({}, 30, async ({ simulator, marketData }) => {
      const chain = marketData.subscribeOptionChain('AAPL', { window: { nextExpiries: 1, strikesEachSide: 3 } });
      await chain.whenComplete();
      const lost = until(chain, () => chain.rows.every(({ stale, staleReason }) => stale && staleReason?.includes('10197') === true));
      const stop = simulator.control.inject({ type: 'competing-session' });
      await lost;
      stop();
      simulator.control.notice(1101);
      await chain.whenComplete();
      expect(chain.rows.every(({ stale }) => !stale)).toBe(true);
    }));

  it('say that delayed data is all there is', () =>
    withLoopback({ dataPermission: 'delayed', startAtMs: IN_SESSION_MS }, 30, async ({ marketData }) => {
      const window = { nextExpiries: 1, strikesEachSide: 2 } as const;
      await expect(marketData.optionChain('AAPL', { window })).rejects.toMatchObject({ code: 'IBKR_CHAIN_NO_PRICE', cause: { brokerCode: 10089 } });
      await expect(marketData.optionChain('AAPL', { window, underlyingPrice: 225 })).rejects.toMatchObject({ code: 'IBKR_CHAIN_NO_PERMISSION', brokerCode: 10089 });
      const delayed = await marketData.optionChain('AAPL', { window, mode: 'delayed' });
      expect(delayed.complete).toBe(true);
      expect(delayed.rows.every(({ mode }) => mode === 'delayed')).toBe(true);
    }));
});
