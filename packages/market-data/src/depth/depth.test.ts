import { createTestClock } from '@ibkit/clock/testing';
import { LineBudget } from '@ibkit/rate-limiter';
import type { ServerMessage } from '@ibkit/wire';
import { describe, expect, it } from 'vitest';
import { MarketData } from '../market-data.js';
import type { MarketDataOptions } from '../market-data-parts.js';
import { AAPL, MSFT, brokerKnowing, notice } from '../testing/fake-broker.js';
import { FakeConnection } from '../testing/fake-connection.js';
import type { DepthBook } from './depth-book.js';
import type { DepthSubscription } from './depth-subscription.js';

const START_MS = 1_700_000_000_000;

interface Parts {
  readonly connection: FakeConnection;
  readonly marketData: MarketData;
}

async function withBook(run: (parts: Parts) => Promise<void>, options: Partial<MarketDataOptions> = {}): Promise<void> {
  const connection = new FakeConnection({ clock: createTestClock({ nowMs: START_MS }), broker: brokerKnowing(AAPL, MSFT) });
  const marketData = new MarketData({ connection, ...options });
  await marketData.resolve('AAPL');
  await marketData.resolve('MSFT');
  connection.sent.length = 0;
  await run({ connection, marketData });
  await marketData.close();
  expect(connection.openCount).toBe(0);
  expect(connection.listenerCount).toBe(0);
}

type Row = readonly [side: 'bid' | 'ask', operation: 0 | 1 | 2, position: number, price: number, size?: number, maker?: string];

function change(connection: FakeConnection, [side, operation, position, price, size = 100, marketMaker = 'ARCA']: Row): void {
  const message: ServerMessage = {
    type: 'marketDepthL2', reqId: connection.latestId('reqMktDepth'), position, marketMaker, operation, side: side === 'bid' ? 1 : 0, price, size, isSmartDepth: true,
  };
  connection.deliver(message);
}

function fill(connection: FakeConnection, bids: readonly number[], asks: readonly number[]): void {
  asks.forEach((price, position) => { change(connection, ['ask', 0, position, price]); });
  bids.forEach((price, position) => { change(connection, ['bid', 0, position, price]); });
}

const prices = (book: DepthBook | undefined): unknown => book === undefined ? undefined : [book.bids.map(({ price }) => price), book.asks.map(({ price }) => price)];
const settle = (): Promise<void> => Promise.resolve().then(() => undefined);

async function twoRows(parts: Parts): Promise<DepthSubscription> {
  const book = parts.marketData.depth('AAPL', { rows: 2 });
  fill(parts.connection, [10, 9], [11, 12]);
  await settle();
  return book;
}

