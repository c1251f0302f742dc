import { describe, expect, it } from 'vitest';
import { SPY, withBrokerage } from '../testing/brokerage-desk.js';
import type { OrderTicket } from './brokerage.js';
import { ORDER_TYPE_NAMES, orderTypePolicy } from './order-types.js';

const HOUR_MS = 3_600_000;
const BUY: OrderTicket = { action: 'BUY', totalQuantity: 10, orderType: 'MKT', tif: 'DAY' };
const SELL: OrderTicket = { ...BUY, action: 'SELL' };

describe('order types', () => {
  it('are known in every spelling', () => {
    for (const name of ORDER_TYPE_NAMES) expect(orderTypePolicy(` ${name.toLowerCase()} `)).toMatchObject({ name });
    expect(orderTypePolicy('STPLMT')).toMatchObject({ name: 'STP LMT' });
    expect(orderTypePolicy('VOL')).toBe('missing');
    expect(orderTypePolicy('BANANA')).toBeUndefined();
  });

  it('STP: held with the reason, released by a trade beyond the stop, filled at the market', () =>
    withBrokerage({}, async ({ place, move, said, order, market, brokerage }) => {
      move(500);
      await place(1, { ...SELL, orderType: 'STP', auxPrice: 490 });
      const held = ['open 1 PreSubmitted', 'status 1 PreSubmitted 0/10 trigger'];
      expect(said()).toEqual([...held, ...held]);
      move(491);
      expect(said()).toEqual([]);
      move(489);
      expect(said()).toEqual(['exec 1 SLD 10 STK', 'open 1 Filled', 'status 1 Filled 10/0', 'open 1 Filled charged', 'commission 1', 'position SPY -10', 'account DU1']);
      expect(order(1)).toMatchObject({ orderType: 'STP', auxPrice: 490, whyHeld: '' });
      expect(brokerage.executions()[0]?.execution).toMatchObject({ price: market.quote(SPY.conId).bid, lastLiquidity: 2 });
    }));

  it('STP to buy: fires upwards, and at once when it is through already', () =>
    withBrokerage({}, async ({ place, move, order }) => {
      move(500);
      await place(1, { ...BUY, orderType: 'STP', auxPrice: 510 });
      await place(2, { ...BUY, orderType: 'STP', auxPrice: 400 });
      expect([order(1).status, order(2).status]).toEqual(['PreSubmitted', 'Filled']);
      move(511);
      expect(order(1).status).toBe('Filled');
    }));

  it('STP LMT: works at its limit once released', () =>
    withBrokerage({}, async ({ place, move, said, order, brokerage }) => {
      move(500);
      await place(1, { ...SELL, orderType: 'STP LMT', auxPrice: 490, lmtPrice: 489 });
      said();
      move(480);
      expect(said()).toEqual(['open 1 Submitted', 'status 1 Submitted 0/10']);
      move(489.5);
      expect(order(1).status).toBe('Filled');
      expect(brokerage.executions()[0]?.execution.price).toBe(489);
    }));

  it('TRAIL: follows the best price by an amount, and never back', () =>
    withBrokerage({}, async ({ place, move, order }) => {
      move(500);
      await place(1, { ...SELL, orderType: 'TRAIL', auxPrice: 5 });
      expect(order(1)).toMatchObject({ trailStopPrice: 495, whyHeld: 'trigger', auxPrice: 5 });
      move(510);
      expect(order(1).trailStopPrice).toBe(505);
      move(506);
      expect(order(1)).toMatchObject({ trailStopPrice: 505, status: 'PreSubmitted' });
      move(504.9);
      expect(order(1).status).toBe('Filled');
    }));

  it('TRAIL: by a percentage, from a first stop, for buyers', () =>
    withBrokerage({}, async ({ place, move, order }) => {
      move(500);
      await place(1, { ...BUY, orderType: 'TRAIL', trailingPercent: 2, trailStopPrice: 530 });
      expect(order(1).trailStopPrice).toBe(510);
      move(450);
      expect(order(1).trailStopPrice).toBe(459);
      move(460);
      expect(order(1).status).toBe('Filled');
    }));

  it('TRAIL LIMIT: gets its limit from the stop that it fired at', () =>
    withBrokerage({}, async ({ place, move, order, brokerage }) => {
      move(500);
      await place(1, { ...SELL, orderType: 'TRAIL LIMIT', auxPrice: 5, trailStopPrice: 490, lmtPriceOffset: 0.5 });
      await place(2, { ...SELL, orderType: 'TRAIL LIMIT', auxPrice: 5, trailStopPrice: 490, lmtPrice: 489 });
      expect(order(1)).toMatchObject({ trailStopPrice: 495, lmtPrice: 494.5 });
      expect(order(2)).toMatchObject({ trailStopPrice: 495, lmtPrice: 494 });
      move(480);
      expect(order(1)).toMatchObject({ status: 'Submitted', lmtPrice: 494.5, whyHeld: '' });
      move(500);
      expect(order(1).status).toBe('Filled');
      expect(brokerage.executions().map(({ execution }) => execution.price)).toEqual([494.5, 494]);
    }));

  it('MIT and LIT: released when the market comes their way', () =>
    withBrokerage({}, async ({ place, move, order, market, brokerage }) => {
      move(500);
      await place(1, { ...BUY, orderType: 'MIT', auxPrice: 490 });
      await place(2, { ...BUY, orderType: 'LIT', auxPrice: 490, lmtPrice: 489 });
      expect([order(1).whyHeld, order(2).whyHeld]).toEqual(['trigger', 'trigger']);
      move(490);
      expect([order(1).status, order(2).status]).toEqual(['Filled', 'Submitted']);
      expect(brokerage.executions()[0]?.execution.price).toBe(market.quote(SPY.conId).ask);
      move(488);
      expect(order(2)).toMatchObject({ status: 'Filled', avgFillPrice: 489 });
    }));

  it('MOC and LOC: trade in the closing auction, or not at all', () =>
    withBrokerage({}, async ({ base, place, move, order, market, said }) => {
      move(500);
      await place(1, { ...BUY, orderType: 'MOC' });
      await place(2, { ...BUY, orderType: 'LOC', lmtPrice: 900 });
      await place(3, { ...BUY, orderType: 'LOC', lmtPrice: 100 });
      expect(order(1)).toMatchObject({ status: 'PreSubmitted', whyHeld: '' });
      await base.advance(6.5 * HOUR_MS - 1);
      expect(order(1).status).toBe('PreSubmitted');
      said();
      await base.advance(1);
      expect(order(1).status).toBe('Filled');
      expect(order(1).avgFillPrice).toBeCloseTo(market.mark(SPY.conId) ?? 0, 0);
      expect(order(2)).toMatchObject({ status: 'Filled', avgFillPrice: order(1).avgFillPrice });
      expect(order(3)).toMatchObject({ status: 'Cancelled', filled: 0 });
    }));

  it('MKT and LMT at the opening (OPG): trade in the next opening auction', () =>
    withBrokerage({}, async ({ base, place, move, order, market }) => {
      move(500);
      await place(1, { ...BUY, tif: 'OPG' });
      await place(2, { ...BUY, tif: 'OPG', orderType: 'LMT', lmtPrice: 1 });
      await base.advance(24 * HOUR_MS + 250);
      expect(order(1)).toMatchObject({ status: 'Filled', tif: 'OPG' });
      expect(order(1).avgFillPrice).toBeCloseTo(market.mark(SPY.conId) ?? 0, 0);
      expect(order(2)).toMatchObject({ status: 'Cancelled' });
    }));

  it('MTL: takes what is there, and rests at that price', () =>
    withBrokerage({}, async ({ base, place, move, order, brokerage, market }) => {
      move(20);
      const { ask, askSize = 0 } = market.quote(SPY.conId);
      await place(1, { ...BUY, orderType: 'MTL', totalQuantity: askSize + 50 });
      expect(order(1)).toMatchObject({ status: 'Submitted', filled: askSize, remaining: 50, lmtPrice: ask });
      await base.advance(60_000);
      for (const { execution } of brokerage.executions()) expect(execution.price).toBe(ask);
    }));

  it('REL: stands at its own side plus the offset, up to its cap', () =>
    withBrokerage({}, async ({ base, place, move, order, brokerage }) => {
      move(500);
      await place(1, { ...BUY, orderType: 'REL', auxPrice: 0 });
      await place(2, { ...BUY, orderType: 'REL', auxPrice: 0.01, lmtPrice: 100 });
      expect([order(1).status, order(2).status]).toEqual(['Submitted', 'Submitted']);
      await base.advance(60_000);
      expect(order(1)).toMatchObject({ status: 'Filled' });
      expect(brokerage.executions()[0]?.execution.lastLiquidity).toBe(1);
      expect(order(2)).toMatchObject({ status: 'Submitted', filled: 0 });
    }));

  it('MIDPRICE and PEG MID: trade in the middle', () =>
    withBrokerage({}, async ({ base, place, move, order }) => {
      move(500);
      await place(1, { ...BUY, orderType: 'MIDPRICE' });
      await place(2, { ...SELL, orderType: 'PEG MID', auxPrice: 0, lmtPrice: 400 });
      await place(3, { ...BUY, orderType: 'MIDPX', lmtPrice: 10 });
      await base.advance(60_000);
      expect([order(1).status, order(2).status, order(3).status]).toEqual(['Filled', 'Filled', 'Submitted']);
    }));

  it('PEG MKT: takes the other side, or stays an offset away from it', () =>
    withBrokerage({}, async ({ place, move, order, market }) => {
      move(500);
      await place(1, { ...BUY, orderType: 'PEG MKT', auxPrice: 0 });
      await place(2, { ...BUY, orderType: 'PEG MKT', auxPrice: 5 });
      expect(order(1)).toMatchObject({ status: 'Filled', avgFillPrice: market.quote(SPY.conId).ask });
      expect(order(2).status).toBe('Submitted');
    }));
});

