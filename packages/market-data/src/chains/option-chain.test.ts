import { createTestClock } from '@ibkit/clock/testing';
import { LineBudget, RateLimiter } from '@ibkit/rate-limiter';
import { afterEach, describe, expect, it } from 'vitest';
import { MarketData } from '../market-data.js';
import type { MarketDataOptions } from '../market-data-parts.js';
import { FakeConnection } from '../testing/fake-connection.js';
import { FakeOptionExchange } from '../testing/fake-option-exchange.js';
import type { FakeExchangeOptions } from '../testing/fake-option-exchange.js';
import { AAPL, stockDetails } from '../testing/fake-broker.js';
import { leastChainTimeMs } from './least-time.js';
import type { OptionChainSubscription, OptionChainUpdate } from './option-chain-subscription.js';

/** A Wednesday in New York, in the regular session. */
const NOW_MS = Date.UTC(2026, 4, 20, 15, 0);
const TODAY = '20260520';

const strikes = (from: number, to: number, step = 1): readonly number[] => Array.from({ length: Math.round((to - from) / step) + 1 }, (_, index) => from + index * step);
const SMALL: FakeExchangeOptions = { classes: [{ tradingClass: 'AAPL', expiries: ['20260522', '20260529'], strikes: strikes(90, 110, 5) }] };
/** 200 contracts: two expiries, 50 strikes, two rights. */
const LARGE: FakeExchangeOptions = { classes: [{ tradingClass: 'AAPL', expiries: ['20260522', '20260529'], strikes: strikes(75.5, 124.5) }] };

interface Scene {
  readonly exchange: FakeOptionExchange;
  readonly connection: FakeConnection;
  readonly marketData: MarketData;
}

let scenes: Scene[] = [];

function setUp(listing: FakeExchangeOptions = SMALL, options: Partial<MarketDataOptions> & { readonly paced?: boolean } = {}): Scene {
  const { paced = false, ...rest } = options;
  const exchange = new FakeOptionExchange(listing);
  const clock = createTestClock({ nowMs: NOW_MS });
  const limiter = new RateLimiter({ clock });
  const pace = paced ? (): Promise<void> => limiter.acquire({ priority: 'data' }) : undefined;
  const connection = new FakeConnection({ clock, broker: exchange.broker, ...(pace === undefined ? {} : { pace }) });
  const scene = { exchange, connection, marketData: new MarketData({ connection, ...rest }) };
  scenes.push(scene);
  return scene;
}

/** Nothing may be left behind, whatever a test did. */
afterEach(async () => {
  const all = scenes;
  scenes = [];
  for (const { connection, marketData } of all) {
    const closing = marketData.close();
    await connection.clock.advance(20_000);
    await closing;
    assertNothingLeft(connection);
  }
});

function assertNothingLeft({ clock, openCount, listenerCount }: FakeConnection): void {
  expect([clock.pending, openCount, listenerCount]).toEqual([0, 0, 0]);
}

/** Lets everything happen that needs no time, or a moment. */
async function soon({ connection }: Scene, ms = 0): Promise<void> {
  await connection.clock.advance(ms);
  for (let turn = 0; turn < 20; turn += 1) await connection.clock.settle();
}

async function nextOf(loop: AsyncIterator<OptionChainUpdate, unknown>): Promise<OptionChainUpdate> {
  const { value, done } = await loop.next();
  if (done === true) throw new Error('the loop is over');
  return value;
}

function endOf(chain: OptionChainSubscription): Promise<unknown> {
  return chain.whenComplete().then(() => undefined, (error: unknown) => error);
}

