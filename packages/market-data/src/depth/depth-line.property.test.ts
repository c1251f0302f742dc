import { createTestClock } from '@ibkit/clock/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MarketData } from '../market-data.js';
import { AAPL, brokerKnowing, notice } from '../testing/fake-broker.js';
import { FakeConnection } from '../testing/fake-connection.js';

const ROWS = 3;
const BID = 1;
const MIDDLE = 1000;

type Step =
  | { readonly do: 'insert'; readonly side: 0 | 1; readonly price: number }
  | { readonly do: 'resize' | 'delete'; readonly side: 0 | 1; readonly at: number }
  | { readonly do: 'garbage'; readonly operation: number; readonly position: number }
  | { readonly do: 'drop' | 'restore' | 'cut' | 'mend' | 'mendWithoutStreams' | 'reset' | 'halt' | 'wait' };

const side = fc.constantFrom<0 | 1>(0, 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('insert' as const), side, price: fc.integer({ min: 1, max: 9 }) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constantFrom('resize' as const, 'delete' as const), side, at: fc.nat({ max: 5 }) }) },
  // What cannot be right, whatever the book is.
  { weight: 1, arbitrary: fc.record({ do: fc.constant('garbage' as const), operation: fc.constantFrom(0, 1, 7), position: fc.constantFrom(-1, 0.5) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('drop' as const, 'restore' as const, 'cut' as const, 'mend' as const, 'mendWithoutStreams' as const, 'reset' as const, 'halt' as const, 'wait' as const) }) },
);

interface Row {
  readonly price: number;
  size: number;
}

/** A broker with a book of its own: sends it whole to every new request, then every change. */
class BookBroker {
  readonly connection: FakeConnection;
  readonly #sides: readonly [asks: Row[], bids: Row[]] = [[], []];
  #reqId: number | undefined;
  #size = 0;

  constructor() {
    const known = brokerKnowing(AAPL);
    this.connection = new FakeConnection({
      clock: createTestClock({ nowMs: 1_700_000_000_000 }),
      broker: (message, self) => {
        known(message, self);
        if (message.type === 'cancelMktDepth' && message.reqId === this.#reqId) this.#reqId = undefined;
        if (message.type === 'reqMktDepth') this.#begin(message.reqId);
      },
    });
  }

  get shown(): unknown {
    return [1, 0].map((which) => (this.#sides[which] ?? []).slice(0, ROWS).map(({ price, size }) => [price, size]));
  }

  async run(what: Step): Promise<void> {
    const { connection } = this;
    switch (what.do) {
      case 'insert':
        this.#insert(what.side, what.side === BID ? MIDDLE - what.price : MIDDLE + what.price);
        return;
      case 'resize':
      case 'delete':
        this.#change(what.side, what.at, what.do);
        return;
      case 'garbage':
        this.#send(0, what.operation, what.position, { price: 1, size: 1 });
        return;
      case 'reset':
        if (this.#reqId !== undefined) connection.deliver(notice(this.#reqId, 317));
        this.#begin(this.#reqId);
        return;
      case 'halt':
        if (this.#reqId !== undefined) connection.deliver(notice(this.#reqId, 316));
        return;
      case 'drop':
        if (connection.state === 'connected') {
          connection.upstream = { status: 'up' };
          connection.drop();
        }
        this.#reqId = undefined;
        return;
      case 'restore':
        if (connection.state !== 'connected') connection.restore();
        return;
      case 'cut':
        if (connection.state === 'connected') connection.cutUpstream();
        return;
      case 'mend':
        if (connection.state === 'connected' && connection.upstream.status === 'down') connection.mendUpstream();
        return;
      case 'mendWithoutStreams':
        if (connection.state === 'connected' && connection.upstream.status === 'down') connection.mendUpstreamWithoutStreams();
        return;
      case 'wait':
        await connection.clock.advance(700);
    }
  }

  #begin(reqId: number | undefined): void {
    this.#reqId = reqId;
    this.#sides.forEach((rows, which) => {
      rows.slice(0, ROWS).forEach((row, position) => { this.#send(which, 0, position, row); });
    });
  }

  #insert(which: 0 | 1, price: number): void {
    const rows = this.#sides[which];
    const better = rows.findIndex((row) => (which === BID ? row.price < price : row.price > price));
    const position = better < 0 ? rows.length : better;
    const row = { price, size: (this.#size += 1) };
    rows.splice(position, 0, row);
    if (position < ROWS) this.#send(which, 0, position, row);
  }

  #change(which: 0 | 1, at: number, how: 'resize' | 'delete'): void {
    const rows = this.#sides[which];
    const row = rows[at];
    if (row === undefined) return;
    if (how === 'resize') row.size = this.#size += 1;
    else rows.splice(at, 1);
    if (at >= ROWS) return;
    this.#send(which, how === 'resize' ? 1 : 2, at, row);
    const up = rows[ROWS - 1];
    if (how === 'delete' && up !== undefined) this.#send(which, 0, ROWS - 1, up);
  }

  #send(which: number, operation: number, position: number, { price, size }: Row): void {
    if (this.#reqId === undefined || this.connection.state !== 'connected' || this.connection.upstream.status === 'down') return;
    this.connection.deliver({ type: 'marketDepth', reqId: this.#reqId, position, operation, side: which, price, size });
  }
}

const settle = async (): Promise<void> => {
  for (let turns = 8; turns > 0; turns -= 1) await Promise.resolve();
};

describe('a book over any history of changes, nonsense, resets, halts and outages', () => {
  it('is the broker’s own whenever it is not stale, and is there again in the end', () =>
    fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const broker = new BookBroker();
        const { connection } = broker;
        const marketData = new MarketData({ connection });
        await marketData.resolve('AAPL');
        const book = marketData.depth('AAPL', { rows: ROWS });
        const wrong: unknown[] = [];
        const look = (after: string): void => {
          const { current } = book;
          if (current === undefined || current.stale) return;
          const shown = [current.bids, current.asks].map((rows) => rows.map(({ price, size }) => [price, size]));
          if (JSON.stringify(shown) !== JSON.stringify(broker.shown)) wrong.push([after, shown, broker.shown]);
        };
        await settle();
        for (const what of steps) {
          await broker.run(what);
          await settle();
          look(what.do);
        }
        for (const what of ['restore', 'mend'] as const) await broker.run({ do: what });
        await connection.clock.advance(61_000);
        await settle();
        // The best of all: among equal ones it would be behind those that are shown, and nobody would be told.
        await broker.run({ do: 'insert', side: 1, price: 0 });
        await connection.clock.advance(700);
        await settle();
        look('end');
        expect(wrong).toEqual([]);
        expect(book.current).toMatchObject({ stale: false });
        expect(book.current?.bids[0]?.price).toBeGreaterThanOrEqual(MIDDLE - 9);
        await marketData.close();
        expect([connection.openCount, connection.clock.pending]).toEqual([0, 0]);
      }),
      { numRuns: 150 },
    ));
});
