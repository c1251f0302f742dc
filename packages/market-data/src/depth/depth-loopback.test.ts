import type { Simulator } from '@ibkit/simulator';
import { describe, expect, it } from 'vitest';
import { patience, withLoopback } from '../testing/loopback.js';
import type { DepthBook } from './depth-book.js';
import type { DepthSubscription } from './depth-subscription.js';

interface Row {
  readonly price: number;
  readonly size: number;
}

/** Every book that the simulator's own messages make, applied to plain arrays, one message after the other. */
function witnessedBooks(simulator: Simulator): ReadonlySet<string> {
  const sides: [Row[], Row[]] = [[], []];
  const books = new Set<string>();
  let reqId = 0;
  for (const { message } of simulator.control.journal({ kind: 'out' })) {
    if (message === undefined || !('type' in message)) continue;
    if (message.type === 'errMsg' && message.code === 317) sides[0].length = sides[1].length = 0;
    if (message.type !== 'marketDepthL2') continue;
    const fields = new Map<string, unknown>(Object.entries(message));
    const [id, position, operation, side, price, size] = ['reqId', 'position', 'operation', 'side', 'price', 'size'].map((name) => Number(fields.get(name)));
    if (id !== reqId) sides[0].length = sides[1].length = 0;
    reqId = id ?? 0;
    const row = { price: price ?? 0, size: size ?? 0 };
    sides[side === 1 ? 1 : 0].splice(position ?? 0, operation === 0 ? 0 : 1, ...(operation === 2 ? [] : [row]));
    books.add(JSON.stringify(sides));
  }
  return books;
}

const shown = ({ bids, asks }: DepthBook): string => JSON.stringify([asks, bids].map((rows) => rows.map(({ price, size }) => ({ price, size }))));
const fresh = ({ stale }: DepthBook): boolean => !stale;

async function changed(book: DepthSubscription, times: number): Promise<void> {
  let left = times;
  await book.waitFor((next) => fresh(next) && (left -= 1) < 0, patience);
}

