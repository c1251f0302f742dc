import type { ApiOrderTicket } from '@ibkit/api-contract';
import { orderTicketSchema, statusOf } from '@ibkit/api-contract';
import { memoryJournal } from '@ibkit/gateway-trading';
import type { Simulator } from '@ibkit/simulator';
import { createSimulator } from '@ibkit/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instrumentQuery } from '../instruments/instrument-query.js';
import type { InstrumentNames } from '../instruments/instrument-query.js';
import { IN_SESSION_MS, createRig } from '../testing/rig.js';
import type { Rig } from '../testing/rig.js';
import { listedOptions, ordersSeen, ticketOf } from '../testing/tickets.js';

const BUY = ticketOf({ kind: 'order', instrument: { symbol: 'SPY' }, action: 'BUY', quantity: 10, orderType: 'LMT', limitPrice: 1 });

describe('placing', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await createRig();
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  const place = (ticket: ApiOrderTicket, key: string, more: { readonly waitMs?: number } = {}): ReturnType<typeof rig.ask<'placeOrder'>> =>
    rig.ask('placeOrder', { ...more, body: { ticket } }, { idempotencyKey: key });

  it('finds the contract, sends it with its id, and answers what the broker said', async () => {
    const placed = await place(ticketOf({ ...BUY, tag: 'mine' }), 'first');
    expect(placed).toMatchObject({ key: 'first', repeated: false, orders: [{ key: 'first', tag: 'mine', account: 'DU1234567', status: 'working', contract: { symbol: 'SPY', secType: 'STK', exchange: 'SMART' }, limitPrice: 1, tif: 'DAY', ended: false, fills: [] }] });
    expect(statusOf('placeOrder', placed)).toBe(201);
    const [sent] = ordersSeen(rig.simulator, placed);
    expect(sent?.contract.conId).toBe((await rig.marketData.resolve('SPY')).conId);
  });

  it('finds instruments however they are named, and every order leaves with its contract id', async () => {
    const { expiry, low, high } = await listedOptions(rig, 'AAPL');
    const named = (strike: number): InstrumentNames => ({ symbol: 'AAPL', secType: 'OPT', expiry, strike, right: 'C' });
    const option = (strike: number): Promise<{ readonly conId: number; readonly localSymbol: string }> => rig.marketData.resolve(instrumentQuery(named(strike)));
    const [stock, call, other] = [await rig.marketData.resolve('AAPL'), await option(low), await option(high)];
    const legs = [{ conId: call.conId, ratio: 1, action: 'BUY' }, { conId: other.conId, ratio: 1, action: 'SELL' }];
    const names = { id: [{ symbol: `@${stock.conId}` }, stock.conId], field: [{ conId: stock.conId }, stock.conId], occ: [{ symbol: call.localSymbol }, call.conId], fields: [{ symbol: 'AAPL', secType: 'OPT', expiry, strike: low, right: 'C' }, call.conId] } as const;
    for (const [name, [instrument, conId]] of Object.entries(names)) {
      const placed = await place(ticketOf({ ...BUY, instrument, quantity: 1, limitPrice: 0.05 }), `by-${name}`);
      expect(ordersSeen(rig.simulator, placed).map(({ contract }) => contract.conId)).toEqual([conId]);
    }
    const combo = await place(ticketOf({ ...BUY, instrument: { symbol: 'AAPL', secType: 'BAG', legs }, quantity: 1, limitPrice: 0.05 }), 'by-legs');
    expect(combo.orders).toMatchObject([{ contract: { secType: 'BAG', legs } }]);
    expect(await rig.refusal('placeOrder', { body: { ticket: ticketOf({ ...BUY, instrument: { symbol: 'AAPL', conId: 1, legs } }) } }, { idempotencyKey: 'odd' })).toMatchObject({ details: { field: 'order.instrument.conId' } });
  });

  it('answers a repeat with the stored orders, and sends nothing', async () => {
    const first = await place(BUY, 'again');
    const before = rig.simulator.control.lastSeq;
    const repeat = await place(ticketOf(JSON.parse(JSON.stringify(BUY))), 'again');
    expect([repeat.repeated, repeat.orders.map(({ id }) => id)]).toEqual([true, first.orders.map(({ id }) => id)]);
    expect(statusOf('placeOrder', repeat)).toBe(200);
    expect(rig.simulator.control.journal({ kind: 'in', afterSeq: before })).toEqual([]);
  });

  it('refuses a key of another ticket, whatever differs', async () => {
    await place(BUY, 'taken');
    const before = rig.simulator.control.lastSeq;
    const others = [{ quantity: 11 }, { tag: 'other' }, { account: 'DU1234567' }, { instrument: { symbol: 'AAPL' } }].map((other) => ({ ...BUY, ...other }));
    for (const ticket of [...others, { kind: 'close', instrument: { symbol: 'SPY' } }]) {
      const refusal = await rig.refusal('placeOrder', { body: { ticket: ticketOf(ticket) } }, { idempotencyKey: 'taken' });
      expect(refusal).toMatchObject({ code: 'IBKR_ORDER_KEY_CONFLICT', retryable: false });
    }
    expect(rig.simulator.control.journal({ kind: 'in', afterSeq: before })).toEqual([]);
  });

  it('gives callers with one key at one time one placement, and refuses another ticket among them', async () => {
    const calls = [place(BUY, 'crowd'), place(BUY, 'crowd'), place(BUY, 'crowd'), rig.refusal('placeOrder', { body: { ticket: ticketOf({ ...BUY, quantity: 2 }) } }, { idempotencyKey: 'crowd' })] as const;
    const [a, b, c, refused] = await Promise.all(calls);
    expect([a.repeated, b.repeated, c.repeated]).toEqual([false, true, true]);
    expect(new Set([a, b, c].flatMap(({ orders }) => orders.map(({ id }) => id))).size).toBe(1);
    expect(refused.code).toBe('IBKR_ORDER_KEY_CONFLICT');
    expect(ordersSeen(rig.simulator, a)).toHaveLength(1);
  });

  it('answers as soon as the journal has it when nobody wants to wait', async () => {
    const placed = await place(BUY, 'hurry', { waitMs: 0 });
    expect(placed.orders).toHaveLength(1);
    const id = placed.orders[0]?.id ?? '';
    await expect.poll(async () => (await rig.ask('order', { id })).status).toBe('working');
    expect(ordersSeen(rig.simulator, placed)).toHaveLength(1);
  });

  it('needs a key, and one that Trading takes', async () => {
    expect(await rig.refusal('placeOrder', { body: { ticket: BUY } })).toMatchObject({ code: 'IBKR_ORDER_KEY_MISSING' });
    expect(await rig.refusal('placeOrder', { body: { ticket: BUY } }, { idempotencyKey: '' })).toMatchObject({ code: 'IBKR_ORDER_KEY_MISSING' });
    expect(await rig.refusal('placeOrder', { body: { ticket: BUY } }, { idempotencyKey: 'k'.repeat(65) })).toMatchObject({ code: 'IBKR_ORDER_INVALID', details: { field: 'order.key' } });
  });

  it.each([
    ['an unknown symbol', { instrument: { symbol: 'NOSUCH' } }, { code: 'IBKR_CONTRACT_NOT_FOUND' }],
    ['a contract id that is none', { instrument: { symbol: '@SPY' } }, { details: { field: 'symbol' } }],
    ['an account of somebody else', { account: 'DU7777777' }, { code: 'IBKR_ORDER_GATE_REFUSED', details: { reasons: ['ACCOUNT_UNKNOWN'] } }],
    ['a price off the grid', { limitPrice: 1.005 }, { code: 'IBKR_ORDER_INVALID', details: { field: 'order.limitPrice' } }],
    ['a price that the type does not take', { orderType: 'MKT' }, { code: 'IBKR_ORDER_INVALID', details: { field: 'order.limitPrice' } }],
    ['a part of a share', { quantity: 0.5 }, { code: 'IBKR_ORDER_INVALID', details: { field: 'order.quantity' } }],
    ['a combination without legs', { instrument: { symbol: 'SPY', secType: 'BAG' } }, { code: 'IBKR_ORDER_INVALID', details: { field: 'order.instrument.legs' } }],
    ['legs of a share', { instrument: { symbol: 'SPY', secType: 'STK', legs: [{ conId: 1, ratio: 1, action: 'BUY' }, { conId: 2, ratio: 1, action: 'SELL' }] } }, { details: { field: 'order.instrument.legs' } }],
    ['an index', { instrument: { symbol: 'SPX', secType: 'IND', exchange: 'CBOE' } }, { code: 'IBKR_ORDER_INVALID' }],
  ])('refuses %s, sends nothing, and leaves the key free', async (name, wrong, error) => {
    const before = ordersSeen(rig.simulator).length;
    const key = name.replaceAll(' ', '-').slice(0, 40);
    expect(await rig.refusal('placeOrder', { body: { ticket: ticketOf({ ...BUY, ...wrong }) } }, { idempotencyKey: key })).toMatchObject(error);
    expect(ordersSeen(rig.simulator)).toHaveLength(before);
    expect((await place(BUY, key)).repeated).toBe(false);
  });

  it('is never reached by a ticket with a field that nobody knows', () => {
    for (const ticket of [{ ...BUY, transmit: true }, { ...BUY, instrument: { ticker: 'SPY' } }, { kind: 'close', instrument: { symbol: 'SPY' }, all: true }]) expect(orderTicketSchema.safeParse(ticket).success).toBe(false);
  });

  it('places a bracket once, exits and all', async () => {
    const ticket = ticketOf({ kind: 'bracket', entry: { instrument: { symbol: 'AAPL' }, action: 'BUY', quantity: 5, orderType: 'LMT', limitPrice: 10 }, takeProfit: { limitPrice: 20 }, stopLoss: { stopPrice: 5 } });
    const placed = await place(ticket, 'bracket');
    expect(placed.orders.map(({ bracket, key, action }) => [bracket?.role, key, action])).toEqual([['entry', 'bracket', 'BUY'], ['takeProfit', 'bracket/takeProfit', 'SELL'], ['stopLoss', 'bracket/stopLoss', 'SELL']]);
    const repeat = await place(ticket, 'bracket');
    expect([repeat.repeated, repeat.orders.map(({ id }) => id)]).toEqual([true, placed.orders.map(({ id }) => id)]);
    expect(await rig.refusal('placeOrder', { body: { ticket: BUY } }, { idempotencyKey: 'bracket/takeProfit' })).toMatchObject({ code: 'IBKR_ORDER_KEY_CONFLICT' });
    expect(ordersSeen(rig.simulator, placed)).toHaveLength(3);
  });

  it('places a spread once', async () => {
    const { expiry, low, high } = await listedOptions(rig, 'AAPL');
    const ticket = ticketOf({ kind: 'spread', spread: 'vertical', symbol: 'AAPL', expiry, right: 'C', longStrike: low, shortStrike: high, quantity: 1, limitPrice: 0.05 });
    const placed = await place(ticket, 'spread');
    expect(placed.orders).toMatchObject([{ contract: { secType: 'BAG', legs: [{ action: 'BUY' }, { action: 'SELL' }] }, limitPrice: 0.05 }]);
    expect((await place(ticket, 'spread')).repeated).toBe(true);
    expect(ordersSeen(rig.simulator, placed)).toHaveLength(1);
    expect(await rig.refusal('placeOrder', { body: { ticket: ticketOf({ ...ticket, limitPrice: 1000 }) } }, { idempotencyKey: 'wide' })).toMatchObject({ code: 'IBKR_SPREAD_INVALID' });
  });

  it('closes a position once under a key, and says when there is none', async () => {
    const bought = await place(ticketOf({ kind: 'order', instrument: { symbol: 'MSFT' }, action: 'BUY', quantity: 7, orderType: 'MKT' }), 'long');
    await rig.trading.order('long')?.filled({ timeoutMs: 10_000 });
    const ticket = ticketOf({ kind: 'close', instrument: { symbol: 'MSFT' } });
    const [a, b] = await Promise.all([place(ticket, 'close'), place(ticket, 'close')]);
    expect(a.orders[0]?.id).toBe(b.orders[0]?.id);
    await rig.trading.order('close')?.filled({ timeoutMs: 10_000 });
    expect((await place(ticket, 'close')).orders).toMatchObject([{ action: 'SELL', quantity: 7, status: 'filled' }]);
    expect(await rig.refusal('placeOrder', { body: { ticket } }, { idempotencyKey: 'close-more' })).toMatchObject({ code: 'IBKR_POSITION_NOT_FOUND' });
    expect([ordersSeen(rig.simulator, bought), ordersSeen(rig.simulator, a)].map(({ length }) => length)).toEqual([1, 1]);
  });
});

