import { createTestClock } from '@ibkit/clock/testing';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { MarketData } from '../market-data.js';
import type { MarketDataOptions } from '../market-data-parts.js';
import type { Quote } from './quote.js';
import { AAPL, MSFT, brokerKnowing, notice, tickPrice, tickPrices } from '../testing/fake-broker.js';
import { FakeConnection } from '../testing/fake-connection.js';
import type { TickerSubscription } from './ticker-subscription.js';

const BID = 1;
const LAST = 4;

let made: { readonly connection: FakeConnection; readonly marketData: MarketData }[] = [];

async function setUp(options: Partial<MarketDataOptions> = {}): Promise<{ readonly connection: FakeConnection; readonly marketData: MarketData }> {
  const connection = new FakeConnection({ clock: createTestClock(), broker: brokerKnowing(AAPL, MSFT) });
  const marketData = new MarketData({ connection, ...options });
  await marketData.resolve('AAPL');
  connection.sent.length = 0;
  const both = { connection, marketData };
  made.push(both);
  return both;
}

/** Nothing may be left behind, whatever a test did. */
afterEach(async () => {
  const all = made;
  made = [];
  for (const { connection, marketData } of all) {
    await marketData.close();
    assertNothingLeft(connection);
    assertNoListeners(connection);
  }
});

function assertNothingLeft(connection: FakeConnection): void {
  expect([connection.clock.pending, connection.openCount]).toEqual([0, 0]);
}

function collect(ticker: TickerSubscription): { readonly quotes: Quote[]; readonly events: string[] } {
  const quotes: Quote[] = [];
  const events: string[] = [];
  ticker.on('quote', (quote) => quotes.push(quote));
  ticker.on('gap', (gap) => events.push(`gap ${gap.toMs - gap.fromMs}`));
  ticker.on('mode', ({ mode }) => events.push(`mode ${mode}`));
  ticker.on('end', ({ error }) => events.push(`end ${error?.message ?? ''}`));
  return { quotes, events };
}

