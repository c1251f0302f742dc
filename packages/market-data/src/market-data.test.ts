import { createTestClock } from '@ibkit/clock/testing';
import { describe, expect, it, vi } from 'vitest';
import { LiveDataFeed } from './quotes/live-data-feed.js';
import { MarketData } from './market-data.js';
import { AAPL, MSFT, brokerKnowing, notice, tickPrice } from './testing/fake-broker.js';
import { FakeConnection } from './testing/fake-connection.js';
import type { Broker } from './testing/fake-connection.js';

const known = brokerKnowing(AAPL, MSFT);

/** A broker that answers snapshots with these ticks, and ends them when told to. */
function answering(ticks: Readonly<Record<number, readonly [number, number?]>>, facts: { readonly end?: boolean; readonly mode?: number } = {}): Broker {
  return (message, connection) => {
    known(message, connection);
    if (message.type !== 'reqMktData' || message.snapshot !== true) return;
    connection.deliver({ type: 'marketDataType', reqId: message.reqId, marketDataType: facts.mode ?? 1 });
    for (const [tickType, [price, size]] of Object.entries(ticks)) connection.deliver(tickPrice(message.reqId, Number(tickType), price, size));
    if (facts.end !== false) connection.deliver({ type: 'tickSnapshotEnd', reqId: message.reqId });
  };
}

function setUp(broker: Broker): { readonly connection: FakeConnection; readonly marketData: MarketData } {
  const connection = new FakeConnection({ clock: createTestClock(), broker });
  return { connection, marketData: new MarketData({ connection }) };
}

describe('snapshot', () => {
  it('looks once and holds what came for it', async () => {
    const { connection, marketData } = setUp(answering({ 1: [10, 100], 2: [11, 100], 9: [9.5] }));
    await expect(marketData.snapshot('AAPL')).resolves.toMatchObject({ symbol: 'AAPL', conId: 265598, bid: 10, ask: 11, close: 9.5, mode: 'live', complete: true, stale: false });
    expect(connection.sentOf('reqMktData')).toEqual([expect.objectContaining({ snapshot: true, genericTickList: '' })]);
    expect([connection.clock.pending, connection.openCount]).toEqual([0, 0]);
  });

  it('takes nothing from an open line', async () => {
    const { connection, marketData } = setUp(answering({ 2: [11, 100] }));
    const ticker = marketData.subscribeTicker('AAPL');
    await connection.clock.settle();
    connection.deliver(tickPrice(connection.latestId('reqMktData'), 1, 10, 100));
    const snapshot = await marketData.snapshot('AAPL');
    expect(ticker.current).toMatchObject({ bid: 10 });
    expect(snapshot).not.toHaveProperty('bid');
    await marketData.close();
  });

  it('ends at its deadline with what it has, says so, and cancels at the broker', async () => {
    const { connection, marketData } = setUp(answering({ 1: [10, 100] }, { end: false }));
    const looking = marketData.snapshot('AAPL', { timeoutMs: 5000 });
    await connection.clock.advance(5000);
    await expect(looking).resolves.toMatchObject({ bid: 10, complete: false });
    expect(connection.sentOf('cancelMktData')).toHaveLength(1);
    expect(connection.clock.pending).toBe(0);
  });

  it('is empty and partial when nothing came', async () => {
    const { connection, marketData } = setUp(known);
    const looking = marketData.snapshot('AAPL');
    await connection.clock.advance(12_000);
    const snapshot = await looking;
    expect([snapshot.complete, snapshot.mode, snapshot.fieldAtMs]).toEqual([false, 'unknown', {}]);
  });

  it('fails with the broker’s error, and goes on after an advice', async () => {
    const { marketData } = setUp((message, connection) => {
      known(message, connection);
      if (message.type === 'reqMktData') {
        connection.deliver(notice(message.reqId, 10090));
        connection.deliver(notice(message.reqId, 354, 'Requested market data is not subscribed.'));
      }
    });
    await expect(marketData.snapshot('AAPL')).rejects.toMatchObject({ name: 'MarketDataError', brokerCode: 354 });
  });

  it('stops for its signal, and when everything is closed', async () => {
    const { connection, marketData } = setUp(known);
    const stop = new AbortController();
    const one = expect(marketData.snapshot('AAPL', { signal: stop.signal })).rejects.toThrow('enough');
    const other = expect(marketData.snapshot('MSFT')).rejects.toMatchObject({ code: 'IBKR_MARKET_DATA_CLOSED' });
    await connection.clock.settle();
    stop.abort(new Error('enough'));
    await marketData.close();
    await Promise.all([one, other]);
    expect([connection.clock.pending, connection.openCount, connection.sentOf('cancelMktData').length]).toEqual([0, 0, 2]);
  });

  it('switches the market data type for as long as it looks', async () => {
    const { connection, marketData } = setUp(answering({ 68: [10, 100] }, { mode: 3 }));
    await expect(marketData.snapshot('AAPL', { mode: 'delayed' })).resolves.toMatchObject({ last: 10, mode: 'delayed' });
    expect(connection.sentOf('reqMarketDataType').map(({ marketDataType }) => marketDataType)).toEqual([3, 1]);
    await marketData.close();
  });
});

