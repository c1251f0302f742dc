// How to test a bot: a simulator for each test, the market moved by hand, and the simulator's journal as the witness.
import { ConnectionManager } from '@ibkit/core-connection';
import { Trading } from '@ibkit/gateway-trading';
import { MarketData } from '@ibkit/market-data';
import type { Simulator } from '@ibkit/simulator';
import { simulatorTest, waitForJournal } from '@ibkit/simulator/vitest';
import { expect } from 'vitest';
import { buyTheDip } from './dip-buyer.js';

const it = simulatorTest({ seed: 7, orders: { partialFills: false } });

/** The bot in its surroundings, watching AAPL at 200, with the order to buy at 190. */
async function watching(simulator: Simulator) {
  simulator.control.setPrice('AAPL', 200);
  const connection = new ConnectionManager({ port: simulator.port, reconnect: { initialMs: 50, maxMs: 100 } });
  const marketData = new MarketData({ connection });
  const trading = new Trading({ connection, marketData });
  await connection.connect();
  await trading.ready();
  const quotes = marketData.subscribeTicker('AAPL');
  await quotes.waitFor(({ ask }) => ask !== undefined);
  return {
    connection,
    quotes,
    bought: buyTheDip({ quotes, trading, symbol: 'AAPL', below: 190, quantity: 10 }),
    async [Symbol.asyncDispose]() {
      await trading.close();
      await marketData.close();
      await connection.close();
    },
  };
}

it('buys once when the price falls', async ({ simulator }) => {
  await using bot = await watching(simulator);
  expect(simulator.control.journal({ kind: 'in', type: 'placeOrder' })).toEqual([]);
  simulator.control.setPrice('AAPL', 180);
  const order = await bot.bought;
  expect(await order?.filled()).toMatchObject({ status: 'filled', filledQuantity: 10 });
  expect(simulator.control.state().positions).toMatchObject([{ position: 10 }]);
});

it('does nothing when quotes are stale, and acts when they are back', async ({ simulator }) => {
  await using bot = await watching(simulator);
  simulator.control.notice(1100); // the gateway lost the broker: nobody vouches for what comes now
  simulator.control.setPrice('AAPL', 180);
  await bot.quotes.waitFor(({ ask = 200, stale }) => stale && ask < 190);
  expect(simulator.control.journal({ kind: 'in', type: 'placeOrder' })).toEqual([]);
  const backAt = simulator.control.lastSeq;
  simulator.control.notice(1102); // connectivity is restored, lines are kept
  const sent = await waitForJournal(simulator, { kind: 'in', type: 'placeOrder' });
  expect(sent.seq).toBeGreaterThan(backAt);
});

it('sends no second order when the answer to the first one is lost', async ({ simulator }) => {
  await using bot = await watching(simulator);
  simulator.control.inject({ type: 'drop', how: 'rst', after: { message: 'placeOrder' } });
  simulator.control.setPrice('AAPL', 180);
  const order = await bot.bought;
  expect(await order?.filled()).toMatchObject({ status: 'filled', filledQuantity: 10 });
  expect(bot.connection.getStatus().reconnectCount).toBe(1);
  expect(simulator.control.journal({ kind: 'in', type: 'placeOrder' })).toHaveLength(1);
  expect(simulator.control.state().executions).toHaveLength(1);
});
