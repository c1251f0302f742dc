import { ConnectionError } from '@ibkit/error-codes';
import { describe, expect, it } from 'vitest';
import { memoryJournal } from '../journal/memory-journal.js';
import { OrderLedger } from '../orders/order-ledger.js';
import { DEFAULT_TRADING } from '../options.js';
import { FakeConnection } from '../testing/fake-connection.js';
import type { FakeOrder } from '../testing/fake-connection.js';
import { AAPL, BUY, readyRig, recordsOf, rigOn } from '../testing/rig.js';
import type { Rig } from '../testing/rig.js';
import type { TradingOptions } from '../options.js';
import type { OrderChanges } from '../orders/changes/order-changes.js';

interface Working extends Rig {
  readonly order: FakeOrder;
}

/** An order of 100 at 190 that works, with key `k`. */
async function working(options: Partial<TradingOptions> = {}): Promise<Working> {
  const rig = await readyRig(options);
  await rig.trading.place({ ...BUY, key: 'k' });
  return { ...rig, order: rig.broker().work() };
}

/** What the broker sends once it has taken the last message that left. */
function take({ connection, broker }: Rig, permId?: string): void {
  const changed = broker();
  connection.emit({ ...changed.openOrder('Submitted'), order: { ...changed.openOrder('Submitted').order, permId: permId ?? '900002' } });
}

