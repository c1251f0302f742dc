import { createTestClock } from '@ibkit/clock/testing';
import { LineBudget } from '@ibkit/rate-limiter';
import { afterEach, describe, expect, it } from 'vitest';
import { MarketData } from '../../market-data.js';
import type { MarketDataOptions } from '../../market-data-parts.js';
import { tickPrice } from '../../testing/fake-broker.js';
import { FakeConnection } from '../../testing/fake-connection.js';
import { PRICES, PermittingBroker } from '../../testing/permitting-broker.js';
import type { MarketDataMode } from '../market-data-mode.js';
import type { Quote } from '../quote.js';
import type { TickerSubscription } from '../ticker-subscription.js';

/** What a consumer is told when only delayed data is to be had, and it did not accept that: as if it were alone. */
const REFUSED = { name: 'MarketDataError', code: 'IBKR_MARKET_DATA_NOT_SUBSCRIBED', brokerCode: 354, retryable: false, tips: expect.arrayContaining([expect.stringMatching(/delayed data/u)]) as unknown };

const LIVE_SIDES = { bid: PRICES.bid, ask: PRICES.ask, last: PRICES.last };
const DELAYED_SIDES = { bid: PRICES.delayedBid, ask: PRICES.delayedAsk, last: PRICES.delayedLast, mode: 'delayed' };

interface World {
  readonly connection: FakeConnection;
  readonly marketData: MarketData;
  readonly broker: PermittingBroker;
}

let worlds: World[] = [];

async function setUp(facts: Partial<Pick<PermittingBroker, 'permission' | 'closed' | 'announces'>> = {}, options: Partial<MarketDataOptions> = {}): Promise<World> {
  const broker = Object.assign(new PermittingBroker(), facts);
  const connection = new FakeConnection({ clock: createTestClock(), broker: broker.handle });
  const marketData = new MarketData({ connection, ...options });
  await marketData.resolve('AAPL');
  await marketData.resolve('MSFT');
  connection.sent.length = 0;
  const world = { connection, marketData, broker };
  worlds.push(world);
  return world;
}

afterEach(async () => {
  const all = worlds;
  worlds = [];
  for (const { connection, marketData } of all) {
    await marketData.close();
    assertNothingLeft(connection);
  }
});

function assertNothingLeft(connection: FakeConnection): void {
  expect([connection.clock.pending, connection.openCount, connection.listenerCount]).toEqual([0, 0, 0]);
}

interface Told {
  readonly ticker: TickerSubscription;
  readonly quotes: Quote[];
  readonly events: string[];
}

/** Follows a contract and writes down all that is told. */
function follow({ marketData }: World, mode: MarketDataMode, contract = 'AAPL'): Told {
  const ticker = marketData.subscribeTicker(contract, { mode });
  const quotes: Quote[] = [];
  const events: string[] = [];
  ticker.on('quote', (quote) => quotes.push(quote));
  ticker.on('mode', (event) => events.push(`mode ${event.mode}`));
  ticker.on('end', ({ error }) => events.push(`end ${error?.name ?? ''}`));
  return { ticker, quotes, events };
}

function dropAndRestore({ connection, broker }: World): void {
  connection.drop();
  broker.newSession();
  connection.restore();
}

