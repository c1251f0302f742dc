import { describe, expect, it } from 'vitest';
import { memoryJournal } from '../journal/memory-journal.js';
import { AAPL, BUY, readyRig } from '../testing/rig.js';

describe('a preview', () => {
  it('estimates and warns without sending or writing anything', async () => {
    const journal = memoryJournal();
    const { connection, trading } = await readyRig({ journal, marketData: { getLatestPrice: () => Promise.resolve(150) } });
    const before = [connection.sent.length, (await journal.head()).seq];
    expect(await trading.preview(BUY)).toMatchObject({ paper: true, gate: [], estimate: { price: 190, basis: 'limit', notional: 19_000, currency: 'USD' }, warnings: ['The limit is 27 % through the market at 150.'] });
    const market = { contract: { symbol: 'SPY', secType: 'OPT', exchange: 'SMART', currency: 'USD', localSymbol: 'SPY X', multiplier: 100 }, action: 'SELL', quantity: 2, orderType: 'MKT' } as const;
    expect((await trading.preview(market, { price: 1.15 })).estimate).toEqual({ price: 1.15, basis: 'given', notional: 230, currency: 'USD' });
    await expect(trading.preview({ ...BUY, quantity: 0 })).rejects.toMatchObject({ code: 'IBKR_ORDER_INVALID' });
    expect([connection.sent.length, (await journal.head()).seq]).toEqual(before);
    await trading.close();
  });

  it('says what is not known, and why it would be refused', async () => {
    const { connection, trading } = await readyRig({ marketData: { getLatestPrice: () => Promise.reject(new Error('no data')) } });
    connection.down();
    const preview = await trading.preview({ contract: AAPL, action: 'BUY', quantity: 1, orderType: 'MKT' });
    expect(preview).toMatchObject({ estimate: undefined, gate: ['NOT_CONNECTED'], warnings: expect.arrayContaining(['No price is known, so the cost is not estimated.']) as string[] });
    await trading.close();
  });

  it('shows a bracket whole, and refuses one whose exits would trade at once', async () => {
    const { connection, trading } = await readyRig();
    const before = connection.sent.length;
    const preview = await trading.previewBracket({ entry: BUY, takeProfit: { limitPrice: 200 }, stopLoss: { stopPrice: 180 } });
    expect(preview).toMatchObject({ order: { action: 'BUY', limitPrice: '190' }, exits: [{ action: 'SELL', orderType: 'LMT', limitPrice: '200', tif: 'GTC' }, { orderType: 'STP', stopPrice: '180' }], account: 'DU1234567', gate: [], estimate: { notional: 19_000 } });
    await expect(trading.previewBracket({ entry: BUY, takeProfit: { limitPrice: 180 } })).rejects.toMatchObject({ code: 'IBKR_ORDER_INVALID', details: { field: 'order.takeProfit' } });
    expect(connection.sent).toHaveLength(before);
    await trading.close();
  });
});
