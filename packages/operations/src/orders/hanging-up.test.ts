import { statusOf } from '@ibkit/api-contract';
import { OrderError } from '@ibkit/error-codes';
import { memoryJournal } from '@ibkit/gateway-trading';
import type { AppendGuard, AppendResult, Journal, JournalRecord } from '@ibkit/gateway-trading';
import { describe, expect, it, vi } from 'vitest';
import { createRig } from '../testing/rig.js';
import { ordersSeen, ticketOf } from '../testing/tickets.js';

const BUY = ticketOf({ kind: 'order', instrument: { symbol: 'SPY' }, action: 'BUY', quantity: 10, orderType: 'LMT', limitPrice: 1 });
const BRACKET = ticketOf({ kind: 'bracket', entry: { instrument: { symbol: 'AAPL' }, action: 'BUY', quantity: 5, orderType: 'LMT', limitPrice: 10 }, takeProfit: { limitPrice: 20 }, stopLoss: { stopPrice: 5 } });

/** A journal whose next append of an order waits until it is let go. */
function held(): { readonly journal: Journal; readonly hold: () => { readonly reached: Promise<void>; readonly release: () => void } } {
  const inner = memoryJournal();
  let gate: { readonly reach: () => void; readonly opened: Promise<void> } | undefined;
  return {
    journal: {
      read: (fromSeq) => inner.read(fromSeq),
      head: () => inner.head(),
      async append(records: readonly JournalRecord[], guard: AppendGuard): Promise<AppendResult> {
        const waiting = records.some(({ type }) => type === 'order.staged') ? gate : undefined;
        if (waiting !== undefined) {
          gate = undefined;
          waiting.reach();
          await waiting.opened;
        }
        return inner.append(records, guard);
      },
    },
    hold: () => {
      let [reach, release] = [(): void => undefined, (): void => undefined];
      const reached = new Promise<void>((resolve) => {
        reach = resolve;
      });
      const opened = new Promise<void>((resolve) => {
        release = resolve;
      });
      gate = { reach, opened };
      return { reached, release };
    },
  };
}

