import type { ApiOrderTicket, ApiPreview } from '@ibkit/api-contract';
import { createTestClock } from '@ibkit/clock/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createRig } from '../testing/rig.js';
import type { Rig } from '../testing/rig.js';
import { listedOptions, ordersSeen, ticketOf } from '../testing/tickets.js';
import { PreviewTokens } from './preview-tokens.js';

const BUY = ticketOf({ kind: 'order', instrument: { symbol: 'SPY' }, action: 'BUY', quantity: 10, orderType: 'LMT', limitPrice: 1 });
const SOME_NUMBER: unknown = expect.any(Number);

const preview = (rig: Rig, ticket: ApiOrderTicket, whatIf?: boolean): Promise<ApiPreview> => rig.ask('previewOrder', { body: { ticket, whatIf } });
const redeemed = (rig: Rig, placement: { readonly ticket: ApiOrderTicket; readonly previewToken: string | undefined }, key: string): ReturnType<typeof rig.ask<'placeOrder'>> =>
  rig.ask('placeOrder', { body: placement }, { idempotencyKey: key });
const refused = async (rig: Rig, placement: { readonly ticket: ApiOrderTicket; readonly previewToken: string | undefined }, key: string): Promise<string> =>
  (await rig.refusal('placeOrder', { body: placement }, { idempotencyKey: key })).code;