describe('subscribeTicker', () => {
  it('asks for one line however many read it, and gives it up a little after the last', async () => {
    const { connection, marketData } = await setUp();
    const a = marketData.subscribeTicker('AAPL');
    const b = marketData.subscribeTicker({ symbol: 'AAPL' });
    expect(connection.sentOf('reqMktData')).toEqual([expect.objectContaining({ contract: expect.objectContaining({ conId: 265598, exchange: 'SMART' }) as unknown, genericTickList: '', snapshot: false })]);
    await a.close();
    await connection.clock.advance(5000);
    expect(connection.sentOf('cancelMktData')).toEqual([]);
    await b.close();
    await connection.clock.advance(1999);
    expect([connection.sentOf('cancelMktData').length, marketData.openLines]).toEqual([0, 1]);
    await connection.clock.advance(1);
    expect(connection.sentOf('cancelMktData')).toEqual([{ type: 'cancelMktData', reqId: connection.latestId('reqMktData') }]);
    expect(marketData.openLines).toBe(0);
  });

  it('takes a line up again that still lingers, with the quote that it has', async () => {
    const { connection, marketData } = await setUp();
    const a = marketData.subscribeTicker('AAPL');
    tickPrices(connection, { [BID]: [10, 100] });
    await a.close();
    await connection.clock.advance(1000);
    const b = marketData.subscribeTicker('AAPL');
    expect(b.current).toMatchObject({ bid: 10 });
    await connection.clock.advance(5000);
    expect([connection.sentOf('reqMktData').length, connection.sentOf('cancelMktData').length]).toEqual([1, 0]);
  });

  it('opens different lines for different routes of one contract', async () => {
    const { connection, marketData } = await setUp();
    marketData.subscribeTicker('AAPL');
    marketData.subscribeTicker(await marketData.resolve({ symbol: 'AAPL', exchange: 'NASDAQ' }));
    expect(connection.sentOf('reqMktData').map(({ contract }) => contract.exchange)).toEqual(['SMART', 'NASDAQ']);
  });

  it('asks again when somebody wants more ticks, and keeps the values', async () => {
    const { connection, marketData } = await setUp();
    const a = marketData.subscribeTicker('AAPL', { ticks: ['markPrice'] });
    tickPrices(connection, { [BID]: [10, 100] });
    marketData.subscribeTicker('AAPL', { ticks: [233] });
    expect(connection.sentOf('reqMktData').map(({ genericTickList }) => genericTickList)).toEqual(['232', '232,233']);
    expect(connection.sentOf('cancelMktData')).toHaveLength(1);
    expect(a.current).toMatchObject({ bid: 10, stale: false });
  });

  it('tells each listener once per turn, with the latest of all that came', async () => {
    const { connection, marketData } = await setUp();
    const { quotes } = collect(marketData.subscribeTicker('AAPL'));
    tickPrices(connection, { [BID]: [10, 100], 2: [10.1, 100], [LAST]: [10.05, 5] });
    await connection.clock.settle();
    expect(quotes).toEqual([expect.objectContaining({ symbol: 'AAPL', bid: 10, ask: 10.1, last: 10.05 })]);
  });

  it('gives a slow loop the latest quote and never misses the last', async () => {
    const { connection, marketData } = await setUp();
    const ticker = marketData.subscribeTicker('AAPL');
    const loop = ticker[Symbol.asyncIterator]();
    for (const price of [1, 2, 3]) {
      tickPrices(connection, { [LAST]: [price, 1] });
      await connection.clock.settle();
    }
    expect((await loop.next()).value).toMatchObject({ last: 3 });
    const waiting = loop.next();
    tickPrices(connection, { [LAST]: [4, 1] });
    expect((await waiting).value).toMatchObject({ last: 4 });
    tickPrices(connection, { [LAST]: [5, 1] });
    await ticker.close();
    expect((await loop.next()).value).toMatchObject({ last: 5 });
    expect(await loop.next()).toEqual({ done: true, value: undefined });
  });

  it('ends when the loop is left', async () => {
    const { connection, marketData } = await setUp();
    const ticker = marketData.subscribeTicker('AAPL');
    tickPrices(connection, { [LAST]: [3, 1] });
    for await (const quote of ticker) {
      expect(quote.last).toBe(3);
      break;
    }
    expect([ticker.status, ticker.current]).toEqual(['ended', undefined]);
  });

  it('ends quietly when its signal aborts, before and after it began', async () => {
    const { connection, marketData } = await setUp();
    const stop = new AbortController();
    const ticker = marketData.subscribeTicker('AAPL', { signal: stop.signal });
    const { events } = collect(ticker);
    const reading = ticker[Symbol.asyncIterator]().next();
    stop.abort();
    await expect(reading).resolves.toEqual({ done: true, value: undefined });
    expect(events).toEqual(['end ']);
    connection.sent.length = 0;
    expect(marketData.subscribeTicker('AAPL', { signal: stop.signal }).status).toBe('ended');
    expect(connection.sent).toEqual([]);
  });

  it('waits for the quote that is needed, or for nothing longer than asked', async () => {
    const { connection, marketData } = await setUp();
    const ticker = marketData.subscribeTicker('AAPL');
    const waiting = ticker.waitFor((quote) => quote.last !== undefined, { timeoutMs: 1000 });
    tickPrices(connection, { [BID]: [10, 1] });
    tickPrices(connection, { [LAST]: [11, 1] });
    await expect(waiting).resolves.toMatchObject({ last: 11 });
    await expect(ticker.waitFor((quote) => quote.bid === 10)).resolves.toMatchObject({ last: 11 });
    const late = expect(ticker.waitFor((quote) => quote.high !== undefined, { timeoutMs: 1000 })).rejects.toMatchObject({ code: 'IBKR_MARKET_DATA_TIMEOUT' });
    await connection.clock.advance(1000);
    await late;
    const closed = expect(ticker.waitFor(() => false)).rejects.toMatchObject({ code: 'IBKR_MARKET_DATA_ENDED' });
    await ticker.close();
    await closed;
  });

  it('tells whoever waits what the condition threw', async () => {
    const { connection, marketData } = await setUp();
    const ticker = marketData.subscribeTicker('AAPL');
    const fault = new Error('a bad condition');
    const waiting = expect(ticker.waitFor(() => {
      throw fault;
    })).rejects.toBe(fault);
    tickPrices(connection, { [BID]: [10, 1] });
    await connection.clock.settle();
    await waiting;
    await ticker.close();
  });

  it('waits for a connection, looks the symbol up and opens the line', async () => {
    const { connection, marketData } = await setUp();
    connection.drop();
    const ticker = marketData.subscribeTicker('MSFT');
    await connection.clock.settle();
    expect([ticker.status, connection.sent.length]).toEqual(['resolving', 0]);
    connection.restore();
    await connection.clock.settle();
    expect([ticker.status, ticker.contract?.conId]).toEqual(['open', 272093]);
    expect(connection.sentOf('reqMktData')).toHaveLength(1);
  });

  it('ends with the error for an unknown symbol, from the loop and as an event', async () => {
    const { connection, marketData } = await setUp();
    const ticker = marketData.subscribeTicker({ symbol: 'NOPE', secType: 'IND', exchange: 'CBOE' });
    const { events } = collect(ticker);
    await expect(ticker[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'IBKR_CONTRACT_NOT_FOUND' });
    await connection.clock.settle();
    expect(events).toHaveLength(1);
    expect(ticker.error).toMatchObject({ code: 'IBKR_CONTRACT_NOT_FOUND' });
  });

  it('ends with the error of a connection that takes no more subscriptions, known contract or not', async () => {
    const { connection, marketData } = await setUp();
    connection.subscribe = () => {
      throw new Error('the connection was closed');
    };
    const known = marketData.subscribeTicker('AAPL');
    const looked = marketData.subscribeTicker('MSFT');
    await connection.clock.advance(0);
    expect([known.error?.message, looked.error?.message]).toEqual(['the connection was closed', 'the connection was closed']);
    expect(marketData.openLines).toBe(0);
    await expect(marketData.tickByTick('AAPL', 'Last').next()).rejects.toThrow('the connection was closed');
  });

  it('refuses nonsense at once', async () => {
    const { marketData } = await setUp();
    expect(() => marketData.subscribeTicker('')).toThrow('must not be empty');
    expect(() => marketData.subscribeTicker('AAPL', { ticks: [-1] })).toThrow('ticks must be');
    expect(() => new MarketData({ connection: new FakeConnection({ clock: createTestClock() }), lingerMs: -1 })).toThrow('lingerMs must be');
  });
});

