import { ConnectionError } from '@ibkit/error-codes';
import { describe, expect, it } from 'vitest';
import { memoryJournal } from '../journal/memory-journal.js';
import { BRACKET_GRACE_MS } from '../orders/bracket/bracket-watch.js';
import type { BracketHandle } from '../orders/bracket/bracket-handle.js';
import type { BracketRequest } from '../orders/bracket/bracket-request.js';
import { FakeConnection, FakeOrder } from '../testing/fake-connection.js';
import { AAPL, BUY, readyRig, recordsOf, rigOn } from '../testing/rig.js';
import type { Rig } from '../testing/rig.js';

const BRACKET: BracketRequest = { entry: { ...BUY, key: 'b', outsideRth: true, tag: 't' }, takeProfit: { limitPrice: 200 }, stopLoss: { stopPrice: 180 } };

interface Placed extends Rig {
  readonly handle: BracketHandle;
  /** The entry, the profit and the stop, as their broker. */
  readonly orders: readonly [FakeOrder, FakeOrder, FakeOrder];
  readonly alarms: string[];
}

async function placed(): Promise<Placed> {
  const rig = await readyRig();
  const alarms: string[] = [];
  rig.trading.events.on('bracket.unprotected', ({ reason }) => alarms.push(reason));
  rig.trading.events.on('bracket.protected', () => alarms.push('protected'));
  // What the account holds once the entry is filled.
  rig.connection.broker.positions = [{ type: 'position', account: 'DU1234567', contract: AAPL, position: 100, avgCost: 190 }];
  const handle = await rig.trading.bracket(BRACKET);
  const [entry, profit, stop] = rig.connection.placed.map((order) => new FakeOrder(rig.connection, order));
  if (entry === undefined || profit === undefined || stop === undefined) throw new Error('three orders are missing');
  return { ...rig, handle, orders: [entry, profit, stop], alarms };
}

function cancelled({ connection }: Rig): readonly number[] {
  return connection.sent.flatMap((message) => (message.type === 'cancelOrder' ? [message.orderId] : []));
}