describe('optionChain', () => {
  it('reads every contract once, and gives all lines back', async () => {
    const scene = setUp();
    const chain = await scene.marketData.optionChain('AAPL');
    expect(chain).toMatchObject({ complete: true, partial: undefined, leftOut: [], underlying: { price: 100, source: 'quote', stale: false }, progress: { contracts: 20, complete: 20, mostLines: 20, expiries: 2 } });
    expect(chain.rows).toHaveLength(20);
    expect(chain.rows[0]).toMatchObject({
      expiry: '2026-05-22', strike: 90, right: 'C', tradingClass: 'AAPL', ask: 12.1, mode: 'live', complete: true, missing: [], watched: false, stale: false, readAtMs: NOW_MS,
      greeks: { source: 'tws', impliedVolatility: 0.3, delta: 0.8, underlyingPrice: 100 }, noBid: false,
    }); // prettier-ignore
    expect(chain.rows.every(({ watched }) => !watched)).toBe(true);
    await soon(scene, 2000);
    expect(scene.exchange.lines.size).toBe(0);
    // Definitions and details are kept for the day.
    await scene.marketData.optionChain('AAPL');
    expect(scene.connection.sentOf('reqSecDefOptParams')).toHaveLength(1);
    expect(scene.connection.sentOf('reqContractDetails')).toHaveLength(3);
    scene.connection.clock.setNow(NOW_MS + 86_400_000);
    await scene.marketData.optionChain('AAPL');
    expect(scene.connection.sentOf('reqSecDefOptParams')).toHaveLength(2);
  });

  it('takes a side that nobody quotes for an answer, and one that was not told for none', async () => {
    const scene = setUp();
    scene.exchange.answer = ({ strike }) => (strike === 110 ? 'noBid' : strike === 105 ? 'silent' : 'all');
    const reading = scene.marketData.optionChain('AAPL', { expiries: ['2026-05-22'], right: 'C', rowTimeoutMs: 1000 });
    await soon(scene, 5000);
    const chain = await reading;
    expect(chain.rows.find(({ strike }) => strike === 110)).toMatchObject({ bid: undefined, noBid: true, complete: true });
    expect(chain.rows.find(({ strike }) => strike === 105)).toMatchObject({ noBid: false, complete: false, missing: ['bid', 'ask', 'greeks'], incompleteReason: 'no-answer', readAtMs: undefined });
    expect(chain).toMatchObject({ complete: false, partial: { reason: 'rows', missing: [{ strike: 105, right: 'C', reason: 'no-answer', missing: ['bid', 'ask', 'greeks'] }] } });
    expect(chain.partial?.missing[0]?.message).toBe('AAPL 20260522C105: without bid, ask, greeks: the broker was asked and did not send it');
    // Nothing more is to be had: it does not wait for the deadline.
    expect(chain.progress.elapsedMs).toBeLessThan(3000);
  });

  it('computes Greeks where the broker sends none, and says so', async () => {
    const scene = setUp();
    scene.exchange.answer = ({ strike }) => (strike === 100 ? 'noGreeks' : strike === 105 ? 'notComputed' : strike === 90 ? 'noBid' : 'all');
    const reading = scene.marketData.optionChain('AAPL', { expiries: ['2026-05-22'], right: 'C', localGreeks: { rate: 0.04, waitMs: 1500 } });
    await soon(scene, 4000);
    const chain = await reading;
    expect(chain.complete).toBe(true);
    const local = chain.rows.filter(({ greeks }) => greeks?.source === 'local');
    expect(local.map(({ strike }) => strike)).toEqual([100, 105]);
    const [atTheMoney] = local;
    expect(atTheMoney?.greeks).toMatchObject({ underlyingPrice: 100, atMs: expect.any(Number) as unknown });
    expect(atTheMoney?.greeks?.price).toBeCloseTo(2, 2);
    expect(atTheMoney?.greeks?.delta).toBeGreaterThan(0.5);
    expect(atTheMoney?.greeks?.impliedVolatility).toBeGreaterThan(0.2);
  });

  it('says why there are no Greeks at all', async () => {
    const scene = setUp();
    // In the money by 10 and offered at 2: less than it is worth.
    scene.exchange.answer = ({ strike }) => (strike === 90 ? 'silent' : strike === 110 ? 'noGreeks' : 'all');
    const reading = scene.marketData.optionChain('AAPL', { expiries: ['2026-05-22'], right: 'C', localGreeks: { waitMs: 500 }, rowTimeoutMs: 1000 });
    await soon(scene);
    const id = scene.exchange.idOf(90, 'C');
    scene.connection.deliver({ type: 'tickPrice', reqId: id, tickType: 1, price: 1.9, size: 1, attrMask: 0 });
    scene.connection.deliver({ type: 'tickPrice', reqId: id, tickType: 2, price: 2.1, size: 1, attrMask: 0 });
    await soon(scene, 4000);
    const chain = await reading;
    expect(chain.partial?.missing).toMatchObject([{ strike: 90, reason: 'no-greeks', missing: ['greeks'] }]);
    expect(chain.rows.find(({ strike }) => strike === 90)).toMatchObject({ bid: 1.9, noLocalGreeks: 'below-intrinsic' });
    expect(chain.partial?.missing[0]?.message).toContain('(below-intrinsic)');
  });

  it('leaves out strikes that an expiry does not have, and contracts that the broker does not know any more, and says so', async () => {
    const scene = setUp({ ...SMALL, lacks: ({ lastTradeDateOrContractMonth, strike, right }) => lastTradeDateOrContractMonth === '20260522' && strike === 95 && right === 'P' });
    scene.exchange.answer = ({ strike, lastTradeDateOrContractMonth }) => (strike === 110 && lastTradeDateOrContractMonth === '20260529' ? 200 : 'all');
    const chain = await scene.marketData.optionChain('AAPL');
    expect(chain.complete).toBe(true);
    expect(chain.rows).toHaveLength(17);
    expect(chain.leftOut).toEqual([
      { expiry: '2026-05-22', tradingClass: 'AAPL', right: 'P', strikes: [95] },
      { expiry: '2026-05-29', tradingClass: 'AAPL', right: 'C', strikes: [110] },
      { expiry: '2026-05-29', tradingClass: 'AAPL', right: 'P', strikes: [110] },
    ]);
  });

  it('ends at its deadline with what it has, by reason', async () => {
    const scene = setUp(LARGE, { paced: true });
    const reading = scene.marketData.optionChain('AAPL', { timeoutMs: 2000, lines: 50 });
    await soon(scene, 2000);
    const chain = await reading;
    expect(chain).toMatchObject({ complete: false, partial: { reason: 'deadline', progress: { contracts: 200 } } });
    expect(chain.partial?.missing.some(({ reason }) => reason === 'not-read')).toBe(true);
    expect(chain.rows.filter(({ complete }) => complete).length).toBeGreaterThanOrEqual(40);
    expect(chain.rows.filter(({ complete }) => complete).length + (chain.partial?.missing.length ?? 0)).toBe(200);
  });

  it('gives what it has when the link is lost for good, and says that it is old', async () => {
    const scene = setUp(LARGE, { paced: true });
    const reading = scene.marketData.optionChain('AAPL', { timeoutMs: 3000, lines: 50 });
    await soon(scene, 1000);
    scene.connection.drop();
    await soon(scene, 2000);
    const chain = await reading;
    expect(chain.partial).toMatchObject({ reason: 'disconnected' });
    expect(chain.rows.every(({ complete }) => !complete)).toBe(true);
    expect(chain.rows.filter(({ stale }) => stale).length).toBeGreaterThan(20);
    expect(chain.rows.find(({ stale }) => stale)).toMatchObject({ staleReason: 'the connection was lost', incompleteReason: 'stale' });
  });

  it('ends when the data is not subscribed to, after three contracts', async () => {
    const scene = setUp(LARGE, { paced: true });
    scene.exchange.answer = () => 354;
    const reading = scene.marketData.optionChain('AAPL').catch((error: unknown) => error);
    await soon(scene, 2000);
    await expect(reading).resolves.toMatchObject({ name: 'MarketDataError', code: 'IBKR_CHAIN_NO_PERMISSION', brokerCode: 354 });
    expect(scene.connection.sentOf('reqMktData').length).toBeLessThan(65);
  });

  it('stops when its signal says so', async () => {
    const scene = setUp();
    scene.exchange.answer = () => 'silent';
    const stop = new AbortController();
    const reading = scene.marketData.optionChain('AAPL', { signal: stop.signal }).catch((error: unknown) => error);
    await soon(scene);
    stop.abort(new Error('enough'));
    await expect(reading).resolves.toMatchObject({ message: 'enough' });
    await soon(scene, 2000);
    expect(scene.exchange.lines.size).toBe(0);
  });

  it('refuses to wait for a connection', async () => {
    const scene = setUp();
    scene.connection.drop();
    await expect(scene.marketData.optionChain('AAPL')).rejects.toMatchObject({ code: 'IBKR_NOT_CONNECTED' });
  });
});