describe('a caller who hangs up', () => {
  it('before anything was done places nothing, and leaves the key free', async () => {
    await using rig = await createRig();
    const reason = new Error('hung up');
    await expect(rig.operations.placeOrder({ body: { ticket: BUY } }, { idempotencyKey: 'k', signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const caller = new AbortController();
    const call = rig.operations.placeOrder({ body: { ticket: BUY } }, { idempotencyKey: 'k', signal: caller.signal });
    caller.abort(reason);
    await expect(call).rejects.toBe(reason);
    expect(await rig.refusal('order', { id: 'k' })).toMatchObject({ code: 'IBKR_ORDER_NOT_FOUND' });
    expect(ordersSeen(rig.simulator)).toEqual([]);
    expect((await rig.ask('placeOrder', { body: { ticket: BUY } }, { idempotencyKey: 'k' })).orders).toHaveLength(1);
    expect(ordersSeen(rig.simulator)).toHaveLength(1);
  });

  it.each([['an order', BUY, 1], ['a bracket', BRACKET, 3]] as const)('while %s is written down does not half place it: it goes its way, and a repeat finds it', async (_name, ticket, count) => {
    const { journal, hold } = held();
    await using rig = await createRig({ trading: { journal } });
    const { reached, release } = hold();
    const caller = new AbortController();
    const reason = new Error('hung up');
    const call = rig.operations.placeOrder({ body: { ticket } }, { idempotencyKey: 'k', signal: caller.signal });
    await reached;
    caller.abort(reason);
    await expect(call).rejects.toBe(reason);
    expect(ordersSeen(rig.simulator)).toEqual([]);
    const repeat = rig.ask('placeOrder', { body: { ticket } }, { idempotencyKey: 'k' });
    release();
    expect(await repeat).toMatchObject({ repeated: true, orders: { length: count } });
    await expect.poll(() => ordersSeen(rig.simulator).length).toBe(count);
    expect((await rig.ask('orders', {})).orders).toHaveLength(count);
  });

  it('takes nothing from another one with the same key', async () => {
    await using rig = await createRig();
    const first = new AbortController();
    const calls = [rig.operations.placeOrder({ body: { ticket: BUY } }, { idempotencyKey: 'k', signal: first.signal }), rig.ask('placeOrder', { body: { ticket: BUY } }, { idempotencyKey: 'k' })] as const;
    first.abort(new Error('hung up'));
    await expect(calls[0]).rejects.toThrow('hung up');
    expect((await calls[1]).orders).toMatchObject([{ status: 'working' }]);
    expect(ordersSeen(rig.simulator)).toHaveLength(1);
  });
});

describe('no wait at all', () => {
  it('still waits for the journal, because before it there is nothing to answer with', async () => {
    const { journal, hold } = held();
    await using rig = await createRig({ trading: { journal } });
    const { reached, release } = hold();
    let answered = false;
    const call = rig.ask('placeOrder', { waitMs: 0, body: { ticket: BUY } }, { idempotencyKey: 'k' }).finally(() => {
      answered = true;
    });
    await reached;
    // Another question has been asked and answered meanwhile.
    await rig.trading.reconcile();
    expect(answered).toBe(false);
    release();
    expect((await call).orders).toHaveLength(1);
  });
});

describe('a link that fails while an order leaves', () => {
  it('is answered with what is known, 202 as long as that is nothing, and the order is found again, once', async () => {
    await using rig = await createRig({ trading: { absenceWindowMs: 20, reconcileRetryMs: 20 } });
    rig.simulator.control.inject({ type: 'drop', after: { message: 'placeOrder', count: 1 } });
    const placed = await rig.ask('placeOrder', { body: { ticket: BUY } }, { idempotencyKey: 'k' });
    expect(placed.orders).toHaveLength(1);
    expect(placed.orders[0]?.status === 'unknown' ? 202 : 201).toBe(statusOf('placeOrder', placed));
    await expect.poll(async () => (await rig.ask('order', { id: 'k' })).status, { timeout: 10_000 }).toBe('working');
    expect((await rig.ask('placeOrder', { body: { ticket: BUY } }, { idempotencyKey: 'k' })).repeated).toBe(true);
    expect(ordersSeen(rig.simulator)).toHaveLength(1);
  });

  it('that loses the order leaves it unknown until two looks have shown that it is not there; the key stays taken', async () => {
    await using rig = await createRig({ trading: { absenceWindowMs: 20, reconcileRetryMs: 20, ackTimeoutMs: 50 } });
    rig.simulator.control.inject({ type: 'lose-order' });
    const placed = await rig.ask('placeOrder', { body: { ticket: BUY } }, { idempotencyKey: 'k' });
    expect(placed.orders).toMatchObject([{ status: 'unknown' }]);
    expect(statusOf('placeOrder', placed)).toBe(202);
    await rig.trading.reconcile();
    await expect.poll(async () => {
      const { status, notWorking } = await rig.ask('order', { id: 'k' });
      return status === 'absent' || notWorking === true;
    }, { timeout: 10_000 }).toBe(true);
    expect((await rig.ask('placeOrder', { body: { ticket: BUY } }, { idempotencyKey: 'k' })).repeated).toBe(true);
    expect(ordersSeen(rig.simulator)).toHaveLength(1);
  });

  it('in the middle of a bracket is answered with what is known of its orders, not with an error', async () => {
    await using rig = await createRig();
    const bracket = rig.trading.bracket.bind(rig.trading);
    vi.spyOn(rig.trading, 'bracket').mockImplementation(async (request) => {
      await bracket(request);
      throw new OrderError({ code: 'IBKR_BRACKET_INCOMPLETE', message: 'broken off' });
    });
    const placed = await rig.ask('placeOrder', { body: { ticket: BRACKET } }, { idempotencyKey: 'k' });
    expect(placed).toMatchObject({ repeated: false, orders: { length: 3 } });
    expect((await rig.ask('placeOrder', { body: { ticket: BRACKET } }, { idempotencyKey: 'k' })).repeated).toBe(true);
    expect(ordersSeen(rig.simulator)).toHaveLength(3);
  });

  it('under a cancel or a change is answered with the order, since its state tells what came of it', async () => {
    await using rig = await createRig();
    await rig.ask('placeOrder', { body: { ticket: BUY } }, { idempotencyKey: 'k' });
    const [cancel, modify] = [rig.trading.cancel.bind(rig.trading), rig.trading.modify.bind(rig.trading)];
    vi.spyOn(rig.trading, 'modify').mockImplementationOnce((order, changes) => {
      rig.simulator.control.inject({ type: 'lose-order' });
      return Promise.race([modify(order, changes), rig.trading.events.once('order.changeUnknown').then(() => Promise.reject(new OrderError({ code: 'IBKR_TRADING_CLOSED', message: 'closed' })))]);
    });
    const changing = rig.ask('modifyOrder', { id: 'k', waitMs: 60_000, body: { limitPrice: 2 } });
    await expect.poll(() => rig.trading.order('k')?.state.change?.status).toBe('requested');
    rig.simulator.control.dropClients('rst');
    expect((await changing).change?.status).toBe('unknown');
    await rig.trading.ready();
    vi.spyOn(rig.trading, 'cancel').mockImplementationOnce(async (order) => {
      await cancel(order);
      throw new OrderError({ code: 'IBKR_CANCEL_UNCERTAIN', message: 'may not have arrived' });
    });
    expect(await rig.ask('cancelOrder', { id: 'k' })).toMatchObject({ key: 'k' });
    await expect.poll(async () => (await rig.ask('order', { id: 'k' })).status).toBe('cancelled');
    vi.spyOn(rig.trading, 'cancel').mockRejectedValueOnce(new OrderError({ code: 'IBKR_CANCEL_NOT_SENT', message: 'not sent' }));
    expect(await rig.refusal('cancelOrder', { id: 'k' })).toMatchObject({ code: 'IBKR_CANCEL_NOT_SENT' });
  });

  it('refuses what comes while there is none, and never sends it later', async () => {
    await using rig = await createRig();
    await rig.connection.disconnect();
    for (const ticket of [BUY, BRACKET, ticketOf({ kind: 'close', instrument: { symbol: 'SPY' } })]) {
      expect(await rig.refusal('placeOrder', { body: { ticket } }, { idempotencyKey: ticket.kind })).toMatchObject({ code: 'IBKR_ORDER_GATE_REFUSED', retryable: true, details: { reasons: ['NOT_CONNECTED'] } });
    }
    await rig.connection.connect();
    await rig.trading.ready();
    await rig.trading.reconcile();
    expect(ordersSeen(rig.simulator)).toEqual([]);
    expect((await rig.ask('placeOrder', { body: { ticket: BUY } }, { idempotencyKey: 'order' })).repeated).toBe(false);
  });

  it('ends while the contract is looked up: nothing is sent, and the same key goes through afterwards', async () => {
    await using rig = await createRig();
    rig.simulator.control.inject({ type: 'drop', after: { message: 'reqContractDetails', count: 1 } });
    const ticket = ticketOf({ ...BUY, instrument: { symbol: 'MSFT' } });
    const [outcome] = await Promise.allSettled([rig.ask('placeOrder', { body: { ticket } }, { idempotencyKey: 'k' })]);
    await rig.trading.ready();
    const placed = await rig.ask('placeOrder', { body: { ticket } }, { idempotencyKey: 'k' });
    expect(placed.repeated).toBe(outcome.status === 'fulfilled');
    expect(ordersSeen(rig.simulator)).toHaveLength(1);
  });
});