describe('times in force', () => {
  it('GTD ends on time, in every form of the date', () =>
    withBrokerage({}, async ({ base, place, order, said }) => {
      const rest: OrderTicket = { ...BUY, orderType: 'LMT', lmtPrice: 1, tif: 'GTD' };
      await place(1, { ...rest, goodTillDate: '20240102 10:00:00 US/Eastern' });
      await place(2, { ...rest, goodTillDate: '20240102-15:30:00' });
      await place(3, { ...rest, goodTillDate: '20240102' });
      said();
      await base.advance(0.5 * HOUR_MS);
      expect(said()).toEqual(['status 1 Cancelled 0/10', 'error 1 202']);
      await base.advance(0.5 * HOUR_MS);
      expect(said()).toEqual(['status 2 Cancelled 0/10', 'error 2 202']);
      await base.advance(13.5 * HOUR_MS);
      expect(order(3)).toMatchObject({ status: 'Cancelled', completedStatus: 'Expired' });
    }));

  it('goodAfterTime holds an order back', () =>
    withBrokerage({}, async ({ base, place, order }) => {
      await place(1, { ...BUY, goodAfterTime: '20240102 09:31:00 US/Eastern' });
      await base.advance(59_999);
      expect(order(1)).toMatchObject({ status: 'PreSubmitted', filled: 0 });
      await base.advance(1);
      expect(order(1).status).toBe('Filled');
    }));
});