describe('the lines of a chain', () => {
  it('complete 200 contracts in at most 1.2 times the least time that the limits allow', async () => {
    const lines = 50;
    const scene = setUp(LARGE, { paced: true });
    const start = scene.connection.clock.monotonic();
    const reading = scene.marketData.optionChain('AAPL', { lines });
    const finished: number[] = [];
    void reading.then(() => finished.push(scene.connection.clock.monotonic()));
    while (finished.length === 0) await soon(scene, 10);
    const chain = await reading;
    const took = (finished[0] ?? Number.NaN) - start;
    expect(chain.complete).toBe(true);
    // 200 contracts and 150 cancels that make room for them; the underlying twice, the definitions, and two expiries.
    const least = leastChainTimeMs({ contracts: 200, lines, lookUps: 5 });
    expect(least).toBe(((200 + 150 + 5 - 45) / 45) * 1000);
    expect(took / least).toBeLessThanOrEqual(1.2);
    // The line of the underlying is one more.
    expect(scene.exchange.most).toBeLessThanOrEqual(lines + 1);
    expect(scene.connection.sent).toHaveLength(200 + 150 + 5);
  });

  it('never exceed a budget, give way to a ticker, and come back', async () => {
    const budget = new LineBudget({ lines: 20, clock: createTestClock() });
    const scene = setUp(LARGE, { lineBudget: budget });
    scene.exchange.mostLines = 20;
    const chain = scene.marketData.subscribeOptionChain('AAPL', { expiries: ['2026-05-22'] });
    await soon(scene, 1000);
    expect(chain.complete).toBe(true);
    expect([budget.usage().quotes.used, budget.usage().quotes.byPriority.background]).toEqual([20, 19]);
    const ticker = scene.marketData.subscribeTicker({ conId: 500_000_150 });
    await soon(scene, 100);
    expect(ticker.status).toBe('open');
    expect(scene.exchange.most).toBe(20);
    await soon(scene, 10_000);
    expect(budget.usage().quotes.byPriority).toMatchObject({ background: 18, normal: 2 });
    await ticker.close();
    await soon(scene, 10_000);
    expect(budget.usage().quotes.byPriority).toMatchObject({ background: 19, normal: 1 });
    expect(scene.exchange.most).toBe(20);
    expect(chain.complete).toBe(true);
  });

  it('take no for an answer when the broker has no more (101), and read the chain all the same', async () => {
    const scene = setUp(LARGE);
    scene.exchange.mostLines = 30;
    const reading = scene.marketData.optionChain('AAPL');
    for (let second = 0; second < 20; second += 1) await soon(scene, 500);
    await expect(reading).resolves.toMatchObject({ complete: true });
    const refused = scene.connection.sentOf('reqMktData').length - 201;
    expect(refused).toBeLessThan(60);
  });

  it('say that there are none', async () => {
    const budget = new LineBudget({ lines: 1, clock: createTestClock() });
    const scene = setUp(SMALL, { lineBudget: budget });
    const reading = scene.marketData.optionChain('AAPL', { timeoutMs: 3000 });
    await soon(scene, 3000);
    await expect(reading).resolves.toMatchObject({ complete: false, partial: { reason: 'noLine' }, underlying: { price: 100 } });
  });
});