describe('many questions at the same time', () => {
  it('make no warning of a leak', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue(undefined);
    const { connection, marketData } = setUp(brokerKnowing());
    for (let count = 0; count < 20; count += 1) marketData.subscribeTicker(`SYM${count}`);
    const snapshots = Array.from({ length: 20 }, () => marketData.snapshot('AAPL').catch((error: unknown) => error));
    await connection.clock.settle();
    await marketData.close();
    await Promise.all(snapshots);
    expect(warn.mock.calls).toEqual([]);
    warn.mockRestore();
  });
});

describe('getLatestPrice', () => {
  it('takes the last trade as soon as it comes, without waiting for the rest', async () => {
    const { connection, marketData } = setUp(answering({ 1: [10, 1], 4: [10.5, 1] }, { end: false }));
    await expect(marketData.getLatestPrice('AAPL')).resolves.toBe(10.5);
    expect(connection.sentOf('cancelMktData')).toHaveLength(1);
  });

  it('takes the middle of bid and ask when there was no trade', async () => {
    const { marketData } = setUp(answering({ 1: [10, 1], 2: [11, 1], 9: [7] }));
    await expect(marketData.getLatestPrice('AAPL')).resolves.toBe(10.5);
  });

  it('waits a second for a trade when bid and ask are there, not for the end of the snapshot', async () => {
    const { connection, marketData } = setUp(answering({ 1: [10, 1], 2: [11, 1] }, { end: false }));
    const price = marketData.getLatestPrice('AAPL');
    await connection.clock.advance(1000);
    await expect(price).resolves.toBe(10.5);
    expect([connection.sentOf('cancelMktData').length, connection.clock.pending]).toEqual([1, 0]);
  });

  it('passes a trade over that is older than asked for, and one that does not say when it was', async () => {
    const first = (secondsAgo: number | undefined): Broker => (message, connection) => {
      if (message.type === 'reqMktData' && secondsAgo !== undefined) connection.deliver({ type: 'tickString', reqId: message.reqId, tickType: 45, value: String(connection.clock.now() / 1000 - secondsAgo) });
      answering({ 4: [20, 1], 1: [10, 1], 2: [11, 1] })(message, connection);
    };
    const prices = [];
    for (const secondsAgo of [60, 61, undefined]) prices.push(await setUp(first(secondsAgo)).marketData.getLatestPrice('AAPL', { maxTradeAgeMs: 60_000 }));
    expect(prices).toEqual([20, 10.5, 10.5]);
    await expect(setUp(answering({ 4: [20, 1] })).marketData.getLatestPrice('AAPL', { maxTradeAgeMs: 60_000 })).rejects.toMatchObject({ code: 'IBKR_MARKET_DATA_NO_PRICE' });
    await expect(setUp(answering({ 4: [20, 1] })).marketData.getLatestPrice('AAPL', { maxTradeAgeMs: -1 })).rejects.toThrow('maxTradeAgeMs');
  });

  it('takes no close for a price', async () => {
    const { marketData } = setUp(answering({ 1: [10, 1], 9: [7] }));
    await expect(marketData.getLatestPrice('AAPL')).rejects.toMatchObject({ code: 'IBKR_MARKET_DATA_NO_PRICE', retryable: true });
  });

  it('refuses delayed data unless it is allowed, and says how', async () => {
    const { marketData } = setUp(answering({ 68: [10, 1] }, { mode: 3, end: false }));
    await expect(marketData.getLatestPrice('AAPL')).rejects.toMatchObject({ name: 'MarketDataError', code: 'IBKR_MARKET_DATA_NOT_SUBSCRIBED', brokerCode: 354, tips: expect.arrayContaining([expect.stringMatching(/delayed data/u)]) as unknown });
    await expect(marketData.getLatestPrice('AAPL', { mode: 'delayed' })).resolves.toBe(10);
    await marketData.close();
  });

  it('asks when the clock was set back and the age of a held price is not known', async () => {
    const { connection, marketData } = setUp(answering({ 4: [20, 1] }));
    marketData.subscribeTicker('AAPL');
    await connection.clock.settle();
    connection.deliver(tickPrice(connection.latestId('reqMktData'), 4, 10, 1));
    await connection.clock.advance(60_000);
    connection.clock.setNow(connection.clock.now() - 120_000);
    await expect(marketData.getLatestPrice('AAPL')).resolves.toBe(20);
    await marketData.close();
  });

  it('answers from an open line while its price is young, and asks when it is old or stale', async () => {
    const { connection, marketData } = setUp(answering({ 4: [20, 1] }));
    marketData.subscribeTicker('AAPL');
    await connection.clock.settle();
    connection.deliver(tickPrice(connection.latestId('reqMktData'), 4, 10, 1));
    await expect(marketData.getLatestPrice('AAPL')).resolves.toBe(10);
    await connection.clock.advance(3000);
    await expect(marketData.getLatestPrice('AAPL', { maxAgeMs: 2999 })).resolves.toBe(20);
    await expect(marketData.getLatestPrice('AAPL', { maxAgeMs: 3000 })).resolves.toBe(10);
    await marketData.close();
  });

  it('refuses what the gateway remembers while it has no link to the broker', async () => {
    const { connection, marketData } = setUp(answering({ 4: [20, 1] }));
    connection.cutUpstream();
    await expect(marketData.getLatestPrice('AAPL')).rejects.toMatchObject({ code: 'IBKR_MARKET_DATA_STALE', retryable: true });
    await expect(marketData.snapshot('AAPL')).resolves.toMatchObject({ last: 20, stale: true, staleReason: 'the gateway has no link to the broker' });
    await marketData.close();
  });
});

