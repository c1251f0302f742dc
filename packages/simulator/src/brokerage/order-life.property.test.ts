import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLIENT, SPY, withBrokerage } from '../testing/brokerage-desk.js';
import type { BrokerageTest } from '../testing/brokerage-desk.js';
import type { OrderTicket, OrderView } from './brokerage.js';

const START_CASH = 100_000_000;

const TYPES = ['MKT', 'LMT', 'STP', 'STP LMT', 'TRAIL', 'TRAIL LIMIT', 'MIT', 'LIT', 'MOC', 'LOC', 'MTL', 'REL', 'MIDPRICE', 'PEG MID', 'PEG MKT'] as const;

const wish = fc.record({
  action: fc.constantFrom('BUY', 'SELL'),
  orderType: fc.constantFrom(...TYPES),
  quantity: fc.integer({ min: 1, max: 4000 }),
  offset: fc.integer({ min: -60, max: 60 }),
  far: fc.integer({ min: 1, max: 80 }),
  tif: fc.constantFrom('DAY', 'GTC', 'IOC', 'FOK'),
  group: fc.constantFrom('', '', 'A1', 'B2', 'C3'),
  transmit: fc.boolean(),
});
type Wish = typeof wish extends fc.Arbitrary<infer T> ? T : never;

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('place' as const), wish }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('bracket' as const), wish, width: fc.integer({ min: 2, max: 60 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('modify' as const), which: fc.nat(30), offset: fc.integer({ min: -60, max: 60 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), which: fc.nat(30) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 3000 }) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('move' as const), offset: fc.integer({ min: -80, max: 80 }) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** All members of a group have this size, so that its fills can be compared. */
const GROUP_SIZE = 1500;
const TIFS: Readonly<Record<string, string>> = { MOC: 'DAY', LOC: 'DAY', MIDPRICE: 'DAY' };

function ticketOf({ action, orderType, quantity, offset, far, tif, group, transmit }: Wish, at: (offset: number) => number): OrderTicket {
  const isPlain = orderType === 'MKT' || orderType === 'LMT';
  return {
    action,
    orderType,
    totalQuantity: group === '' ? quantity : GROUP_SIZE,
    tif: TIFS[orderType] ?? (isPlain ? tif : 'GTC'),
    lmtPrice: orderType === 'MKT' || orderType === 'TRAIL LIMIT' ? undefined : at(offset),
    lmtPriceOffset: orderType === 'TRAIL LIMIT' ? far / 100 : undefined,
    auxPrice: orderType.startsWith('TRAIL') || orderType === 'REL' || orderType.startsWith('PEG') ? far / 100 : at(offset + far),
    ocaGroup: group,
    ocaType: group === '' ? undefined : Number(group.slice(1)),
    transmit: group === '' ? transmit : true,
  };
}

function bracketOf({ action, quantity, offset, orderType }: Wish, width: number, at: (offset: number) => number, firstId: number): readonly OrderTicket[] {
  const isBuy = action === 'BUY';
  const exit = isBuy ? 'SELL' : 'BUY';
  const up = isBuy ? width : -width;
  const common = { action: exit, totalQuantity: quantity, tif: 'GTC', parentId: firstId };
  return [
    { action, totalQuantity: quantity, tif: 'GTC', orderType: orderType === 'MKT' ? 'MKT' : 'LMT', lmtPrice: at(offset), transmit: false },
    { ...common, orderType: 'LMT', lmtPrice: at(offset + up), transmit: false },
    { ...common, orderType: 'STP', auxPrice: at(offset - up), transmit: true },
  ];
}

async function run({ base, brokerage, market, move }: BrokerageTest, steps: readonly Step[], check: () => void): Promise<void> {
  const tickets = new Map<number, OrderTicket>();
  const at = (offset: number): number => Math.round((market.mark(SPY.conId) ?? 0) * 100 + offset) / 100;
  const send = (ticket: OrderTicket): void => {
    const id = brokerage.nextValidId(CLIENT);
    tickets.set(id, ticket);
    brokerage.place(CLIENT, id, SPY, ticket);
  };
  for (const item of steps) {
    if (item.do === 'place') send(ticketOf(item.wish, at));
    else if (item.do === 'bracket') for (const ticket of bracketOf(item.wish, item.width, at, brokerage.nextValidId(CLIENT))) send(ticket);
    else if (item.do === 'modify') {
      const ticket = tickets.get(item.which);
      if (ticket !== undefined) brokerage.place(CLIENT, item.which, SPY, { ...ticket, lmtPrice: ticket.lmtPrice === undefined ? undefined : at(item.offset) });
    } else if (item.do === 'cancel') brokerage.cancel(CLIENT, item.which);
    else if (item.do === 'wait') await base.advance(item.ms);
    else move(at(item.offset));
    check();
  }
  await base.advance(500);
  check();
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function checkOrders({ brokerage, order }: BrokerageTest): void {
  const all = [...brokerage.openOrders(), ...brokerage.completedOrders()];
  for (const { filled, remaining, totalQuantity, parentId, status } of all) {
    expect(filled + remaining).toBe(totalQuantity);
    expect(filled).toBeGreaterThanOrEqual(0);
    expect(remaining).toBeGreaterThanOrEqual(0);
    if (parentId === 0) continue;
    const parent = all.find((other) => other.orderId === parentId);
    // A child never works, and never trades, unless its parent is filled.
    const isFree = parent === undefined || parent.status === 'Filled';
    expect(isFree || filled === 0, `child of ${String(parentId)}`).toBe(true);
    const isOver = parent?.status === 'Cancelled' || parent?.status === 'Inactive';
    expect(!isOver || status === 'Cancelled' || status === 'Inactive').toBe(true);
  }
  for (const group of ['A1', 'B2']) {
    const filled = sum(all.filter(({ ocaGroup }) => ocaGroup === group).map((member) => member.filled));
    expect(filled).toBeLessThanOrEqual(GROUP_SIZE);
  }
  const families = new Set(all.filter(({ parentId, ocaGroup }) => parentId !== 0 && ocaGroup !== '').map(({ parentId }) => parentId));
  for (const parentId of families) {
    const children = all.filter((child) => child.parentId === parentId);
    expect(sum(children.map((child) => child.filled))).toBeLessThanOrEqual(order(parentId).filled);
  }
}

function isWithinLimit(order: OrderView, price: number): boolean {
  if (order.lmtPrice === undefined) return true;
  return order.action === 'BUY' ? price <= order.lmtPrice + 1e-9 : price >= order.lmtPrice - 1e-9;
}

function checkBooks({ brokerage, market }: BrokerageTest): void {
  const rows = brokerage.executions();
  const ids = rows.map(({ execution }) => execution.execId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { execution, order } of rows) {
    expect(execution.shares).toBeGreaterThan(0);
    expect(isWithinLimit(order, execution.price), `${order.orderType} ${order.action} ${String(execution.price)} limit ${String(order.lmtPrice)}`).toBe(true);
  }
  for (const order of [...brokerage.openOrders(), ...brokerage.completedOrders()]) {
    expect(sum(rows.filter(({ execution }) => execution.orderId === order.orderId).map(({ execution }) => execution.shares))).toBe(order.filled);
  }
  const signed = ({ execution }: (typeof rows)[number]): number => (execution.side === 'BOT' ? execution.shares : -execution.shares);
  const held = sum(rows.map(signed));
  const paid = sum(rows.map((row) => signed(row) * row.execution.price + (row.commission?.commission ?? 0)));
  const values = new Map(brokerage.accountValues('DU1').map(({ key, value }) => [key, Number(value)]));
  expect(brokerage.portfolio('DU1')[0]?.position ?? 0).toBe(held);
  expect(values.get('TotalCashValue')).toBeCloseTo(START_CASH - paid, 1);
  expect(values.get('NetLiquidation')).toBeCloseTo(START_CASH - paid + held * (market.mark(SPY.conId) ?? 0), 1);
  expect((values.get('RealizedPnL') ?? 0) + (values.get('UnrealizedPnL') ?? 0)).toBeCloseTo((values.get('NetLiquidation') ?? 0) - START_CASH, 0);
}

describe('orders of every type, on any path of the price', () => {
  it('are never overfilled and never beyond their limit; groups and brackets hold; the books add up', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), fc.constantFrom(0, 0, 40), fc.boolean(), async (steps, latencyMs, partialFills) => {
        await withBrokerage({ latencyMs, startCash: START_CASH, orders: { partialFills, maxOrdersPerSide: 100 } }, async (test) => {
          await run(test, steps, () => {
            checkOrders(test);
          });
          checkBooks(test);
        });
      }),
      { numRuns: 120 },
    );
  }, 60_000);
});
