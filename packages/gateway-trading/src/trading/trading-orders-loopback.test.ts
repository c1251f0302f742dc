import { seededRandom } from '@ibkit/clock';
import { isIbkrError } from '@ibkit/error-codes';
import { MarketData } from '@ibkit/market-data';
import type { Simulator } from '@ibkit/simulator';
import { describe, expect, it } from 'vitest';
import type { OrderRequest } from '../orders/order-request.js';
import { arrived, onOrderStage } from '../testing/order-stage.js';

const SHARE = { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' } as const;
const RESTING: OrderRequest = { contract: SHARE, action: 'BUY', quantity: 10, orderType: 'LMT', limitPrice: 1, tif: 'GTC', key: 'k' };
const WAIT = { timeoutMs: 10_000 };

/** Resolves when the simulator has read the next order. */
function nextOrderAt({ control }: Simulator): Promise<void> {
  return new Promise((resolve) => {
    const off = control.watchJournal(({ kind, type }) => {
      if (kind !== 'in' || type !== 'placeOrder') return;
      off();
      resolve();
    });
  });
}

describe('changing an order at the simulator', () => {
  it('gives it new terms under its old id, once', () =>
    onOrderStage(async ({ simulator, trading, seen }) => {
      const handle = await trading.place(RESTING);
      await handle.acknowledged(WAIT);
      const { state } = await trading.modify('k', { limitPrice: 2, quantity: 20 });
      expect(state).toMatchObject({ status: 'working', limitPrice: 2, quantity: 20, change: { status: 'accepted' } });
      expect(state.permIds).toHaveLength(1);
      expect(seen().map(({ orderId, order }) => [orderId, order.lmtPrice, order.totalQuantity])).toEqual([[handle.orderId, 1, 10], [handle.orderId, 2, 20]]);
      expect(simulator.control.state().openOrders).toMatchObject([{ orderId: handle.orderId, lmtPrice: 2, totalQuantity: 20 }]);
      simulator.control.setPrice('AAPL', 1.5);
      expect((await handle.filled(WAIT)).filledQuantity).toBe(20);
    }));

  it('tells a refusal from a rejection: the order works on with its old terms', () =>
    onOrderStage(async ({ simulator, trading }) => {
      const handle = await trading.place(RESTING);
      await handle.acknowledged(WAIT);
      await expect(trading.modify('k', { limitPrice: 1.005 })).rejects.toMatchObject({ code: 'IBKR_ORDER_CHANGE_REFUSED', brokerCode: 110 });
      expect(handle.state).toMatchObject({ status: 'working', limitPrice: 1, change: { status: 'refused', code: 110 } });
      expect(simulator.control.state().openOrders).toMatchObject([{ lmtPrice: 1 }]);
      expect((await trading.modify('k', { limitPrice: 1.01 })).state.limitPrice).toBe(1.01);
    }));

  it('is refused while the link to the broker is down, and nothing leaves', () =>
    onOrderStage(async ({ simulator, trading, seen }) => {
      const handle = await trading.place(RESTING);
      await handle.acknowledged(WAIT);
      const closed = trading.events.once('gate.changed');
      simulator.control.notice(1100);
      await closed;
      await expect(trading.modify('k', { limitPrice: 2 })).rejects.toMatchObject({ code: 'IBKR_ORDER_GATE_REFUSED', details: { reasons: expect.arrayContaining(['UPSTREAM_DOWN']) as string[] } });
      simulator.control.notice(1102);
      await trading.ready();
      await trading.modify('k', { limitPrice: 2 });
      expect(seen()).toHaveLength(2);
    }));

  it('alarms when the platform makes a second order of it, and cancels both', () =>
    onOrderStage(async ({ simulator, trading }) => {
      const handle = await trading.place(RESTING);
      await handle.acknowledged(WAIT);
      const alarm = trading.events.once('order.duplicated');
      simulator.control.inject({ type: 'second-perm-id' });
      await trading.modify('k', { limitPrice: 2 });
      expect((await alarm).order.permIds).toHaveLength(2);
      const done = await handle.done(WAIT);
      expect(done).toMatchObject({ status: 'cancelled', filledQuantity: 0 });
      expect(simulator.control.state().openOrders).toEqual([]);
      expect(simulator.control.state().completedOrders.map(({ status }) => status)).toEqual(['Cancelled', 'Cancelled']);
    }));

  it('finds out after an outage whether the change arrived', () =>
    onOrderStage(async ({ simulator, trading }) => {
      const handle = await trading.place(RESTING);
      await handle.acknowledged(WAIT);
      const endFault = simulator.control.inject({ type: 'half-open', stop: 'writing', clientId: 1 });
      const before = arrived(simulator, 'placeOrder');
      const there = nextOrderAt(simulator);
      const modifying = trading.modify('k', { limitPrice: 2 });
      const changed = trading.events.once('order.changed');
      await there;
      simulator.control.dropClients('rst', 1);
      endFault();
      expect((await modifying).state.change?.status).toMatch(/unknown|accepted/u);
      expect((await changed).order).toMatchObject({ limitPrice: 2 });
      expect(handle.state).toMatchObject({ status: 'working', limitPrice: 2 });
      expect(arrived(simulator, 'placeOrder')).toBe(before + 1);
    }));
});

describe('changes while the session is cut again and again', () => {
  it('leave one order with the terms that we believe, each change sent at most once', () =>
    onOrderStage(async ({ simulator, connection, trading, seen }) => {
      const random = seededRandom(11);
      const pick = <T>(...choices: readonly T[]): T | undefined => choices[Math.floor(random.next() * choices.length)];
      const handle = await trading.place(RESTING);
      await handle.acknowledged(WAIT);
      const outcomes = new Set<string>();
      for (let round = 1; round <= 16; round += 1) {
        const cut = pick('never', 'before', 'after', 'arrived', 'answered');
        const { session } = connection;
        const there = nextOrderAt(simulator);
        const endFault = cut === 'arrived' ? simulator.control.inject({ type: 'half-open', stop: 'writing', clientId: 1 }) : undefined;
        if (cut === 'before') simulator.control.dropClients('rst', 1);
        const modifying = trading.modify('k', { limitPrice: 1 + round / 100 }).then(
          ({ state }) => state.change?.status ?? 'none',
          (error: unknown) => (isIbkrError(error) ? error.code : 'other'),
        );
        if (cut === 'arrived') await there;
        if (cut === 'answered') await modifying;
        if (cut !== 'never' && cut !== 'before') simulator.control.dropClients(pick('rst', 'fin') ?? 'rst', 1);
        endFault?.();
        outcomes.add(await modifying);
        if (cut !== 'never') await session?.closed;
        await trading.ready();
        // The sweep has told what the change came to.
        expect(handle.state.change?.status).toMatch(/accepted|refused|unsent/u);
        expect(simulator.control.state().openOrders.map(({ lmtPrice }) => lmtPrice)).toEqual([handle.state.limitPrice]);
      }
      const prices = seen().map(({ order }) => order.lmtPrice);
      expect(new Set(prices).size).toBe(prices.length);
      expect([...outcomes].filter((outcome) => outcome === 'other')).toEqual([]);
      expect(outcomes.size).toBeGreaterThan(1);
      expect(handle.state).toMatchObject({ status: 'working', permIds: [expect.any(String)] });
    }), 30_000);
});

describe('a bracket at the simulator', () => {
  it('takes its profit and drops its stop', () =>
    onOrderStage(async ({ simulator, trading, seen }) => {
      const alarms: string[] = [];
      trading.events.on('bracket.unprotected', ({ reason }) => alarms.push(reason));
      simulator.control.setPrice('AAPL', 200);
      const bracket = await trading.bracket({
        entry: { contract: SHARE, action: 'BUY', quantity: 10, orderType: 'LMT', limitPrice: 195, key: 'b' },
        takeProfit: { limitPrice: 220 },
        stopLoss: { stopPrice: 180 },
      });
      await Promise.all([bracket.entry, bracket.takeProfit, bracket.stopLoss].map(async (handle) => handle?.acknowledged(WAIT)));
      expect(seen().map(({ order: { transmit, parentId } }) => [transmit, parentId ?? 0])).toEqual([[false, 0], [false, bracket.entry.orderId], [true, bracket.entry.orderId]]);
      simulator.control.setPrice('AAPL', 194);
      await bracket.entry.filled(WAIT);
      expect(bracket.state).toMatchObject({ openQuantity: 10 });
      expect((await trading.modify('b/stopLoss', { stopPrice: 185 })).state.terms.stopPrice).toBe('185');
      simulator.control.setPrice('AAPL', 225);
      await bracket.takeProfit?.filled(WAIT);
      expect((await bracket.stopLoss?.done(WAIT))?.status).toBe('cancelled');
      expect(bracket.state).toMatchObject({ openQuantity: 0 });
      expect([alarms, await trading.positions()]).toEqual([[], []]);
    }));

  it('follows the exits when the broker makes them smaller, to the last share', () =>
    onOrderStage(async ({ simulator, trading }) => {
      simulator.control.setPrice('AAPL', 200);
      const bracket = await trading.bracket({
        entry: { contract: SHARE, action: 'BUY', quantity: 4_000, orderType: 'LMT', limitPrice: 210, key: 'b' },
        takeProfit: { limitPrice: 220 },
        stopLoss: { stopPrice: 150 },
      });
      const shrunk = new Promise<number>((resolve) => {
        trading.events.on('order.filled', ({ order }) => {
          if (order.bracket?.role !== 'takeProfit' || order.remainingQuantity === 0) return;
          // Part of the profit was taken: the stop is for the rest.
          simulator.control.setPrice('AAPL', 140);
          resolve(order.filledQuantity);
        });
      });
      await bracket.entry.filled(WAIT);
      simulator.control.setPrice('AAPL', 221);
      const taken = await shrunk;
      const stopped = await bracket.stopLoss?.filled(WAIT);
      expect(taken).toBeGreaterThan(0);
      expect(bracket.state.openQuantity).toBe(0);
      expect((stopped?.filledQuantity ?? 0) + (bracket.takeProfit?.state.filledQuantity ?? 0)).toBe(4_000);
      expect(stopped?.quantity).toBe(stopped?.filledQuantity);
      expect(await trading.positions()).toEqual([]);
    }));

  it('goes with its entry', () =>
    onOrderStage(async ({ simulator, trading }) => {
      const bracket = await trading.bracket({ entry: { ...RESTING, limitPrice: 5 }, takeProfit: { limitPrice: 6 }, stopLoss: { trailAmount: 1 } });
      await bracket.stopLoss?.acknowledged(WAIT);
      await trading.cancel(bracket.entry);
      for (const handle of [bracket.entry, bracket.takeProfit, bracket.stopLoss]) expect((await handle?.done(WAIT))?.status).toBe('cancelled');
      expect(simulator.control.state().openOrders).toEqual([]);
    }));

  it('alarms when its stop is gone while the position is open', () =>
    onOrderStage(async ({ simulator, trading }) => {
      simulator.control.setPrice('AAPL', 200);
      const bracket = await trading.bracket({ entry: { contract: SHARE, action: 'BUY', quantity: 10, orderType: 'LMT', limitPrice: 210, key: 'b' }, stopLoss: { stopPrice: 150 } });
      await bracket.entry.filled(WAIT);
      const alarm = trading.events.once('bracket.unprotected');
      await trading.cancel('b/stopLoss');
      expect(await alarm).toMatchObject({ bracket: { key: 'b', openQuantity: 10, protectedQuantity: 0 }, reason: expect.stringContaining('stop loss is cancelled') as string });
    }));
});

describe('a what-if at the simulator', () => {
  it('tells margin and commission, and is never an order', () =>
    onOrderStage(async ({ simulator, trading, seen }) => {
      const answer = await trading.whatIf({ contract: SHARE, action: 'BUY', quantity: 100, orderType: 'MKT' }, WAIT);
      expect(answer).toMatchObject({ account: 'DU1234567', commissionCurrency: 'USD', warnings: [] });
      expect(answer.initMargin.change).toBeGreaterThan(0);
      expect(answer.initMargin.after).toBeCloseTo((answer.initMargin.before ?? 0) + (answer.initMargin.change ?? 0), 2);
      expect(answer.commission).toBeGreaterThan(0);
      expect(seen()).toMatchObject([{ order: { whatIf: true, transmit: true } }]);
      const { openOrders, completedOrders, executions } = simulator.control.state();
      expect([openOrders, completedOrders, executions, trading.orders()]).toEqual([[], [], [], []]);
      // Its id is never used again.
      const handle = await trading.place(RESTING);
      expect(handle.orderId).toBeGreaterThan(seen()[0]?.orderId ?? Infinity);
      await expect(trading.whatIf({ ...RESTING, contract: { ...SHARE, symbol: 'NOSUCH' } }, WAIT)).rejects.toMatchObject({ brokerCode: 200 });
    }));
});

describe('closing a position at the simulator', () => {
  it('sells what is there, once, and nothing when there is nothing', () =>
    onOrderStage(async ({ simulator, trading }) => {
      expect(await trading.closePosition(SHARE)).toBeUndefined();
      const bought = await trading.place({ contract: SHARE, action: 'BUY', quantity: 30, orderType: 'MKT' });
      await bought.filled(WAIT);
      const [part] = await Promise.all([trading.closePosition(265598, { quantity: 10, key: 'c' }), trading.closePosition(265598, { quantity: 10, key: 'c' })]);
      await part?.filled(WAIT);
      expect(await trading.positions()).toMatchObject([{ position: 20 }]);
      expect((await trading.closePosition(265598, { key: 'c' }))?.intentId).toBe(part?.intentId);
      const rival = await trading.place({ contract: SHARE, action: 'SELL', quantity: 20, orderType: 'LMT', limitPrice: 9_000, key: 'rival' });
      await rival.acknowledged(WAIT);
      await expect(trading.closePosition(SHARE)).rejects.toMatchObject({ code: 'IBKR_CLOSE_CONFLICT', details: { keys: ['rival'] } });
      const rest = await trading.closePosition(SHARE, { cancelOrders: true });
      await rest?.filled(WAIT);
      expect(rival.state.status).toBe('cancelled');
      expect(await trading.positions()).toEqual([]);
      expect(simulator.control.state().positions.filter(({ position }) => position !== 0)).toEqual([]);
    }));
});

describe('what the broker knows about a contract', () => {
  it('is asked before an order with a price: steps, sizes, and which contract it is', async () => {
    const opened: MarketData[] = [];
    await onOrderStage(
      async ({ simulator, trading, seen }) => {
        const btc = { symbol: 'BTC', secType: 'CRYPTO', exchange: 'PAXOS', currency: 'USD' } as const;
        await expect(trading.place({ contract: btc, action: 'BUY', quantity: 1, orderType: 'LMT', limitPrice: 50_000.1 })).rejects.toMatchObject({
          code: 'IBKR_ORDER_INVALID',
          details: { field: 'order.limitPrice' },
        });
        await expect(trading.preview({ contract: btc, action: 'BUY', quantity: 1, orderType: 'LMT', limitPrice: 50_000.1 })).rejects.toMatchObject({ code: 'IBKR_ORDER_INVALID' });
        await expect(trading.place({ ...RESTING, contract: { ...SHARE, symbol: 'NOSUCH' } })).rejects.toMatchObject({ code: 'IBKR_CONTRACT_NOT_FOUND' });
        expect(seen()).toEqual([]);
        await (await trading.place(RESTING)).acknowledged(WAIT);
        await expect(trading.modify('k', { limitPrice: 1.005 })).rejects.toMatchObject({ code: 'IBKR_ORDER_INVALID' });
        await (await trading.place({ ...RESTING, key: 'k2' })).acknowledged(WAIT);
        // The contract is found once, and its conId goes with the order.
        expect(seen().map(({ contract }) => contract.conId)).toEqual([265598, 265598]);
        // Each rule is asked for once.
        expect(arrived(simulator, 'reqMarketRule')).toBe(1);
        for (const marketData of opened) await marketData.close();
      },
      (connection) => {
        const marketData = new MarketData({ connection });
        opened.push(marketData);
        return { marketData };
      },
    );
  });
});
