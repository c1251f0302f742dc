import type { ServerMessageOf } from '@ibkit/wire';
import { describe, expect, it } from 'vitest';
import { memoryJournal } from '../journal/memory-journal.js';
import { FakeConnection } from '../testing/fake-connection.js';
import { BUY, readyRig, recordsOf, rigOn } from '../testing/rig.js';
import type { Rig } from '../testing/rig.js';

const UNSET = 1.797_693_134_862_315_7e308;

/** The answer to the question that left last. */
function answer({ connection }: Rig, orderState: Partial<ServerMessageOf<'openOrder'>['orderState']>, whatIf = true): void {
  const asked = connection.placed.at(-1);
  if (asked === undefined) throw new Error('nothing was asked');
  connection.emit({ type: 'openOrder', orderId: asked.orderId, contract: asked.contract, order: { ...asked.order, whatIf, clientId: 1 }, orderState: { status: 'PreSubmitted', ...orderState } });
}

async function readyRigLive(): Promise<Rig> {
  const rig = rigOn(new FakeConnection(), { mode: 'live', accounts: ['U1234567'] });
  rig.connection.accounts = ['U1234567'];
  rig.connection.up();
  await rig.trading.start();
  await rig.settle();
  return rig;
}

describe('a what-if', () => {
  it('travels with its flag, transmitted, under an id that is in the journal before it leaves', async () => {
    const journal = memoryJournal();
    const rig = await readyRig({ journal });
    const { connection, trading, settle } = rig;
    const asking = trading.whatIf(BUY);
    await settle();
    expect(connection.placed).toMatchObject([{ orderId: 2, order: { whatIf: true, transmit: true, account: 'DU1234567', orderType: 'LMT', lmtPrice: 190 } }]);
    expect(connection.placed[0]?.order.orderRef).toBeUndefined();
    expect((await recordsOf(journal)).at(-1)).toMatchObject({ type: 'idFloor', floor: 2 });
    // Some answers come without a word first.
    answer(rig, {});
    answer(rig, { initMarginBefore: 10, initMarginChange: 5, initMarginAfter: 15, maintMarginBefore: UNSET, commission: UNSET, minCommission: 1, maxCommission: 2, commissionCurrency: 'USD', warningText: 'mind' });
    expect(await asking).toEqual({
      account: 'DU1234567',
      initMargin: { before: 10, change: 5, after: 15 },
      maintMargin: { before: undefined, change: undefined, after: undefined },
      equityWithLoan: { before: undefined, change: undefined, after: undefined },
      commission: undefined,
      minCommission: 1,
      maxCommission: 2,
      commissionCurrency: 'USD',
      warningText: 'mind',
      warnings: [],
    });
    expect(trading.orders()).toEqual([]);
    expect((await trading.place(BUY)).orderId).toBe(3);
    await trading.close();
    expect(connection.clock.pending).toBe(0);
  });

  it('is cancelled at once when the platform takes it for an order', async () => {
    const rig = await readyRig();
    const asking = expect(rig.trading.whatIf(BUY)).rejects.toMatchObject({ code: 'IBKR_WHAT_IF_LIVE' });
    await rig.settle();
    answer(rig, {}, false);
    await asking;
    expect(rig.connection.sent.filter(({ type }) => type === 'cancelOrder')).toEqual([{ type: 'cancelOrder', orderId: 2 }]);
    await rig.trading.close();
  });

  it('says what the broker says: no, and why; warnings come with the answer', async () => {
    const rig = await readyRig();
    const refused = expect(rig.trading.whatIf(BUY)).rejects.toMatchObject({ brokerCode: 201 });
    await rig.settle();
    rig.connection.notice(201, 'Order rejected - reason: insufficient funds', 2);
    await refused;
    const asking = rig.trading.whatIf(BUY);
    await rig.settle();
    rig.connection.notice(399, 'held until the open', 3);
    answer(rig, { initMarginChange: 1 });
    expect((await asking).warnings).toMatchObject([{ code: 399 }]);
    await rig.trading.close();
  });

  it('ends with its deadline, its signal, its session', async () => {
    const rig = await readyRig();
    const { connection, trading, settle } = rig;
    const late = expect(trading.whatIf(BUY, { timeoutMs: 500 })).rejects.toMatchObject({ name: 'TimeoutError' });
    await settle();
    await connection.clock.advance(500);
    await late;
    const caller = new AbortController();
    const aborted = expect(trading.whatIf(BUY, { signal: caller.signal })).rejects.toThrow('enough');
    await settle();
    caller.abort(new Error('enough'));
    await aborted;
    const cut = expect(trading.whatIf(BUY)).rejects.toMatchObject({ code: 'IBKR_SESSION_CLOSED' });
    await settle();
    connection.down();
    await cut;
    await expect(trading.whatIf(BUY)).rejects.toMatchObject({ code: 'IBKR_ORDER_GATE_REFUSED' });
    await trading.close();
    expect(connection.clock.pending).toBe(0);
  });

  it('is not asked of a live account without the opt-in, nor when trading is read-only', async () => {
    const live = await readyRigLive();
    await expect(live.trading.whatIf({ ...BUY, account: 'U1234567' })).rejects.toMatchObject({ details: { reasons: ['LIVE_NOT_ALLOWED'] } });
    const readOnly = rigOn(new FakeConnection(), { readOnly: true });
    readOnly.connection.up();
    await readOnly.trading.start();
    await expect(readOnly.trading.whatIf(BUY)).rejects.toMatchObject({ details: { reasons: ['READ_ONLY'] } });
    expect([...live.connection.placed, ...readOnly.connection.placed]).toEqual([]);
    await Promise.all([live.trading.close(), readOnly.trading.close()]);
  });

  it('may be asked under the kill switch, because nothing comes of it', async () => {
    const rig = await readyRig();
    await rig.trading.kill('test');
    const asking = rig.trading.whatIf(BUY);
    await rig.settle();
    answer(rig, { initMarginChange: 1 });
    expect((await asking).initMargin.change).toBe(1);
    expect(rig.trading.gate()).toEqual(['KILL_SWITCH']);
    await rig.trading.close();
  });
});