describe('a restart in between', () => {
  it('changes nothing: the same key is the same orders, without a connection, too', async () => {
    const simulator: Simulator = await createSimulator({ startAtMs: IN_SESSION_MS });
    const journal = memoryJournal();
    const tickets: Readonly<Record<string, ApiOrderTicket>> = {
      single: BUY,
      bracket: ticketOf({ kind: 'bracket', entry: { instrument: { symbol: 'AAPL' }, action: 'BUY', quantity: 5, orderType: 'LMT', limitPrice: 10 }, stopLoss: { stopPrice: 5 } }),
      market: ticketOf({ kind: 'order', instrument: { symbol: 'MSFT' }, action: 'BUY', quantity: 3, orderType: 'MKT' }),
      close: ticketOf({ kind: 'close', instrument: { symbol: 'MSFT' } }),
    };
    const ids: Record<string, readonly string[]> = {};
    try {
      await using first = await createRig({ on: simulator, trading: { journal } });
      for (const [key, ticket] of Object.entries(tickets)) {
        const { orders } = await first.ask('placeOrder', { body: { ticket } }, { idempotencyKey: key });
        ids[key] = orders.map(({ id }) => id);
        if (key === 'market' || key === 'close') await first.trading.order(key)?.filled({ timeoutMs: 10_000 });
      }
      await first[Symbol.asyncDispose]();
      const sent = ordersSeen(simulator).length;

      await using second = await createRig({ on: simulator, trading: { journal } });
      for (const connected of [true, false]) {
        if (!connected) await second.connection.disconnect();
        for (const [key, ticket] of Object.entries(tickets)) {
          const repeat = await second.ask('placeOrder', { waitMs: 0, body: { ticket } }, { idempotencyKey: key });
          expect([key, repeat.repeated, repeat.orders.map(({ id }) => id)]).toEqual([key, true, ids[key]]);
          expect(await second.refusal('placeOrder', { body: { ticket: ticketOf({ ...BUY, quantity: 99 }) } }, { idempotencyKey: key })).toMatchObject({ code: 'IBKR_ORDER_KEY_CONFLICT' });
        }
      }
      expect(ordersSeen(simulator)).toHaveLength(sent);
    } finally {
      await simulator.close();
    }
  });
});
