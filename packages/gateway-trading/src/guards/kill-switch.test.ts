import { describe, expect, it } from 'vitest';
import { memoryJournal } from '../journal/memory-journal.js';
import { FakeConnection, FakeOrder } from '../testing/fake-connection.js';
import { AAPL, BUY, readyRig, recordsOf, rigOn } from '../testing/rig.js';

function cancels(sent: readonly { readonly type: string }[]): readonly string[] {
  return sent.map(({ type }) => type).filter((type) => type === 'cancelOrder' || type === 'reqGlobalCancel');
}

describe('the kill switch for everybody', () => {
  it('cancels our orders one by one and those of others all at once, written down before', async () => {
    const journal = memoryJournal();
    const { connection, trading, broker } = await readyRig({ journal });
    await trading.place(BUY);
    broker().work();
    const report = await trading.kill('too wild', { all: true });
    expect([report.requested.length, report.failed.length, report.foreign]).toEqual([1, 0, { requested: true }]);
    expect([...cancels(connection.sent)].sort()).toEqual(['cancelOrder', 'reqGlobalCancel']);
    expect(await recordsOf(journal)).toEqual(expect.arrayContaining([expect.objectContaining({ type: 'killSwitch', engaged: true, all: true }), expect.objectContaining({ type: 'globalCancel', reason: 'too wild' })]));
    await trading.close();
  });

  it('is told when it is set, and when it is released', async () => {
    const { trading } = await readyRig();
    const told: unknown[] = [];
    trading.events.on('killSwitch.changed', ({ engaged, reason }) => told.push([engaged, reason]));
    await trading.kill('too wild');
    await trading.releaseKill('calm');
    expect(told).toEqual([[true, 'too wild'], [false, 'calm']]);
    await trading.close();
  });

  it('leaves the orders of others alone when nobody says otherwise', async () => {
    const { connection, trading } = await readyRig();
    expect((await trading.kill('ours alone')).foreign).toBeUndefined();
    expect(cancels(connection.sent)).toEqual([]);
    await trading.close();
  });

  it('says why when it could not ask, and asks as soon as it can, also after a restart, as long as there is something', async () => {
    const journal = memoryJournal();
    const first = await readyRig({ journal });
    first.connection.down();
    const report = await first.trading.kill('no link', { all: true });
    expect(report.foreign).toMatchObject({ requested: false, error: { details: { reasons: ['NOT_CONNECTED'] } } });
    await first.trading.close();

    const { connection, trading, settle } = rigOn(new FakeConnection(), { journal });
    const foreign = new FakeOrder(connection, { type: 'placeOrder', orderId: 0, contract: AAPL, order: { action: 'BUY', totalQuantity: 1, orderType: 'LMT' } }, '5');
    connection.broker.open = [foreign.openOrder('Submitted')];
    connection.up();
    await trading.start();
    await settle();
    expect([trading.gate(), cancels(connection.sent)]).toEqual([['KILL_SWITCH'], ['reqGlobalCancel']]);
    connection.broker.open = [];
    await trading.reconcile();
    await settle();
    expect(cancels(connection.sent)).toEqual(['reqGlobalCancel']);
    await trading.releaseKill('calm');
    connection.broker.open = [foreign.openOrder('Submitted')];
    await trading.reconcile();
    await settle();
    expect(cancels(connection.sent)).toEqual(['reqGlobalCancel']);
    await trading.close();
  });
});
