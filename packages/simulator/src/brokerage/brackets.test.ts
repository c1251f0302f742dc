import { describe, expect, it } from 'vitest';
import { CLIENT, SPY, withBrokerage } from '../testing/brokerage-desk.js';
import type { BrokerageTest } from '../testing/brokerage-desk.js';
import type { OrderTicket } from './brokerage.js';
import type { BrokerageSnapshot } from './snapshot.js';

const ENTRY: OrderTicket = { action: 'BUY', totalQuantity: 100, orderType: 'LMT', lmtPrice: 495, tif: 'GTC', transmit: false };
const PROFIT: OrderTicket = { action: 'SELL', totalQuantity: 100, orderType: 'LMT', lmtPrice: 520, tif: 'GTC', parentId: 1, transmit: false };
const LOSS: OrderTicket = { action: 'SELL', totalQuantity: 100, orderType: 'STP', auxPrice: 480, tif: 'GTC', parentId: 1, transmit: true };

async function bracket({ place, move }: BrokerageTest, entry: OrderTicket = ENTRY): Promise<void> {
  move(500);
  await place(1, entry);
  await place(2, PROFIT);
  await place(3, LOSS);
}

describe('a bracket', () => {
  it('is silent until its last order is transmitted; then the parent works and the children wait for it', () =>
    withBrokerage({}, async (test) => {
      const { place, move, said, order, brokerage } = test;
      move(500);
      await place(1, ENTRY);
      await place(2, PROFIT);
      expect(said()).toEqual([]);
      expect(brokerage.openOrders()).toEqual([]);
      await place(3, LOSS);
      expect(said()).toEqual([
        'open 1 PreSubmitted', 'status 1 PreSubmitted 0/100', 'open 2 PreSubmitted', 'status 2 PreSubmitted 0/100 child', 'open 3 PreSubmitted', 'status 3 PreSubmitted 0/100 child,trigger',
        'open 1 Submitted', 'status 1 Submitted 0/100',
      ]); // prettier-ignore
      expect(order(2)).toMatchObject({ parentId: 1, ocaGroup: order(1).permId, ocaType: 3 });
      move(525);
      expect(order(2).status).toBe('PreSubmitted');
    }));

  it('activates its children by the fill of the parent, and the fill of one cancels the other', () =>
    withBrokerage({}, async (test) => {
      const { move, said, order, brokerage } = test;
      await bracket(test);
      said();
      move(494);
      expect(said().slice(7)).toEqual(['open 2 Submitted', 'status 2 Submitted 0/100', 'open 3 PreSubmitted', 'status 3 PreSubmitted 0/100 trigger']);
      move(479);
      expect(order(3).status).toBe('Filled');
      expect(said().slice(-2)).toEqual(['status 2 Cancelled 0/100', 'error 2 202']);
      expect(brokerage.positions()).toEqual([]);
      expect(brokerage.openOrders()).toEqual([]);
    }));

  it('reduces the other child by partial fills, so that both together never exceed the position', () =>
    withBrokerage({ startCash: 10_000_000 }, async ({ place, move, order, base, brokerage, market }) => {
      move(500);
      const size = 5000;
      await place(1, { ...ENTRY, orderType: 'MKT', totalQuantity: size });
      await place(2, { ...PROFIT, totalQuantity: size, lmtPrice: 505 });
      await place(3, { ...LOSS, totalQuantity: size });
      for (let step = 0; step < 600 && order(1).status !== 'Filled'; step += 1) await base.advance(250);
      expect(order(1).status).toBe('Filled');
      move(506);
      const { filled } = order(2);
      expect(filled).toBeGreaterThan(0);
      expect(filled).toBeLessThan(size);
      expect(order(3)).toMatchObject({ totalQuantity: size - filled, remaining: size - filled });
      move(470);
      await base.advance(30_000);
      expect(order(2).filled + order(3).filled).toBeLessThanOrEqual(size);
      expect(brokerage.positions()[0]?.position ?? 0).toBeGreaterThanOrEqual(0);
      expect(market.halted(SPY.conId)).toBe(false);
    }));

  it('ends as a whole when the parent is cancelled, or rejected', () =>
    withBrokerage({ startCash: 100_000 }, async (test) => {
      const { base, brokerage, order, said } = test;
      await bracket(test);
      said();
      brokerage.cancel(CLIENT, 1);
      await base.advance(0);
      expect(said()).toEqual(['status 1 PendingCancel 0/100', 'status 1 Cancelled 0/100', 'error 1 202', 'status 2 Cancelled 0/100', 'error 2 202', 'status 3 Cancelled 0/100', 'error 3 202']);
      brokerage.place(CLIENT, 11, SPY, { ...ENTRY, totalQuantity: 100_000 });
      brokerage.place(CLIENT, 12, SPY, { ...PROFIT, parentId: 11 });
      brokerage.place(CLIENT, 13, SPY, { ...LOSS, parentId: 11 });
      await base.advance(0);
      expect(order(11).status).toBe('Inactive');
      expect(order(12).status).toBe('Cancelled');
      expect(order(13).status).toBe('Cancelled');
      expect(brokerage.openOrders()).toEqual([]);
    }));

  it('loses one child without the others, and its parent when the child says so', () =>
    withBrokerage({}, async (test) => {
      const { base, brokerage, place, order } = test;
      await bracket(test);
      brokerage.cancel(CLIENT, 2);
      await base.advance(0);
      expect([order(1).status, order(2).status, order(3).status]).toEqual(['Submitted', 'Cancelled', 'PreSubmitted']);
      await place(4, { ...LOSS, autoCancelParent: true });
      brokerage.cancel(CLIENT, 4);
      await base.advance(0);
      expect([order(1).status, order(3).status]).toEqual(['Cancelled', 'Cancelled']);
    }));

  it('refuses children of unknown and of dead parents, and trailing children of market orders', () =>
    withBrokerage({}, async (test) => {
      const { base, brokerage, place, said } = test;
      await place(5, { ...PROFIT, parentId: 4 });
      expect(said()).toEqual(['error 5 10006']);
      expect(brokerage.nextValidId(CLIENT)).toBe(1);
      await bracket(test);
      brokerage.cancel(CLIENT, 1);
      await base.advance(0);
      said();
      await place(4, { ...PROFIT, transmit: true });
      await place(6, { ...ENTRY, orderType: 'MKT' });
      await place(7, { ...LOSS, orderType: 'TRAIL', auxPrice: 3, parentId: 6 });
      expect(said()).toEqual(['error 4 201', 'error 7 328']);
    }));

  it('keeps the parent of a child', () =>
    withBrokerage({}, async (test) => {
      const { place, said } = test;
      await bracket(test);
      said();
      await place(2, { ...PROFIT, parentId: 0 });
      await place(2, { ...PROFIT, lmtPrice: 521 });
      expect(said()).toEqual(['error 2 10341', 'open 2 PreSubmitted', 'status 2 PreSubmitted 0/100 child']);
    }));

  it('takes children of a parent that is filled already', () =>
    withBrokerage({}, async ({ place, move, order }) => {
      move(500);
      await place(1, { ...ENTRY, orderType: 'MKT', transmit: true });
      await place(2, { ...PROFIT, transmit: true });
      expect(order(2)).toMatchObject({ status: 'Submitted', whyHeld: '' });
    }));
});