describe('depth', () => {
  it('asks for a smart book, and shows it whole once all rows are there', () =>
    withBook(async ({ connection, marketData }) => {
      const book = marketData.depth('AAPL', { rows: 2 });
      expect(connection.sent).toEqual([expect.objectContaining({ type: 'reqMktDepth', numRows: 2, isSmartDepth: true })]);
      expect(book.current).toMatchObject({ bids: [], asks: [], stale: true, staleReason: 'no row has arrived yet' });
      connection.deliver(notice(connection.latestId('reqMktDepth'), 2152, 'Exchanges - Depth: NASDAQ; ARCA; Top: AMEX; BYX; '));
      fill(connection, [10], [11, 12]);
      await settle();
      expect(book.current).toMatchObject({ stale: true, staleReason: 'the book is being filled', receivedAtMs: START_MS });
      change(connection, ['bid', 0, 1, 9, 300, 'NASDAQ']);
      await settle();
      expect(book.current).toEqual({
        symbol: 'AAPL', conId: 265598, stale: false, staleReason: undefined, crossed: false, receivedAtMs: START_MS, gaps: 0, resets: 0,
        bids: [{ price: 10, size: 100, marketMaker: 'ARCA' }, { price: 9, size: 300, marketMaker: 'NASDAQ' }],
        asks: [{ price: 11, size: 100, marketMaker: 'ARCA' }, { price: 12, size: 100, marketMaker: 'ARCA' }],
        exchanges: { depth: ['NASDAQ', 'ARCA'], top: ['AMEX', 'BYX'] },
      });
      expect(book).toMatchObject({ status: 'open', contract: { symbol: 'AAPL' } });
    }));

  it('takes a book with fewer rows for whole after a moment', () =>
    withBook(async ({ connection, marketData }) => {
      const book = marketData.depth('AAPL', { rows: 20 });
      fill(connection, [10, 9], []);
      await connection.clock.advance(499);
      expect(book.current?.stale).toBe(true);
      await connection.clock.advance(1);
      expect(book.current).toMatchObject({ stale: false, bids: [{ price: 10 }, { price: 9 }], asks: [] });
    }));

  it('gives a slow loop the latest book, and listeners every change', () =>
    withBook(async (parts) => {
      const { connection } = parts;
      const book = await twoRows(parts);
      const changes: unknown[] = [];
      book.on('change', ({ side, operation, position, level }) => changes.push([side, operation, position, level.price, level.size]));
      const told: unknown[] = [];
      book.on('book', (next) => told.push(prices(next)));
      const seen: unknown[] = [];
      for await (const next of book) {
        seen.push(prices(next));
        if (seen.length === 2) break;
        change(connection, ['bid', 0, 0, 10.5]);
        await settle();
        change(connection, ['bid', 1, 0, 10.5, 700]);
        await settle();
        change(connection, ['ask', 2, 0, 0, 0]);
        await settle();
      }
      expect(seen).toEqual([[[10, 9], [11, 12]], [[10.5, 10], [12]]]);
      expect(told).toEqual([[[10.5, 10], [11, 12]], [[10.5, 10], [11, 12]], [[10.5, 10], [12]]]);
      expect(changes).toEqual([['bid', 'insert', 0, 10.5, 100], ['bid', 'update', 0, 10.5, 700], ['ask', 'delete', 0, 0, 0]]);
      expect(connection.sentOf('cancelMktDepth')).toHaveLength(1);
      expect(book).toMatchObject({ status: 'ended', current: undefined });
      await expect(book.waitFor(() => true)).rejects.toMatchObject({ code: 'IBKR_MARKET_DATA_ENDED' });
    }));

  it('never shows rows that are on their way: prices out of order are held back, and asked for again when they stay', () =>
    withBook(async (parts) => {
      const { connection } = parts;
      const book = await twoRows(parts);
      change(connection, ['bid', 1, 0, 8]);
      await settle();
      expect(book.current).toMatchObject({ stale: true, staleReason: 'the prices of a side are out of order', bids: [{ price: 10 }, { price: 9 }] });
      change(connection, ['bid', 1, 1, 7]);
      await settle();
      expect(book.current).toMatchObject({ stale: false, bids: [{ price: 8 }, { price: 7 }], resets: 0 });
      change(connection, ['ask', 1, 0, 20]);
      await connection.clock.advance(2000);
      expect(book.current).toMatchObject({ stale: true, staleReason: 'a change did not fit the book, which is asked for again', bids: [], asks: [], resets: 1 });
      expect(connection.sent.map(({ type }) => type)).toEqual(['reqMktDepth', 'cancelMktDepth', 'reqMktDepth']);
    }));

  it.each([
    ['an update of a row that is not there', ['bid', 1, 5, 1], { rows: 9, fault: 'no such row' }],
    ['a delete of a row that is not there', ['ask', 2, 2, 0], { rows: 9, fault: 'no such row' }],
    ['an insert that leaves a hole', ['bid', 0, 4, 1], { rows: 9, fault: 'leaves a hole' }],
    ['a negative size', ['bid', 1, 0, 10, -1], { rows: 9, fault: 'not a size' }],
    ['a negative position', ['bid', 1, -1, 10], { rows: 9, fault: 'not a position' }],
  ] as const)('empties the book after %s, tells, and asks again', (_, row, { rows, fault }) =>
    withBook(async ({ connection, marketData }) => {
      const book = marketData.depth('AAPL', { rows });
      fill(connection, [10, 9], [11, 12]);
      await connection.clock.advance(500);
      const told: unknown[] = [];
      book.on('fault', (event) => told.push(['fault', event.fault]));
      book.on('reset', ({ reason }) => told.push(['reset', reason]));
      book.on('gap', ({ fromMs, toMs }) => told.push(['gap', toMs - fromMs]));
      change(connection, row);
      expect(book.current).toMatchObject({ stale: true, bids: [], asks: [], resets: 1, gaps: 0 });
      expect(connection.sent.map(({ type }) => type)).toEqual(['reqMktDepth', 'cancelMktDepth', 'reqMktDepth']);
      await connection.clock.advance(100);
      fill(connection, [10], [11]);
      await connection.clock.advance(500);
      expect(book.current).toMatchObject({ stale: false, bids: [{ price: 10 }], gaps: 1, resets: 1 });
      expect(told).toEqual([['fault', fault], ['reset', 'a change did not fit the book, which is asked for again'], ['gap', 100]]);
    }));

  it('refuses operations and sides that nobody knows, and asks ever more rarely', () =>
    withBook(async ({ connection, marketData }) => {
      const book = marketData.depth('AAPL', { rows: 1 });
      const waits: number[] = [];
      for (let round = 0; round < 8; round += 1) {
        const reqId = connection.latestId('reqMktDepth');
        connection.deliver({ type: 'marketDepth', reqId, position: 0, operation: round % 2 === 0 ? 7 : 0, side: round % 2 === 0 ? 1 : 3, price: 1, size: 1 });
        let waited = 0;
        for (; connection.latestId('reqMktDepth') === reqId; waited += 1000) await connection.clock.advance(1000);
        waits.push(waited);
      }
      expect(waits).toEqual([0, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000]);
      fill(connection, [10], [11]);
      await connection.clock.advance(30_000);
      expect(book.current?.stale).toBe(false);
      change(connection, ['bid', 2, 0, 0]);
      change(connection, ['bid', 2, 0, 0]);
      expect(connection.sentOf('reqMktDepth')).toHaveLength(10);
    }));

  it('begins again when the broker empties the book, on the same line', () =>
    withBook(async (parts) => {
      const { connection } = parts;
      const book = await twoRows(parts);
      connection.deliver(notice(connection.latestId('reqMktDepth'), 317, 'Market depth data has been RESET.'));
      expect(book.current).toMatchObject({ stale: true, staleReason: 'the broker emptied the book (317)', bids: [], asks: [], resets: 1 });
      fill(connection, [20, 19], [21, 22]);
      await settle();
      expect(book.current).toMatchObject({ stale: false, bids: [{ price: 20 }, { price: 19 }], gaps: 0 });
      expect(connection.sentOf('reqMktDepth')).toHaveLength(1);
    }));

  it('subscribes again after a halt, until rows come', () =>
    withBook(async (parts) => {
      const { connection } = parts;
      const book = await twoRows(parts);
      const halt = (): void => { connection.deliver(notice(connection.latestId('reqMktDepth'), 316, 'Market depth data has been HALTED. Please re-subscribe.')); };
      halt();
      expect(book.current).toMatchObject({ stale: true, staleReason: 'the broker halted the book (316)', bids: [] });
      await connection.clock.advance(1000);
      halt();
      await connection.clock.advance(1000);
      halt();
      await connection.clock.advance(1999);
      expect(connection.sentOf('reqMktDepth')).toHaveLength(3);
      await connection.clock.advance(1);
      fill(connection, [10, 9], [11, 12]);
      await settle();
      expect(book.current).toMatchObject({ stale: false, gaps: 1, resets: 1 });
    }));

  it('is empty and stale from the loss of the session until it is filled again, and counts one gap', () =>
    withBook(async (parts) => {
      const { connection } = parts;
      const book = await twoRows(parts);
      const gaps: unknown[] = [];
      book.on('gap', (gap) => gaps.push(gap));
      connection.drop();
      expect(book.current).toMatchObject({ stale: true, staleReason: 'the connection was lost', bids: [], asks: [] });
      await connection.clock.advance(3000);
      connection.restore();
      expect(book.current?.stale).toBe(true);
      fill(connection, [10], [11]);
      await settle();
      expect(book.current).toMatchObject({ stale: true, staleReason: 'the book is being filled', gaps: 1 });
      await connection.clock.advance(500);
      expect(book.current).toMatchObject({ stale: false, bids: [{ price: 10 }] });
      expect(gaps).toEqual([{ fromMs: START_MS, toMs: START_MS + 3000, reason: 'the session ended' }]);
    }));

  it.each([[false], [true]])('asks again after an outage of the gateway’s link, once, also when the gateway lost its streams: %s', (lost) =>
    withBook(async (parts) => {
      const { connection } = parts;
      const book = await twoRows(parts);
      connection.cutUpstream();
      change(connection, ['bid', 1, 0, 10.5]);
      await settle();
      expect(book.current).toMatchObject({ stale: true, staleReason: 'the gateway has no link to the broker', bids: [] });
      await connection.clock.advance(2000);
      if (lost) connection.mendUpstreamWithoutStreams();
      else {
        connection.mendUpstream();
        // What still comes on the old line counts for nothing.
        change(connection, ['bid', 1, 0, 10.5]);
      }
      await settle();
      expect(connection.sentOf('reqMktDepth')).toHaveLength(2);
      expect(book.current).toMatchObject({ stale: true, bids: [] });
      await connection.clock.advance(1000);
      fill(connection, [10, 9], [11, 12]);
      await settle();
      expect(book.current).toMatchObject({ stale: false, gaps: 1 });
    }));

  it('flags books that are crossed, and doubts them while a farm is down', () =>
    withBook(async (parts) => {
      const { connection } = parts;
      const book = await twoRows(parts);
      change(connection, ['bid', 0, 0, 11]);
      await settle();
      expect(book.current).toMatchObject({ crossed: true, stale: false });
      connection.farms = { usfarm: { status: 'down' } };
      connection.tell('connection.degraded');
      expect(book.current).toMatchObject({ stale: true, staleReason: expect.stringContaining('usfarm') as string, bids: [{ price: 11 }, { price: 10 }] });
      change(connection, ['bid', 1, 0, 10.9]);
      await settle();
      expect(book.current).toMatchObject({ crossed: false, stale: false });
    }));

  it('shares one book among all who want it, or fewer rows of it', () =>
    withBook(async ({ connection, marketData }) => {
      const wide = marketData.depth('AAPL', { rows: 2 });
      const narrow = marketData.depth('AAPL', { rows: 1 });
      const changes: number[] = [];
      narrow.on('change', ({ position }) => changes.push(position));
      fill(connection, [10, 9], [11, 12]);
      await settle();
      expect(connection.sentOf('reqMktDepth')).toHaveLength(1);
      expect(prices(wide.current)).toEqual([[10, 9], [11, 12]]);
      expect(prices(narrow.current)).toEqual([[10], [11]]);
      expect(changes).toEqual([0, 0]);
      await wide.close();
      expect(connection.sentOf('cancelMktDepth')).toHaveLength(0);
      expect(narrow.current?.stale).toBe(false);
      await narrow.close();
      expect(connection.sentOf('cancelMktDepth')).toHaveLength(1);
      const wider = marketData.depth('AAPL', { rows: 2 });
      expect(wider.current).toMatchObject({ bids: [], stale: true });
    }));

  it('follows the broker to the book that stands for this one', () =>
    withBook(async ({ connection, marketData }) => {
      const book = marketData.depth('AAPL', { rows: 1 });
      connection.deliver({ type: 'rerouteMktDepthReq', reqId: connection.latestId('reqMktDepth'), conId: 4711, exchange: 'ISLAND' });
      expect(connection.sentOf('reqMktDepth').at(-1)?.contract).toEqual({ conId: 4711, exchange: 'ISLAND' });
      fill(connection, [10], [11]);
      await settle();
      expect(book.current).toMatchObject({ stale: false, symbol: 'AAPL', gaps: 0 });
    }));

  it.each([
    [309, 'RateLimitError'],
    [200, 'ContractError'],
    [321, 'RequestError'],
    [354, 'MarketDataError'],
    [10089, 'MarketDataError'],
    [10092, 'MarketDataError'],
    [10186, 'MarketDataError'],
  ])('ends with a typed error when the broker refuses it (%i), and disturbs nobody else', (code, name) =>
    withBook(async (parts) => {
      const { connection, marketData } = parts;
      const healthy = await twoRows(parts);
      const refused = marketData.depth('MSFT');
      const ended: unknown[] = [];
      refused.on('end', ({ error }) => ended.push(error));
      const waiting = refused.waitFor((book) => !book.stale);
      connection.deliver(notice(connection.latestId('reqMktDepth'), code, 'no'));
      await expect(waiting).rejects.toMatchObject({ name, brokerCode: code });
      await expect(refused[Symbol.asyncIterator]().next()).rejects.toMatchObject({ brokerCode: code });
      expect(ended).toEqual([refused.error]);
      expect(healthy.current?.stale).toBe(false);
    }));

  it('keeps a book that some data is missing for (10090), and asks again while another session has it (10197)', () =>
    withBook(async (parts) => {
      const { connection } = parts;
      const book = await twoRows(parts);
      connection.deliver(notice(connection.latestId('reqMktDepth'), 10090, 'Part of requested market data is not subscribed.'));
      expect(book.current?.stale).toBe(false);
      connection.deliver(notice(connection.latestId('reqMktDepth'), 10197, 'No market data during competing live session'));
      expect(book.current).toMatchObject({ stale: true, staleReason: expect.stringContaining('another session') as string });
      await connection.clock.advance(60_000);
      expect(connection.sentOf('reqMktDepth')).toHaveLength(2);
    }));

  it('asks again when a book that was there before finds no room for a moment, and gives up after some times', () =>
    withBook(async (parts) => {
      const { connection } = parts;
      const book = await twoRows(parts);
      change(connection, ['bid', 2, 7, 0]);
      change(connection, ['bid', 1, -1, 0]);
      for (let left = 5; left > 0; left -= 1) {
        const asked = connection.sentOf('reqMktDepth').length;
        connection.deliver(notice(connection.latestId('reqMktDepth'), 309, 'Max number (3) of market depth requests has been reached'));
        expect(book).toMatchObject({ status: 'open', current: { stale: true } });
        await connection.clock.advance(60_000);
        expect(connection.sentOf('reqMktDepth')).toHaveLength(asked + 1);
      }
      connection.deliver(notice(connection.latestId('reqMktDepth'), 309, 'Max number (3) of market depth requests has been reached'));
      expect(book).toMatchObject({ status: 'ended', error: { brokerCode: 309, code: 'IBKR_PACING_DEPTH_LINES_EXHAUSTED' } });
    }));

  it('counts books against the budget: one too many is refused before anything is sent', () => {
    const lineBudget = new LineBudget({ depth: 1, clock: createTestClock() });
    return withBook(async ({ connection, marketData }) => {
      const first = marketData.depth('AAPL');
      const second = marketData.depth('MSFT');
      await settle();
      expect(second.error).toMatchObject({ code: 'IBKR_RATE_LINES_EXHAUSTED' });
      expect(connection.sentOf('reqMktDepth')).toHaveLength(1);
      await first.close();
      const third = marketData.depth('MSFT');
      connection.deliver(notice(connection.latestId('reqMktDepth'), 309, 'Max number (1) of market depth requests has been reached'));
      expect(third.error).toMatchObject({ brokerCode: 309 });
      expect(lineBudget.usage().depth).toMatchObject({ used: 0, refusedByBroker: 1 });
    }, { lineBudget });
  });

  it('ends quietly with its signal, before, while and after the contract is looked up', () =>
    withBook(async ({ connection, marketData }) => {
      expect(marketData.depth('AAPL', { signal: AbortSignal.abort() }).status).toBe('ended');
      const stop = new AbortController();
      const resolving = marketData.depth({ conId: 1 }, { signal: stop.signal });
      const open = marketData.depth('AAPL', { signal: stop.signal });
      expect([resolving.status, open.status]).toEqual(['resolving', 'open']);
      stop.abort();
      expect([resolving.status, resolving.error, open.status, open.error]).toEqual(['ended', undefined, 'ended', undefined]);
      expect(connection.sentOf('cancelMktDepth')).toHaveLength(1);
      const unknown = marketData.depth({ conId: 2 });
      await expect(unknown.waitFor(() => true, { timeoutMs: 10_000 })).rejects.toMatchObject({ code: 'IBKR_CONTRACT_NOT_FOUND' });
    }));

  it('gives up waiting at its time, and passes on what a predicate throws', () =>
    withBook(async ({ connection, marketData }) => {
      const book = marketData.depth('AAPL');
      const late = expect(book.waitFor(({ stale }) => !stale, { timeoutMs: 100 })).rejects.toMatchObject({ code: 'IBKR_MARKET_DATA_TIMEOUT' });
      await connection.clock.advance(100);
      await late;
      await expect(book.waitFor(() => { throw new RangeError('no'); })).rejects.toThrow('no');
      await expect(book.waitFor(() => false, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
    }));

  it.each([[{ rows: 0 }], [{ rows: 51 }], [{ rows: 1.5 }]])('refuses %o', (options) =>
    withBook(({ marketData }) => {
      expect(() => marketData.depth('AAPL', options)).toThrow('rows must be a whole number from 1 to 50');
      return Promise.resolve();
    }));

  it('lists the exchanges that show their books', () =>
    withBook(async ({ connection, marketData }) => {
      const answer = marketData.depthExchanges();
      expect(connection.sent).toEqual([{ type: 'reqMktDepthExchanges' }]);
      connection.deliver({
        type: 'mktDepthExchanges',
        exchanges: [{ exchange: 'ISLAND', secType: 'STK', listingExch: '', serviceDataType: 'Deep2', aggGroup: undefined }, { exchange: 'CME', secType: 'FUT', listingExch: 'CME', serviceDataType: 'Deep', aggGroup: 2 }],
      });
      await expect(answer).resolves.toEqual([
        { exchange: 'ISLAND', secType: 'STK', listingExchange: undefined, service: 'Deep2', aggGroup: undefined },
        { exchange: 'CME', secType: 'FUT', listingExchange: 'CME', service: 'Deep', aggGroup: 2 },
      ]);
      const late = expect(marketData.depthExchanges()).rejects.toMatchObject({ code: 'IBKR_REQUEST_TIMEOUT' });
      await connection.clock.advance(15_000);
      await late;
    }));
});
