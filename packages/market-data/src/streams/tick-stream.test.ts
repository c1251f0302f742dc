import { createTestClock } from '@ibkit/clock/testing';
import type { ServerMessage } from '@ibkit/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MarketData } from '../market-data.js';
import { AAPL, brokerKnowing, notice } from '../testing/fake-broker.js';
import { FakeConnection } from '../testing/fake-connection.js';
import { BoundedTickStream } from './tick-stream.js';
import type { TickStream } from './tick-stream.js';

async function setUp(): Promise<{ readonly connection: FakeConnection; readonly marketData: MarketData }> {
  const connection = new FakeConnection({ clock: createTestClock({ nowMs: 1_700_000_000_000 }), broker: brokerKnowing(AAPL) });
  const marketData = new MarketData({ connection });
  await marketData.resolve('AAPL');
  connection.sent.length = 0;
  return { connection, marketData };
}

function trade(connection: FakeConnection, price: number, more: { readonly mask?: number; readonly conditions?: string } = {}): ServerMessage {
  return {
    type: 'tickByTick', reqId: connection.latestId('reqTickByTickData'), kind: 'Last', time: 1_700_000_000, price, size: 100,
    mask: more.mask ?? 0, exchange: 'NASDAQ', specialConditions: more.conditions ?? '',
  };
}

async function take<T>(stream: TickStream<T>, count: number): Promise<readonly T[]> {
  const items: T[] = [];
  for (let left = count; left > 0; left -= 1) {
    const { done, value } = await stream.next();
    if (done === true) break;
    items.push(value);
  }
  return items;
}