describe('a bracket that is kept over a restart', () => {
  it('waits on, is activated by its parent, and cancels the other child', async () => {
    let kept = '';
    await withBrokerage({}, async (test) => {
      await bracket(test);
      await test.place(4, { ...LOSS, parentId: 0, orderType: 'TRAIL', auxPrice: 10 });
      test.move(530);
      kept = JSON.stringify(test.brokerage.snapshot());
    });
    await withBrokerage({}, async ({ base, brokerage, move, order, said }) => {
      const isSnapshot = (value: unknown): value is BrokerageSnapshot => typeof value === 'object';
      const snapshot: unknown = JSON.parse(kept);
      if (!isSnapshot(snapshot)) throw new Error('no snapshot');
      move(530);
      brokerage.restore(snapshot);
      await base.advance(0);
      expect(said()).toEqual([]);
      expect(order(3)).toMatchObject({ whyHeld: 'child,trigger', parentId: 1, ocaGroup: order(1).permId });
      expect(order(4)).toMatchObject({ whyHeld: 'trigger', trailStopPrice: 520 });
      move(519);
      expect(order(4).status).toBe('Filled');
      move(494);
      expect([order(1).status, order(2).status, order(3).whyHeld]).toEqual(['Filled', 'Submitted', 'trigger']);
      move(521);
      expect([order(2).status, order(3).status]).toEqual(['Filled', 'Cancelled']);
    });
  });
});

describe('a group (OCA)', () => {
  const REST: OrderTicket = { action: 'BUY', totalQuantity: 100, orderType: 'LMT', lmtPrice: 490, tif: 'GTC', ocaGroup: 'G' };

  it('of type 1 cancels the others at the first fill', () =>
    withBrokerage({}, async ({ place, move, order, said }) => {
      move(500);
      await place(1, { ...REST, ocaType: 1 });
      await place(2, { ...REST, ocaType: 1, lmtPrice: 480 });
      said();
      move(489);
      expect(order(1).status).toBe('Filled');
      expect(said().slice(-2)).toEqual(['status 2 Cancelled 0/100', 'error 2 202']);
      await place(3, { ...REST, ocaType: 1 });
      expect(said()).toEqual(['open 3 Inactive', 'status 3 Inactive 0/100', 'error 3 201']);
    }));

  it('of type 2 takes from the others what one fills, before they can fill', () =>
    withBrokerage({ startCash: 10_000_000 }, async ({ place, move, order }) => {
      move(500);
      const size = 5000;
      await place(1, { ...REST, ocaType: 2, totalQuantity: size });
      await place(2, { ...REST, ocaType: 2, totalQuantity: size });
      move(489);
      expect(order(1).filled).toBeGreaterThan(0);
      expect(order(1).filled + order(2).filled).toBeLessThan(size);
      expect(order(1).totalQuantity).toBe(size - order(2).filled);
      expect(order(2).totalQuantity).toBe(size - order(1).filled);
    }));

  it('of type 3 may overfill, as without block', () =>
    withBrokerage({}, async ({ base, place, move, order, brokerage }) => {
      move(500);
      await place(1, REST);
      await place(2, REST);
      expect(order(1).ocaType).toBe(3);
      move(489);
      await base.advance(0);
      expect([order(1).status, order(2).status]).toEqual(['Filled', 'Filled']);
      expect(brokerage.positions()[0]?.position).toBe(200);
    }));

  it('keeps its type and its members', () =>
    withBrokerage({}, async ({ place, said }) => {
      await place(1, { ...REST, ocaType: 1, lmtPrice: 100 });
      said();
      await place(1, { ...REST, ocaType: 2, lmtPrice: 100 });
      await place(1, { ...REST, ocaGroup: 'H', ocaType: 1, lmtPrice: 100 });
      await place(2, { ...REST, ocaType: 2, lmtPrice: 100 });
      expect(said()).toEqual(['error 1 10327', 'error 1 10326', 'open 2 Inactive', 'status 2 Inactive 0/100', 'error 2 201']);
    }));
});
