import { OrderError } from '@ibkit/error-codes';
import { describe, expect, it } from 'vitest';
import { memoryJournal } from '../journal/memory-journal.js';
import { AAPL, BUY, readyRig, recordsOf } from '../testing/rig.js';

describe('what limits trading', () => {
  it('is told with what is used up of it', async () => {
    const { connection, trading, broker } = await readyRig({ accounts: ['DU1234567'], limits: { perOrder: { maxQuantity: 500 }, perDay: { maxOrders: 9 } } });
    expect(trading.risk()).toMatchObject({ mode: 'paper', allowedAccounts: ['DU1234567'], killSwitch: { engaged: false }, today: { orders: 0, quantity: '0', notional: {} }, unknownOrders: 0, limits: { orderQuantity: '500', dayOrders: 9 } });
    await trading.place(BUY);
    await trading.place({ ...BUY, contract: { ...AAPL, conId: 9, currency: 'EUR' }, quantity: 2 });
    broker();
    connection.down();
    await trading.kill('enough');
    expect(trading.risk()).toMatchObject({ killSwitch: { engaged: true, reason: 'enough' }, today: { orders: 2, quantity: '102', notional: { EUR: '380', USD: '19000' }, hasUnvalued: false }, unknownOrders: 2 });
    await trading.close();
    expect(() => trading.risk()).toThrow('closed');
  });

  it('is told of the accounts that somebody else allows', async () => {
    const accounts = [{ id: 'DU1', allowed: false }, { id: 'DU2', allowed: true }];
    const auth = { mode: 'paper', arming: undefined, accounts, reasons: () => [], arm: () => { throw new Error('paper'); }, restore: () => false, disarm: () => false, events: { on: () => () => undefined } } as const; // prettier-ignore
    const { trading } = await readyRig({ auth });
    expect(trading.risk().allowedAccounts).toEqual(['DU2']);
    await trading.close();
  });

  it('is asked beforehand, and a refusal is written down', async () => {
    const journal = memoryJournal();
    const { connection, trading } = await readyRig({ journal });
    trading.checkGate();
    connection.down();
    expect(() => {
      trading.checkGate({ key: 'k', tag: 't' });
    }).toThrow(expect.objectContaining({ code: 'IBKR_ORDER_GATE_REFUSED', details: { reasons: ['NOT_CONNECTED'] } }));
    await trading.close();
    expect(await recordsOf(journal)).toContainEqual(expect.objectContaining({ type: 'order.refused', what: 'place', key: 'k', tag: 't', reasons: ['NOT_CONNECTED'] }));
  });

  it('has the refusals of a caller that refuses by itself written down, too', async () => {
    const journal = memoryJournal();
    const { trading } = await readyRig({ journal });
    trading.noteRefusal({ key: 'k', request: BUY }, new OrderError({ code: 'IBKR_ORDER_KEY_CONFLICT', message: 'another order has this key' }));
    await trading.close();
    expect(await recordsOf(journal)).toContainEqual(expect.objectContaining({ type: 'order.refused', what: 'place', key: 'k', code: 'IBKR_ORDER_KEY_CONFLICT' }));
  });
});

describe('cancelling everything', () => {
  it('takes the orders of others along when told to, and remembers the last sweep', async () => {
    const { connection, trading, broker } = await readyRig();
    expect(trading.lastReconcile).toMatchObject({ epoch: connection.session?.epoch, foreignOrders: [] });
    await trading.place(BUY);
    broker().work();
    expect((await trading.cancelAll()).foreign).toBeUndefined();
    expect(connection.sent.some(({ type }) => type === 'reqGlobalCancel')).toBe(false);
    expect((await trading.cancelAll({ all: true })).foreign).toEqual({ requested: true });
    expect(connection.sent.filter(({ type }) => type === 'reqGlobalCancel')).toHaveLength(1);
    await trading.close();
  });
});
