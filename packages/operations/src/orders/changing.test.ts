import type { ApiOrder } from '@ibkit/api-contract';
import { statusOf } from '@ibkit/api-contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRig } from '../testing/rig.js';
import type { Rig } from '../testing/rig.js';
import { ordersSeen, ticketOf } from '../testing/tickets.js';

const BUY = ticketOf({ kind: 'order', instrument: { symbol: 'SPY' }, action: 'BUY', quantity: 10, orderType: 'LMT', limitPrice: 1 });

describe('changing and cancelling', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await createRig();
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  const placed = async (key: string): Promise<ApiOrder> => {
    const { orders: [order] } = await rig.ask('placeOrder', { body: { ticket: BUY } }, { idempotencyKey: key }); // prettier-ignore
    if (order === undefined) throw new Error('no order');
    return order;
  };

  it('changes a working order, by id or by key, and sends nothing for what is so already', async () => {
    const { id } = await placed('m1');
    const changed = await rig.ask('modifyOrder', { id, body: { limitPrice: 2 } });
    expect(changed).toMatchObject({ id, limitPrice: 2, change: { revision: 1, status: 'accepted' } });
    expect(statusOf('modifyOrder', changed)).toBe(200);
    expect(await rig.ask('modifyOrder', { id: 'm1', body: { quantity: 12 } })).toMatchObject({ id, quantity: 12, change: { revision: 2 } });
    const sent = ordersSeen(rig.simulator).length;
    expect(await rig.ask('modifyOrder', { id, body: { quantity: 12 } })).toMatchObject({ quantity: 12 });
    expect(ordersSeen(rig.simulator)).toHaveLength(sent);
  });

  it('answers a change as soon as it is written down when nobody wants to wait', async () => {
    const { id } = await placed('m2');
    const changed = await rig.ask('modifyOrder', { id, waitMs: 0, body: { limitPrice: 3 } });
    expect(changed.change?.revision).toBe(1);
    await expect.poll(async () => (await rig.ask('order', { id })).change?.status).toBe('accepted');
  });

  it('cancels an order, and leaves one that ended alone', async () => {
    const { id } = await placed('c1');
    const cancelled = await rig.ask('cancelOrder', { id });
    expect(cancelled).toMatchObject({ id, status: 'cancelled', ended: true });
    expect(statusOf('cancelOrder', cancelled)).toBe(200);
    const sent = rig.simulator.control.journal({ kind: 'in', type: 'cancelOrder' }).length;
    expect(await rig.ask('cancelOrder', { id: 'c1' })).toMatchObject({ id, status: 'cancelled' });
    expect(rig.simulator.control.journal({ kind: 'in', type: 'cancelOrder' })).toHaveLength(sent);
  });

  it('refuses to change what ended, what is not there, and what cannot be', async () => {
    const { id } = await placed('r1');
    await rig.ask('cancelOrder', { id });
    const sent = ordersSeen(rig.simulator).length;
    expect(await rig.refusal('modifyOrder', { id, body: { limitPrice: 2 } })).toMatchObject({ code: 'IBKR_ORDER_NOT_CHANGEABLE' });
    for (const unknown of ['nobody', '01J00000000000000000000000']) {
      expect(await rig.refusal('modifyOrder', { id: unknown, body: { limitPrice: 2 } })).toMatchObject({ code: 'IBKR_ORDER_NOT_FOUND' });
      expect(await rig.refusal('cancelOrder', { id: unknown })).toMatchObject({ code: 'IBKR_ORDER_NOT_FOUND' });
      expect(await rig.refusal('order', { id: unknown })).toMatchObject({ code: 'IBKR_ORDER_NOT_FOUND' });
    }
    await placed('r2');
    expect(await rig.refusal('modifyOrder', { id: 'r2', body: { limitPrice: 2.005 } })).toMatchObject({ code: 'IBKR_ORDER_INVALID' });
    expect(await rig.refusal('modifyOrder', { id: 'r2', body: { stopPrice: 2 } })).toMatchObject({ code: 'IBKR_ORDER_INVALID' });
    expect(ordersSeen(rig.simulator)).toHaveLength(sent + 1);
  });

  it('does not take a change or a cancel back when the caller hangs up', async () => {
    const { id } = await placed('gone');
    for (const [name, input, isDone] of [
      ['modifyOrder', { id, body: { limitPrice: 4 } }, ({ limitPrice }: ApiOrder) => limitPrice === 4],
      ['cancelOrder', { id }, ({ status }: ApiOrder) => status === 'cancelled'],
    ] as const) {
      const caller = new AbortController();
      const reason = new Error('hung up');
      const call = name === 'modifyOrder' ? rig.operations.modifyOrder(input, { signal: caller.signal }) : rig.operations.cancelOrder(input, { signal: caller.signal });
      caller.abort(reason);
      await expect(call).rejects.toBe(reason);
      await expect.poll(async () => isDone(await rig.ask('order', { id }))).toBe(true);
    }
    const late = AbortSignal.abort(new Error('too late'));
    await expect(rig.operations.modifyOrder({ id, body: { limitPrice: 5 } }, { signal: late })).rejects.toThrow('too late');
    await expect(rig.operations.cancelOrder({ id }, { signal: late })).rejects.toThrow('too late');
  });

  it('cancels everything, those of others when told to', async () => {
    const { id } = await placed('all');
    rig.simulator.control.placeManualOrder({ symbol: 'AAPL', action: 'BUY', quantity: 1, lmtPrice: 1 });
    const own = await rig.ask('cancelAll', {});
    expect([own.asked.map((order) => order.id).includes(id), own.failed, own.global]).toEqual([true, [], false]);
    expect(rig.simulator.control.state().openOrders.filter(({ orderId }) => orderId === 0)).toHaveLength(1);
    expect(await rig.ask('cancelAll', { all: true })).toMatchObject({ global: true });
    await expect.poll(() => rig.simulator.control.state().openOrders).toEqual([]);
  });
});