describe('a bracket', () => {
  it('is written down at once, sent in order, and transmitted by its last order', async () => {
    const journal = memoryJournal();
    const { connection, trading } = await readyRig({ journal });
    const handle = await trading.bracket(BRACKET);
    expect(connection.placed).toMatchObject([
      { orderId: 2, order: { action: 'BUY', orderType: 'LMT', lmtPrice: 190, totalQuantity: 100, tif: 'DAY', transmit: false } },
      { orderId: 3, order: { action: 'SELL', orderType: 'LMT', lmtPrice: 200, totalQuantity: 100, tif: 'GTC', parentId: 2, transmit: false, outsideRth: true } },
      { orderId: 4, order: { action: 'SELL', orderType: 'STP', auxPrice: 180, totalQuantity: 100, tif: 'GTC', parentId: 2, transmit: true, outsideRth: true } },
    ]);
    expect(connection.placed[0]?.order.parentId).toBeUndefined();
    expect((await recordsOf(journal)).map(({ type }) => type)).toEqual([
      'term', 'order.staged', 'order.staged', 'order.staged', 'order.sending', 'order.sending', 'order.sending', 'order.sent', 'order.sent', 'order.sent',
    ]); // prettier-ignore
    expect([handle.key, handle.takeProfit?.key, handle.stopLoss?.key]).toEqual(['b', 'b/takeProfit', 'b/stopLoss']);
    expect(handle.stopLoss).toMatchObject({ tag: 't', state: { parentIntentId: handle.entry.intentId, bracket: { role: 'stopLoss' } } });
    await trading.close();
    expect(connection.clock.pending).toBe(0);
  });

  it('is sent once for one key, and refuses another one under it', async () => {
    const { connection, trading } = await readyRig();
    const [first, second] = await Promise.all([trading.bracket(BRACKET), trading.bracket(BRACKET)]);
    const third = await trading.bracket(BRACKET);
    expect([second.entry.intentId, third.stopLoss?.intentId]).toEqual([first.entry.intentId, first.stopLoss?.intentId]);
    expect(connection.placed).toHaveLength(3);
    for (const other of [{ ...BRACKET, stopLoss: { stopPrice: 181 } }, { ...BRACKET, takeProfit: undefined }]) {
      await expect(trading.bracket(other)).rejects.toMatchObject({ code: 'IBKR_ORDER_KEY_CONFLICT' });
    }
    await expect(trading.place(BRACKET.entry)).rejects.toMatchObject({ code: 'IBKR_ORDER_KEY_CONFLICT' });
    await expect(trading.place({ ...BUY, key: 'b/stopLoss' })).rejects.toMatchObject({ code: 'IBKR_ORDER_KEY_CONFLICT' });
    expect(connection.placed).toHaveLength(3);
    await trading.close();
  });

  it.each<[BracketRequest, string]>([
    [{ entry: BUY }, 'order.stopLoss'],
    [{ entry: BUY, takeProfit: { limitPrice: 180 }, stopLoss: { stopPrice: 200 } }, 'order.takeProfit'],
    [{ entry: BUY, takeProfit: { limitPrice: 189 } }, 'order.takeProfit'],
    [{ entry: BUY, stopLoss: { stopPrice: 191 } }, 'order.stopLoss'],
    [{ entry: { ...BUY, action: 'SELL' }, stopLoss: { stopPrice: 180 } }, 'order.stopLoss'],
    [{ entry: { contract: AAPL, action: 'BUY', quantity: 1, orderType: 'MKT' }, stopLoss: { trailPercent: 2 } }, 'order.stopLoss.orderType'],
    [{ entry: BUY, takeProfit: { limitPrice: -5 } }, 'order.takeProfit.limitPrice'],
    [{ entry: { ...BUY, key: 'k'.repeat(51) }, stopLoss: { stopPrice: 180 } }, 'order.entry.key'],
  ])('refuses %j and names %s', async (bracket, field) => {
    const { connection, trading } = await readyRig();
    await expect(trading.bracket(bracket)).rejects.toMatchObject({ code: 'IBKR_ORDER_INVALID', details: { field } });
    expect(connection.placed).toEqual([]);
    await trading.close();
  });

  it('trails, limits and stands alone when told to', async () => {
    const { connection, trading } = await readyRig();
    await trading.bracket({ entry: BUY, stopLoss: { trailPercent: 2 } });
    await trading.bracket({ entry: BUY, stopLoss: { stopPrice: 180, limitPrice: 179, tif: 'DAY', outsideRth: true } });
    expect(connection.placed.filter(({ order }) => order.parentId !== undefined)).toMatchObject([
      { order: { orderType: 'TRAIL', trailingPercent: 2, transmit: true, outsideRth: false } },
      { order: { orderType: 'STP LMT', auxPrice: 180, lmtPrice: 179, tif: 'DAY', outsideRth: true } },
    ]);
    await trading.close();
  });

  it('leaves nothing when provably nothing left, and may be sent again', async () => {
    const { connection, trading } = await readyRig();
    connection.orders = new ConnectionError({ code: 'IBKR_SESSION_CLOSED', message: 'ended', details: { bytesSent: 'none' } });
    await expect(trading.bracket(BRACKET)).rejects.toMatchObject({ code: 'IBKR_ORDER_UNSENT' });
    expect(trading.orders().map(({ status }) => status)).toEqual(['unsent', 'unsent', 'unsent']);
    connection.orders = 'now';
    await trading.bracket(BRACKET);
    expect(trading.orders().map(({ attempt }) => attempt)).toEqual([1, 1, 1, 2, 2, 2]);
    expect(connection.placed.map(({ orderId }) => orderId)).toEqual([5, 6, 7]);
    await trading.close();
  });

  it.each([['none', 'unsent'], ['maybe', 'unknown']] as const)('cancels its entry when it breaks off in the middle, and says of each order how far it got (bytes sent: %s)', async (bytesSent, status) => {
    const rig = await readyRig();
    const { connection, trading, settle } = rig;
    const { session } = connection;
    if (session === undefined) throw new Error('no session');
    const trySend = session.trySend.bind(session);
    session.trySend = (message, lane) => {
      // The second one no longer gets through.
      if (message.type === 'placeOrder' && message.order.parentId !== undefined) connection.orders = new ConnectionError({ code: 'IBKR_SESSION_CLOSED', message: 'ended', details: { bytesSent } });
      return trySend(message, lane);
    };
    await expect(trading.bracket(BRACKET)).rejects.toMatchObject({ code: 'IBKR_BRACKET_INCOMPLETE', details: { key: 'b', statuses: ['unknown', status, 'unsent'] } });
    await settle();
    expect(cancelled(rig)).toEqual([2]);
    expect(trading.order('b')?.state).toMatchObject({ status: 'unknown', cancel: 'requested' });
    expect((await trading.bracket(BRACKET)).entry.state.status).toBe('unknown');
    expect(connection.placed).toHaveLength(1);
    await trading.close();
  });

  it('is unknown, all of it, when the process ends before the broker answers', async () => {
    const journal = memoryJournal();
    const rig = await readyRig({ journal });
    await rig.trading.bracket(BRACKET);
    await rig.trading.close();
    const next = await readyRig({ journal });
    expect(next.trading.orders().map(({ status, bracket }) => [status, bracket?.role])).toEqual([['unknown', 'entry'], ['unknown', 'takeProfit'], ['unknown', 'stopLoss']]);
    await next.trading.close();
  });

  it('carries its parent through a change of an exit', async () => {
    const rig = await placed();
    const { connection, trading, orders, settle } = rig;
    for (const order of orders) order.work();
    const modifying = trading.modify('b/stopLoss', { stopPrice: 185 });
    await settle();
    expect(connection.placed.at(-1)).toMatchObject({ orderId: 4, order: { auxPrice: 185, parentId: 2, transmit: true } });
    const shown = orders[2].openOrder('PreSubmitted');
    connection.emit({ ...shown, order: { ...shown.order, auxPrice: 185 } });
    expect((await modifying).state.terms.stopPrice).toBe('185');
    await trading.close();
  });
});

