import { createTestClock } from '@ibkit/clock/testing';
import { LineBudget } from '@ibkit/rate-limiter';
import { afterEach, describe, expect, it } from 'vitest';
import { MarketData } from '../market-data.js';
import type { MarketDataOptions } from '../market-data-parts.js';
import { AAPL, MSFT, brokerKnowing, notice, stockDetails, tickPrice } from '../testing/fake-broker.js';
import { FakeConnection } from '../testing/fake-connection.js';

const LAST = 4;
const STOCKS = Array.from({ length: 200 }, (_, index) => stockDetails(1000 + index, `S${index}`));

let made: { readonly connection: FakeConnection; readonly marketData: MarketData }[] = [];

async function setUp(options: Partial<MarketDataOptions> = {}): Promise<{ readonly connection: FakeConnection; readonly marketData: MarketData }> {
  const connection = new FakeConnection({ clock: createTestClock(), broker: brokerKnowing(AAPL, MSFT, ...STOCKS) });
  const marketData = new MarketData({ connection, ...options });
  const both = { connection, marketData };
  made.push(both);
  await marketData.resolve('AAPL');
  connection.sent.length = 0;
  return both;
}

function assertNothingLeft(connection: FakeConnection): void {
  expect([connection.clock.pending, connection.openCount, connection.listenerCount]).toEqual([0, 0, 0]);
}

/** Whatever was done to it, nothing may be left behind. */
afterEach(async () => {
  const all = made;
  made = [];
  for (const { connection, marketData } of all) {
    await marketData.close();
    assertNothingLeft(connection);
  }
});

/** What a promise ended with. */
function outcome(promise: Promise<unknown>): Promise<unknown> {
  return promise.then((value) => value, (error: unknown) => error);
}

describe('storms', () => {
  it('of subscribing and leaving cost one line and one cancel', async () => {
    const { connection, marketData } = await setUp();
    for (let turn = 0; turn < 500; turn += 1) {
      const ticker = marketData.subscribeTicker(turn % 2 === 0 ? 'AAPL' : { conId: 265_598 });
      if (turn % 3 === 0) await connection.clock.settle();
      await ticker.close();
    }
    await connection.clock.advance(2000);
    expect([connection.sentOf('reqMktData').length, connection.sentOf('cancelMktData').length, marketData.openLines]).toEqual([1, 1, 0]);
  });

  it('without a time to linger leave no line without its cancel', async () => {
    const { connection, marketData } = await setUp({ lingerMs: 0 });
    for (let turn = 0; turn < 100; turn += 1) {
      await marketData.subscribeTicker('AAPL').close();
      await connection.clock.advance(0);
    }
    const [asked, cancelled] = [connection.sentOf('reqMktData'), connection.sentOf('cancelMktData')];
    expect(asked).toHaveLength(100);
    expect(cancelled.map(({ reqId }) => reqId)).toEqual(asked.map(({ reqId }) => reqId));
  });

  it('of reconnects, one inside the other, leave one line that is of now', async () => {
    const { connection, marketData } = await setUp();
    const ticker = marketData.subscribeTicker('AAPL');
    for (let turn = 0; turn < 50; turn += 1) {
      connection.drop();
      if (turn % 2 === 0) await connection.clock.advance(10);
      connection.restore();
      if (turn % 3 === 0) connection.mendUpstreamWithoutStreams();
    }
    connection.deliver(tickPrice(connection.latestId('reqMktData'), LAST, 10, 1));
    expect(ticker.current).toMatchObject({ last: 10, stale: false });
    for (const { reqId } of connection.sentOf('reqMktData').slice(0, -1)) connection.deliver(tickPrice(reqId, LAST, 99, 1));
    expect(ticker.current).toMatchObject({ last: 10 });
    expect(marketData.openLines).toBe(1);
  });
});