describe('subscribeOptionChain', () => {
  it('follows: rows change, half of the lines stay near the money, the others go round', async () => {
    const scene = setUp(LARGE);
    const chain = scene.marketData.subscribeOptionChain('AAPL', { lines: 40, rowsPerSecond: 10 });
    await soon(scene, 1000);
    expect(chain).toMatchObject({ status: 'open', complete: true, progress: { contracts: 200, complete: 200, watched: 40 } });
    const seen = new Map<number, number>();
    const near: boolean[] = [];
    for (let second = 0; second < 30; second += 1) {
      await soon(scene, 1000);
      const watched = chain.rows.filter((row) => row.watched);
      expect(watched.length).toBeLessThanOrEqual(40);
      for (const { conId } of watched) seen.set(conId, (seen.get(conId) ?? 0) + 1);
      near.push(chain.rows.filter(({ strike }) => Math.abs(strike - 100) < 2).every((row) => row.watched));
      expect(chain.complete).toBe(true);
    }
    expect(seen.size).toBe(200);
    expect(near.slice(5).every(Boolean)).toBe(true);
    expect(scene.exchange.most).toBeLessThanOrEqual(41);
    // Two messages for every row, ten rows a second, and not more.
    const rate = scene.connection.sentOf('reqMktData').length - 201;
    expect(rate).toBeLessThanOrEqual(310 + 40);
  });

  it('gives a loop what changed, in its latest state, and the end', async () => {
    const scene = setUp();
    const chain = scene.marketData.subscribeOptionChain('AAPL', { expiries: { to: '2026-05-22' }, right: 'C' });
    const loop = chain[Symbol.asyncIterator]();
    await soon(scene);
    const first = await nextOf(loop);
    expect(first).toMatchObject({ complete: true, left: [], gaps: [], underlying: { price: 100 } });
    expect(first.rows.map(({ strike }) => strike).sort((a, b) => a - b)).toEqual([90, 95, 100, 105, 110]);
    const id = scene.exchange.idOf(100, 'C');
    for (const price of [3, 4, 5]) scene.connection.deliver({ type: 'tickPrice', reqId: id, tickType: 4, price, size: 1, attrMask: 0 });
    const second = await nextOf(loop);
    expect(second.rows).toMatchObject([{ strike: 100, last: 5, watched: true }]);
    expect(chain.row('2026-05-22', 100, 'C')).toMatchObject({ last: 5 });
    await chain.close();
    await expect(loop.next()).resolves.toEqual({ done: true, value: undefined });
    expect(chain).toMatchObject({ status: 'ended', rows: [], error: undefined });
  });

  it('tells that it is partial once, with what is missing', async () => {
    const scene = setUp();
    scene.exchange.answer = ({ strike }) => (strike === 105 ? 'silent' : 'all');
    const chain = scene.marketData.subscribeOptionChain('AAPL', { timeoutMs: 8000 });
    const partials: unknown[] = [];
    chain.on('partial', (partial) => partials.push(partial));
    await soon(scene, 20_000);
    expect(partials).toMatchObject([{ reason: 'rows', missing: [{ strike: 105 }, { strike: 105 }, { strike: 105 }, { strike: 105 }] }]);
    // It goes on, and a late answer completes it.
    for (const [id, contract] of scene.exchange.lines) if (contract.strike === 105) scene.exchange.quote(scene.connection, id, contract);
    await soon(scene);
    expect(chain.complete).toBe(true);
  });

  it('tells each step on the way to a complete chain, and when it is complete, again after it was not', async () => {
    const scene = setUp(SMALL);
    const chain = scene.marketData.subscribeOptionChain('AAPL', { expiries: ['2026-05-22'], strikes: [100], right: 'C' });
    const steps: number[] = [];
    const told: string[] = [];
    chain.on('progress', ({ complete }) => steps.push(complete));
    chain.on('complete', ({ complete, contracts }) => told.push(`complete ${complete} of ${contracts}`));
    chain.on('gap', ({ toMs, fromMs }) => told.push(`gap ${toMs >= fromMs}`));
    chain.on('end', ({ error }) => told.push(`end ${error === undefined}`));
    await soon(scene, 1000);
    expect([steps.at(-1), told]).toEqual([1, ['complete 1 of 1']]);
    scene.connection.drop();
    await soon(scene);
    expect(steps.at(-1)).toBe(0);
    scene.connection.restore();
    await soon(scene, 1000);
    expect([steps.at(-1), told.at(-1), told.includes('gap true')]).toEqual([1, 'complete 1 of 1', true]);
    await chain.close();
    expect(told.at(-1)).toBe('end true');
  });

  it('puts the window around a new price when that has moved enough, and tells', async () => {
    const scene = setUp({ classes: [{ tradingClass: 'AAPL', expiries: ['20260522'], strikes: strikes(80, 120, 1) }] });
    const chain = scene.marketData.subscribeOptionChain('AAPL', { right: 'C', window: { moneyness: { from: 0.95, to: 1.05 } } });
    const events: unknown[] = [];
    chain.on('recentred', (event) => events.push(event));
    const left: number[] = [];
    chain.on('left', (rows) => left.push(...rows.map(({ strike }) => strike)));
    await soon(scene);
    expect(chain.rows.map(({ strike }) => strike)).toEqual(strikes(95, 105));
    scene.exchange.movePrice(scene.connection, 101);
    await soon(scene);
    expect([events.length, chain.rows[0]?.strike]).toEqual([0, 95]);
    scene.exchange.movePrice(scene.connection, 102);
    await soon(scene, 3000);
    expect(events).toMatchObject([{ fromPrice: 100, toPrice: 102, added: [expect.any(Number) as unknown, expect.any(Number) as unknown], removed: [expect.any(Number) as unknown, expect.any(Number) as unknown] }]);
    expect(chain.rows.map(({ strike }) => strike)).toEqual(strikes(97, 107));
    expect(left).toEqual([95, 96]);
    expect(chain.complete).toBe(true);
    expect([...scene.exchange.lines.values()].map(({ strike }) => strike).filter((strike) => strike !== undefined && strike < 97)).toEqual([]);
  });

  it('is not complete from the moment on when a new window brings what is not read yet', async () => {
    const scene = setUp({ classes: [{ tradingClass: 'AAPL', expiries: ['20260522'], strikes: strikes(80, 120, 1) }] });
    const chain = scene.marketData.subscribeOptionChain('AAPL', { right: 'C', window: { moneyness: { from: 0.95, to: 1.05 } } });
    await soon(scene);
    expect(chain.complete).toBe(true);
    const told: string[] = [];
    chain.on('complete', ({ complete, contracts }) => told.push(`complete ${complete} of ${contracts}`));
    chain.on('recentred', () => told.push(`around a new price, complete ${chain.complete}`));
    scene.exchange.answer = () => 'silent';
    scene.exchange.movePrice(scene.connection, 102);
    await soon(scene);
    expect([chain.complete, chain.progress]).toMatchObject([false, { contracts: 11, complete: 9 }]);
    let isWhole = false;
    const whole = chain.whenComplete().then(() => {
      isWhole = true;
    });
    await soon(scene);
    expect(isWhole).toBe(false);
    for (const strike of [106, 107]) {
      const id = scene.exchange.idOf(strike, 'C');
      scene.exchange.quote(scene.connection, id, scene.exchange.lines.get(id) ?? {});
    }
    await whole;
    expect(told).toEqual(['around a new price, complete false', 'complete 11 of 11']);
  });

  it('is complete as soon as what it lacked has left the window', async () => {
    const scene = setUp({ classes: [{ tradingClass: 'AAPL', expiries: ['20260522'], strikes: strikes(80, 106, 1) }] });
    scene.exchange.answer = ({ strike }) => (strike === 95 ? 'silent' : 'all');
    const chain = scene.marketData.subscribeOptionChain('AAPL', { right: 'C', window: { moneyness: { from: 0.95, to: 1.06 } } });
    await soon(scene);
    expect([chain.complete, chain.progress]).toMatchObject([false, { contracts: 12, complete: 11 }]);
    const whole = chain.whenComplete();
    scene.exchange.movePrice(scene.connection, 102);
    expect(await whole).toMatchObject({ contracts: 10, complete: 10 });
    expect(chain.complete).toBe(true);
  });

  it('is complete as soon as the broker says that what it lacked does not exist (200)', async () => {
    const scene = setUp();
    scene.exchange.answer = ({ strike }) => (strike === 95 ? 'silent' : 'all');
    const followed = scene.marketData.subscribeOptionChain('AAPL', { expiries: ['2026-05-22'], right: 'C' });
    const read = scene.marketData.optionChain('AAPL', { expiries: ['2026-05-22'], right: 'C' });
    await soon(scene);
    expect(followed.complete).toBe(false);
    scene.connection.deliver({ type: 'errMsg', id: scene.exchange.idOf(95, 'C'), code: 200, msg: 'No security definition has been found for the request' });
    expect(await followed.whenComplete()).toMatchObject({ contracts: 4, complete: 4 });
    expect(await read).toMatchObject({ complete: true, progress: { contracts: 4, complete: 4, elapsedMs: 0 } });
  });

  it('finds a window by delta from what it reads', async () => {
    const scene = setUp({ classes: [{ tradingClass: 'AAPL', expiries: ['20260522'], strikes: strikes(80, 120, 1) }] });
    const chain = scene.marketData.subscribeOptionChain('AAPL', { window: { delta: { from: 0.2, to: 0.4 } } });
    await soon(scene, 3000);
    expect(chain.complete).toBe(true);
    const deltas = chain.rows.map(({ greeks }) => Math.abs(greeks?.delta ?? 0));
    expect(deltas.length).toBeGreaterThanOrEqual(12);
    expect(Math.min(...deltas)).toBeGreaterThanOrEqual(0.18);
    expect(Math.max(...deltas)).toBeLessThanOrEqual(0.42);
    expect(new Set(chain.rows.map(({ right }) => right)).size).toBe(2);
  });

  it('is stale from the loss of the session on, also where nobody watches, and complete again with fresh data only', async () => {
    const scene = setUp(LARGE);
    const chain = scene.marketData.subscribeOptionChain('AAPL', { lines: 40 });
    const gaps: unknown[] = [];
    chain.on('gap', ({ conId, ...gap }) => {
      if (conId === undefined) gaps.push(gap);
    });
    await soon(scene, 1000);
    scene.connection.drop();
    await soon(scene, 5000);
    expect(chain.complete).toBe(false);
    expect(chain.rows.every(({ stale, staleReason, complete }) => stale && staleReason === 'the connection was lost' && !complete)).toBe(true);
    const before = scene.connection.sent.length;
    await soon(scene, 5000);
    expect(scene.connection.sent.length).toBe(before);
    scene.connection.restore();
    await soon(scene, 3000);
    expect(chain.rows.filter(({ stale }) => stale)).toEqual([]);
    expect(chain.complete).toBe(true);
    expect(chain.rows.every(({ gaps: count, readAtMs }) => count === 1 && (readAtMs ?? 0) > NOW_MS + 10_000)).toBe(true);
    expect(gaps).toEqual([{ fromMs: NOW_MS + 1000, toMs: NOW_MS + 11_000, reason: 'the connection was lost' }]);
  });

  it('is stale without the link of the gateway (1100), and goes on with it (1102) and after it (1101)', async () => {
    const scene = setUp(SMALL);
    const chain = scene.marketData.subscribeOptionChain('AAPL', { lines: 10 });
    await soon(scene, 1000);
    scene.connection.cutUpstream();
    await soon(scene, 1000);
    expect(chain.rows.every(({ stale, staleReason }) => stale && staleReason === 'the gateway has no link to the broker')).toBe(true);
    scene.connection.mendUpstream();
    for (const [id, contract] of scene.exchange.lines) scene.exchange.quote(scene.connection, id, contract);
    await soon(scene, 2000);
    expect(chain.complete).toBe(true);
    scene.connection.cutUpstream();
    scene.connection.mendUpstreamWithoutStreams();
    await soon(scene, 2000);
    expect(chain.complete).toBe(true);
    expect(chain.rows.every(({ gaps }) => gaps === 2)).toBe(true);
  });

  it('is stale while another session has the data (10197), does not ask on and on, and comes back', async () => {
    const scene = setUp(SMALL, { competingRetryMs: 5000 });
    const chain = scene.marketData.subscribeOptionChain('AAPL', { lines: 10, right: 'C' });
    const gaps: unknown[] = [];
    chain.on('gap', ({ conId, reason }) => {
      if (conId === undefined) gaps.push(reason);
    });
    await soon(scene, 1000);
    scene.exchange.answer = () => 'silent';
    for (const id of [...scene.exchange.lines.keys()]) scene.connection.deliver({ type: 'errMsg', id, code: 10197, msg: 'No market data during competing live session' });
    await soon(scene, 4000);
    expect(chain.rows.filter(({ watched }) => watched).every(({ stale }) => stale)).toBe(true);
    const asked = scene.connection.sentOf('reqMktData').length;
    await soon(scene, 500);
    expect(scene.connection.sentOf('reqMktData').length).toBe(asked);
    scene.exchange.answer = () => 'all';
    await soon(scene, 6000);
    expect(chain.complete).toBe(true);
    expect(gaps).toEqual(['another session of this user has the market data (10197)']);
  });

  it('doubts what is watched when a data farm goes down, until the next word of each', async () => {
    const scene = setUp(SMALL);
    const chain = scene.marketData.subscribeOptionChain('AAPL', { lines: 10, right: 'C' });
    await soon(scene, 1000);
    scene.connection.farms = { usopt: { status: 'down' } };
    scene.connection.tell('connection.degraded');
    await soon(scene);
    expect(chain.rows.every(({ stale, staleReason, watched }) => stale && watched && staleReason === 'the market data farm usopt is down')).toBe(true);
    expect(chain.complete).toBe(false);
    scene.connection.farms = {};
    for (const [id, contract] of scene.exchange.lines) if (contract.strike === 100) scene.exchange.quote(scene.connection, id, contract);
    await soon(scene);
    expect(chain.rows.map(({ strike, stale }) => [strike, stale]).slice(0, 5)).toEqual([[90, true], [95, true], [100, false], [105, true], [110, true]]);
  });

  it('doubts a line that is dead although the market moves, and has it asked for again', async () => {
    const hours = { tradingHours: '20260520:0930-20260520:1600', liquidHours: '20260520:0930-20260520:1600' } as const;
    const scene = setUp({ ...SMALL, details: hours }, { quoteSilenceMs: 10_000 });
    const chain = scene.marketData.subscribeOptionChain('AAPL', { expiries: ['2026-05-22'], strikes: [100], right: 'C' });
    await soon(scene, 1000);
    const stale: (string | undefined)[] = [];
    chain.on('rows', (rows) => {
      for (const row of rows) if (row.stale && stale.at(-1) !== row.staleReason) stale.push(row.staleReason);
    });
    const first = scene.exchange.idOf(100, 'C');
    // The line says nothing more, though a look shows that the price is another.
    scene.exchange.price = 103;
    await soon(scene, 30_000);
    expect(stale.length).toBeGreaterThanOrEqual(1);
    expect(scene.exchange.idOf(100, 'C')).not.toBe(first);
    expect(chain.row('2026-05-22', 100, 'C')).toMatchObject({ stale: false, complete: true, ask: 5.1 });
  });

  it('waits for a connection, and for the price of the underlying', async () => {
    const scene = setUp();
    scene.connection.drop();
    const chain = scene.marketData.subscribeOptionChain('AAPL', { window: { strikesEachSide: 1 } });
    await soon(scene, 60_000);
    expect(chain.status).toBe('loading');
    scene.connection.restore();
    await soon(scene, 1000);
    expect(chain).toMatchObject({ complete: true, progress: { contracts: 8 } });
  });

  it('learns the contracts of the next day', async () => {
    const scene = setUp();
    const chain = scene.marketData.subscribeOptionChain('AAPL', { window: { daysToExpiry: { to: 2 } } });
    await soon(scene, 1000);
    expect(new Set(chain.rows.map(({ expiry }) => expiry))).toEqual(new Set(['2026-05-22']));
    scene.connection.clock.setNow(Date.UTC(2026, 4, 27, 15, 0));
    await soon(scene, 61_000);
    expect(new Set(chain.rows.map(({ expiry }) => expiry))).toEqual(new Set(['2026-05-29']));
    expect(chain.complete).toBe(true);
  });

  it('ends quietly with its signal, and at once with one that is over', async () => {
    const scene = setUp();
    const stop = new AbortController();
    const chain = scene.marketData.subscribeOptionChain('AAPL', { signal: stop.signal });
    await soon(scene);
    stop.abort();
    await expect(endOf(chain)).resolves.toMatchObject({ code: 'IBKR_MARKET_DATA_ENDED' });
    expect([chain.error, chain.status]).toEqual([undefined, 'ended']);
    expect(scene.marketData.subscribeOptionChain('AAPL', { signal: stop.signal }).status).toBe('ended');
  });
});

