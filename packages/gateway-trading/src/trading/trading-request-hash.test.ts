import { describe, expect, it } from 'vitest';
import { memoryJournal } from '../journal/memory-journal.js';
import { AAPL, BUY, readyRig } from '../testing/rig.js';

describe("a caller's own hash of what it was asked for", () => {
  it('tells a repeat from another request, however the request reads that was made from it, also after a restart', async () => {
    const journal = memoryJournal();
    const { connection, trading } = await readyRig({ journal });
    const asked = { ...BUY, key: 'k', requestHash: 'ticket 1' };
    const first = await trading.place(asked);
    const resolved = { ...AAPL, localSymbol: 'AAPL', tradingClass: 'NMS' };
    expect((await trading.place({ ...asked, contract: resolved })).intentId).toBe(first.intentId);
    await expect(trading.place({ ...asked, requestHash: 'ticket 2' })).rejects.toMatchObject({ code: 'IBKR_ORDER_KEY_CONFLICT' });
    await expect(trading.place({ ...asked, requestHash: '' })).rejects.toMatchObject({ details: { field: 'order.requestHash' } });
    expect(connection.placed).toHaveLength(1);
    await trading.close();

    const after = await readyRig({ journal });
    expect((await after.trading.place({ ...asked, contract: resolved })).intentId).toBe(first.intentId);
    expect(after.connection.placed).toEqual([]);
    await after.trading.close();
  });

  it('covers a bracket with its exits', async () => {
    const { connection, trading } = await readyRig();
    const bracket = { entry: { ...BUY, key: 'b', requestHash: 'ticket' }, stopLoss: { stopPrice: 180 } };
    const { entry } = await trading.bracket(bracket);
    expect((await trading.bracket({ ...bracket, stopLoss: { stopPrice: 181 } })).entry.intentId).toBe(entry.intentId);
    expect(connection.placed).toHaveLength(2);
    await trading.close();
  });

  it('keeps a close from taking the key of another order for its own', async () => {
    const { connection, trading } = await readyRig();
    connection.broker.positions = [{ type: 'position', account: 'DU1234567', contract: AAPL, position: 30, avgCost: 1 }];
    const closing = await trading.closePosition(AAPL, { key: 'c', requestHash: 'close' });
    expect((await trading.closePosition(AAPL, { key: 'c', requestHash: 'close' }))?.intentId).toBe(closing?.intentId);
    await expect(trading.closePosition(AAPL, { key: 'c', requestHash: 'another' })).rejects.toMatchObject({ code: 'IBKR_ORDER_KEY_CONFLICT' });
    expect(connection.placed).toHaveLength(1);
    await trading.close();
  });
});