describe('one contract by several names', () => {
  it('is one line, also when all are looked up at the same time, and one word ends it', async () => {
    const { connection, marketData } = await setUp();
    const names = ['MSFT', ' msft ', { symbol: 'MSFT' }, { conId: 272_093 }, { symbol: 'MSFT', secType: 'STK', exchange: 'SMART', currency: 'USD' }] as const;
    const tickers = names.map((name) => marketData.subscribeTicker(name));
    await connection.clock.settle();
    expect(connection.sentOf('reqMktData')).toHaveLength(1);
    await marketData.unsubscribe('MSFT');
    expect(tickers.map(({ status }) => status)).toEqual(names.map(() => 'ended'));
    expect([connection.sentOf('cancelMktData').length, marketData.openLines]).toEqual([1, 0]);
  });
});

describe('the end, whatever is under way', () => {
  it('ends what is pending with an error or quietly, and never with silence', async () => {
    const { connection, marketData } = await setUp();
    connection.drop();
    const pending = [
      outcome(marketData.subscribeTicker('MSFT').waitFor(() => true)),
      outcome(marketData.tickByTick('MSFT', 'Last').next()),
      outcome(marketData.realTimeBars('MSFT').next()),
      outcome(marketData.depth('MSFT').waitFor(() => true)),
      outcome(marketData.history('MSFT', { from: '2023-12-01', to: '2023-12-02', barSize: '1 hour' }).next()),
      outcome(marketData.keepUpToDate('MSFT', { barSize: '1 min' }).next()),
      outcome(marketData.optionChain('MSFT', { window: { nextExpiries: 1, strikesEachSide: 1 } })),
      outcome(marketData.resolveAll(['MSFT'])),
      outcome(marketData.snapshot('AAPL')),
      outcome(marketData.getLatestPrice('MSFT')),
    ];
    await connection.clock.settle();
    await marketData.close();
    expect(await Promise.all(pending)).toEqual(pending.map(() => expect.anything() as unknown));
    assertNothingLeft(connection);
  });

  it('may be wished for by a listener, in the middle of its event', async () => {
    const { connection, marketData } = await setUp();
    const heard: string[] = [];
    const closing: Promise<void>[] = [];
    marketData.subscribeTicker('AAPL').on('quote', () => {
      heard.push('first');
      closing.push(marketData.close());
    });
    const other = marketData.subscribeTicker('AAPL');
    other.on('end', () => heard.push('end'));
    connection.deliver(tickPrice(connection.latestId('reqMktData'), LAST, 10, 1));
    await connection.clock.settle();
    await Promise.all(closing);
    expect(heard).toEqual(['first', 'end']);
    expect(() => marketData.subscribeTicker('AAPL')).toThrow('was closed');
  });
});

describe('signals', () => {
  it('that aborted before let nothing be sent, whatever is asked', async () => {
    const { connection, marketData } = await setUp();
    const signal = AbortSignal.abort(new Error('never mind'));
    const ended = [
      outcome(marketData.subscribeTicker('AAPL', { signal }).waitFor(() => true)),
      outcome(marketData.tickByTick('AAPL', 'Last', { signal }).next()),
      outcome(marketData.depth('AAPL', { signal }).waitFor(() => true)),
      outcome(marketData.snapshot('AAPL', { signal })),
      outcome(marketData.getLatestPrice('AAPL', { signal })),
      outcome(marketData.history('AAPL', { from: '2023-12-01', to: '2023-12-02', barSize: '1 hour', signal }).next()),
      outcome(marketData.optionChain('AAPL', { signal, window: { nextExpiries: 1, strikesEachSide: 1 } })),
      outcome(marketData.resolveAll(['MSFT'], { signal })),
    ];
    expect(await Promise.all(ended)).toEqual(ended.map(() => expect.anything() as unknown));
    expect(connection.sent).toEqual([]);
  });

  it('that abort while a look waits for a line of the budget end the wait, and nothing else', async () => {
    const budget = new LineBudget({ lines: 1, clock: createTestClock() });
    const { connection, marketData } = await setUp({ lineBudget: budget });
    const ticker = marketData.subscribeTicker('AAPL');
    const stop = new AbortController();
    const looking = outcome(marketData.snapshot('MSFT', { signal: stop.signal }));
    await connection.clock.advance(1000);
    stop.abort(new Error('enough'));
    expect(await looking).toMatchObject({ message: 'enough' });
    expect([ticker.status, connection.sentOf('reqMktData').length, budget.usage().quotes.used]).toEqual(['open', 1, 1]);
  });
});