describe('a line over a loss of the session', () => {
  it('is stale at once, asked for again, and fresh with the first new value, without the old ones', async () => {
    const { connection, marketData } = await setUp();
    const ticker = marketData.subscribeTicker('AAPL');
    const { quotes, events } = collect(ticker);
    tickPrices(connection, { [BID]: [10, 100], [LAST]: [10.05, 5] });
    await connection.clock.advance(1000);
    connection.drop();
    await connection.clock.settle();
    expect(ticker.current).toMatchObject({ bid: 10, stale: true, staleReason: 'the connection was lost', gaps: 1 });
    expect(quotes.at(-1)).toBe(ticker.current);
    await connection.clock.advance(4000);
    connection.restore();
    await connection.clock.settle();
    expect(ticker.current?.stale).toBe(true);
    connection.deliver({ type: 'marketDataType', reqId: connection.latestId('reqMktData'), marketDataType: 1 });
    expect(ticker.current?.stale).toBe(true);
    tickPrices(connection, { [LAST]: [12, 5] });
    expect(ticker.current).toMatchObject({ last: 12, stale: false, gaps: 1 });
    expect(ticker.current).not.toHaveProperty('bid');
    expect(events).toEqual(['gap 4000', 'mode live']);
    expect(new Set(connection.sentOf('reqMktData').map(({ reqId }) => reqId)).size).toBe(2);
  });

  it('asks for the market data type before the lines', async () => {
    const { connection, marketData } = await setUp();
    marketData.subscribeTicker('AAPL', { mode: 'delayed' });
    expect(connection.sent.map(({ type }) => type)).toEqual(['reqMarketDataType', 'reqMktData']);
    connection.drop();
    connection.sent.length = 0;
    connection.restore();
    expect(connection.sent).toEqual([{ type: 'reqMarketDataType', marketDataType: 3 }, expect.objectContaining({ type: 'reqMktData' })]);
  });
});