/** A connection as the feed wants it. */
class FakeFeedConnection extends FakeConnection {
  connect(): Promise<void> {
    this.restore();
    return Promise.resolve();
  }

  disconnect(): Promise<void> {
    this.drop();
    return Promise.resolve();
  }

  isConnected(): boolean {
    return this.state === 'connected';
  }
}

describe('LiveDataFeed', () => {
  it('connects, follows symbols and knows their prices', async () => {
    const connection = new FakeFeedConnection({ clock: createTestClock(), broker: answering({ 4: [20, 1] }) });
    connection.state = 'disconnected';
    const feed = new LiveDataFeed({ connection });
    await feed.connect();
    expect(feed.isConnected()).toBe(true);
    await feed.subscribe(['AAPL', 'aapl', 'MSFT']);
    expect(feed.symbols).toEqual(['AAPL', 'MSFT']);
    expect(await feed.marketData.resolve('AAPL')).toMatchObject({ symbol: 'AAPL' });
    expect(connection.sentOf('reqMktData')).toHaveLength(2);
    connection.deliver(tickPrice(connection.latestId('reqMktData'), 4, 10, 1));
    await expect(feed.getLatestPrice('msft')).resolves.toBe(10);
    await expect(feed.getLatestPrice('AAPL')).resolves.toBe(20);
    expect([feed.latestQuote('MSFT')?.last, feed.latestQuote('AAPL')]).toEqual([10, undefined]);
    await feed.disconnect();
    expect([feed.isConnected(), feed.latestQuote('MSFT')?.stale]).toEqual([false, true]);
    await expect(feed.getLatestPrice('MSFT')).rejects.toMatchObject({ code: 'IBKR_NOT_CONNECTED' });
    await feed.connect();
    expect(connection.sentOf('reqMktData').filter(({ snapshot }) => snapshot !== true)).toHaveLength(4);
    await feed.unsubscribe(['AAPL']);
    expect(feed.symbols).toEqual(['MSFT']);
    await feed.close();
    expect([connection.clock.pending, connection.listenerCount, connection.openCount]).toEqual([0, 0, 0]);
  });

  it('follows the symbols that exist and fails for the one that does not', async () => {
    const connection = new FakeFeedConnection({ clock: createTestClock(), broker: known });
    const feed = new LiveDataFeed({ connection });
    await expect(feed.subscribe(['AAPL', 'NOPE', 'MSFT'])).rejects.toMatchObject({ code: 'IBKR_CONTRACT_NOT_FOUND' });
    expect(feed.symbols).toEqual(['AAPL', 'MSFT']);
    await feed.close();
  });

  it('makes a connection of its own from options', async () => {
    const feed = new LiveDataFeed({ paperTrading: true, port: 1 });
    expect(feed.isConnected()).toBe(false);
    await feed.close();
  });
});