describe('previewing', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await createRig();
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  it('shows what an order would be, cost and do, and places nothing', async () => {
    const seen = await preview(rig, BUY);
    expect(seen).toMatchObject({
      account: 'DU1234567', paper: true, gate: [],
      orders: [{ contract: { symbol: 'SPY' }, action: 'BUY', quantity: '10', limitPrice: '1', tif: 'DAY' }],
      estimate: { price: 1, basis: 'limit', notional: 10, currency: 'USD' },
      whatIf: { initMargin: { after: SOME_NUMBER }, commissionCurrency: 'USD' },
      token: expect.stringMatching(/^pv_[\w-]{32}$/u) as string,
      expiresAtMs: SOME_NUMBER,
    });
    expect(seen).not.toHaveProperty('whatIfError');
    expect(await preview(rig, BUY, false)).not.toHaveProperty('whatIf');
    expect(ordersSeen(rig.simulator)).toEqual([]);
  });

  it('gives a token that places what was previewed, once, a repeat of the same key aside', async () => {
    const { token: previewToken } = await preview(rig, BUY, false);
    expect(await refused(rig, { ticket: ticketOf({ ...BUY, quantity: 9 }), previewToken }, 'token-1')).toBe('IBKR_PREVIEW_OTHER_TICKET');
    expect(await refused(rig, { ticket: BUY, previewToken: `${previewToken ?? ''}x` }, 'token-1')).toBe('IBKR_PREVIEW_UNKNOWN');
    expect(ordersSeen(rig.simulator)).toEqual([]);
    const placed = await redeemed(rig, { ticket: BUY, previewToken }, 'token-1');
    expect(placed.repeated).toBe(false);
    expect((await redeemed(rig, { ticket: BUY, previewToken }, 'token-1')).repeated).toBe(true);
    expect(await refused(rig, { ticket: BUY, previewToken }, 'token-2')).toBe('IBKR_PREVIEW_USED');
    expect(ordersSeen(rig.simulator)).toHaveLength(1);
  });

  it('places nothing when the market has moved too far since, for an order that names no price', async () => {
    const market = ticketOf({ kind: 'order', instrument: { symbol: 'NVDA' }, action: 'BUY', quantity: 1, orderType: 'MKT' });
    const limit = ticketOf({ kind: 'order', instrument: { symbol: 'NVDA' }, action: 'BUY', quantity: 1, orderType: 'LMT', limitPrice: 1 });
    const [far, near, own] = [await preview(rig, market, false), await preview(rig, market, false), await preview(rig, limit, false)];
    expect(far.estimate?.basis).toBe('marketData');
    const price = far.estimate?.price ?? 0;
    const before = ordersSeen(rig.simulator).length;
    const moveTo = async (to: number): Promise<void> => {
      rig.simulator.control.setPrice('NVDA', to);
      await vi.waitFor(async () => { expect(Math.abs(((await preview(rig, market, false)).estimate?.price ?? 0) / to - 1)).toBeLessThan(0.005); }, { timeout: 10_000, interval: 20 });
    };
    await moveTo(price * 1.05);
    expect(await refused(rig, { ticket: market, previewToken: far.token }, 'moved-1')).toBe('IBKR_PREVIEW_PRICE_MOVED');
    expect(ordersSeen(rig.simulator)).toHaveLength(before);
    // Its own price holds whatever the market does.
    expect((await redeemed(rig, { ticket: limit, previewToken: own.token }, 'moved-2')).repeated).toBe(false);
    await moveTo(price * 1.01);
    expect((await redeemed(rig, { ticket: market, previewToken: near.token }, 'moved-3')).repeated).toBe(false);
  }, 30_000);

  it('lets one of two that redeem at the same time', async () => {
    const { token: previewToken } = await preview(rig, BUY, false);
    const before = ordersSeen(rig.simulator).length;
    const results = await Promise.allSettled(['race-1', 'race-2'].map((key) => redeemed(rig, { ticket: BUY, previewToken }, key)));
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(results.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'IBKR_PREVIEW_USED' } });
    expect(ordersSeen(rig.simulator)).toHaveLength(before + 1);
  });

  it('shows every order of a bracket, and what a spread comes to', async () => {
    const bracket = await preview(rig, ticketOf({ kind: 'bracket', entry: { instrument: { symbol: 'AAPL' }, action: 'BUY', quantity: 5, orderType: 'LMT', limitPrice: 10 }, takeProfit: { limitPrice: 20 }, stopLoss: { stopPrice: 5 } }));
    expect(bracket.orders).toMatchObject([{ action: 'BUY', limitPrice: '10' }, { action: 'SELL', limitPrice: '20' }, { action: 'SELL', orderType: 'STP', stopPrice: '5' }]);
    expect(bracket.whatIf).toBeDefined();
    const { expiry, low, high } = await listedOptions(rig, 'AAPL');
    const ticket = ticketOf({ kind: 'spread', spread: 'vertical', symbol: 'AAPL', expiry, right: 'C', longStrike: low, shortStrike: high, quantity: 1, limitPrice: 0.05 });
    const spread = await preview(rig, ticket);
    expect(spread).toMatchObject({ spread: { name: 'bull call spread', side: 'debit', netPrice: 0.05, premium: 5, maxLoss: { kind: 'limited', amount: 5 } }, orders: [{ contract: { secType: 'BAG' } }], gate: [] });
    expect([spread.whatIf, spread.whatIfError].filter((value) => value !== undefined)).toHaveLength(1);
    expect((await redeemed(rig, { ticket, previewToken: spread.token }, 'spread')).orders).toHaveLength(1);
  });

  it('says nothing about positions in an account that the session does not show', async () => {
    const ticket = ticketOf({ kind: 'close', instrument: { symbol: 'MSFT' }, account: 'DU7654321' });
    expect(await rig.refusal('previewOrder', { body: { ticket } })).toMatchObject({ code: 'IBKR_ORDER_GATE_REFUSED', details: { reasons: ['ACCOUNT_UNKNOWN'] } });
  });

  it('shows what would close a position, and does not place that when the position has changed since', async () => {
    const buy = async (key: string): Promise<void> => {
      await redeemed(rig, { ticket: ticketOf({ kind: 'order', instrument: { symbol: 'MSFT' }, action: 'BUY', quantity: 7, orderType: 'MKT' }), previewToken: undefined }, key);
      await rig.trading.order(key)?.filled({ timeoutMs: 10_000 });
    };
    const ticket = ticketOf({ kind: 'close', instrument: { symbol: 'MSFT' } });
    expect(await rig.refusal('previewOrder', { body: { ticket } })).toMatchObject({ code: 'IBKR_POSITION_NOT_FOUND' });
    await buy('seven');
    const seen = await preview(rig, ticket, false);
    expect(seen.orders).toMatchObject([{ action: 'SELL', quantity: '7', orderType: 'MKT' }]);
    expect(await rig.refusal('previewOrder', { body: { ticket: ticketOf({ ...ticket, quantity: 8 }) } })).toMatchObject({ code: 'IBKR_ORDER_INVALID', details: { field: 'order.quantity' } });
    await buy('fourteen');
    expect(await refused(rig, { ticket, previewToken: seen.token }, 'close-7')).toBe('IBKR_PREVIEW_OTHER_CONTRACT');
    const again = await preview(rig, ticket, false);
    expect((await redeemed(rig, { ticket, previewToken: again.token }, 'close-14')).orders).toMatchObject([{ action: 'SELL', quantity: 14 }]);
  });

  it('says why it would be refused, and gives no token then', async () => {
    await rig.ask('kill', { body: { reason: 'test' } });
    const seen = await preview(rig, BUY);
    expect(seen.gate).toEqual(['KILL_SWITCH']);
    expect(seen).not.toHaveProperty('token');
    await rig.ask('releaseKill', { reason: 'test' });
    await expect.poll(async () => (await preview(rig, BUY, false)).gate).toEqual([]);
  });

  it.each([
    ['a symbol that nobody knows', { instrument: { symbol: 'NOSUCH' } }, 'IBKR_CONTRACT_NOT_FOUND'],
    ['a price off the grid', { limitPrice: 1.005 }, 'IBKR_ORDER_INVALID'],
    ['a date that was', { tif: 'GTD', goodTillDate: 1 }, 'IBKR_ORDER_INVALID'],
  ])('refuses %s', async (_name, wrong, code) => {
    expect(await rig.refusal('previewOrder', { body: { ticket: ticketOf({ ...BUY, ...wrong }) } })).toMatchObject({ code });
  });
});

