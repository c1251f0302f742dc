import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRig } from '../testing/rig.js';
import type { Rig } from '../testing/rig.js';
import { discreetText } from './discreet-text.js';
import { RecentErrors } from './recent-errors.js';

describe('error operations', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await createRig();
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  it('explains a code, and says of an unknown one that it is unknown', async () => {
    expect(await rig.ask('error', { code: 200 })).toMatchObject({ code: 200, known: true, category: 'contract', retryable: false });
    expect(await rig.ask('error', { code: 98_765 })).toMatchObject({ code: 98_765, known: false });
  });

  it('collects what goes wrong, the same in a row once with a count, without the words of the broker', async () => {
    const before = (await rig.ask('errors', {})).errors.length;
    for (let again = 0; again < 3; again += 1) {
      const heard = rig.connection.events.once('notice.received');
      rig.simulator.control.notice(2110, 'secret of DU1234567');
      await heard;
    }
    const { errors } = await rig.ask('errors', { limit: 1 });
    expect(errors).toEqual([expect.objectContaining({ code: 'IBKR_BROKER_NOTICE', ibCode: 2110, count: 3 })]);
    expect(errors[0]?.tips.length).toBeGreaterThan(0);
    expect(JSON.stringify(errors)).not.toContain('DU1234567');
    expect((await rig.ask('errors', {})).errors.length).toBe(before + 1);
  });

  it('does not count what is no trouble', async () => {
    const before = await rig.ask('errors', {});
    const heard = rig.connection.events.once('notice.received');
    rig.simulator.control.notice(1102);
    await heard;
    expect(await rig.ask('errors', {})).toEqual(before);
  });

  it('collects a lost session, the newest first', async () => {
    const back = rig.connection.events.once('connection.recovered');
    rig.simulator.control.dropClients('rst');
    await back;
    const [newest, ...older] = (await rig.ask('errors', {})).errors;
    expect([newest, ...older].map((error) => error?.code).join()).toMatch(/IBKR_SESSION_(?:CLOSED|RESET)/u);
    for (const error of older) expect(error.atMs).toBeLessThanOrEqual(newest?.atMs ?? 0);
  });

  it('collects what happens to orders, without their contents', async () => {
    const contract = { symbol: 'SPY', secType: 'STK', exchange: 'SMART', currency: 'USD' } as const;
    await rig.trading.ready();
    const { entry, state: bracket } = await rig.trading.bracket({ entry: { contract, action: 'BUY', quantity: 137, orderType: 'LMT', limitPrice: 1 }, stopLoss: { orderType: 'STP', stopPrice: 0.5 } });
    const { events } = rig.trading;
    events.emit('order.unknown', { order: entry.state, reason: 'BUY 137', atMs: 1 });
    events.emit('order.duplicated', { order: entry.state, atMs: 2 });
    events.emit('bracket.unprotected', { bracket, reason: 'BUY 137', atMs: 3 });
    const { errors } = await rig.ask('errors', { limit: 3 });
    expect(errors.map(({ code }) => code)).toEqual(['IBKR_BRACKET_UNPROTECTED', 'IBKR_ORDER_DUPLICATED', 'IBKR_ORDER_OUTCOME_UNKNOWN']);
    expect(JSON.stringify(errors)).not.toMatch(/137|SPY/u);
  });
});

it('keeps the newest, and the counts add up', () => {
  const news = fc.record({ code: fc.constantFrom('A', 'B'), ibCode: fc.constantFrom(undefined, 1), message: fc.constantFrom('x', 'y') });
  fc.assert(fc.property(fc.array(news), fc.integer({ min: 1, max: 5 }), (all, capacity) => {
    const errors = new RecentErrors(capacity);
    for (const [atMs, one] of all.entries()) errors.add({ ...one, atMs, tips: [] });
    const kept = errors.newest(1000);
    expect(kept.length).toBeLessThanOrEqual(capacity);
    const counted = kept.reduce((sum, { count }) => sum + count, 0);
    expect(counted).toBeLessThanOrEqual(all.length);
    expect(kept.length === capacity || counted === all.length).toBe(true);
    const tail = all.slice(all.length - counted).reverse();
    expect(kept.flatMap(({ code, ibCode, message, count }) => Array.from({ length: count }, () => ({ code, ibCode, message })))).toEqual(tail.map(({ code, ibCode, message }) => ({ code, ibCode, message })));
    expect(kept[0]?.atMs).toBe(all.length === 0 ? undefined : all.length - 1);
  }));
});

it.each([
  ['Order for DU1234567 failed\u0007\nnow', [], 'Order for DU***567 failed now'],
  ['U7654321 and F123456', [], 'U7***321 and F1***456'],
  ['the account "Grandma 12" is closed', ['Grandma 12'], 'the account "Gr*** 12" is closed'],
  ['SPY 261218C00600000', [], 'SPY 261218C00600000'],
])('shows %j with the accounts %j as %j', (text, accounts, shown) => {
  expect(discreetText(text, accounts)).toBe(shown);
});