describe('a consumer that did not accept delayed data', () => {
  it('is refused on a line that another one has delayed data on, which goes on undisturbed', async () => {
    const world = await setUp({ permission: 'delayed' });
    const { connection } = world;
    const delayed = follow(world, 'delayed');
    await connection.clock.settle();
    expect(delayed.ticker.current).toMatchObject(DELAYED_SIDES);
    const live = follow(world, 'live');
    await connection.clock.advance(0);
    expect(live.ticker.error).toMatchObject(REFUSED);
    expect([live.ticker.status, live.quotes, live.events]).toEqual(['ended', [], ['end MarketDataError']]);
    expect([connection.sentOf('reqMktData').length, connection.sentOf('cancelMktData').length]).toEqual([1, 0]);
    connection.deliver(tickPrice(connection.latestId('reqMktData'), 68, 8.3, 5));
    expect(delayed.ticker.current).toMatchObject({ last: 8.3, mode: 'delayed', stale: false });
    expect(delayed.events).toEqual(['mode delayed']);
  });

  it.each([
    [['notice', 'type']],
    [['notice']],
    [['type']],
    [[]],
  ] as const)('is refused when the broker serves their common line with delayed data, announced by %j', async (announces) => {
    const world = await setUp({ permission: 'delayed', announces });
    const live = follow(world, 'live');
    const delayed = follow(world, 'delayed');
    await world.connection.clock.settle();
    expect(live.ticker.error).toMatchObject(REFUSED);
    expect([live.ticker.current, live.quotes, live.events]).toEqual([undefined, [], ['end MarketDataError']]);
    expect(delayed.ticker.current).toMatchObject(DELAYED_SIDES);
  });

  it('is refused on a line of its own, too, whose market data type another contract has made wide, and costs no line', async () => {
    const world = await setUp({ permission: 'delayed' });
    const delayed = follow(world, 'delayed', 'AAPL');
    const live = follow(world, 'live', 'MSFT');
    await world.connection.clock.settle();
    expect(live.ticker.error).toMatchObject(REFUSED);
    expect(live.ticker.error?.message).toContain('MSFT');
    expect(live.quotes).toEqual([]);
    expect(world.marketData.openLines).toBe(1);
    expect(world.connection.sentOf('cancelMktData')).toHaveLength(1);
    expect(delayed.ticker.current).toMatchObject(DELAYED_SIDES);
  });

  it('has live data with everybody else where the broker gives it', async () => {
    const world = await setUp();
    const delayed = follow(world, 'delayed');
    const live = follow(world, 'live');
    await world.connection.clock.settle();
    for (const { ticker, quotes } of [delayed, live]) {
      expect(ticker.current).toMatchObject({ ...LIVE_SIDES, mode: 'live' });
      expect(quotes).toHaveLength(1);
    }
    expect(live.ticker.current).toBe(delayed.ticker.current);
  });

  it('is refused by the broker when it comes first and when the other one has left; who accepts delayed data has it in between', async () => {
    const world = await setUp({ permission: 'delayed' });
    const { connection } = world;
    const first = follow(world, 'live');
    await connection.clock.settle();
    expect(first.ticker.error).toMatchObject({ name: 'MarketDataError', brokerCode: 10_089 });
    const between = follow(world, 'delayed');
    await connection.clock.settle();
    expect(between.ticker.current).toMatchObject(DELAYED_SIDES);
    await between.ticker.close();
    // The line lingers, and is still served with delayed data.
    const early = follow(world, 'live');
    await connection.clock.advance(0);
    expect(early.ticker.error).toMatchObject(REFUSED);
    await connection.clock.advance(2000);
    const last = follow(world, 'live');
    await connection.clock.settle();
    expect(last.ticker.error).toMatchObject({ name: 'MarketDataError', brokerCode: 10_089 });
    expect(connection.sentOf('reqMarketDataType').map(({ marketDataType }) => marketDataType)).toEqual([3, 1]);
  });

  it('is refused when the line comes back with delayed data after a reconnect, for which the market data type is asked first', async () => {
    const world = await setUp();
    const { connection, broker } = world;
    const delayed = follow(world, 'delayed');
    const live = follow(world, 'live');
    await connection.clock.settle();
    expect(live.ticker.current).toMatchObject({ mode: 'live' });
    broker.permission = 'delayed';
    connection.sent.length = 0;
    dropAndRestore(world);
    await connection.clock.settle();
    expect(connection.sent.map(({ type }) => type)).toEqual(['reqMarketDataType', 'reqMktData']);
    expect(live.ticker.error).toMatchObject(REFUSED);
    expect(live.quotes.every(({ mode }) => mode === 'live')).toBe(true);
    expect(delayed.ticker.current).toMatchObject({ ...DELAYED_SIDES, stale: false });
  });

  it.each([
    ['live', { status: 'open', current: { ...LIVE_SIDES, mode: 'live', stale: false }, error: undefined }],
    ['delayed', { status: 'ended', current: undefined, error: REFUSED }],
  ] as const)('waits with the others while there is no session, sees nothing of before, and has what the broker gives afterwards: %s', async (permission, expected) => {
    const world = await setUp({ permission: 'delayed' });
    const { connection, broker } = world;
    const delayed = follow(world, 'delayed');
    await connection.clock.settle();
    connection.drop();
    const live = follow(world, 'live');
    await connection.clock.settle();
    expect([live.ticker.status, live.ticker.current, live.quotes]).toEqual(['open', undefined, []]);
    broker.permission = permission;
    broker.newSession();
    connection.restore();
    await connection.clock.settle();
    expect(delayed.ticker.current).toMatchObject({ mode: permission, stale: false });
    expect(live.ticker).toMatchObject(expected);
  });

  it('is not judged by what the line carried before it was asked for again', async () => {
    const world = await setUp({ permission: 'delayed' });
    follow(world, 'delayed');
    await world.connection.clock.settle();
    world.broker.permission = 'live';
    world.marketData.subscribeTicker('AAPL', { mode: 'delayed', ticks: ['shortable'] });
    const live = follow(world, 'live');
    expect(live.ticker.current).toBeUndefined();
    await world.connection.clock.settle();
    expect(live.ticker.current).toMatchObject({ ...LIVE_SIDES, mode: 'live' });
  });

  it('has the last live quote as the last of its loop, and then the error', async () => {
    const world = await setUp();
    const { connection } = world;
    follow(world, 'delayed');
    const loop = follow(world, 'live').ticker[Symbol.asyncIterator]();
    await connection.clock.settle();
    connection.deliver({ type: 'marketDataType', reqId: connection.latestId('reqMktData'), marketDataType: 3 });
    connection.deliver(tickPrice(connection.latestId('reqMktData'), 68, 8.3, 5));
    expect((await loop.next()).value).toMatchObject({ ...LIVE_SIDES, mode: 'live' });
    await expect(loop.next()).rejects.toMatchObject(REFUSED);
  });

  it('gives its line of the budget back', async () => {
    const budget = new LineBudget({ lines: 2, clock: createTestClock() });
    const world = await setUp({ permission: 'delayed' }, { lineBudget: budget });
    follow(world, 'delayed', 'AAPL');
    follow(world, 'live', 'MSFT');
    await world.connection.clock.settle();
    expect(budget.usage().quotes).toMatchObject({ used: 1, limit: 2, refusedByBroker: 0, keys: ['265598@SMART'] });
  });

  it('costs nobody else a tick: what it asked for is not even asked', async () => {
    const world = await setUp({ permission: 'delayed' });
    follow(world, 'delayed');
    await world.connection.clock.settle();
    world.marketData.subscribeTicker('AAPL', { ticks: ['shortable'] });
    await world.connection.clock.settle();
    expect(world.connection.sentOf('reqMktData').map(({ genericTickList }) => genericTickList)).toEqual(['']);
  });
});

