import { createTestClock } from '@ibkit/clock/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MarketData } from '@ibkit/market-data';
import { IN_SESSION_MS, createRig, heldToContract } from '../testing/rig.js';
import type { Rig } from '../testing/rig.js';
import { historyPage } from './history-pages.js';

const SOME_NUMBER: unknown = expect.any(Number);
const WITH_SMART: unknown = expect.arrayContaining(['SMART']);
const WRONG = 'IBKR_USAGE_INVALID_ARGUMENT';

describe('market operations', () => {
  let rig: Rig;
  const sent = (type: string): number => rig.simulator.control.journal({ kind: 'in', type }).length;
  beforeAll(async () => {
    rig = await createRig();
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  it.each(['SPY', ' spy ', '@756733'])('finds the contract that %s stands for', async (symbol) => {
    expect(await rig.ask('contract', { symbol })).toMatchObject({ symbol: 'SPY', secType: 'STK', conId: 756733, currency: 'USD', minTick: SOME_NUMBER, validExchanges: WITH_SMART });
  });

  it('finds an option by its OCC symbol and by its fields, and both are the same', async () => {
    const chain = await rig.ask('chain', { symbol: 'SPY', nextExpiries: 1, strikesEachSide: 1, right: 'C' });
    const [row] = chain.rows;
    if (row === undefined) throw new Error('no row');
    const byFields = await rig.ask('contract', { symbol: 'SPY', secType: 'OPT', expiry: row.expiry, strike: row.strike, right: 'C' });
    expect(byFields).toMatchObject({ conId: row.conId, secType: 'OPT', expiry: row.expiry, strike: row.strike, right: 'C', multiplier: 100 });
    expect(await rig.ask('contract', { symbol: byFields.localSymbol ?? '' })).toEqual(byFields);
    expect(await rig.ask('contract', { symbol: byFields.localSymbol ?? '', exchange: 'SMART' })).toEqual(byFields);
    expect(await rig.ask('contract', { symbol: `@${byFields.conId}` })).toMatchObject({ conId: row.conId, localSymbol: byFields.localSymbol });
  });

  it('says which field of an instrument breaks which rule', async () => {
    expect(await rig.refusal('contract', { symbol: '@SPY' })).toMatchObject({ code: WRONG, details: { field: 'symbol' } });
    expect(await rig.refusal('contract', { symbol: 'SPY', secType: 'OPT', expiry: 'soon' })).toMatchObject({ code: WRONG, details: { field: 'expiry', value: 'soon' } });
    expect(await rig.refusal('contract', { symbol: 'NOSUCHTHING' })).toMatchObject({ code: 'IBKR_CONTRACT_NOT_FOUND' });
  });

  it('answers quotes over one line, however often it is asked', async () => {
    const before = sent('reqMktData');
    const first = await rig.ask('quote', { symbol: 'MSFT' });
    expect(first).toMatchObject({ symbol: 'MSFT', mode: 'live', stale: false, gaps: 0 });
    expect([first.bid, first.ask, first.last].some((price) => price !== undefined)).toBe(true);
    for (let again = 0; again < 5; again += 1) await rig.ask('quote', { symbol: 'MSFT' });
    expect(sent('reqMktData') - before).toBe(1);
    expect(rig.operations.followedQuotes).toBe(1);
  });

  it('answers a book, and gives it back to the broker', async () => {
    const book = await rig.ask('depth', { symbol: 'SPY', rows: 3 });
    expect(book).toMatchObject({ symbol: 'SPY', conId: 756733, stale: false });
    expect(book.bids).toHaveLength(3);
    expect(book.asks).toHaveLength(3);
    expect(book.bids.map(({ price }) => price)).toEqual(book.bids.map(({ price }) => price).sort((a, b) => b - a));
    await expect.poll(() => sent('cancelMktDepth')).toBe(sent('reqMktDepth'));
  });

  it('has no books of more rows than the broker sends', async () => {
    expect(await rig.refusal('depth', { symbol: 'SPY', rows: 60 })).toMatchObject({ code: WRONG, details: { field: 'rows', value: 60 } });
  });

  it('answers a chain with the window that was asked for', async () => {
    const chain = await rig.ask('chain', { symbol: 'SPY', nextExpiries: 1, strikesEachSide: 2 });
    expect(chain).toMatchObject({ complete: true, underlying: { contract: { symbol: 'SPY' }, price: SOME_NUMBER, stale: false } });
    expect(chain.expiries).toHaveLength(1);
    expect(chain.rows).toHaveLength(8);
    expect(chain.rows.every(({ greeks, bid, ask }) => greeks?.delta !== undefined && bid !== undefined && ask !== undefined)).toBe(true);
    const [expiry = ''] = chain.expiries;
    const [{ strike } = { strike: 0 }] = chain.rows;
    const narrow = await rig.ask('chain', { symbol: 'SPY', expiries: [expiry], fromStrike: strike, toStrike: strike, right: 'P' });
    expect(narrow.rows.map((row) => [row.expiry, row.strike, row.right])).toEqual([[expiry, strike, 'P']]);
  });

  it('refuses chains whose fields contradict each other', async () => {
    expect(await rig.refusal('chain', { symbol: 'SPY', expiries: ['2026-06-19'], fromExpiry: '2026-06-01' })).toMatchObject({ code: WRONG, details: { field: 'expiries' } });
    expect(await rig.refusal('chain', { symbol: 'SPY', fromStrike: 600, toStrike: 500 })).toMatchObject({ code: WRONG, details: { field: 'fromStrike' } });
    expect(await rig.refusal('chain', { symbol: 'SPY', expiries: ['next'] })).toMatchObject({ code: WRONG });
  });

  it('answers history page by page: together the pages are the whole, without a bar twice', async () => {
    const range = { symbol: 'SPY', barSize: '1 hour', from: '2026-05-18', to: '2026-05-20T12:00:00Z' } as const;
    const whole = await rig.ask('history', { ...range, limit: 1000 });
    expect(whole.next).toBeUndefined();
    expect(whole).toMatchObject({ barSize: '1 hour', what: 'TRADES', contract: { symbol: 'SPY' } });
    expect(whole.bars.length).toBeGreaterThan(20);
    const bars = [];
    let cursor: string | undefined;
    do {
      const page = await rig.ask('history', { ...range, limit: 10, cursor });
      expect(page.bars.length).toBeLessThanOrEqual(10);
      bars.push(...page.bars);
      cursor = page.next;
    } while (cursor !== undefined);
    expect(bars).toEqual(whole.bars);
  });

  it('answers bars of days with their day', async () => {
    const { bars } = await rig.ask('history', { symbol: 'SPY', barSize: '1 day', from: '2026-05-11', to: '2026-05-16', what: 'trades', useRth: true });
    expect(bars.length).toBeGreaterThan(0);
    expect(bars.every(({ date, timeMs }) => date !== undefined && timeMs > 0)).toBe(true);
  });

  it('refuses a history that cannot be understood', async () => {
    const range = { symbol: 'SPY', barSize: '1 hour', from: '2026-05-18' } as const;
    expect(await rig.refusal('history', { ...range, from: 'yesterday' })).toMatchObject({ code: WRONG, details: { field: 'from' } });
    expect(await rig.refusal('history', { ...range, from: '2026-02-30' })).toMatchObject({ code: WRONG, details: { field: 'from' } });
    expect(await rig.refusal('history', { ...range, to: '2026-05-19T10:00:00' })).toMatchObject({ code: WRONG, details: { field: 'to' } });
    expect(await rig.refusal('history', { ...range, barSize: '7 mins' })).toMatchObject({ code: WRONG, details: { field: 'barSize' } });
    expect(await rig.refusal('history', { ...range, what: 'MAGIC' })).toMatchObject({ code: WRONG, details: { field: 'what' } });
    expect(await rig.refusal('history', { ...range, cursor: 'garbage' })).toMatchObject({ code: WRONG, details: { field: 'cursor' } });
    const { next } = await rig.ask('history', { ...range, to: '2026-05-20', limit: 1 });
    expect(await rig.refusal('history', { ...range, barSize: '30 mins', cursor: next })).toMatchObject({ code: WRONG });
  });

  it('plans a history before anything of it is asked', async () => {
    const before = sent('reqHistoricalData');
    const plan = await rig.ask('historyPlan', { symbol: 'SPY', barSize: '1 secs', from: '2026-05-18T00:00:00Z', to: '2026-05-20T00:00:00Z' });
    expect(plan).toMatchObject({ requests: 96, barSize: '1 secs', contract: { symbol: 'SPY' }, fromMs: Date.UTC(2026, 4, 18) });
    expect(plan.estimatedMs).toBeGreaterThan(600_000);
    expect(plan.rules.length).toBeGreaterThan(0);
    expect(sent('reqHistoricalData')).toBe(before);
  });

  it('answers headlines of all providers or of some, and an article of them', async () => {
    const all = await rig.ask('news', { symbol: 'SPY', limit: 5 });
    expect(all).toMatchObject({ symbol: 'SPY', conId: 756733 });
    expect(all.headlines.length).toBeGreaterThan(0);
    const [first] = all.headlines;
    if (first === undefined) throw new Error('no headline');
    const some = await rig.ask('news', { symbol: 'SPY', providers: [first.providerCode], limit: 5, to: new Date(IN_SESSION_MS).toISOString() });
    expect(new Set(some.headlines.map(({ providerCode }) => providerCode))).toEqual(new Set([first.providerCode]));
    expect(await rig.ask('article', { provider: first.providerCode, article: first.articleId })).toMatchObject({ providerCode: first.providerCode, articleId: first.articleId });
    expect(await rig.refusal('news', { symbol: 'SPY', from: 'once' })).toMatchObject({ code: WRONG, details: { field: 'from' } });
  });

  it('scans the market', async () => {
    const scan = await rig.ask('scan', { code: 'TOP_PERC_GAIN', rows: 5, filters: 'priceAbove=1, volumeAbove=100' });
    expect(scan.code).toBe('TOP_PERC_GAIN');
    expect(scan.rows.map(({ rank }) => rank)).toEqual(scan.rows.map((_, rank) => rank));
    expect(scan.rows.length).toBeGreaterThan(0);
    expect(await rig.refusal('scan', { code: 'TOP_PERC_GAIN', filters: 'priceAbove' })).toMatchObject({ code: WRONG, details: { field: 'filters', value: 'priceAbove' } });
    expect(await rig.refusal('scan', { code: 'TOP_PERC_GAIN', filters: 'a=1,a=2' })).toMatchObject({ code: WRONG, details: { field: 'filters' } });
  });

  it('says how much was traded at which price', async () => {
    const { rows } = await rig.ask('histogram', { symbol: 'SPY', period: '1 day' });
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.map(({ price }) => price)).toEqual(rows.map(({ price }) => price).sort((a, b) => a - b));
    expect(await rig.refusal('histogram', { symbol: 'SPY', period: 'long' })).toMatchObject({ code: WRONG, details: { field: 'period' } });
  });

  it('ends each question with the reason of its signal', async () => {
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    const { operations } = rig;
    const symbol = 'MSFT';
    const asked = [
      operations.contract({ symbol }, { signal }), operations.quote({ symbol }, { signal }), operations.depth({ symbol }, { signal }), operations.chain({ symbol }, { signal }),
      operations.history({ symbol, barSize: '1 day', from: '2026-05-18' }, { signal }), operations.historyPlan({ symbol, barSize: '1 day', from: '2026-05-18' }, { signal }),
      operations.news({ symbol }, { signal }), operations.article({ provider: 'BRFG', article: 'x' }, { signal }), operations.scan({ code: 'TOP_PERC_GAIN' }, { signal }), operations.histogram({ symbol }, { signal }),
    ]; // prettier-ignore
    for (const promise of asked) await expect(promise).rejects.toBe(reason);
  });
});

it('does not wait for a connection that is not there', async () => {
  await using rig = await createRig();
  await rig.ask('quote', { symbol: 'SPY' });
  await rig.connection.disconnect();
  const symbol = 'AAPL';
  for (const refused of [
    rig.refusal('contract', { symbol }), rig.refusal('quote', { symbol }), rig.refusal('depth', { symbol }), rig.refusal('chain', { symbol }), rig.refusal('history', { symbol, barSize: '1 day', from: '2026-05-18' }),
    rig.refusal('historyPlan', { symbol, barSize: '1 day', from: '2026-05-18' }), rig.refusal('news', { symbol }), rig.refusal('article', { provider: 'BRFG', article: 'x' }), rig.refusal('scan', { code: 'TOP_PERC_GAIN' }), rig.refusal('histogram', { symbol }),
  ]) expect(await refused).toMatchObject({ code: 'IBKR_NOT_CONNECTED', retryable: true }); // prettier-ignore
  // What is known already is told, and says that it is old.
  expect(await rig.ask('quote', { symbol: 'SPY' })).toMatchObject({ stale: true });
});

it('does not wait for a histogram longer than somebody who asks once waits', async () => {
  const clock = createTestClock();
  await using rig = await createRig({ operations: { clock } });
  rig.simulator.control.inject({ type: 'farm-down', farm: 'ushmds' });
  const asked = rig.refusal('histogram', { symbol: 'SPY' });
  await expect.poll(() => rig.simulator.control.journal({ kind: 'in', type: 'reqHistogramData' }).length).toBe(1);
  await clock.advance(25_000);
  expect(await asked).toMatchObject({ code: 'IBKR_TIMEOUT', retryable: true });
  expect(clock.pending).toBe(0);
});

describe('a page whose time is over', () => {
  const range = { symbol: 'SPY', barSize: '1 secs', from: '2026-05-20T13:00:00Z', to: '2026-05-20T14:00:00Z', limit: 10_000 } as const;

  it('has what there is of it, and says where to go on', async () => {
    const clock = createTestClock();
    await using rig = await createRig({ operations: { clock } });
    rig.simulator.control.inject({ type: 'farm-down', farm: 'ushmds', after: { message: 'reqHistoricalData', count: 1 } });
    const asked = rig.ask('history', range);
    await expect.poll(() => rig.simulator.control.journal({ kind: 'in', type: 'reqHistoricalData' }).length).toBe(2);
    await clock.advance(25_000);
    const first = await asked;
    const half = Date.UTC(2026, 4, 20, 13, 30);
    expect(first.bars.length).toBeGreaterThan(0);
    expect(first.bars.every(({ timeMs }) => timeMs < half)).toBe(true);
    rig.simulator.control.clearFaults();
    // With a pacer of its own: identical requests are 15 s apart.
    await using marketData = new MarketData({ connection: rig.connection });
    const second = heldToContract('history', await historyPage({ clock, marketData, pageWaitMs: 25_000 }, { ...range, cursor: first.next }, undefined));
    expect(second.next).toBeUndefined();
    expect(second.bars.length).toBeGreaterThan(0);
    expect(second.bars.every(({ timeMs }) => timeMs >= half)).toBe(true);
  });

  it('is an error when there is nothing yet', async () => {
    const clock = createTestClock();
    await using rig = await createRig({ operations: { clock } });
    rig.simulator.control.inject({ type: 'farm-down', farm: 'ushmds' });
    const asked = rig.refusal('history', range);
    await expect.poll(() => rig.simulator.control.journal({ kind: 'in', type: 'reqHistoricalData' }).length).toBe(1);
    await clock.advance(25_000);
    expect(await asked).toMatchObject({ code: 'IBKR_HISTORICAL_TIMEOUT', retryable: true });
  });
});