describe('more than there is room for', () => {
  it('200 tickers on 100 lines: the first hundred flow, the others are told, and a line that becomes free is to be had', async () => {
    const budget = new LineBudget({ lines: 100, clock: createTestClock() });
    const { connection, marketData } = await setUp({ lineBudget: budget });
    await marketData.resolveAll(STOCKS.map(({ contract }) => ({ conId: contract.conId })));
    const tickers = STOCKS.map(({ contract }) => marketData.subscribeTicker({ conId: contract.conId }));
    await connection.clock.advance(0);
    const refused = tickers.filter(({ error }) => error !== undefined);
    expect(refused).toHaveLength(100);
    expect(new Set(refused.map(({ error }) => (error !== undefined && 'code' in error ? error.code : undefined)))).toEqual(new Set(['IBKR_RATE_LINES_EXHAUSTED']));
    expect(connection.sentOf('reqMktData')).toHaveLength(100);
    connection.drop();
    connection.restore();
    await connection.clock.settle();
    expect([connection.sentOf('reqMktData').length, budget.usage().quotes.used]).toEqual([200, 100]);
    await tickers[0]?.close();
    const late = marketData.subscribeTicker({ conId: 1199 });
    await connection.clock.advance(0);
    expect([late.status, budget.usage().quotes.used]).toEqual(['open', 100]);
  });

  it('a reader that never reads holds the latest quote, and no more', async () => {
    const { connection, marketData } = await setUp();
    const loop = marketData.subscribeTicker('AAPL')[Symbol.asyncIterator]();
    const reqId = connection.latestId('reqMktData');
    for (let price = 1; price <= 5000; price += 1) {
      connection.deliver(tickPrice(reqId, LAST, price, 1));
      await Promise.resolve();
    }
    expect((await loop.next()).value).toMatchObject({ last: 5000 });
    const next = loop.next();
    connection.deliver(tickPrice(reqId, LAST, 5001, 1));
    expect((await next).value).toMatchObject({ last: 5001 });
  });
});

describe('a listener that throws', () => {
  it('takes nothing from the others, nor from the stream, and is told to whoever asked', async () => {
    const told: string[] = [];
    const { connection, marketData } = await setUp({ onListenerError: (error, type) => told.push(`${type}: ${error instanceof Error ? error.message : ''}`) });
    const ticker = marketData.subscribeTicker('AAPL');
    const heard: (number | undefined)[] = [];
    for (const type of ['quote', 'gap', 'mode', 'end'] as const) {
      ticker.on(type, () => {
        throw new Error('a bad day');
      });
    }
    marketData.subscribeTicker('AAPL').on('quote', ({ last }) => heard.push(last));
    const reqId = connection.latestId('reqMktData');
    connection.deliver({ type: 'marketDataType', reqId, marketDataType: 1 });
    connection.deliver(tickPrice(reqId, LAST, 10, 1));
    await connection.clock.settle();
    connection.cutUpstream();
    connection.mendUpstream();
    connection.deliver(tickPrice(reqId, LAST, 11, 1));
    await connection.clock.settle();
    connection.deliver(notice(reqId, 354, 'Requested market data is not subscribed.'));
    expect(new Set(heard)).toEqual(new Set([10, 11]));
    expect([...new Set(told)].sort()).toEqual(['end: a bad day', 'gap: a bad day', 'mode: a bad day', 'quote: a bad day']);
    expect(ticker.error).toMatchObject({ brokerCode: 354 });
  });
});
