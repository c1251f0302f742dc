import type { ServerMessageOf, WireOrder } from '@ibkit/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryJournal } from '../journal/memory-journal.js';
import { stageRequest } from '../orders/order-request.js';
import type { OrderRequest } from '../orders/order-request.js';
import { wireTerms } from '../orders/wire-order.js';
import { onOrderStage } from '../testing/order-stage.js';
import type { OrderStage } from '../testing/order-stage.js';
import { recordsOf } from '../testing/rig.js';

const SHARE = { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' } as const;
const WAIT = { timeoutMs: 10_000 };

/** A field as the wire has it: an absent one comes back as 0, as nothing, or as false. */
function plain(value: unknown): unknown {
  if (value === undefined || value === 0 || value === false || value === '' || (Array.isArray(value) && value.length === 0)) return undefined;
  return value;
}

/** What a request says that does not come back. The stop of a trailing order moves, and the group type is 3 where there is no group. */
function lost(request: OrderRequest, shown: WireOrder): readonly string[] {
  const back = new Map<string, unknown>(Object.entries(shown));
  return Object.entries(wireTerms(stageRequest(request)))
    .filter(([name]) => name !== 'trailStopPrice')
    .filter(([name, value]) => plain(value) !== undefined && JSON.stringify(plain(back.get(name))) !== JSON.stringify(plain(value)))
    .map(([name]) => name);
}

async function roundTrip({ connection, trading }: OrderStage, request: OrderRequest): Promise<{ readonly shown: ServerMessageOf<'openOrder'>; readonly key: string }> {
  const shown: ServerMessageOf<'openOrder'>[] = [];
  const off = connection.onMessage((message) => {
    if (message.type === 'openOrder') shown.push(message);
  });
  const handle = await trading.place(request);
  const { status, brokerNotice } = await handle.acknowledged(WAIT);
  off();
  const mine = shown.find(({ orderId }) => orderId === handle.orderId);
  if (mine === undefined) throw new Error(`the broker showed nothing: ${status} ${brokerNotice?.message ?? ''}`);
  return { shown: mine, key: handle.key };
}

const price = fc.integer({ min: 100, max: 9_000 }).map((cents) => cents / 100);
const high = fc.integer({ min: 90_000, max: 99_999 }).map((cents) => cents / 100);
const low = fc.integer({ min: 100, max: 2_000 }).map((cents) => cents / 100);

/** Every type that the simulator has, far enough from the market to rest. */
const pricing = fc.oneof(
  low.map((limitPrice) => ({ orderType: 'LMT' as const, limitPrice })),
  high.map((stopPrice) => ({ orderType: 'STP' as const, stopPrice })),
  fc.tuple(high, low).map(([stopPrice, limitPrice]) => ({ orderType: 'STP LMT' as const, stopPrice, limitPrice })),
  fc.tuple(price, high).map(([trailAmount, stopPrice]) => ({ orderType: 'TRAIL' as const, trailAmount, stopPrice })),
  fc.integer({ min: 1, max: 90 }).map((trailPercent) => ({ orderType: 'TRAIL' as const, trailPercent })),
  fc.tuple(price, price).map(([trailAmount, limitOffset]) => ({ orderType: 'TRAIL LIMIT' as const, trailAmount, limitOffset })),
  low.map((triggerPrice) => ({ orderType: 'MIT' as const, triggerPrice })),
  fc.tuple(low, low).map(([triggerPrice, limitPrice]) => ({ orderType: 'LIT' as const, triggerPrice, limitPrice })),
  fc.constant({ orderType: 'MOC' as const }),
  low.map((limitPrice) => ({ orderType: 'LOC' as const, limitPrice })),
  low.map((limitPrice) => ({ orderType: 'REL' as const, limitPrice, offset: 0.02 })),
  low.map((limitPrice) => ({ orderType: 'REL' as const, limitPrice, percentOffset: 0.01 })),
  low.map((limitPrice) => ({ orderType: 'MIDPRICE' as const, limitPrice })),
  low.map((limitPrice) => ({ orderType: 'PEG MID' as const, limitPrice })),
  low.map((limitPrice) => ({ orderType: 'PEG MKT' as const, limitPrice, offset: 0.05 })),
);

const DAY_ONLY = ['MOC', 'LOC', 'MIDPRICE'];

const request = fc
  .record({
    priced: pricing,
    quantity: fc.integer({ min: 1, max: 500 }),
    tif: fc.constantFrom('DAY', 'GTC', 'GTD' as const),
    outsideRth: fc.boolean(),
    attributes: fc.constantFrom<Partial<OrderRequest>>({}, { allOrNone: true }, { minQuantity: 1 }, { oca: { group: 'g' } }, { triggerMethod: 'last' }, { modelCode: 'M' }, { notHeld: true }),
    condition: fc.boolean(),
    serial: fc.nat(),
  })
  .map(({ priced, quantity, tif, outsideRth, attributes: { oca, ...attributes }, condition, serial }): OrderRequest => loose({
    contract: SHARE,
    action: 'BUY',
    quantity,
    outsideRth,
    ...priced,
    allOrNone: attributes.allOrNone,
    minQuantity: attributes.minQuantity,
    triggerMethod: attributes.triggerMethod,
    modelCode: attributes.modelCode,
    notHeld: attributes.notHeld,
    ...(DAY_ONLY.includes(priced.orderType) ? { tif: 'DAY' } : { tif, ...(tif === 'GTD' ? { goodTillDate: Date.UTC(2099, 0, 1) + serial * 1000 } : {}) }),
    ...(oca === undefined ? {} : { oca: { group: `group ${serial}`, type: 'reduceWithBlock' } }),
    ...(condition ? { conditions: { when: [{ type: 'price', conId: 265598, is: 'above', price: 9_000, join: 'or' }, { type: 'time', is: 'after', time: Date.UTC(2099, 0, 1) }] } } : {}),
  }));

describe('requests on their way to the simulator and back', () => {
  it('lose nothing between caller, journal, wire and broker', async () => {
    const journal = memoryJournal();
    await onOrderStage(
      async (stage) => {
        await fc.assert(
          fc.asyncProperty(request, async (wanted) => {
            const { shown, key } = await roundTrip(stage, wanted);
            expect(lost(wanted, shown.order)).toEqual([]);
            expect(shown.order.transmit ?? true).toBe(true);
            const staged = (await recordsOf(journal)).findLast((record) => record.type === 'order.staged');
            expect(staged).toMatchObject({ request: JSON.parse(JSON.stringify(stageRequest(wanted))) as object, key });
            expect(lost(wanted, stage.seen().at(-1)?.order ?? {})).toEqual([]);
            await stage.trading.cancel(key);
            await stage.trading.order(key)?.done(WAIT);
          }),
          { numRuns: 60 },
        );
      },
      () => ({ journal }),
    );
  }, 30_000);
});

/** What the simulator does not act on, and refuses: the witness shows that it arrived as it was meant. */
const BEYOND_THE_SIMULATOR: readonly Partial<OrderRequest>[] = [
  { hidden: true },
  { displaySize: 3 },
  { discretionaryAmount: 0.05 },
  { sweepToFill: true },
  { algo: { strategy: 'Adaptive', params: { adaptivePriority: 'Patient' } } },
  { orderType: 'PEG PRIM', limitPrice: undefined, offset: 0.01 },
  { orderType: 'STP', limitPrice: undefined, stopPrice: 500, adjust: { to: 'TRAIL', when: 600, stopPrice: 550, trailAmount: 5 } },
  { contract: { symbol: 'EUR', secType: 'CASH', exchange: 'IDEALPRO', currency: 'USD' }, quantity: 0, cashQuantity: 1_000 },
];

describe('orders that the simulator has not', () => {
  it('arrive as they were meant, and their refusal is a verdict', () =>
    onOrderStage(async ({ trading, seen }) => {
      for (const changes of BEYOND_THE_SIMULATOR) {
        const wanted = loose({ contract: SHARE, action: 'BUY', quantity: 10, orderType: 'LMT', limitPrice: 1, ...changes });
        const handle = await trading.place(wanted);
        expect(await handle.done(WAIT)).toMatchObject({ status: 'rejected', brokerNotice: { code: expect.any(Number) as number } });
        expect(lost(wanted, seen().at(-1)?.order ?? {})).toEqual([]);
      }
    }));
});

describe('orders do what they say', () => {
  it('a stop, a touch and a trailing stop wait for their price', () =>
    onOrderStage(async ({ simulator, trading }) => {
      simulator.control.setPrice('AAPL', 200);
      const place = (wanted: Partial<OrderRequest> & Pick<OrderRequest, 'orderType'>): ReturnType<typeof trading.place> => trading.place(loose({ contract: SHARE, action: 'BUY', quantity: 1, ...wanted }));
      const stop = await place({ orderType: 'STP', stopPrice: 220 });
      const touch = await place({ orderType: 'MIT', triggerPrice: 180 });
      const trail = await place({ orderType: 'TRAIL', trailAmount: 10, action: 'SELL' });
      for (const handle of [stop, touch, trail]) {
        await handle.acknowledged(WAIT);
        expect(handle.state.status).toBe('working');
      }
      simulator.control.setPrice('AAPL', 225);
      await stop.filled(WAIT);
      expect([touch.state.status, trail.state.status]).toEqual(['working', 'working']);
      // The trailing stop followed to about 215.
      simulator.control.setPrice('AAPL', 210);
      await trail.filled(WAIT);
      expect(touch.state.status).toBe('working');
      simulator.control.setPrice('AAPL', 175);
      await touch.filled(WAIT);
    }));

  it('one of a group cancels the others', () =>
    onOrderStage(async ({ simulator, trading }) => {
      simulator.control.setPrice('AAPL', 200);
      const oca = { group: 'one of these' };
      const low = await trading.place({ contract: SHARE, action: 'BUY', quantity: 1, orderType: 'LMT', limitPrice: 150, oca });
      const high = await trading.place({ contract: SHARE, action: 'BUY', quantity: 1, orderType: 'STP', stopPrice: 250, oca });
      await high.acknowledged(WAIT);
      simulator.control.setPrice('AAPL', 145);
      await low.filled(WAIT);
      expect((await high.done(WAIT)).status).toBe('cancelled');
    }));

  it('a condition holds an order back', () =>
    onOrderStage(async ({ simulator, trading }) => {
      simulator.control.setPrice('AAPL', 200);
      const handle = await trading.place({
        contract: SHARE, action: 'BUY', quantity: 1, orderType: 'MKT',
        conditions: { when: [{ type: 'price', conId: 265598, is: 'above', price: 230, triggerMethod: 'last' }] },
      }); // prettier-ignore
      await handle.acknowledged(WAIT);
      expect(handle.state.status).toBe('working');
      simulator.control.setPrice('AAPL', 240);
      expect((await handle.filled(WAIT)).averagePrice).toBeGreaterThan(230);
    }));

  it('currencies, coins and futures trade in their own sizes', () =>
    onOrderStage(async ({ trading }) => {
      const euro = { symbol: 'EUR', secType: 'CASH', exchange: 'IDEALPRO', currency: 'USD' } as const;
      const coin = { symbol: 'BTC', secType: 'CRYPTO', exchange: 'PAXOS', currency: 'USD' } as const;
      const orders: readonly OrderRequest[] = [
        { contract: euro, action: 'BUY', quantity: 25_000, orderType: 'MKT' },
        { contract: coin, action: 'BUY', quantity: 0.05, orderType: 'LMT', limitPrice: 90_000, tif: 'IOC' },
      ];
      for (const order of orders) expect((await (await trading.place(order)).filled(WAIT)).filledQuantity).toBe(order.quantity);
      // Crude oil has traded below zero: the check here lets such a price pass, and the simulator has the last word.
      const oil = { symbol: 'CL', secType: 'FUT', exchange: 'NYMEX', currency: 'USD', lastTradeDateOrContractMonth: '199001' } as const;
      expect(await (await trading.place({ contract: oil, action: 'BUY', quantity: 1, orderType: 'LMT', limitPrice: -37.63 })).done(WAIT)).toMatchObject({ status: 'rejected' });
    }));

  it('a combination trades for its net price', () =>
    onOrderStage(async ({ simulator, trading, seen }) => {
      simulator.control.setPrice('AAPL', 200);
      simulator.control.setPrice('MSFT', 400);
      const contract = { symbol: 'AAPL', secType: 'BAG', exchange: 'SMART', currency: 'USD', comboLegs: [{ conId: 265598, ratio: 2, action: 'BUY' }, { conId: 272093, ratio: 1, action: 'SELL' }] } as const;
      const credit = await trading.place({ contract, action: 'BUY', quantity: 1, orderType: 'LMT', limitPrice: -50 });
      await credit.acknowledged(WAIT);
      expect(credit.state.status).toBe('working');
      expect(seen().at(-1)).toMatchObject({ contract: { secType: 'BAG', comboLegs: [{ conId: 265598, ratio: 2, action: 'BUY', exchange: 'SMART' }, { conId: 272093, ratio: 1, action: 'SELL' }] }, order: { lmtPrice: -50 } });
      const modified = await trading.modify(credit, { limitPrice: 5 });
      await modified.filled(WAIT);
      const positions = await trading.positions();
      expect(positions.map(({ contract: { conId }, position }) => [conId, position]).sort()).toEqual([[265598, 2], [272093, -1]]);
    }));
});

function loose(value: object): OrderRequest {
  if (!isRequest(value)) throw new Error('no request');
  return value;
}

function isRequest(value: object): value is OrderRequest {
  return 'orderType' in value;
}
