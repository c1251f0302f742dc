import { seededRandom } from '@ibkit/clock';
import { ConnectionManager } from '@ibkit/core-connection';
import { MarketData } from '@ibkit/market-data';
import { createSimulator } from '@ibkit/simulator';
import type { Simulator } from '@ibkit/simulator';
import { describe, expect, it } from 'vitest';
import { Trading } from '../trading/trading.js';
import type { VerticalSpreadRequest } from './spread-request.js';

interface Stage {
  readonly simulator: Simulator;
  readonly connection: ConnectionManager;
  readonly trading: Trading;
  /** Two listed calls of one day, around the price of the share. */
  readonly listed: { readonly expiry: string; readonly farExpiry: string; readonly strikes: readonly number[] };
}

const SOON = { timeoutMs: 15_000 };

async function onStage(play: (stage: Stage) => Promise<void>): Promise<void> {
  const simulator = await createSimulator();
  const connection = new ConnectionManager({ host: simulator.host, port: simulator.port });
  const marketData = new MarketData({ connection });
  const trading = new Trading({ connection, marketData, random: seededRandom(1), lingerMs: 10 });
  try {
    await connection.connect();
    await trading.ready();
    await play({ simulator, connection, trading, listed: await listedOptions(connection, marketData) });
  } finally {
    await trading.close();
    await marketData.close();
    await connection.close();
    await simulator.close();
  }
}

async function listedOptions(connection: ConnectionManager, marketData: MarketData): Promise<Stage['listed']> {
  const { conId } = await marketData.resolve('AAPL');
  const last = await marketData.getLatestPrice('AAPL');
  const chain = await connection.request<{ readonly expirations: readonly string[]; readonly strikes: readonly number[] }>({
    name: 'option definitions',
    build: (reqId) => ({ type: 'reqSecDefOptParams', reqId, underlyingSymbol: 'AAPL', futFopExchange: '', underlyingSecType: 'STK', underlyingConId: conId }),
    receive: (message, reply) => {
      if (message.type === 'secDefOptParameter' && message.exchange === 'SMART') reply.resolve(message);
    },
  });
  const strikes = chain.strikes.filter((strike) => Math.abs(strike / last - 1) < 0.1);
  const [, expiry = '', farExpiry = ''] = [...chain.expirations].sort();
  return { expiry, farExpiry, strikes };
}

function middle(strikes: readonly number[]): { readonly low: number; readonly high: number } {
  const at = Math.floor(strikes.length / 2);
  return { low: strikes[at - 1] ?? 0, high: strikes[at] ?? 0 };
}