describe('a line over a loss of the gateway’s link', () => {
  it('stays stale while the link is down, whatever trickles in, and is fresh with the first value after', async () => {
    const { connection, marketData } = await setUp();
    const ticker = marketData.subscribeTicker('AAPL');
    const { events } = collect(ticker);
    tickPrices(connection, { [LAST]: [10, 5] });
    connection.cutUpstream();
    tickPrices(connection, { [LAST]: [11, 5] });
    expect(ticker.current).toMatchObject({ last: 11, stale: true, staleReason: 'the gateway has no link to the broker' });
    await connection.clock.advance(3000);
    connection.mendUpstream();
    tickPrices(connection, { [LAST]: [12, 5] });
    expect(ticker.current).toMatchObject({ last: 12, stale: false });
    expect(events).toEqual(['gap 3000']);
    await connection.clock.advance(15_000);
    expect(connection.sentOf('reqMktData')).toHaveLength(1);
  });

  it('keeps nothing from before when the gateway lost its streams, announced or not', async () => {
    const { connection, marketData } = await setUp();
    const ticker = marketData.subscribeTicker('AAPL');
    const { events } = collect(ticker);
    tickPrices(connection, { [BID]: [10, 5] });
    connection.mendUpstreamWithoutStreams();
    expect(ticker.current).toMatchObject({ bid: 10, stale: true, staleReason: 'the gateway lost its streams (1101)' });
    tickPrices(connection, { [LAST]: [12, 5] });
    expect(ticker.current).toMatchObject({ last: 12, stale: false, gaps: 1 });
    expect(ticker.current).not.toHaveProperty('bid');
    expect(events).toEqual(['gap 0']);
  });

  it('is asked for again when it stays silent', async () => {
    const { connection, marketData } = await setUp();
    const ticker = marketData.subscribeTicker('AAPL');
    tickPrices(connection, { [LAST]: [10, 5] });
    connection.cutUpstream();
    connection.mendUpstream();
    await connection.clock.advance(15_000);
    expect(connection.sentOf('reqMktData')).toHaveLength(2);
    tickPrices(connection, { [LAST]: [10, 5] });
    expect(ticker.current).toMatchObject({ last: 10, stale: false });
  });

  it('doubts its values when a market data farm is down, and only then', async () => {
    const { connection, marketData } = await setUp();
    const ticker = marketData.subscribeTicker('AAPL');
    tickPrices(connection, { [LAST]: [10, 5] });
    connection.farms = { ushmds: { status: 'down' } };
    connection.tell('connection.degraded');
    expect(ticker.current?.stale).toBe(false);
    connection.farms = { usfarm: { status: 'down' } };
    connection.tell('connection.degraded');
    expect(ticker.current).toMatchObject({ last: 10, stale: true, staleReason: 'the market data farm usfarm is down' });
    tickPrices(connection, { [BID]: [9, 5] });
    expect(ticker.current).toMatchObject({ last: 10, bid: 9, stale: false });
  });
});

describe('a message that could not be read', () => {
  it('leaves no value that may be old in the quote, and what does not come again is asked for', async () => {
    const { connection, marketData } = await setUp();
    const ticker = marketData.subscribeTicker('AAPL');
    tickPrices(connection, { [BID]: [10, 5], [LAST]: [11, 5] });
    connection.tell('connection.frameUndecodable', { messageId: 1, messageType: 'tickPrice' });
    expect(ticker.current).toMatchObject({ stale: true, staleReason: 'a message could not be read' });
    tickPrices(connection, { [LAST]: [12, 5] });
    expect(ticker.current).toMatchObject({ last: 12, stale: false, gaps: 1 });
    expect(ticker.current).not.toHaveProperty('bid');
    await connection.clock.advance(15_000);
    expect(connection.sentOf('reqMktData')).toHaveLength(2);
    connection.tell('connection.frameUndecodable', { messageId: 99, messageType: 'tickByTick' });
    tickPrices(connection, { [BID]: [10, 5] });
    expect(ticker.current).toMatchObject({ bid: 10, stale: false, gaps: 1 });
  });
});