describe('changing an order', () => {
  it('writes it down, sends the whole order once more under its id, and knows the new terms when the broker shows them', async () => {
    const journal = memoryJournal();
    const rig = await working({ journal });
    const { connection, trading } = rig;
    const changed: unknown[] = [];
    trading.events.on('order.changed', ({ order, change }) => changed.push([order.limitPrice, order.quantity, change.revision]));
    const modifying = trading.modify('k', { limitPrice: 191, quantity: 150 });
    await rig.settle();
    const [first, second] = connection.placed;
    expect(second).toEqual({ ...first, order: { ...first?.order, lmtPrice: 191, totalQuantity: 150 } });
    expect(trading.order('k')?.state).toMatchObject({ limitPrice: 190, quantity: 100, change: { status: 'requested', revision: 1 } });
    take(rig);
    const handle = await modifying;
    expect(handle.state).toMatchObject({ status: 'working', limitPrice: 191, quantity: 150, remainingQuantity: 150, terms: { limitPrice: '191' }, change: { status: 'accepted' } });
    expect(changed).toEqual([[191, 150, 1]]);
    const records = await recordsOf(journal);
    expect(records.map(({ type }) => type).filter((type) => type.startsWith('order.change'))).toEqual(['order.changeRequested', 'order.changeVerdict']);
    const replayed = new OrderLedger();
    for (const record of records) replayed.apply(record);
    expect(replayed.all()).toEqual([handle.state]);
    await trading.close();
    expect(connection.clock.pending).toBe(0);
  });

  it('has the request in the journal before any byte', async () => {
    const journal = memoryJournal();
    const seen: string[][] = [];
    const rig = await working({ journal });
    const { session } = rig.connection;
    if (session === undefined) throw new Error('no session');
    rig.connection.session = {
      ...session,
      trySend: (message, lane) => {
        seen.push([message.type, rig.trading.order('k')?.state.change?.status ?? 'none']);
        return session.trySend(message, lane);
      },
    };
    const modifying = expect(rig.trading.modify('k', { limitPrice: 191 })).rejects.toMatchObject({ code: 'IBKR_TRADING_CLOSED' });
    await rig.settle();
    expect(seen).toEqual([['placeOrder', 'requested']]);
    expect((await recordsOf(journal)).at(-1)?.type).toBe('order.changeRequested');
    await Promise.all([rig.trading.close(), modifying]);
  });

  it.each([
    [105, 'Order being modified does not match original order.'],
    [110, 'The price does not conform to the minimum price variation for this contract.'],
    [201, 'Order rejected - reason: not enough margin'],
    [2102, 'Unable to modify this order as it is still being processed.'],
  ])('tells a change that code %i refuses from an order that is rejected', async (code, message) => {
    const rig = await working();
    const { connection, trading, order, settle } = rig;
    connection.broker.open = [order.openOrder('Submitted')];
    const refused = trading.events.once('order.changeRefused');
    const modifying = trading.modify('k', { limitPrice: 191 });
    await settle();
    connection.notice(code, message, 2);
    await expect(modifying).rejects.toMatchObject({ code: 'IBKR_ORDER_CHANGE_REFUSED', brokerCode: code, details: { key: 'k', status: 'working' } });
    expect((await refused).change).toMatchObject({ status: 'refused', code });
    await settle();
    expect(trading.order('k')?.state).toMatchObject({ status: 'working', limitPrice: 190 });
    await trading.close();
  });

  it('does not know what the broker has when it does not answer, and finds out', async () => {
    for (const taken of [true, false]) {
      const rig = await working();
      const { connection, trading, order, settle } = rig;
      const unknown = trading.events.once('order.changeUnknown');
      const modifying = trading.modify('k', { limitPrice: 191 });
      await settle();
      connection.broker.open = [taken ? { ...order.openOrder('Submitted'), order: { ...order.openOrder('Submitted').order, lmtPrice: 191 } } : order.openOrder('Submitted')];
      await connection.clock.advance(DEFAULT_TRADING.ackTimeoutMs);
      expect((await modifying).state.change?.status).toMatch(/unknown|accepted|refused/u);
      expect((await unknown).change.status).toBe('unknown');
      await settle();
      expect(trading.order('k')?.state).toMatchObject({ status: 'working', limitPrice: taken ? 191 : 190, change: { status: taken ? 'accepted' : 'refused' } });
      expect(connection.placed).toHaveLength(2);
      await trading.close();
    }
  });

  it('is settled after an outage by what the broker shows', async () => {
    for (const taken of [true, false]) {
      const rig = await working();
      const { connection, trading, order, settle } = rig;
      const modifying = trading.modify('k', { limitPrice: 191 });
      await settle();
      connection.broker.open = [taken ? { ...order.openOrder('Submitted'), order: { ...order.openOrder('Submitted').order, lmtPrice: 191 } } : order.openOrder('Submitted')];
      connection.down();
      expect((await modifying).state.change?.status).toBe('unknown');
      await expect(trading.modify('k', { limitPrice: 192 })).rejects.toMatchObject({ code: 'IBKR_ORDER_NOT_CHANGEABLE' });
      connection.up();
      await settle();
      expect(trading.order('k')?.state).toMatchObject({ limitPrice: taken ? 191 : 190, change: { status: taken ? 'accepted' : 'refused' } });
      expect(connection.placed).toHaveLength(2);
      await trading.close();
    }
  });

  it('is unknown to the next process when this one ends before the answer', async () => {
    const journal = memoryJournal();
    const rig = await working({ journal });
    const left = rig.trading.modify('k', { limitPrice: 191 });
    await rig.settle();
    await Promise.all([rig.trading.close(), expect(left).rejects.toMatchObject({ code: 'IBKR_TRADING_CLOSED' })]);
    const next = rigOn(new FakeConnection(), { journal });
    await next.trading.start();
    expect(next.trading.order('k')?.state.change?.status).toBe('unknown');
    await next.trading.close();
  });

  it.each<[string, (rig: Working) => unknown, object]>([
    ['the link to the broker is down', ({ connection }) => { connection.notice(1100, 'lost'); }, { code: 'IBKR_ORDER_GATE_REFUSED', details: { reasons: ['UPSTREAM_DOWN', 'RECONCILE_PENDING'] } }],
    ['there is no session', ({ connection }) => { connection.down(); }, { code: 'IBKR_ORDER_GATE_REFUSED' }],
    ['the kill switch is on', ({ trading }) => trading.kill('test'), { code: 'IBKR_ORDER_NOT_CHANGEABLE' }],
    ['it is filled', ({ connection, order }) => { connection.emit(order.execution('a.b.c.01', 100)); }, { code: 'IBKR_ORDER_NOT_CHANGEABLE', details: { status: 'filled' } }],
    ['it is being cancelled', ({ trading }) => trading.cancel('k'), { code: 'IBKR_ORDER_NOT_CHANGEABLE' }],
    ['it is inactive', ({ connection, order }) => { connection.emit(order.orderStatus('PendingCancel')); }, { code: 'IBKR_ORDER_NOT_CHANGEABLE' }],
  ])('is refused while %s', async (_, make, error) => {
    const rig = await working();
    await make(rig);
    await expect(rig.trading.modify('k', { limitPrice: 191 })).rejects.toMatchObject(error);
    expect(rig.connection.placed).toHaveLength(1);
    await rig.trading.close();
  });

  it.each<[OrderChanges, string]>([
    [{ quantity: 40 }, 'order.quantity'],
    [{ quantity: 0 }, 'order.quantity'],
    [{ limitPrice: -1 }, 'order.limitPrice'],
    [{ stopPrice: 5 }, 'order.stopPrice'],
    [{ tif: 'GTD' }, 'order.goodTillDate'],
    [{ offset: 1 }, 'order.offset'],
  ])('refuses %j, naming %s, before anything is written', async (changes, field) => {
    const journal = memoryJournal();
    const { connection, trading, order, settle } = await working({ journal });
    connection.emit(order.execution('a.b.c.01', 40));
    await settle();
    await expect(trading.modify('k', changes)).rejects.toMatchObject({ code: 'IBKR_ORDER_INVALID', details: { field } });
    const other: object = { action: 'SELL' };
    await expect(trading.modify('k', other)).rejects.toMatchObject({ details: { field: 'order.action' } });
    await settle();
    // Refusals are written down as such, and nothing else is.
    const types = (await recordsOf(journal)).map(({ type }) => type);
    expect(types.filter((type) => type.startsWith('order.change'))).toEqual([]);
    expect(types.filter((type) => type === 'order.refused')).toHaveLength(2);
    await trading.close();
  });

  it('sends nothing when the order is so already', async () => {
    const { connection, trading } = await working();
    expect((await trading.modify('k', { limitPrice: 190, quantity: 100 })).state.change).toBeUndefined();
    expect(connection.placed).toHaveLength(1);
    await trading.close();
  });

  it('does not leave when the order changed while it was being written', async () => {
    const { connection, trading, order } = await working();
    const modifying = trading.modify('k', { limitPrice: 191 });
    connection.emit(order.execution('a.b.c.01', 40));
    await expect(modifying).rejects.toMatchObject({ code: 'IBKR_ORDER_CHANGE_UNSENT', retryable: true });
    expect(connection.placed).toHaveLength(1);
    expect(trading.order('k')?.state).toMatchObject({ limitPrice: 190, change: { status: 'unsent' } });
    await trading.close();
  });

  it('is taken back while it waits: by the caller, by a lost link, by a cancel', async () => {
    const ways: readonly ((rig: Rig, caller: AbortController) => unknown)[] = [
      (_, caller) => {
        caller.abort(new Error('changed my mind'));
      },
      ({ connection }) => {
        connection.notice(1100, 'lost');
      },
      ({ trading }) => trading.cancel('k'),
    ];
    for (const takeBack of ways) {
      const rig = await working();
      const caller = new AbortController();
      rig.connection.orders = 'wait';
      const modifying = rig.trading.modify('k', { limitPrice: 191 }, { signal: caller.signal });
      await rig.settle();
      void takeBack(rig, caller);
      await expect(modifying).rejects.toMatchObject({ code: 'IBKR_ORDER_CHANGE_UNSENT' });
      rig.connection.release();
      await rig.settle();
      expect(rig.connection.placed).toHaveLength(1);
      expect(rig.trading.order('k')?.state.change?.status).toBe('unsent');
      await rig.trading.close();
    }
  });

  it('is unknown when bytes may have left', async () => {
    const { connection, trading } = await working();
    connection.orders = new ConnectionError({ code: 'IBKR_SESSION_CLOSED', message: 'ended', details: { bytesSent: 'maybe' } });
    expect((await trading.modify('k', { limitPrice: 191 })).state.change?.status).toBe('unknown');
    await trading.close();
  });

  it('is complete when the new quantity is filled already', async () => {
    const rig = await working();
    const { connection, trading, order, settle } = rig;
    connection.emit(order.execution('a.b.c.01', 40));
    const modifying = trading.modify('k', { quantity: 60 });
    await settle();
    connection.emit(order.execution('a.b.d.01', 20));
    connection.emit(order.orderStatus('Filled', 60));
    expect((await modifying).state).toMatchObject({ status: 'filled', quantity: 60, filledQuantity: 60, remainingQuantity: 0 });
    await trading.close();
  });

  it('changes the other kind of distance of a trailing stop, and drops a date with its time in force', async () => {
    const rig = await readyRig();
    const { trading, connection, settle } = rig;
    await trading.place({ contract: AAPL, action: 'SELL', quantity: 10, orderType: 'TRAIL', trailPercent: 2, tif: 'GTD', goodTillDate: connection.clock.now() + 3_600_000, key: 't' });
    rig.broker().work();
    const modifying = trading.modify('t', { trailAmount: 3, tif: 'GTC' });
    await settle();
    expect(connection.placed.at(-1)?.order).toMatchObject({ auxPrice: 3, trailingPercent: undefined, tif: 'GTC', goodTillDate: undefined });
    take(rig);
    expect((await modifying).state.terms).toMatchObject({ trailAmount: '3', tif: 'GTC' });
    expect(trading.order('t')?.state.terms).not.toHaveProperty('trailPercent');
    await trading.close();
  });
});

