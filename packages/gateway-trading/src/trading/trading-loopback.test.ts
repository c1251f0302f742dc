import { seededRandom } from '@ibkit/clock';
import { ConnectionManager } from '@ibkit/core-connection';
import { MarketData } from '@ibkit/market-data';
import { createSimulator } from '@ibkit/simulator';
import type { Simulator } from '@ibkit/simulator';
import { describe, expect, it } from 'vitest';
import { memoryJournal } from '../journal/memory-journal.js';
import { AAPL, recordsOf } from '../testing/rig.js';
import { Trading } from './trading.js';
import type { TradingOptions } from '../options.js';
import type { OrderRequest } from '../orders/order-request.js';
import type { OrderState } from '../orders/order-state.js';

interface Stage {
  readonly simulator: Simulator;
  readonly connection: ConnectionManager;
  readonly trading: Trading;
  /** Resolves once the simulator has seen so many orders arrive. */
  readonly arrived: (orders: number) => Promise<void>;
}

const SHARE = { symbol: AAPL.symbol, secType: AAPL.secType, exchange: AAPL.exchange, currency: AAPL.currency };

function connectionTo(simulator: Simulator, clientId: number): ConnectionManager {
  // No jitter: a lost session is opened again at once.
  return new ConnectionManager({ host: simulator.host, port: simulator.port, clientId, random: { next: () => 0 } });
}

async function onStage(options: Partial<TradingOptions>, play: (stage: Stage) => Promise<void>): Promise<void> {
  const simulator = await createSimulator({ accounts: ['DU1234567'] });
  const connection = connectionTo(simulator, 1);
  const observer = connectionTo(simulator, 2);
  const trading = new Trading({ connection, absenceWindowMs: 20, reconcileRetryMs: 20, lingerMs: 10, ...options });
  const arrived = async (orders: number): Promise<void> => {
    while (simulator.control.journal({ kind: 'in', type: 'placeOrder' }).length < orders) {
      await observer.request({
        name: 'time',
        unkeyed: true,
        build: () => ({ type: 'reqCurrentTime' }),
        receive: (message, reply) => {
          if (message.type === 'currentTime') reply.resolve(message.time);
        },
      });
    }
  };
  try {
    await Promise.all([connection.connect(), observer.connect()]);
    await trading.ready();
    await play({ simulator, connection, trading, arrived });
  } finally {
    await trading.close();
    await Promise.all([connection[Symbol.asyncDispose](), observer[Symbol.asyncDispose]()]);
    await simulator.close();
  }
}

/** What the simulator itself saw: the independent witness. */
function ordersSeen({ control }: Simulator): number {
  return control.journal({ kind: 'in', type: 'placeOrder' }).length;
}

/** The references of the orders that arrived. */
function refsSeen({ control }: Simulator): readonly (string | undefined)[] {
  return control.journal({ kind: 'in', type: 'placeOrder' }).map(({ message }) => /ibk\.[0-9A-Z]{26}/u.exec(JSON.stringify(message))?.[0]);
}

function isOpenQuestion({ status, orderType }: OrderState): boolean {
  return ['staged', 'sending', 'unknown', 'acked'].includes(status) || (status === 'working' && orderType === 'MKT');
}