describe('what the broker says about a line', () => {
  it.each([10167, 10090, 10091, 300, 2176, 99_999])('goes on after %d', async (code) => {
    const { connection, marketData } = await setUp();
    const ticker = marketData.subscribeTicker('AAPL', { mode: 'delayed' });
    connection.deliver(notice(connection.latestId('reqMktData'), code));
    tickPrices(connection, { 68: [10, 5] });
    expect(ticker.current).toMatchObject({ last: 10, mode: 'delayed' });
  });

  it.each([354, 10089, 10168])('ends with a typed error and tips after %d', async (code) => {
    const { connection, marketData } = await setUp();
    const ticker = marketData.subscribeTicker('AAPL');
    connection.deliver(notice(connection.latestId('reqMktData'), code, 'not subscribed'));
    await expect(ticker[Symbol.asyncIterator]().next()).rejects.toMatchObject({ name: 'MarketDataError', brokerCode: code });
    expect(ticker.error).toMatchObject({ tips: expect.arrayContaining([expect.any(String)]) as unknown });
    expect(marketData.openLines).toBe(0);
    connection.sent.length = 0;
    marketData.subscribeTicker('AAPL');
    expect(connection.sentOf('reqMktData')).toHaveLength(1);
  });

  it('repeats the market data type once where delayed data is allowed and was refused', async () => {
    const { connection, marketData } = await setUp();
    const ticker = marketData.subscribeTicker('AAPL', { mode: 'delayed' });
    connection.deliver(notice(connection.latestId('reqMktData'), 354));
    await connection.clock.settle();
    expect(connection.sent.map(({ type }) => type)).toEqual(['reqMarketDataType', 'reqMktData', 'reqMarketDataType', 'cancelMktData', 'reqMktData']);
    expect(ticker.status).toBe('open');
    connection.deliver(notice(connection.latestId('reqMktData'), 354));
    expect(ticker.status).toBe('ended');
  });

  it('refuses an extra tick to the reader who asked for it, and to nobody else on the line', async () => {
    const { connection, marketData } = await setUp();
    const plain = marketData.subscribeTicker('AAPL', { ticks: [100, 233] });
    tickPrices(connection, { [LAST]: [10, 5] });
    const greedy = marketData.subscribeTicker('AAPL', { ticks: ['historicalVolatility'] });
    expect(connection.sentOf('reqMktData').map(({ genericTickList }) => genericTickList)).toEqual(['100,233', '100,104,233']);
    const text = "Error validating request.-'bQ' : cause - Incorrect generic tick list of 100,104,233.  Legal ones for (STK) are: 100(Option Volume),232/221(Pl Price),233(RTVolume)";
    connection.deliver(notice(connection.latestId('reqMktData'), 321, text));
    await connection.clock.settle();
    expect([greedy.status, plain.status]).toEqual(['ended', 'open']);
    expect(greedy.error).toMatchObject({ code: 'IBKR_MARKET_DATA_TICKS_REFUSED', details: { refused: [104] } });
    expect(connection.sentOf('reqMktData').at(-1)).toMatchObject({ genericTickList: '100,233' });
    tickPrices(connection, { [LAST]: [11, 5] });
    expect(plain.current).toMatchObject({ last: 11 });
    // Whoever is alone with it hears it from the broker.
    const alone = marketData.subscribeTicker('MSFT', { ticks: [104] });
    await connection.clock.settle();
    connection.deliver(notice(connection.latestId('reqMktData'), 321, text));
    await connection.clock.settle();
    expect(alone.error).toMatchObject({ brokerCode: 321 });
  });

  it('is stale while another session has the data, and asks again every minute', async () => {
    const { connection, marketData } = await setUp({ quoteSilenceMs: 3_600_000, mostSilenceMs: 3_600_000 });
    const ticker = marketData.subscribeTicker('AAPL');
    const { events } = collect(ticker);
    tickPrices(connection, { [LAST]: [10, 5] });
    connection.deliver(notice(connection.latestId('reqMktData'), 10197));
    expect(ticker.current).toMatchObject({ last: 10, stale: true, gaps: 1 });
    await connection.clock.advance(120_000);
    const lines = connection.sentOf('reqMktData').filter(({ snapshot }) => snapshot !== true);
    expect(lines).toHaveLength(3);
    tickPrices(connection, { [LAST]: [11, 5] }, lines.at(-1)?.reqId);
    expect(ticker.current).toMatchObject({ last: 11, stale: false, gaps: 1 });
    expect(events).toEqual(['gap 120000']);
    const before = connection.sentOf('reqMktData').length;
    await connection.clock.advance(600_000);
    expect(connection.sentOf('reqMktData')).toHaveLength(before);
  });

  it('keeps the switch at the widest mode that anybody wants', async () => {
    const { connection, marketData } = await setUp();
    const delayed = marketData.subscribeTicker('AAPL', { mode: 'delayed' });
    await marketData.resolve('MSFT');
    const frozen = marketData.subscribeTicker('MSFT', { mode: 'frozen' });
    await delayed.close();
    await frozen.close();
    await connection.clock.advance(2000);
    expect(connection.sentOf('reqMarketDataType').map(({ marketDataType }) => marketDataType)).toEqual([3, 4, 2, 1]);
  });
});