describe('what is refused', () => {
  it.each([
    ['expiries.from', { expiries: { from: '2026-06-19', to: '2026-05-22' } }],
    ['strikes.from', { strikes: { from: 110, to: 90 } }],
    ['window.moneyness.from', { window: { moneyness: { from: 1.1, to: 0.9 } } }],
    ['window.delta.from', { window: { delta: { from: 0.5, to: 0.2 } } }],
    ['window.delta.to', { window: { delta: { from: 0.5, to: 2 } } }],
    ['window.daysToExpiry.from', { window: { daysToExpiry: { from: -1 } } }],
    ['window.strikesEachSide', { window: { strikesEachSide: 0 } }],
    ['window.nextExpiries', { window: { nextExpiries: 1.5 } }],
    ['expiries[1]', { expiries: ['2026-05-22', '2026-02-30'] }],
    ['expiries', { expiries: [] }],
    ['strikes[0]', { strikes: [Number.NaN] }],
    ['strikes', { strikes: [] }],
    ['tradingClass', { tradingClass: ' ' }],
    ['lines', { lines: 0 }],
    ['rowsPerSecond', { rowsPerSecond: 100 }],
    ['timeoutMs', { timeoutMs: 0 }],
    ['localGreeks.rate', { localGreeks: { rate: 5 } }],
    ['underlyingPrice', { underlyingPrice: -1 }],
  ])('%s', async (field, options) => {
    const scene = setUp();
    expect(() => scene.marketData.subscribeOptionChain('AAPL', options)).toThrow(expect.objectContaining({ name: 'UsageError', details: expect.objectContaining({ field, rule: expect.any(String) as unknown }) as unknown }));
    await expect(scene.marketData.optionChain('AAPL', options)).rejects.toMatchObject({ details: { field } });
    expect(scene.connection.sent).toEqual([]);
  });

  it.each([
    ['IBKR_CONTRACT_NOT_FOUND', 'NOSUCH', {}, {}],
    ['IBKR_CHAIN_NOT_LISTED', 'AAPL', { expiries: ['2026-05-23'] }, { field: 'expiries[0]', value: '2026-05-23', available: ['2026-05-22', '2026-05-29'] }],
    ['IBKR_CHAIN_EXPIRED', 'AAPL', { expiries: ['20260519'] }, { field: 'expiries[0]', value: '2026-05-19', rule: 'must not be before today (2026-05-20)' }],
    ['IBKR_CHAIN_EXPIRED', 'AAPL', { expiries: { to: '2026-05-19' } }, { field: 'expiries.to' }],
    ['IBKR_CHAIN_NOT_LISTED', 'AAPL', { exchange: 'CBOE' }, { field: 'exchange', available: ['SMART'] }],
    ['IBKR_CHAIN_NOT_LISTED', 'AAPL', { tradingClass: '2AAPL' }, { field: 'tradingClass', available: ['AAPL'] }],
    ['IBKR_CHAIN_NOT_LISTED', 'AAPL', { multiplier: 10 }, { field: 'multiplier', available: [100] }],
    ['IBKR_CHAIN_EMPTY', 'AAPL', { strikes: [97] }, {}],
    ['IBKR_CHAIN_EMPTY', 'AAPL', { window: { daysToExpiry: { from: 3, to: 5 } } }, { field: 'expiries' }],
    ['IBKR_CHAIN_EMPTY', 'AAPL', { window: { moneyness: { from: 1.01, to: 1.02 } } }, {}],
  ])('%s of %s %j', async (code, symbol, options, details) => {
    const scene = setUp();
    const reading = scene.marketData.optionChain(symbol, options).catch((error: unknown) => error);
    await soon(scene, 5000);
    await expect(reading).resolves.toMatchObject({ code, details });
    const chain = scene.marketData.subscribeOptionChain(symbol, options);
    const ended = endOf(chain);
    await soon(scene, 5000);
    await expect(ended).resolves.toMatchObject({ code });
    expect(chain.status).toBe('ended');
  });

  it('says that an underlying has no options, and that an option is no underlying', async () => {
    const scene = setUp({ classes: [] });
    await expect(scene.marketData.optionChain('AAPL')).rejects.toMatchObject({ code: 'IBKR_CHAIN_NO_OPTIONS' });
    const other = setUp();
    await expect(other.marketData.optionChain({ conId: 500_000_001 })).rejects.toMatchObject({ name: 'UsageError', details: { field: 'contract.secType', value: 'OPT' } });
  });

  it('says that nobody knows the price that the window is around; a price that is given will do', async () => {
    const scene = setUp();
    scene.exchange.underlyingAnswer = 354;
    const window = { strikesEachSide: 1 } as const;
    await expect(scene.marketData.optionChain('AAPL', { window })).rejects.toMatchObject({ code: 'IBKR_CHAIN_NO_PRICE', retryable: true });
    const given = await scene.marketData.optionChain('AAPL', { window, underlyingPrice: 104 });
    expect([given.complete, given.underlying.source, ...new Set(given.rows.map(({ strike }) => strike))]).toEqual([true, 'options', 100, 105]);
    scene.exchange.underlyingAnswer = 'silent';
    const waiting = scene.marketData.optionChain('AAPL', { window }).catch((error: unknown) => error);
    await soon(scene, 15_000);
    await expect(waiting).resolves.toMatchObject({ code: 'IBKR_CHAIN_NO_PRICE' });
  });

  it('knows today by the server', async () => {
    const scene = setUp({ classes: [{ tradingClass: 'AAPL', expiries: [TODAY], strikes: [100] }] });
    await expect(scene.marketData.optionChain('AAPL', { window: { daysToExpiry: { to: 0 } } })).resolves.toMatchObject({ complete: true });
    Object.assign(scene.connection, { serverNow: () => Date.UTC(2026, 4, 21, 15, 0) });
    await expect(scene.marketData.optionChain('AAPL', { expiries: ['2026-05-20'] })).rejects.toMatchObject({ code: 'IBKR_CHAIN_EXPIRED' });
  });
});