describe('a consumer that did not accept frozen values', () => {
  it.each([
    ['live', 'frozen', 'live', PRICES.last],
    ['delayed', 'delayed-frozen', 'delayed', PRICES.delayedLast],
  ] as const)('with %s permission has no bid and ask of the closed market, though another one has, and all when it opens', async (permission, wide, narrow, last) => {
    const world = await setUp({ permission, closed: true });
    const { connection } = world;
    const frozen = follow(world, wide);
    const other = follow(world, narrow);
    await connection.clock.settle();
    expect(frozen.ticker.current).toMatchObject({ bid: expect.any(Number) as unknown, ask: expect.any(Number) as unknown, last, mode: wide });
    // As on a line of its own: the last price, and no quote.
    expect(other.ticker.current).toMatchObject({ last, mode: narrow, stale: false });
    for (const field of ['bid', 'bidSize', 'ask', 'askSize']) {
      expect(other.ticker.current).not.toHaveProperty(field);
      expect(other.ticker.current?.fieldAtMs).not.toHaveProperty(field);
    }
    expect(other.events).toEqual([`mode ${narrow}`]);
    const [reqId, bid] = [connection.latestId('reqMktData'), permission === 'live' ? 1 : 66];
    connection.deliver({ type: 'marketDataType', reqId, marketDataType: permission === 'live' ? 1 : 3 });
    connection.deliver(tickPrice(reqId, bid, 11, 100));
    for (const { ticker } of [frozen, other]) expect(ticker.current).toMatchObject({ bid: 11, mode: narrow });
    expect([frozen.events, other.events]).toEqual([[`mode ${wide}`, `mode ${narrow}`], [`mode ${narrow}`]]);
    expect(connection.sentOf('reqMktData')).toHaveLength(1);
  });

  it('is refused delayed values that are frozen when it accepts frozen ones only', async () => {
    const world = await setUp({ permission: 'delayed', closed: true });
    follow(world, 'delayed-frozen');
    const frozen = follow(world, 'frozen');
    await world.connection.clock.settle();
    expect(frozen.ticker.error).toMatchObject(REFUSED);
  });

  it('is told what it sees once, however often the line changes', async () => {
    const world = await setUp({ closed: true });
    const { connection } = world;
    follow(world, 'frozen');
    const live = follow(world, 'live');
    await connection.clock.settle();
    const [first] = live.quotes;
    connection.deliver({ type: 'tickReqParams', reqId: connection.latestId('reqMktData'), minTick: 0.01, bboExchange: '', snapshotPermissions: 3 });
    await connection.clock.settle();
    expect(live.ticker.current).not.toBe(first);
    expect(live.ticker.current).toBe(live.ticker.current);
    expect(live.quotes).toHaveLength(2);
  });
});