describe('tickByTick', () => {
  it('delivers every trade in order, with its exchange, conditions and flags', async () => {
    const { connection, marketData } = await setUp();
    const stream = marketData.tickByTick('AAPL', 'Last');
    expect(connection.sent).toEqual([expect.objectContaining({ type: 'reqTickByTickData', tickType: 'Last', numberOfTicks: 0, ignoreSize: false })]);
    connection.deliver(trade(connection, 10));
    connection.deliver(trade(connection, 11, { mask: 3, conditions: 'T O' }));
    expect(stream.held).toBe(2);
    const common = { type: 'trade', symbol: 'AAPL', conId: 265598, time: 1_700_000_000_000, receivedAtMs: 1_700_000_000_000, size: 100, exchange: 'NASDAQ' };
    expect(await take(stream, 2)).toEqual([
      { ...common, price: 10, conditions: '', pastLimit: false, unreported: false },
      { ...common, price: 11, conditions: 'T O', pastLimit: true, unreported: true },
    ]);
    await marketData.close();
  });

  it('delivers changes of bid and ask, and midpoints', async () => {
    const { connection, marketData } = await setUp();
    const quotes = marketData.tickByTick('AAPL', 'BidAsk', { ignoreSize: true });
    connection.deliver({ type: 'tickByTick', reqId: connection.latestId('reqTickByTickData'), kind: 'BidAsk', time: 1, bidPrice: 1, askPrice: 2, bidSize: 3, askSize: 4, mask: 2 });
    expect(await take(quotes, 1)).toEqual([expect.objectContaining({ type: 'bidAsk', bid: 1, ask: 2, bidSize: 3, askSize: 4, bidPastLow: false, askPastHigh: true, time: 1000 })]);
    const middles = marketData.tickByTick('AAPL', 'MidPoint');
    connection.deliver({ type: 'tickByTick', reqId: connection.latestId('reqTickByTickData'), kind: 'MidPoint', time: 1, midPoint: 1.5 });
    expect(await take(middles, 1)).toEqual([expect.objectContaining({ type: 'midPoint', price: 1.5 })]);
    await marketData.close();
  });

  it('marks a loss of the session at its place in the stream', async () => {
    const { connection, marketData } = await setUp();
    const stream = marketData.tickByTick('AAPL', 'Last');
    connection.deliver(trade(connection, 10));
    await connection.clock.advance(1000);
    connection.drop();
    await connection.clock.advance(4000);
    connection.restore();
    connection.deliver(trade(connection, 11));
    connection.deliver(trade(connection, 12));
    expect(await take(stream, 4)).toEqual([
      expect.objectContaining({ type: 'trade', price: 10 }),
      { type: 'gap', symbol: 'AAPL', conId: 265598, fromMs: 1_700_000_001_000, toMs: 1_700_000_005_000, reason: 'the session ended' },
      expect.objectContaining({ price: 11 }),
      expect.objectContaining({ price: 12 }),
    ]);
    await marketData.close();
  });

  it('marks an outage of the gateway’s link, and asks again when nothing comes after it', async () => {
    const { connection, marketData } = await setUp();
    const stream = marketData.tickByTick('AAPL', 'Last');
    connection.cutUpstream();
    await connection.clock.advance(2000);
    connection.mendUpstream();
    await connection.clock.advance(15_000);
    expect(connection.sentOf('reqTickByTickData')).toHaveLength(2);
    connection.deliver(trade(connection, 11));
    expect(await take(stream, 2)).toEqual([expect.objectContaining({ type: 'gap', fromMs: 1_700_000_000_000, toMs: 1_700_000_017_000 }), expect.objectContaining({ price: 11 })]);
    await marketData.close();
  });

  it('gives what it holds and then the error when the reader falls too far behind', async () => {
    const { connection, marketData } = await setUp();
    const stream = marketData.tickByTick('AAPL', 'Last', { capacity: 2 });
    for (const price of [1, 2, 3, 4]) connection.deliver(trade(connection, price));
    expect(connection.sentOf('cancelTickByTickData')).toHaveLength(1);
    expect(await take(stream, 2)).toEqual([expect.objectContaining({ price: 1 }), expect.objectContaining({ price: 2 })]);
    await expect(stream.next()).rejects.toMatchObject({ name: 'MarketDataError', code: 'IBKR_MARKET_DATA_OVERFLOW', message: expect.stringContaining('tick by tick Last of AAPL STK SMART USD fell 2 items behind') as string, details: { capacity: 2 } });
    await expect(stream.next()).resolves.toEqual({ done: true, value: undefined });
    await marketData.close();
  });

  it('ends with the broker’s error after what came before it', async () => {
    const { connection, marketData } = await setUp();
    const stream = marketData.tickByTick('AAPL', 'Last');
    connection.deliver(trade(connection, 1));
    connection.deliver(notice(connection.latestId('reqTickByTickData'), 10190, 'Max number of tick-by-tick requests has been reached.'));
    expect(await take(stream, 1)).toHaveLength(1);
    await expect(stream.next()).rejects.toMatchObject({ brokerCode: 10190 });
    await marketData.close();
  });

  it('ends with the error for an unknown symbol', async () => {
    const { marketData } = await setUp();
    await expect(marketData.tickByTick('NOPE', 'Last').next()).rejects.toMatchObject({ code: 'IBKR_CONTRACT_NOT_FOUND' });
    await marketData.close();
  });

  it('ends quietly by leaving the loop, by its signal and by the close, and cancels at the broker', async () => {
    const { connection, marketData } = await setUp();
    const stop = new AbortController();
    const left = marketData.tickByTick('AAPL', 'Last');
    connection.deliver(trade(connection, 1));
    for await (const item of left) {
      expect(item.type).toBe('trade');
      break;
    }
    const aborted = marketData.tickByTick('AAPL', 'Last', { signal: stop.signal });
    connection.deliver(trade(connection, 1));
    stop.abort();
    await expect(aborted.next()).resolves.toEqual({ done: true, value: undefined });
    expect(marketData.tickByTick('AAPL', 'Last', { signal: stop.signal }).held).toBe(0);
    const closed = marketData.tickByTick('AAPL', 'Last');
    const reading = closed.next();
    await marketData.close();
    await expect(reading).resolves.toEqual({ done: true, value: undefined });
    expect(connection.sentOf('cancelTickByTickData')).toHaveLength(3);
    expect([connection.clock.pending, connection.listenerCount, connection.openCount]).toEqual([0, 0, 0]);
  });

  it('refuses nonsense at once', async () => {
    const { marketData } = await setUp();
    expect(() => marketData.tickByTick('AAPL', 'Last', { capacity: 0 })).toThrow('capacity must be');
    expect(() => marketData.tickByTick('', 'Last')).toThrow('must not be empty');
    await marketData.close();
  });
});

