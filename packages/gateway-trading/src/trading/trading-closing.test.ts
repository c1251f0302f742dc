import type { ServerMessageOf } from '@ibkit/wire';
import { describe, expect, it } from 'vitest';
import { DEFAULT_TRADING } from '../options.js';
import { AAPL, BUY, readyRig } from '../testing/rig.js';
import type { Rig } from '../testing/rig.js';

const ES = { conId: 7, symbol: 'ES', secType: 'FUT', currency: 'USD', multiplier: '50' } as const;

function holding(rig: Rig, ...positions: readonly Omit<ServerMessageOf<'position'>, 'type' | 'account' | 'avgCost'>[]): void {
  rig.connection.broker.positions = positions.map((position) => ({ type: 'position', account: 'DU1234567', avgCost: 1, ...position }));
}

describe('closing a position', () => {
  it('sells what is long and buys what is short, at the market or with a limit', async () => {
    const rig = await readyRig();
    holding(rig, { contract: { ...AAPL, exchange: '' }, position: 30 }, { contract: ES, position: -2 });
    await rig.trading.closePosition(265598, { quantity: 10 });
    await rig.trading.closePosition({ ...ES, exchange: 'CME' }, { limitPrice: 6_000, tif: 'GTC' });
    expect(rig.connection.placed).toMatchObject([
      { contract: { conId: 265598, exchange: 'SMART' }, order: { action: 'SELL', totalQuantity: 10, orderType: 'MKT', tif: 'DAY' } },
      { contract: { conId: 7, exchange: 'CME' }, order: { action: 'BUY', totalQuantity: 2, orderType: 'LMT', lmtPrice: 6_000, tif: 'GTC' } },
    ]);
    await rig.trading.close();
  });

  it('refuses more than there is, what has no place to go, and several that fit', async () => {
    const rig = await readyRig();
    holding(rig, { contract: AAPL, position: 30 }, { contract: ES, position: 1 }, { contract: { ...AAPL, conId: 5 }, position: 1 });
    await expect(rig.trading.closePosition(265598, { quantity: 31 })).rejects.toMatchObject({ code: 'IBKR_ORDER_INVALID', details: { field: 'order.quantity' } });
    await expect(rig.trading.closePosition(7)).rejects.toMatchObject({ details: { field: 'order.contract.exchange' } });
    await expect(rig.trading.closePosition({ symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' })).rejects.toMatchObject({ details: { field: 'order.contract' } });
    rig.connection.accounts = ['DU1', 'DU2'];
    await expect(rig.trading.closePosition(7)).rejects.toMatchObject({ details: { field: 'order.account' } });
    expect(rig.connection.placed).toEqual([]);
    await rig.trading.close();
  });

  it('does not say that there is nothing to close in an account that the session does not show, and knows its own key there', async () => {
    const rig = await readyRig();
    holding(rig, { contract: AAPL, position: 30 });
    const first = await rig.trading.closePosition(265598, { key: 'c' });
    holding(rig);
    rig.connection.accounts = ['DU7654321'];
    await expect(rig.trading.closePosition(265598, { account: 'DU1234567' })).rejects.toMatchObject({ code: 'IBKR_ORDER_GATE_REFUSED', details: { reasons: ['ACCOUNT_UNKNOWN'] } });
    expect((await rig.trading.closePosition(265598, { key: 'c' }))?.intentId).toBe(first?.intentId);
    expect(rig.connection.placed).toHaveLength(1);
    await rig.trading.close();
  });

  it('does not close twice what another order is closing, unless that one is cancelled first and really ends', async () => {
    const rig = await readyRig();
    const { connection, trading, broker, settle } = rig;
    holding(rig, { contract: AAPL, position: 30 });
    await trading.place({ ...BUY, action: 'SELL', quantity: 30, key: 'rival' });
    const rival = broker().work();
    await expect(trading.closePosition(265598)).rejects.toMatchObject({ code: 'IBKR_CLOSE_CONFLICT', details: { keys: ['rival'] } });
    const late = expect(trading.closePosition(265598, { cancelOrders: true })).rejects.toMatchObject({ name: 'TimeoutError' });
    await settle();
    await connection.clock.advance(DEFAULT_TRADING.ackTimeoutMs);
    await late;
    expect(connection.placed).toHaveLength(1);
    const closing = trading.closePosition(265598, { cancelOrders: true });
    await settle();
    // It was filled in part before it ended: what is left is closed.
    holding(rig, { contract: AAPL, position: 12 });
    connection.emit(rival.orderStatus('Cancelled', 18));
    await settle();
    expect((await closing)?.state).toMatchObject({ action: 'SELL', quantity: 12 });
    await trading.close();
    expect(connection.clock.pending).toBe(0);
  });

  it('is done once however often it is asked for at the same time, and not in two ways', async () => {
    const rig = await readyRig();
    holding(rig, { contract: AAPL, position: 30 });
    const [first, same] = [rig.trading.closePosition(265598), rig.trading.closePosition(265598)];
    await expect(rig.trading.closePosition(265598, { quantity: 5 })).rejects.toMatchObject({ code: 'IBKR_CLOSE_CONFLICT', retryable: true });
    expect((await same)?.intentId).toBe((await first)?.intentId);
    expect(rig.connection.placed).toHaveLength(1);
    await rig.trading.close();
  });

  it('does not take "no answer" for "no position"', async () => {
    const rig = await readyRig();
    rig.connection.mute.add('reqPositions');
    const closing = expect(rig.trading.closePosition(265598)).rejects.toMatchObject({ name: 'TimeoutError' });
    await rig.settle();
    await rig.connection.clock.advance(DEFAULT_TRADING.listTimeoutMs);
    await closing;
    await rig.trading.close();
  });
});

describe('a cancel by hand', () => {
  it('says when, who and how, where an exchange asks for it', async () => {
    const { connection, trading, broker } = await readyRig();
    await trading.place({ ...BUY, key: 'k', extOperator: 'me', manualOrderIndicator: 1, manualOrderTime: Date.UTC(2026, 10, 20, 15) });
    broker().work();
    expect(connection.placed.at(-1)?.order).toMatchObject({ extOperator: 'me', manualOrderIndicator: 1, manualOrderTime: '20261120-15:00:00' });
    await expect(trading.cancel('k', { manualOrderTime: '15:00' })).rejects.toMatchObject({ code: 'IBKR_ORDER_INVALID' });
    await trading.cancel('k', { manualOrderTime: Date.UTC(2026, 10, 20, 16), extOperator: 'me', manualOrderIndicator: 1 });
    expect(connection.sent.at(-1)).toEqual({ type: 'cancelOrder', orderId: 2, manualCancelOrderTime: '20261120-16:00:00', extOperator: 'me', manualOrderIndicator: 1 });
    await trading.close();
  });
});