describe('fills against the visible size', () => {
  it('come in parts, each with its execution, and share one minimum commission', () =>
    withBrokerage({}, async ({ base, place, move, order, brokerage, market, events }) => {
      move(20);
      const { askSize = 0 } = market.quote(SPY.conId);
      await place(1, { ...BUY, totalQuantity: askSize + 70 });
      expect(order(1)).toMatchObject({ status: 'Submitted', filled: askSize, remaining: 70 });
      await base.advance(30_000);
      expect(order(1).status).toBe('Filled');
      const rows = brokerage.executions();
      expect(rows.length).toBeGreaterThan(1);
      expect(rows.map(({ execution }) => execution.cumQty).at(-1)).toBe(askSize + 70);
      const total = rows.reduce((sum, { commission }) => sum + (commission?.commission ?? 0), 0);
      expect(total).toBeCloseTo(Math.max(1, (askSize + 70) * 0.005), 6);
      const statuses = new Set(events.flatMap((event) => (event.kind === 'orderStatus' ? [event.order.status] : [])));
      expect([...statuses]).toEqual(['PreSubmitted', 'Submitted', 'Filled']);
    }));

  it('can be switched off', () =>
    withBrokerage({ orders: { partialFills: false } }, async ({ place, move, order, brokerage }) => {
      move(20);
      await place(1, { ...BUY, totalQuantity: 9000 });
      expect(order(1).status).toBe('Filled');
      expect(brokerage.executions()).toHaveLength(1);
    }));

  it('end an IOC order, and never begin a FOK or all-or-none order, beyond the size', () =>
    withBrokerage({}, async ({ place, move, said, order, market }) => {
      move(20);
      const { askSize = 0 } = market.quote(SPY.conId);
      await place(1, { ...BUY, totalQuantity: askSize + 100, tif: 'IOC' });
      await place(1, { ...BUY, totalQuantity: 1 });
      said();
      expect(order(1)).toMatchObject({ status: 'Cancelled', filled: askSize, remaining: 100 });
      await place(2, { ...BUY, totalQuantity: askSize + 100, tif: 'FOK' });
      expect(order(2)).toMatchObject({ status: 'Inactive', filled: 0 });
      await place(3, { ...BUY, totalQuantity: 9000, allOrNone: true });
      expect(order(3)).toMatchObject({ status: 'Submitted', filled: 0 });
      await place(4, { ...BUY, totalQuantity: 9000, minQty: 5000 });
      expect(order(4)).toMatchObject({ status: 'Submitted', filled: 0 });
    }));
});