describe('one look', () => {
  it('has the same answer whether or not somebody else has delayed data', async () => {
    const world = await setUp({ permission: 'delayed' });
    const { connection, marketData } = world;
    await expect(marketData.snapshot('AAPL')).rejects.toMatchObject({ name: 'MarketDataError', brokerCode: 10_089 });
    follow(world, 'delayed');
    await connection.clock.settle();
    for (const symbol of ['AAPL', 'MSFT']) {
      await expect(marketData.snapshot(symbol)).rejects.toMatchObject(REFUSED);
      await expect(marketData.getLatestPrice(symbol)).rejects.toMatchObject(REFUSED);
      await expect(marketData.snapshot(symbol, { mode: 'delayed' })).resolves.toMatchObject({ ...DELAYED_SIDES, complete: true });
      await expect(marketData.getLatestPrice(symbol, { mode: 'delayed' })).resolves.toBe(PRICES.delayedLast);
    }
  });

  it.each([[['notice']], [['type']], [[]]] as const)('is ended at the broker when delayed data comes, told by %j', async (announces) => {
    const world = await setUp({ permission: 'delayed', announces });
    const { connection, marketData } = world;
    follow(world, 'delayed', 'MSFT');
    await connection.clock.settle();
    await expect(marketData.snapshot('AAPL')).rejects.toMatchObject(REFUSED);
    expect(connection.sentOf('cancelMktData')).toEqual([{ type: 'cancelMktData', reqId: connection.latestId('reqMktData') }]);
  });

  it('takes no frozen bid and ask that were not asked for, and the last trade all the same', async () => {
    const world = await setUp({ closed: true });
    const { connection, marketData } = world;
    follow(world, 'frozen');
    await connection.clock.settle();
    const seen = await marketData.snapshot('MSFT');
    expect(seen).toMatchObject({ last: PRICES.last, mode: 'live', complete: true });
    expect(seen).not.toHaveProperty('bid');
    await expect(marketData.snapshot('MSFT', { mode: 'frozen' })).resolves.toMatchObject({ ...LIVE_SIDES, mode: 'frozen' });
    await expect(marketData.getLatestPrice('AAPL')).resolves.toBe(PRICES.last);
    expect(connection.sentOf('reqMktData').filter(({ snapshot }) => snapshot === true)).toHaveLength(2);
  });
});

describe('a second look at a silent line', () => {
  it('accepts what the line accepts: a quiet delayed line is no alarm', async () => {
    const world = await setUp({ permission: 'delayed' }, { quoteSilenceMs: 60_000, mostSilenceMs: 60_000 });
    const { connection, marketData } = world;
    const alarms: string[] = [];
    marketData.events.on('stream.alarm', ({ code }) => alarms.push(code));
    const recovered: string[] = [];
    marketData.events.on('stream.recovered', ({ by }) => recovered.push(by));
    const { ticker } = follow(world, 'delayed');
    await connection.clock.settle();
    await connection.clock.advance(61_000);
    await connection.clock.settle();
    expect([alarms, recovered, ticker.current?.stale]).toEqual([[], ['quietMarket'], false]);
  });
});

describe('a subscription that cannot begin', () => {
  it('says so to a listener that comes in the same turn, and leaves the event loop to others when it is begun again each time', async () => {
    const budget = new LineBudget({ lines: 1, clock: createTestClock() });
    const world = await setUp({}, { lineBudget: budget });
    follow(world, 'live', 'AAPL');
    let ends = 0;
    const begin = (): void => {
      const { ticker } = follow(world, 'live', 'MSFT');
      ticker.on('end', ({ error }) => {
        expect(error).toMatchObject({ code: 'IBKR_RATE_LINES_EXHAUSTED' });
        ends += 1;
        if (ends < 100) begin();
      });
    };
    begin();
    await world.connection.clock.settle();
    expect(ends).toBe(0);
    await world.connection.clock.advance(0);
    expect(ends).toBe(100);
  });

  it('is ended quietly when it is closed before', async () => {
    const budget = new LineBudget({ lines: 1, clock: createTestClock() });
    const world = await setUp({}, { lineBudget: budget });
    follow(world, 'live', 'AAPL');
    const { ticker, events } = follow(world, 'live', 'MSFT');
    await ticker.close();
    await world.connection.clock.advance(0);
    expect([events, ticker.error]).toEqual([['end '], undefined]);
  });
});