describe('tickByTick while another session has the data', () => {
  it('asks again until data flows, and marks the hole', async () => {
    const { connection, marketData } = await setUp();
    const stream = marketData.tickByTick('AAPL', 'Last');
    connection.deliver(trade(connection, 10));
    connection.deliver(notice(connection.latestId('reqTickByTickData'), 10197));
    connection.deliver(notice(connection.latestId('reqTickByTickData'), 10197));
    await connection.clock.advance(60_000);
    await connection.clock.advance(60_000);
    expect(connection.sentOf('reqTickByTickData')).toHaveLength(3);
    connection.deliver(trade(connection, 11));
    await connection.clock.advance(110_000);
    expect(connection.sentOf('reqTickByTickData')).toHaveLength(3);
    expect(await take(stream, 3)).toMatchObject([
      { price: 10 },
      { type: 'gap', fromMs: 1_700_000_000_000, toMs: 1_700_000_120_000, reason: expect.stringContaining('10197') as string },
      { price: 11 },
    ]);
    connection.deliver(notice(connection.latestId('reqTickByTickData'), 10197));
    await marketData.close();
    expect(connection.clock.pending).toBe(0);
  });
});

describe('BoundedTickStream', () => {
  it('in any order of pushes and reads gives every item once and in order, up to the overflow', async () => {
    const step = fc.constantFrom('push', 'push', 'push', 'read', 'read');
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), fc.integer({ min: 1, max: 8 }), async (steps, capacity) => {
        const stream = new BoundedTickStream<{ readonly n: number }>({ capacity, name: 'test', onEnd: () => undefined });
        const reads: Promise<IteratorResult<{ readonly n: number }, undefined>>[] = [];
        let pushed = 0;
        let accepted = 0;
        let full = false;
        for (const it of steps) {
          if (it === 'read') reads.push(stream.next());
          else {
            full ||= pushed - reads.length >= capacity;
            if (!full) accepted += 1;
            pushed += 1;
            stream.push({ n: pushed });
          }
        }
        stream.end();
        const outcomes = await Promise.allSettled(reads);
        for (;;) {
          const [last] = await Promise.allSettled([stream.next()]);
          outcomes.push(last);
          if (last.status === 'fulfilled' && last.value.done === true) break;
        }
        const items = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' && outcome.value.done !== true ? [outcome.value.value.n] : []));
        expect(items).toEqual(Array.from({ length: accepted }, (_, index) => index + 1));
        expect(outcomes.filter((outcome) => outcome.status === 'rejected')).toHaveLength(full ? 1 : 0);
      }),
    );
  });

  it('holds a million items and reads them in time that grows with their number only', async () => {
    const stream = new BoundedTickStream<{ readonly n: number }>({ capacity: 1_000_000, name: 'test', onEnd: () => undefined });
    for (let n = 0; n < 1_000_000; n += 1) stream.push({ n });
    stream.end();
    let next = 0;
    for await (const item of stream) {
      if (item.n !== next) break;
      next += 1;
    }
    expect(next).toBe(1_000_000);
  });
});

describe('tickByTick with something missing that nobody announced', () => {
  it('marks a message that could not be read, unless it was of another kind', async () => {
    const { connection, marketData } = await setUp();
    const stream = marketData.tickByTick('AAPL', 'Last');
    connection.deliver(trade(connection, 10));
    for (const news of [{ messageId: 1, messageType: 'tickPrice' }, { messageId: 199 }]) connection.tell('connection.frameUndecodable', news);
    connection.deliver(trade(connection, 11));
    for (const news of [{ messageId: 99, messageType: 'tickByTick' }, {}]) {
      connection.tell('connection.frameUndecodable', news);
      connection.deliver(trade(connection, 12));
    }
    expect((await take(stream, 6)).map((item) => (item.type === 'gap' ? item.reason : item.price))).toEqual([10, 11, 'a message could not be read', 12, 'a message could not be read', 12]);
    await marketData.close();
  });

  it('marks the time from the loss of a farm to the next tick', async () => {
    const { connection, marketData } = await setUp();
    const stream = marketData.tickByTick('AAPL', 'Last');
    connection.farms = { usfarm: { status: 'down' } };
    connection.tell('connection.degraded');
    await connection.clock.advance(3000);
    connection.deliver(trade(connection, 10));
    expect(await take(stream, 2)).toMatchObject([{ type: 'gap', fromMs: 1_700_000_000_000, toMs: 1_700_000_003_000, reason: 'the market data farm usfarm is down' }, { price: 10 }]);
    await marketData.close();
  });
});