describe('unsubscribe and close', () => {
  it('ends every subscription to a contract and gives the line up at once', async () => {
    const { connection, marketData } = await setUp();
    const tickers = [marketData.subscribeTicker('AAPL'), marketData.subscribeTicker('AAPL'), marketData.subscribeTicker('MSFT')];
    await connection.clock.settle();
    await marketData.unsubscribe('AAPL');
    expect(tickers.map(({ status }) => status)).toEqual(['ended', 'ended', 'open']);
    expect(connection.sentOf('cancelMktData')).toHaveLength(1);
    expect(marketData.openLines).toBe(1);
    await marketData.unsubscribe('GOOG');
  });

  it('ends a subscription that still waits for its contract', async () => {
    const { connection, marketData } = await setUp();
    connection.drop();
    const ticker = marketData.subscribeTicker('MSFT');
    await marketData.unsubscribe('MSFT');
    expect(ticker.status).toBe('ended');
  });

  it('refuses everything after the close', async () => {
    const { marketData } = await setUp();
    const ticker = marketData.subscribeTicker('AAPL');
    await Promise.all([marketData.close(), marketData.close()]);
    expect(ticker.status).toBe('ended');
    expect(() => marketData.subscribeTicker('AAPL')).toThrow('was closed');
    await expect(marketData.resolve('AAPL')).rejects.toMatchObject({ code: 'IBKR_MARKET_DATA_CLOSED' });
  });
});

function assertSound(facts: { readonly lines: number; readonly open: readonly TickerSubscription[]; readonly connected: boolean }): void {
  const { lines, open, connected } = facts;
  if (open.length > 0) expect(lines).toBe(1);
  expect(lines).toBeLessThanOrEqual(1);
  expect(open.every((ticker) => connected || (ticker.current?.stale ?? true))).toBe(true);
}

function assertNoListeners(connection: FakeConnection): void {
  expect(connection.listenerCount).toBe(0);
}

type Step = 'open' | 'close' | 'tick' | 'wait' | 'drop' | 'restore' | 'cut' | 'mend';

/** Walks through readers, outages and time, and checks after every step what must always hold. */
class Walk {
  readonly #connection: FakeConnection;
  readonly #marketData: MarketData;
  readonly #open: TickerSubscription[] = [];

  constructor(parts: { readonly connection: FakeConnection; readonly marketData: MarketData }) {
    this.#connection = parts.connection;
    this.#marketData = parts.marketData;
  }

  async take(step: Step): Promise<void> {
    await this.#steps[step]();
    assertSound({ lines: this.#marketData.openLines, open: this.#open, connected: this.#connection.state === 'connected' });
  }

  async end(): Promise<void> {
    for (const ticker of this.#open) await ticker.close();
    await this.#connection.clock.advance(2000);
    assertNothingLeft(this.#connection);
  }

  readonly #steps: Readonly<Record<Step, () => void | Promise<void>>> = {
    open: () => void this.#open.push(this.#marketData.subscribeTicker('AAPL')),
    close: () => this.#open.pop()?.close(),
    tick: () => {
      const [ticker] = this.#open;
      if (this.#connection.state !== 'connected' || ticker === undefined) return;
      this.#connection.deliver(tickPrice(this.#connection.latestId('reqMktData'), LAST, 10, 1));
      expect(ticker.current?.stale).toBe(this.#connection.upstream.status === 'down');
    },
    wait: () => this.#connection.clock.advance(1500),
    drop: () => {
      if (this.#connection.state === 'connected') this.#connection.drop();
    },
    restore: () => {
      if (this.#connection.state !== 'connected') this.#connection.restore();
    },
    cut: () => {
      this.#connection.cutUpstream();
    },
    mend: () => {
      this.#connection.mendUpstream();
    },
  };
}

it('in any order of readers, outages and time has at most one line per contract, none that nobody reads, and no old value that looks fresh', async () => {
  const step = fc.constantFrom<Step[]>('open', 'open', 'close', 'close', 'tick', 'wait', 'drop', 'restore', 'cut', 'mend');
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const walk = new Walk(await setUp());
      for (const it of steps) await walk.take(it);
      await walk.end();
    }),
  );
});