describe('refused are', () => {
  it.each([
    ['a stop without price', { ...SELL, orderType: 'STP' }, 403],
    ['a stop off the grid', { ...SELL, orderType: 'STP', auxPrice: 490.001 }, 110],
    ['a trail without distance', { ...SELL, orderType: 'TRAIL' }, 158],
    ['a trail with two distances', { ...SELL, orderType: 'TRAIL', auxPrice: 1, trailingPercent: 1 }, 321],
    ['a trail of everything', { ...SELL, orderType: 'TRAIL', trailingPercent: 100 }, 159],
    ['a trailing limit without limit', { ...SELL, orderType: 'TRAIL LIMIT', auxPrice: 1 }, 107],
    ['a stop limit without limit', { ...SELL, orderType: 'STP LMT', auxPrice: 1 }, 107],
    ['immediate stops', { ...SELL, orderType: 'STP', auxPrice: 1, tif: 'IOC' }, 111],
    ['closing orders until cancelled', { ...SELL, orderType: 'MOC', tif: 'GTC' }, 111],
    ['GTD without date', { ...BUY, tif: 'GTD' }, 334],
    ['a date without GTD', { ...BUY, goodTillDate: '20250101' }, 334],
    ['a date that is past', { ...BUY, tif: 'GTD', goodTillDate: '20230101' }, 391],
    ['a date that is none', { ...BUY, tif: 'GTD', goodTillDate: 'tomorrow' }, 343],
    ['a day that is none', { ...BUY, tif: 'GTD', goodTillDate: '20240231 10:00:00 UTC' }, 343],
    ['a zone that is none', { ...BUY, goodAfterTime: '20240102 10:00:00 Mars/Base' }, 343],
    ['a trigger method that is none', { ...SELL, orderType: 'STP', auxPrice: 1, triggerMethod: 5 }, 146],
    ['a group type that is none', { ...BUY, ocaGroup: 'G', ocaType: 4 }, 321],
    ['an offset below zero', { ...BUY, orderType: 'REL', auxPrice: -1 }, 321],
    ['a share above one', { ...BUY, orderType: 'REL', percentOffset: 2 }, 159],
  ])('%s', (_, ticket, code) =>
    withBrokerage({}, async ({ place, said }) => {
      await place(1, ticket);
      expect(said()).toEqual([`error 1 ${code}`]);
    }));
});