describe('an order that the broker has twice', () => {
  it('is an alarm, is cancelled until nothing of it lives, and is over only then', async () => {
    const rig = await working();
    const { connection, trading, order, settle } = rig;
    const cancels = (): number => connection.sent.filter(({ type }) => type === 'cancelOrder').length;
    const alarm = trading.events.once('order.duplicated');
    const modifying = trading.modify('k', { limitPrice: 191 });
    await settle();
    connection.broker.open = [order.openOrder('Submitted'), { ...order.openOrder('Submitted'), order: { ...order.openOrder('Submitted').order, lmtPrice: 191, permId: '77' } }];
    take(rig, '77');
    await modifying;
    expect((await alarm).order.permIds).toEqual(['900002', '77']);
    await settle();
    expect(cancels()).toBeGreaterThanOrEqual(1);
    connection.emit(order.orderStatus('Cancelled'));
    connection.notice(202, 'Order Canceled - reason:', 2);
    const before = cancels();
    await settle();
    expect(trading.order('k')?.state).toMatchObject({ status: 'working', endedPermIds: ['900002'] });
    expect(cancels()).toBe(before + 1);
    connection.emit({ ...order.orderStatus('Cancelled'), permId: '77' });
    expect(trading.order('k')?.state.status).toBe('cancelled');
    await trading.close();
  });

  it('is found and cancelled when it shows up in the lists after an outage', async () => {
    const rig = await working();
    const { connection, trading, order, settle } = rig;
    const shown = order.openOrder('Submitted');
    connection.broker.open = [shown, { ...shown, order: { ...shown.order, permId: '77' } }];
    connection.down();
    connection.up();
    await settle();
    expect(trading.order('k')?.state).toMatchObject({ status: 'working', permIds: ['900002', '77'], cancel: 'requested' });
    expect(connection.sent.filter(({ type }) => type === 'cancelOrder').length).toBeGreaterThan(0);
    await expect(trading.modify('k', { limitPrice: 191 })).rejects.toMatchObject({ code: expect.stringMatching(/NOT_CHANGEABLE|GATE_REFUSED/u) as string });
    await trading.close();
  });

  it('comes back to life when the second one shows up after the first has ended', async () => {
    const rig = await working({ onDuplicate: 'alarm' });
    const { connection, trading, order } = rig;
    connection.emit(order.execution('a.b.c.01', 100));
    connection.emit(order.orderStatus('Filled', 100));
    expect(trading.order('k')?.state.status).toBe('filled');
    connection.emit({ ...order.orderStatus('Submitted'), permId: '77' });
    expect(trading.order('k')?.state).toMatchObject({ status: 'working', endedPermIds: ['900002'], filledQuantity: 100 });
    expect(connection.sent.filter(({ type }) => type === 'cancelOrder')).toEqual([]);
    await trading.cancel('k');
    connection.emit({ ...order.orderStatus('Cancelled'), permId: '77' });
    expect(trading.order('k')?.state.status).toBe('filled');
    await trading.close();
  });
});