describe('a link that fails', () => {
  it('makes a change unknown, not an error, and the next comparison tells', async () => {
    await using rig = await createRig();
    const { orders: [order] } = await rig.ask('placeOrder', { body: { ticket: BUY } }, { idempotencyKey: 'k' }); // prettier-ignore
    rig.simulator.control.inject({ type: 'drop', after: { message: 'placeOrder', count: 1 } });
    const changed = await rig.ask('modifyOrder', { id: order?.id ?? '', body: { limitPrice: 2 } });
    expect(['unknown', 'accepted', 'requested']).toContain(changed.change?.status);
    await expect.poll(async () => (await rig.ask('order', { id: 'k' })).change?.status, { timeout: 10_000 }).toBe('accepted');
    expect(rig.simulator.control.state().openOrders).toMatchObject([{ lmtPrice: 2 }]);
    expect(ordersSeen(rig.simulator)).toHaveLength(2);
  });

  it('refuses cancels and changes while there is none, and tells of each that could not be', async () => {
    await using rig = await createRig();
    await rig.ask('placeOrder', { body: { ticket: BUY } }, { idempotencyKey: 'k' });
    await rig.connection.disconnect();
    expect(await rig.refusal('cancelOrder', { id: 'k' })).toMatchObject({ code: 'IBKR_ORDER_GATE_REFUSED', details: { reasons: ['NOT_CONNECTED'] } });
    expect(await rig.refusal('modifyOrder', { id: 'k', body: { limitPrice: 2 } })).toMatchObject({ code: 'IBKR_ORDER_GATE_REFUSED' });
    expect(await rig.ask('cancelAll', { all: true })).toMatchObject({ asked: [], failed: [{ key: 'k', code: 'IBKR_ORDER_GATE_REFUSED' }], global: false, globalError: { code: 'IBKR_ORDER_GATE_REFUSED' } });
  });
});