describe('against the simulator', () => {
  it('takes an order to its fill, with a commission, a position and an execution', async () => {
    const journal = memoryJournal();
    await onStage({ journal }, async ({ simulator, trading }) => {
      const handle = await trading.place({ contract: SHARE, action: 'BUY', quantity: 100, orderType: 'MKT', key: 'k', tag: 't' });
      const filled = await handle.filled({ timeoutMs: 10_000 });
      expect(filled.filledQuantity).toBe(100);
      expect(filled.averagePrice).toBeGreaterThan(0);
      let last = handle.state;
      for await (const state of handle) last = state;
      expect(last.fills.length).toBeGreaterThan(0);
      expect(last.fills.every(({ commission }) => commission.status === 'known' && commission.amount > 0)).toBe(true);
      expect(await trading.positions()).toMatchObject([{ account: 'DU1234567', position: 100 }]);
      expect(await trading.executions()).toMatchObject(last.fills.map(({ execId }) => ({ execId, key: 'k', tag: 't', commission: { status: 'known' } })));
      const [summary] = await trading.account();
      expect(summary?.values.find(({ tag }) => tag === 'NetLiquidation')?.amount).toBeGreaterThan(0);
      expect(ordersSeen(simulator)).toBe(1);
    });
    const types = (await recordsOf(journal)).map(({ type }) => type);
    expect(types.indexOf('order.staged')).toBeLessThan(types.indexOf('order.sent'));
  });

  it('cancels a resting order', () =>
    onStage({}, async ({ trading }) => {
      const handle = await trading.place({ contract: SHARE, action: 'BUY', quantity: 1, orderType: 'LMT', limitPrice: 1 });
      expect((await handle.acknowledged({ timeoutMs: 10_000 })).permIds).toHaveLength(1);
      await trading.cancel(handle);
      expect(await handle.done({ timeoutMs: 10_000 })).toMatchObject({ status: 'cancelled', filledQuantity: 0 });
    }));

  it('shows a rejection with the code of the broker', () =>
    onStage({}, async ({ trading }) => {
      const handle = await trading.place({ contract: { ...SHARE, symbol: 'NOSUCH' }, action: 'BUY', quantity: 1, orderType: 'MKT' });
      expect(await handle.done({ timeoutMs: 10_000 })).toMatchObject({ status: 'rejected', brokerNotice: { code: 200 } });
    }));

  it('finds an order again whose acknowledgement was lost with the session, and does not send it twice', () =>
    onStage({}, async ({ simulator, trading, arrived }) => {
      const unknown = trading.events.once('order.unknown');
      const endFault = simulator.control.inject({ type: 'half-open', stop: 'writing', clientId: 1 });
      const handle = await trading.place({ contract: SHARE, action: 'BUY', quantity: 1, orderType: 'LMT', limitPrice: 1, key: 'k' });
      await arrived(1);
      simulator.control.dropClients('rst', 1);
      endFault();
      await unknown;
      await trading.ready();
      expect(handle.state).toMatchObject({ status: 'working', permIds: [expect.any(String)] });
      expect((await trading.place({ contract: SHARE, action: 'BUY', quantity: 1, orderType: 'LMT', limitPrice: 1, key: 'k' })).intentId).toBe(handle.intentId);
      expect(ordersSeen(simulator)).toBe(1);
      await trading.cancel('k');
      expect((await handle.done({ timeoutMs: 10_000 })).status).toBe('cancelled');
    }));

  it('books a fill that happened during the outage exactly once', () =>
    onStage({}, async ({ simulator, trading, arrived }) => {
      const unknown = trading.events.once('order.unknown');
      const endFault = simulator.control.inject({ type: 'half-open', stop: 'writing', clientId: 1 });
      const handle = await trading.place({ contract: SHARE, action: 'BUY', quantity: 10, orderType: 'LMT', limitPrice: 1 });
      await arrived(1);
      simulator.control.dropClients('rst', 1);
      simulator.control.setPrice('AAPL', 0.5);
      endFault();
      await unknown;
      const filled = await handle.filled({ timeoutMs: 10_000 });
      expect(filled.filledQuantity).toBe(10);
      await trading.reconcile();
      expect(handle.state.filledQuantity).toBe(10);
      expect(await trading.positions()).toMatchObject([{ position: 10 }]);
    }));

  it('says unknown about an order that never arrived, then absent after two complete snapshots', () =>
    onStage({}, async ({ simulator, trading }) => {
      const unknown = trading.events.once('order.unknown');
      const endFault = simulator.control.inject({ type: 'half-open', stop: 'reading', clientId: 1 });
      const handle = await trading.place({ contract: SHARE, action: 'BUY', quantity: 1, orderType: 'MKT' });
      simulator.control.dropClients('rst', 1);
      endFault();
      expect((await unknown).order.key).toBe(handle.key);
      const verdict = await handle.done({ timeoutMs: 10_000 });
      expect(verdict.status).toBe(ordersSeen(simulator) === 0 ? 'absent' : 'filled');
    }));

  it('goes on with the orders of an earlier process', async () => {
    const simulator = await createSimulator({ accounts: ['DU1234567'] });
    const journal = memoryJournal();
    const first = connectionTo(simulator, 1);
    await first.connect();
    const before = new Trading({ connection: first, journal });
    await before.ready();
    const placed = await before.place({ contract: SHARE, action: 'BUY', quantity: 1, orderType: 'LMT', limitPrice: 1, key: 'k' });
    await placed.acknowledged({ timeoutMs: 10_000 });
    await before.close();
    await first[Symbol.asyncDispose]();

    const second = connectionTo(simulator, 1);
    const after = new Trading({ connection: second, journal });
    try {
      await second.connect();
      await after.ready();
      expect(after.order('k')?.state.status).toBe('working');
      await after.cancel('k');
      expect((await after.order('k')?.done({ timeoutMs: 10_000 }))?.status).toBe('cancelled');
      const next = await after.place({ contract: SHARE, action: 'BUY', quantity: 1, orderType: 'LMT', limitPrice: 1 });
      expect(next.orderId).toBeGreaterThan(placed.orderId);
    } finally {
      await after.close();
      await second[Symbol.asyncDispose]();
      await simulator.close();
    }
  });

  it('closes at 1100 and opens again after 1102 and a sweep', () =>
    onStage({}, async ({ simulator, trading }) => {
      const closed = trading.events.once('gate.changed');
      simulator.control.notice(1100);
      expect((await closed).open).toBe(false);
      await expect(trading.place({ contract: SHARE, action: 'BUY', quantity: 1, orderType: 'MKT' })).rejects.toMatchObject({
        code: 'IBKR_ORDER_GATE_REFUSED',
        details: { reasons: ['UPSTREAM_DOWN', 'RECONCILE_PENDING'] },
      });
      simulator.control.notice(1102);
      await trading.ready();
      expect(ordersSeen(simulator)).toBe(0);
    }));

  it('previews with the price of the market, and sends nothing', () =>
    onStage({}, async ({ simulator, connection, trading: plain }) => {
      await plain.close();
      const marketData = new MarketData({ connection });
      const trading = new Trading({ connection, marketData });
      simulator.control.setPrice('AAPL', 200);
      await trading.ready();
      const { estimate, gate } = await trading.preview({ contract: await marketData.resolve('AAPL'), action: 'BUY', quantity: 10, orderType: 'MKT' });
      expect(gate).toEqual([]);
      expect(estimate?.basis).toBe('marketData');
      expect(estimate?.notional).toBeCloseTo((estimate?.price ?? 0) * 10, 6);
      expect(ordersSeen(simulator)).toBe(0);
      await trading.close();
      await marketData.close();
    }));

  it('loses and doubles no order while the session is cut again and again', () =>
    onStage({ onUnknown: 'warn' }, async ({ simulator, connection, trading, arrived }) => {
      const random = seededRandom(7);
      const pick = <T>(...choices: readonly T[]): T | undefined => choices[Math.floor(random.next() * choices.length)];
      for (let count = 0; count < 24; count += 1) {
        const request: OrderRequest = { contract: SHARE, action: 'BUY', quantity: 1, key: `k${count}`, ...(pick(true, false) === true ? { orderType: 'LMT', limitPrice: 1 } : { orderType: 'MKT' }) };
        const cut = pick('never', 'before', 'after', 'arrived', 'answered');
        const { session } = connection;
        const before = refsSeen(simulator).length;
        const endFault = cut === 'arrived' ? simulator.control.inject({ type: 'half-open', stop: 'writing', clientId: 1 }) : undefined;
        if (cut === 'before') simulator.control.dropClients('rst', 1);
        const placing = trading.place(request);
        if (cut === 'arrived') await arrived(before + 1);
        if (cut === 'answered') await (await placing).acknowledged();
        if (cut !== 'never' && cut !== 'before') simulator.control.dropClients(pick('rst', 'fin') ?? 'rst', 1);
        endFault?.();
        await placing;
        if (cut !== 'never') await session?.closed;
        await trading.ready();
      }
      // A sweep may come too early for a verdict.
      while ((await trading.reconcile()).unknown.length > 0 || trading.orders().some(isOpenQuestion));

      const orders = trading.orders();
      const withStatus = (...statuses: readonly string[]): readonly OrderState[] => orders.filter(({ status }) => statuses.includes(status));
      const seen = refsSeen(simulator);
      expect(new Set(seen).size).toBe(seen.length);
      expect(new Set(withStatus('filled', 'working').map(({ orderRef }) => orderRef))).toEqual(new Set(seen));
      expect(withStatus('filled', 'working', 'absent')).toHaveLength(24);
      for (const status of ['filled', 'working', 'absent']) expect(withStatus(status).length).toBeGreaterThan(0);
      expect(await trading.positions()).toMatchObject([{ position: withStatus('filled').length }]);
    }), 30_000);
});