describe('classes', () => {
  const weekly = { tradingClass: 'SPXW', expiries: ['20260520', '20260522', '20260618'], strikes: [100] };
  const monthly = { tradingClass: 'SPX', expiries: ['20260618', '20260716'], strikes: [100] };
  const index = stockDetails(416904, 'SPX', { secType: 'IND', exchange: 'CBOE' });
  const spx = { symbol: 'SPX', secType: 'IND', exchange: 'CBOE' } as const;

  it('are told apart by their expiries; where those do not decide, the candidates are named', async () => {
    const scene = setUp({ underlying: index, classes: [weekly, monthly] });
    const near = await scene.marketData.optionChain(spx, { window: { daysToExpiry: { to: 5 } } });
    expect(near.classes.map(({ tradingClass }) => tradingClass)).toEqual(['SPXW']);
    const both = await scene.marketData.optionChain(spx, { expiries: ['2026-05-22', '2026-07-16'] });
    expect(both.classes.map(({ tradingClass }) => tradingClass)).toEqual(['SPXW', 'SPX']);
    await expect(scene.marketData.optionChain(spx)).rejects.toMatchObject({
      code: 'IBKR_CHAIN_AMBIGUOUS',
      details: { candidates: [{ tradingClass: 'SPXW', exchange: 'SMART', multiplier: 100 }, { tradingClass: 'SPX' }] },
    });
    const named = await scene.marketData.optionChain(spx, { tradingClass: 'SPX' });
    expect(named.rows.every(({ tradingClass }) => tradingClass === 'SPX')).toBe(true);
  });

  it('of a stock are those with its name: what a corporate action left behind is not mixed in', async () => {
    const adjusted = { tradingClass: '2AAPL', expiries: ['20260522', '20260605'], strikes: [100] };
    const scene = setUp({ underlying: AAPL, classes: [adjusted, { tradingClass: 'AAPL', expiries: ['20260522'], strikes: [100] }] });
    const chain = await scene.marketData.optionChain('AAPL', { expiries: ['2026-05-22'] });
    expect(chain.rows.map(({ tradingClass }) => tradingClass)).toEqual(['AAPL', 'AAPL']);
    const left = await scene.marketData.optionChain('AAPL', { tradingClass: '2AAPL' });
    expect(left.rows).toHaveLength(4);
  });

  it('of different multipliers are told apart by them', async () => {
    const standard = { tradingClass: 'AAPL', expiries: ['20260522'], strikes: [100] };
    const scene = setUp({ classes: [standard, { ...standard, multiplier: 10 }] });
    await expect(scene.marketData.optionChain('AAPL')).rejects.toMatchObject({ code: 'IBKR_CHAIN_AMBIGUOUS' });
    const mini = await scene.marketData.optionChain('AAPL', { multiplier: 10 });
    expect(mini.rows.map(({ contract }) => contract.multiplier)).toEqual([10, 10]);
  });

  it('of a future are options on futures, at its exchange', async () => {
    const future = stockDetails(700_001, 'ES', { secType: 'FUT', exchange: 'CME', localSymbol: 'ESM6', lastTradeDateOrContractMonth: '20260618' });
    const scene = setUp({ underlying: future, classes: [{ tradingClass: 'EW4', exchange: 'CME', multiplier: 50, expiries: ['20260522'], strikes: [95, 100, 105] }] });
    const chain = await scene.marketData.optionChain({ symbol: 'ES', secType: 'FUT', exchange: 'CME', lastTradeDate: '2026-06-18' });
    expect(chain).toMatchObject({ complete: true, classes: [{ exchange: 'CME', tradingClass: 'EW4', multiplier: 50 }] });
    expect(chain.rows[0]?.contract).toMatchObject({ secType: 'FOP', exchange: 'CME' });
  });
});