describe('a bracket under limits', () => {
  it('is judged by its entry: exits open nothing, and may be far from the market', async () => {
    const { connection, trading, settle } = await readyRig({
      limits: { perOrder: { maxQuantity: 100 }, perDay: { maxOrders: 1 } },
      priceBand: { percent: 5 },
      marketData: { getLatestPrice: () => Promise.resolve(190) },
    });
    const handle = await trading.bracket({ ...BRACKET, takeProfit: { limitPrice: 300 } });
    for (const order of connection.placed) new FakeOrder(connection, order).work();
    const modifying = trading.modify('b/takeProfit', { limitPrice: 310 });
    await settle();
    expect(connection.placed.at(-1)?.order.lmtPrice).toBe(310);
    const profit = connection.placed[1];
    if (profit === undefined) throw new Error('no exit');
    const shown = new FakeOrder(connection, profit).openOrder('PreSubmitted');
    connection.emit({ ...shown, order: { ...shown.order, lmtPrice: 310 } });
    await modifying;
    await expect(trading.modify('b/takeProfit', { quantity: 101 })).rejects.toMatchObject({ code: 'IBKR_ORDER_GATE_REFUSED', details: { reasons: expect.arrayContaining(['ORDER_QUANTITY']) as string[] } });
    await expect(trading.place({ ...BUY, quantity: 1 })).rejects.toMatchObject({ details: { reasons: ['DAY_ORDERS'] } });
    expect(handle.state.takeProfit?.limitPrice).toBe(310);
    await trading.close();
  });
});