describe('a token', () => {
  it('ends with its time', async () => {
    const clock = createTestClock();
    await using rig = await createRig({ operations: { clock, previewTtlMs: 60_000 } });
    const [{ token: first }, { token: second }] = [await preview(rig, BUY, false), await preview(rig, BUY, false)];
    await clock.advance(59_999);
    expect((await redeemed(rig, { ticket: BUY, previewToken: first }, 'in-time')).orders).toHaveLength(1);
    await clock.advance(1);
    expect(await refused(rig, { ticket: BUY, previewToken: second }, 'too-late')).toBe('IBKR_PREVIEW_EXPIRED');
    expect(ordersSeen(rig.simulator)).toHaveLength(1);
  });

  it('ends with its session, and what a lost connection interrupts is no answer of the broker', async () => {
    await using rig = await createRig();
    const { token: previewToken } = await preview(rig, BUY, false);
    const lost = rig.connection.events.once('connection.lost');
    rig.simulator.control.dropClients('rst');
    await lost;
    await rig.trading.ready();
    expect(await refused(rig, { ticket: BUY, previewToken }, 'other-session')).toBe('IBKR_PREVIEW_OTHER_SESSION');
    rig.simulator.control.inject({ type: 'drop', after: { message: 'placeOrder', count: 1 } });
    const interrupted = await preview(rig, BUY);
    expect(interrupted).not.toHaveProperty('token');
    expect(interrupted).not.toHaveProperty('whatIf');
    expect(interrupted.whatIfError).toBeDefined();
    expect(ordersSeen(rig.simulator)).toEqual([]);
  });

  it('is of the account that it was made for', async () => {
    await using rig = await createRig({ simulator: { accounts: ['DU1234567', 'DU7654321'] } });
    expect(await rig.refusal('previewOrder', { body: { ticket: BUY } })).toMatchObject({ code: 'IBKR_ORDER_INVALID', details: { field: 'order.account' } });
    const ticket = ticketOf({ ...BUY, account: 'DU7654321' });
    const { account, token: previewToken } = await preview(rig, ticket, false);
    expect(account).toBe('DU7654321');
    expect(await refused(rig, { ticket: ticketOf({ ...BUY, account: 'DU1234567' }), previewToken }, 'other-account')).toBe('IBKR_PREVIEW_OTHER_TICKET');
    expect((await redeemed(rig, { ticket, previewToken }, 'own-account')).orders).toMatchObject([{ account: 'DU7654321' }]);
  });

  it('lives for a time that is one', () => {
    expect(() => new PreviewTokens({ clock: createTestClock(), previewTtlMs: 0 })).toThrow('previewTtlMs must be a number of milliseconds');
  });
});

describe('the price of a preview', () => {
  const tokens = (previewBandPercent?: number): PreviewTokens => new PreviewTokens({ clock: createTestClock(), previewBandPercent });

  it('may move within its band, on both sides, and must be known', () => {
    for (const now of [98, 102]) expect(() => { tokens().checkPrice({ price: 100 }, now); }).not.toThrow();
    for (const now of [97.99, 102.01]) expect(() => { tokens().checkPrice({ price: 100 }, now); }).toThrow(expect.objectContaining({ code: 'IBKR_PREVIEW_PRICE_MOVED' }));
    expect(() => { tokens().checkPrice({ price: 100 }, undefined); }).toThrow(expect.objectContaining({ code: 'IBKR_PREVIEW_PRICE_UNKNOWN' }));
    // The net price of a spread may be below 0.
    expect(() => { tokens().checkPrice({ price: -1 }, -1.03); }).toThrow(expect.objectContaining({ code: 'IBKR_PREVIEW_PRICE_MOVED' }));
    expect(() => { tokens().checkPrice({}, undefined); tokens(Number.POSITIVE_INFINITY).checkPrice({ price: 1 }, 9); }).not.toThrow();
    for (const band of [0, -1, Number.NaN]) expect(() => tokens(band)).toThrow(/previewBandPercent/u);
  });
});
