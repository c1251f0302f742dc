import { ConnectionError, GateRefusedError } from '@ibkit/error-codes';
import { describe, expect, it } from 'vitest';
import { memoryJournal } from '../journal/memory-journal.js';
import { RULE_TIMEOUT_MS } from '../orders/contract-rules/market-rules.js';
import { DEFAULT_TRADING } from '../options.js';
import { AAPL, BUY, readyRig, recordsOf } from '../testing/rig.js';
import type { Rig } from '../testing/rig.js';

describe('placing', () => {
  it('writes the order down before a byte leaves, under an id above every floor', async () => {
    const journal = memoryJournal();
    const { connection, trading } = await readyRig({ journal });
    const handle = await trading.place({ ...BUY, tag: 'momentum' });
    expect(connection.placed).toMatchObject([
      { orderId: 2, contract: AAPL, order: { action: 'BUY', totalQuantity: 100, orderType: 'LMT', lmtPrice: 190, tif: 'DAY', account: 'DU1234567', transmit: true } },
    ]);
    expect(connection.placed[0]?.order.orderRef).toMatch(/^ibk\.[0-9A-Z]{26}$/u);
    const types = (await recordsOf(journal)).map(({ type }) => type);
    expect(types).toEqual(['term', 'order.staged', 'order.sending', 'order.sent']);
    expect([handle.state.status, handle.tag, handle.orderId]).toEqual(['sending', 'momentum', 2]);
    await trading.close();
  });

  it('follows the order to its fill, its commission and a verdict', async () => {
    const { connection, trading, broker } = await readyRig();
    const events: string[] = [];
    trading.events.on('order.statusChanged', ({ from, to }) => events.push(`${from ?? 'new'}>${to}`));
    trading.events.on('order.filled', ({ fill, complete }) => events.push(`fill ${fill.quantity} ${complete}`));
    trading.events.on('order.commission', ({ fill }) => events.push(`commission ${fill.commission.status}`));
    const handle = await trading.place(BUY);
    const order = broker().work();
    expect(await handle.acknowledged()).toMatchObject({ status: 'working', permIds: ['900002'] });
    connection.emit(order.execution('a.b.c.01', 40));
    connection.emit(order.orderStatus('Submitted', 40));
    connection.emit(order.execution('a.b.d.01', 60, 189));
    connection.emit(order.commission('a.b.d.01', 1.05));
    const done = await handle.filled();
    expect(done).toMatchObject({ status: 'filled', filledQuantity: 100, averagePrice: 189.4 });
    expect(handle.state.fills.map(({ commission }) => commission)).toEqual([{ status: 'pending' }, { status: 'known', amount: 1.05, currency: 'USD' }]);
    expect(events).toEqual(['new>staged', 'staged>sending', 'sending>acked', 'acked>working', 'fill 40 false', 'working>filled', 'fill 60 true', 'commission known']);
    await trading.close();
  });

  it('sends once for one key, at the same time and later', async () => {
    const { connection, trading, broker } = await readyRig();
    const [first, second] = await Promise.all([trading.place({ ...BUY, key: 'k' }), trading.place({ ...BUY, key: 'k' })]);
    broker().work();
    const third = await trading.place({ ...BUY, key: 'k', tif: 'DAY' });
    expect(new Set([first.intentId, second.intentId, third.intentId]).size).toBe(1);
    expect(third.state.status).toBe('working');
    expect(connection.placed).toHaveLength(1);
    await trading.close();
  });

  it('refuses another order under a used key, also while the first is on its way', async () => {
    const { connection, trading } = await readyRig();
    const first = trading.place({ ...BUY, key: 'k' });
    await expect(trading.place({ ...BUY, key: 'k', quantity: 99 })).rejects.toMatchObject({ code: 'IBKR_ORDER_KEY_CONFLICT', details: { key: 'k' } });
    await first;
    await expect(trading.place({ ...BUY, key: 'k', action: 'SELL' })).rejects.toMatchObject({ code: 'IBKR_ORDER_KEY_CONFLICT' });
    expect(connection.placed).toHaveLength(1);
    await trading.close();
  });

  it('gives back the order of a known key even when the gate is closed', async () => {
    const { connection, trading } = await readyRig();
    const first = await trading.place({ ...BUY, key: 'k' });
    connection.down();
    expect((await trading.place({ ...BUY, key: 'k' })).intentId).toBe(first.intentId);
    await trading.close();
  });

  it('checks before anything else: of what is invalid only the refusal is written down', async () => {
    const journal = memoryJournal();
    const { connection, trading } = await readyRig({ journal });
    const { seq } = await journal.head();
    await expect(trading.place({ ...BUY, quantity: 0 })).rejects.toMatchObject({ code: 'IBKR_ORDER_INVALID' });
    connection.accounts = ['DU1', 'DU2'];
    await expect(trading.place(BUY)).rejects.toMatchObject({ code: 'IBKR_ORDER_INVALID', details: { field: 'order.account' } });
    expect((await recordsOf(journal)).slice(seq).map(({ type }) => type)).toEqual(['order.refused', 'order.refused']);
    expect([connection.placed, trading.orders()]).toEqual([[], []]);
    await trading.close();
  });

  it('is unsent, and may be placed again under its key, when provably nothing left', async () => {
    const { connection, trading } = await readyRig();
    connection.orders = new ConnectionError({ code: 'IBKR_SESSION_CLOSED', message: 'ended', details: { bytesSent: 'none' } });
    await expect(trading.place({ ...BUY, key: 'k' })).rejects.toMatchObject({ code: 'IBKR_ORDER_UNSENT', retryable: true, details: { key: 'k' } });
    expect(trading.order('k')?.state).toMatchObject({ status: 'unsent', attempt: 1 });
    connection.orders = 'now';
    const handle = await trading.place({ ...BUY, key: 'k' });
    expect(handle.state).toMatchObject({ status: 'sending', attempt: 2, orderId: 3 });
    expect(connection.placed.map(({ orderId }) => orderId)).toEqual([3]);
    await trading.close();
  });

  it('is unknown, and never sent again, when bytes may have left', async () => {
    const { connection, trading } = await readyRig();
    const unknown: string[] = [];
    trading.events.on('order.unknown', ({ reason }) => unknown.push(reason));
    connection.orders = new ConnectionError({ code: 'IBKR_SESSION_CLOSED', message: 'ended', details: { bytesSent: 'maybe' } });
    const handle = await trading.place({ ...BUY, key: 'k' });
    expect(handle.state.status).toBe('unknown');
    expect(unknown).toHaveLength(1);
    connection.orders = 'now';
    expect((await trading.place({ ...BUY, key: 'k' })).state.status).toBe('unknown');
    expect(connection.placed).toEqual([]);
    await trading.close();
  });

  it('takes an error that says nothing for "may have left"', async () => {
    const { connection, trading } = await readyRig();
    connection.orders = new Error('something odd');
    expect((await trading.place(BUY)).state.status).toBe('unknown');
    await trading.close();
  });

  it('holds up a new order for the instrument of an unknown one, unless told to warn only', async () => {
    for (const [onUnknown, reasons, sent] of [['block', ['UNKNOWN_ORDER'], 0], ['warn', [], 1]] as const) {
      const { connection, trading } = await readyRig({ onUnknown });
      connection.orders = new Error('odd');
      await trading.place(BUY);
      connection.orders = 'now';
      const other = { ...AAPL, conId: 272093, symbol: 'MSFT' };
      await trading.place({ ...BUY, contract: other });
      const again = await trading.place(BUY).then(() => [], (error: unknown) => (error instanceof GateRefusedError ? error.details['reasons'] : error));
      expect(again).toEqual(reasons);
      expect(connection.placed.filter(({ contract }) => contract.symbol === 'AAPL')).toHaveLength(sent);
      await trading.close();
    }
  });

  it('is taken back while it waits for its turn: by the caller, by a lost link, by the kill switch, by a cancel', async () => {
    const ways: readonly ((rig: Rig, caller: AbortController) => unknown)[] = [
      (_, caller) => {
        caller.abort(new Error('changed my mind'));
      },
      (_, caller) => {
        caller.abort('changed my mind');
      },
      ({ connection }) => {
        connection.notice(1100, 'lost');
      },
      ({ trading }) => trading.kill('test'),
      ({ trading }) => trading.cancel('k'),
    ];
    for (const takeBack of ways) {
      const rig = await readyRig();
      const caller = new AbortController();
      rig.connection.orders = 'wait';
      const placing = rig.trading.place({ ...BUY, key: 'k' }, { signal: caller.signal });
      await rig.settle();
      takeBack(rig, caller);
      await expect(placing).rejects.toMatchObject({ code: 'IBKR_ORDER_UNSENT' });
      rig.connection.release();
      await rig.settle();
      expect(rig.connection.placed).toEqual([]);
      expect(rig.connection.sent.filter(({ type }) => type === 'cancelOrder')).toEqual([]);
      await rig.trading.close();
    }
  });

  it('becomes unknown when the broker does not answer in time, and looks for it', async () => {
    const { connection, trading, broker } = await readyRig();
    const handle = await trading.place(BUY);
    await connection.clock.advance(DEFAULT_TRADING.ackTimeoutMs);
    expect(await handle.acknowledged()).toMatchObject({ status: 'unknown', reason: expect.stringContaining('10000 ms') as string });
    broker().work();
    expect(handle.state.status).toBe('working');
    await trading.close();
    expect(connection.clock.pending).toBe(0);
  });

  it('counts the send deadline from the call, with every question that was asked before', async () => {
    const rig = await readyRig({ sendDeadlineMs: 1_500 });
    const { connection, trading } = rig;
    // The rule of its prices is asked for, and never told.
    const placing = expect(trading.place({ ...BUY, contract: { ...AAPL, minTick: 0.01, validExchanges: ['SMART'], marketRuleIds: [26] }, key: 'late' })).rejects.toMatchObject({
      code: 'IBKR_ORDER_UNSENT',
      cause: { code: 'IBKR_ORDER_SEND_DEADLINE' },
    });
    await connection.clock.advance(RULE_TIMEOUT_MS);
    await placing;
    expect(connection.placed).toEqual([]);
    expect(trading.order('late')?.state.status).toBe('unsent');
    await trading.close();
  });
});