describe('a bracket under watch', () => {
  it('is protected when the stop works, and silent to the end', async () => {
    const rig = await placed();
    const { connection, handle, orders: [entry, profit, stop], alarms } = rig;
    for (const order of [entry, profit, stop]) order.work();
    connection.emit(entry.execution('a.b.c.01', 100));
    expect(handle.state).toMatchObject({ openQuantity: 100, protectedQuantity: 100 });
    connection.emit(profit.execution('a.b.d.01', 100, 200));
    connection.emit(stop.orderStatus('Cancelled'));
    await connection.clock.advance(BRACKET_GRACE_MS);
    expect(handle.state).toMatchObject({ openQuantity: 0 });
    expect([alarms, cancelled(rig)]).toEqual([[], []]);
    await rig.trading.close();
    expect(connection.clock.pending).toBe(0);
  });

  it('alarms at once when the stop ends while the position is open, and when it is back', async () => {
    const rig = await placed();
    const { connection, orders: [entry, profit, stop], alarms } = rig;
    for (const order of [entry, profit, stop]) order.work();
    connection.emit(entry.execution('a.b.c.01', 100));
    connection.emit(stop.orderStatus('Cancelled'));
    expect(alarms).toEqual(['the stop loss is cancelled']);
    connection.emit(profit.execution('a.b.d.01', 100, 200));
    expect(alarms.at(-1)).toBe('protected');
    await rig.trading.close();
  });

  it('is quiet again, also after a restart, once a sweep shows that somebody else has closed the position', async () => {
    const journal = memoryJournal();
    const first = await readyRig({ journal });
    await first.trading.bracket(BRACKET);
    const [entry, profit, stop] = first.connection.placed.map((order) => new FakeOrder(first.connection, order).work());
    if (entry === undefined || profit === undefined || stop === undefined) throw new Error('three orders are missing');
    first.connection.emit(entry.execution('a.b.c.01', 100));
    first.connection.broker.positions = [{ type: 'position', account: 'DU1234567', contract: AAPL, position: 100, avgCost: 190 }];
    const alarms: string[] = [];
    first.trading.events.on('bracket.unprotected', () => alarms.push('unprotected'));
    first.trading.events.on('bracket.protected', () => alarms.push('protected'));
    for (const exit of [profit, stop]) first.connection.emit(exit.orderStatus('Cancelled'));
    await first.connection.clock.advance(BRACKET_GRACE_MS);
    await first.trading.reconcile();
    expect(alarms).toEqual(['unprotected']);
    first.connection.broker.positions = [];
    // Another login has no such position, and that is no news about it.
    first.connection.accounts = ['DU7654321'];
    await first.trading.reconcile();
    expect(alarms).toEqual(['unprotected']);
    first.connection.accounts = ['DU1234567'];
    await first.trading.reconcile();
    expect(alarms).toEqual(['unprotected', 'protected']);
    await first.trading.close();

    const next = rigOn(new FakeConnection(), { journal });
    next.trading.events.on('bracket.unprotected', () => alarms.push('again'));
    await next.connection.clock.advance(3_600_000);
    next.connection.up();
    await next.trading.ready();
    await next.connection.clock.advance(BRACKET_GRACE_MS);
    expect(alarms).toHaveLength(2);
    await next.trading.close();
  });

  it('alarms after a while when the stop never came to work', async () => {
    const rig = await placed();
    const { connection, orders: [entry], alarms } = rig;
    entry.work();
    connection.emit(entry.execution('a.b.c.01', 40));
    expect(alarms).toEqual([]);
    await connection.clock.advance(BRACKET_GRACE_MS);
    expect(alarms).toEqual(['the stop loss is sending']);
    await rig.trading.close();
  });

  it('alarms when the stop covers less than the position', async () => {
    const rig = await placed();
    const { connection, trading, orders: [entry, profit, stop], alarms, settle } = rig;
    for (const order of [entry, profit, stop]) order.work();
    const modifying = trading.modify('b/stopLoss', { quantity: 60 });
    await settle();
    const shown = stop.openOrder('PreSubmitted');
    connection.emit({ ...shown, order: { ...shown.order, totalQuantity: 60 } });
    await modifying;
    connection.emit(entry.execution('a.b.c.01', 100));
    await connection.clock.advance(BRACKET_GRACE_MS);
    expect(alarms).toEqual(['the stop loss covers 60 of 100']);
    await trading.close();
  });

  it('cancels an entry that works on when its stop was rejected', async () => {
    const rig = await placed();
    const { connection, orders: [entry, profit], settle } = rig;
    entry.work();
    profit.work();
    connection.notice(201, 'Order rejected - reason: no', 4);
    await settle();
    expect(cancelled(rig)).toEqual([2]);
    await rig.trading.close();
  });

  it('cancels an exit that outlives the position', async () => {
    const rig = await placed();
    const { connection, orders: [entry, profit, stop], settle } = rig;
    for (const order of [entry, profit, stop]) order.work();
    connection.emit(entry.execution('a.b.c.01', 100));
    connection.emit(profit.execution('a.b.d.01', 100, 200));
    expect(cancelled(rig)).toEqual([]);
    await connection.clock.advance(BRACKET_GRACE_MS);
    await settle();
    expect(cancelled(rig)).toEqual([4]);
    await rig.trading.close();
  });
});