describe('depth over a real socket', () => {
  it('shows only books that the simulator really sent, each with its names and exchanges', () =>
    withLoopback({ journalTicks: true }, async ({ simulator, marketData }) => {
      const seen: DepthBook[] = [];
      const faults: unknown[] = [];
      const book = marketData.depth('AAPL', { rows: 8 });
      book.on('fault', (fault) => faults.push(fault));
      for await (const next of book) {
        if (fresh(next)) seen.push(next);
        if (seen.length % 5 === 0) simulator.control.setPrice('AAPL', 250 + (seen.length % 15) / 100);
        if (seen.length === 40) break;
      }
      const witnessed = witnessedBooks(simulator);
      expect(faults).toEqual([]);
      expect(seen.filter((next) => !witnessed.has(shown(next)))).toEqual([]);
      expect(new Set(seen.map(shown)).size).toBeGreaterThan(20);
      expect(seen[0]).toMatchObject({ exchanges: { depth: expect.arrayContaining(['NASDAQ', 'ARCA']) as unknown }, crossed: false, gaps: 0 });
      expect(seen[0]?.bids).toHaveLength(8);
      expect(seen[0]?.bids[0]?.marketMaker).toBe('NASDAQ');
    }));

  it('is right again after a lost session, an outage with and without its streams, and a silent one: no row of before is shown as one of now', () =>
    withLoopback({ journalTicks: true }, async ({ simulator, connection, marketData }) => {
      const book = marketData.depth('AAPL', { rows: 5 });
      const gaps: string[] = [];
      book.on('gap', ({ reason }) => gaps.push(reason));
      await book.waitFor(fresh, patience);

      simulator.control.dropClients('rst');
      await expect(book.waitFor(({ stale }) => stale, patience)).resolves.toMatchObject({ bids: [], asks: [], staleReason: 'the connection was lost' });
      await book.waitFor((next) => fresh(next) && next.gaps === 1, patience);
      expect(connection.getStatus().reconnectCount).toBe(1);

      simulator.control.notice(1100);
      await expect(book.waitFor(({ stale }) => stale, patience)).resolves.toMatchObject({ bids: [], staleReason: 'the gateway has no link to the broker' });
      simulator.control.notice(1102);
      await book.waitFor((next) => fresh(next) && next.gaps === 2, patience);

      simulator.control.notice(1101);
      await book.waitFor((next) => fresh(next) && next.gaps === 3, patience);

      await changed(book, 3);
      const witnessed = witnessedBooks(simulator);
      expect(book.current).toMatchObject({ gaps: 3, stale: false });
      expect(witnessed.has(shown(await book.waitFor(fresh, patience)))).toBe(true);
      expect(gaps).toHaveLength(3);
    }));

  it('notices that it is dead while everything says that all is well, and asks again', () =>
    withLoopback(
      {},
      async ({ simulator, marketData }) => {
        const book = marketData.depth('AAPL', { rows: 20 });
        await book.waitFor(fresh, patience);
        const [asked] = simulator.control.journal({ kind: 'in', type: 'reqMktDepth' }).map(({ message }) => message);
        simulator.control.inject({ type: 'data-dead', reqId: asked !== undefined && 'reqId' in asked && typeof asked.reqId === 'number' ? asked.reqId : 0 });
        await book.waitFor(({ stale }) => stale, patience);
        simulator.control.setPrice('AAPL', 300);
        const again = await book.waitFor((next) => fresh(next) && next.gaps === 1, patience);
        expect(Math.abs((again.asks[0]?.price ?? 0) - 300)).toBeLessThan(5);
      },
      { depthSilenceMs: 1000 },
    ));

  it('empties the book when the simulator does (317), and subscribes again after a halt (316)', () =>
    withLoopback({}, async ({ simulator, marketData }) => {
      const book = marketData.depth('AAPL', { rows: 5 });
      const resets: string[] = [];
      book.on('reset', ({ reason }) => resets.push(reason));
      await book.waitFor(fresh, patience);
      simulator.control.moveMarket({ action: 'gap', symbol: 'AAPL', percent: 10 });
      await book.waitFor(({ resets: count, stale }) => count === 1 && !stale, patience);
      simulator.control.moveMarket({ action: 'halt', symbol: 'AAPL' });
      await book.waitFor(({ staleReason }) => staleReason === 'the broker halted the book (316)', patience);
      simulator.control.moveMarket({ action: 'resume', symbol: 'AAPL' });
      await book.waitFor(fresh, patience);
      expect(resets.slice(0, 2)).toEqual(['the broker emptied the book (317)', 'the broker halted the book (316)']);
    }));

  it('has three books, and refuses the fourth with a typed error while the three go on', () =>
    withLoopback({}, async ({ simulator, marketData }) => {
      const books = ['AAPL', 'MSFT', 'SPY'].map((symbol) => marketData.depth(symbol, { rows: 3 }));
      await Promise.all(books.map((book) => book.waitFor(fresh, patience)));
      await expect(marketData.depth('GOOGL').waitFor(fresh, patience)).rejects.toMatchObject({ name: 'RateLimitError', brokerCode: 309 });
      await Promise.all(books.map((book) => changed(book, 2)));
      await books[0]?.close();
      await marketData.depth('GOOGL', { rows: 3 }).waitFor(fresh, patience);
      await expect(marketData.depth({ conId: 265598, exchange: 'NYMEX' }).waitFor(fresh, patience)).rejects.toThrow();
      expect(simulator.control.state().connections).toBe(1);
    }));

  it('follows a book without names, and the one that stands for another', () =>
    withLoopback({}, async ({ simulator, marketData }) => {
      const arca = await marketData.depth({ symbol: 'AAPL', exchange: 'ARCA' }, { rows: 3 }).waitFor(fresh, patience);
      expect(arca.bids.map(({ marketMaker }) => marketMaker)).toEqual([undefined, undefined, undefined]);
      expect(simulator.control.journal({ kind: 'in', type: 'reqMktDepth' }).map(({ message }) => message)).toMatchObject([{ isSmartDepth: false, contract: { exchange: 'ARCA' } }]);
      const cfd = await marketData.depth({ symbol: 'AAPL', secType: 'CFD' }, { rows: 3 }).waitFor(fresh, patience);
      expect(cfd).toMatchObject({ symbol: 'AAPL', gaps: 0, bids: [{ marketMaker: 'NASDAQ' }, {}, {}] });
    }));

  it('refuses what is not subscribed to, and lists the exchanges', () =>
    withLoopback({ dataPermission: 'none' }, async ({ marketData }) => {
      await expect(marketData.depth('AAPL').waitFor(fresh, patience)).rejects.toMatchObject({ name: 'MarketDataError', brokerCode: 354 });
      const exchanges = await marketData.depthExchanges();
      expect(exchanges).toContainEqual(expect.objectContaining({ exchange: 'ARCA', secType: 'STK', service: 'Deep', listingExchange: undefined }));
    }));
});