describe('spreads against the simulator', () => {
  it('fill as one order at the net price, with the fills of the legs told apart and both legs as positions', () =>
    onStage(async ({ simulator, trading, listed }) => {
      const { low, high } = middle(listed.strikes);
      const request: VerticalSpreadRequest = { symbol: 'AAPL', expiry: listed.expiry, right: 'C', longStrike: low, shortStrike: high, quantity: 2, limitPrice: high - low, key: 'spread' };
      const preview = await trading.previewVerticalSpread(request);
      expect(preview).toMatchObject({ spread: { name: 'bull call spread', side: 'debit', maxGain: { kind: 'limited', amount: 0 }, maxLoss: { amount: (high - low) * 200 } }, gate: [], estimate: { notional: (high - low) * 200 } });
      expect(preview.legs.map(({ strike, conId }) => [strike, conId > 0])).toEqual([[low, true], [high, true]]);
      await trading.checkPositions();
      const handle = await trading.placeVerticalSpread(request);
      const filled = await handle.filled(SOON);
      expect(filled).toMatchObject({ status: 'filled', filledQuantity: 2, contract: { secType: 'BAG' } });
      expect(filled.averagePrice).toBeLessThanOrEqual(high - low);
      expect((await trading.placeVerticalSpread(request)).intentId).toBe(handle.intentId);
      expect(simulator.control.journal({ kind: 'in', type: 'placeOrder' })).toHaveLength(1);
      const executions = await trading.executions();
      const quantities = (kind: string): number => executions.filter((row) => row.kind === kind).reduce((sum, { quantity }) => sum + quantity, 0);
      expect([quantities('combo'), quantities('leg'), executions.every(({ key }) => key === 'spread')]).toEqual([2, 4, true]);
      const positions = await trading.positions();
      expect(positions.map(({ contract, position }) => [contract.secType, contract.strike, position]).sort()).toEqual([['OPT', low, 2], ['OPT', high, -2]]);
      expect(await trading.checkPositions()).toMatchObject({ status: 'agrees', drifts: [] });
    }));

  it('rest at a credit, written as a negative price, and are cancelled like any order', () =>
    onStage(async ({ simulator, trading, listed }) => {
      const { low, high } = middle(listed.strikes);
      const handle = await trading.placeSpread({ kind: 'vertical', symbol: 'AAPL', expiry: listed.expiry, right: 'P', longStrike: low, shortStrike: high, quantity: 1, limitPrice: low - high });
      await handle.acknowledged(SOON);
      const [placed] = simulator.control.journal({ kind: 'in', type: 'placeOrder' });
      expect(JSON.stringify(placed?.message)).toContain(`"lmtPrice":${low - high}`);
      await trading.cancel(handle);
      expect(await handle.done(SOON)).toMatchObject({ status: 'cancelled', filledQuantity: 0 });
    }));

  it('of every other name reach the market, and condors of four legs fill', () =>
    onStage(async ({ trading, listed }) => {
      const { low, high } = middle(listed.strikes);
      const { expiry, farExpiry, strikes } = listed;
      const [lowest = 0, highest = 0] = [strikes.at(0), strikes.at(-1)];
      const base = { symbol: 'AAPL', expiry, quantity: 1, orderType: 'MKT' } as const;
      const orders = await Promise.all([
        trading.placeSpread({ ...base, kind: 'ironCondor', longPutStrike: lowest, shortPutStrike: low, shortCallStrike: high, longCallStrike: highest }),
        trading.placeSpread({ ...base, kind: 'straddle', strike: low }),
        trading.placeSpread({ ...base, kind: 'strangle', putStrike: low, callStrike: high, side: 'short' }),
        trading.placeSpread({ ...base, kind: 'calendar', right: 'C', strike: high, nearExpiry: expiry, farExpiry }),
        trading.placeSpread({ ...base, kind: 'butterfly', right: 'P', lowerStrike: lowest, middleStrike: low, upperStrike: highest }),
      ]);
      for (const order of orders) expect(await order.filled(SOON)).toMatchObject({ filledQuantity: 1 });
    }));

  it('of every other name are previewed with what they come to, and nothing is sent', () =>
    onStage(async ({ simulator, trading, listed }) => {
      const { low, high } = middle(listed.strikes);
      const preview = await trading.previewSpread({ symbol: 'AAPL', expiry: listed.expiry, quantity: 1, orderType: 'MKT', kind: 'strangle', putStrike: low, callStrike: high });
      expect(preview.legs.map(({ right, strike }) => [right, strike])).toEqual([['P', low], ['C', high]]);
      expect(preview.spread).toMatchObject({ kind: 'strangle', side: 'debit' });
      expect(simulator.control.state().openOrders).toEqual([]);
    }));

  it('are refused before anybody is asked when the request is wrong, and with the candidates when a leg does not exist', () =>
    onStage(async ({ connection, simulator, trading, listed }) => {
      const { low, high } = middle(listed.strikes);
      const request: VerticalSpreadRequest = { symbol: 'AAPL', expiry: listed.expiry, right: 'C', longStrike: high, shortStrike: low, quantity: 1, limitPrice: 1 };
      const asked = simulator.control.journal({ kind: 'in' }).length;
      await expect(trading.placeVerticalSpread(request)).rejects.toMatchObject({ code: 'IBKR_SPREAD_INVALID', details: { field: 'spread.limitPrice' } });
      await expect(trading.placeVerticalSpread({ ...request, expiry: '2020-01-17' })).rejects.toMatchObject({ details: { field: 'spread.expiry' } });
      expect(simulator.control.journal({ kind: 'in' })).toHaveLength(asked);
      await expect(trading.placeVerticalSpread({ ...request, longStrike: low + 0.01, shortStrike: high + 0.01 })).rejects.toMatchObject({ code: 'IBKR_CONTRACT_NOT_FOUND' });
      await trading.close();
      const blind = new Trading({ connection });
      await blind.start();
      await expect(blind.placeVerticalSpread({ ...request, limitPrice: -1 })).rejects.toThrow('marketData must be given to Trading');
      await blind.close();
    }));
});
