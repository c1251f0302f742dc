import { createTestClock } from '@ibkit/clock/testing';
import { LineBudget } from '@ibkit/rate-limiter';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MarketData } from '../market-data.js';
import { FakeConnection } from '../testing/fake-connection.js';
import { FakeOptionExchange } from '../testing/fake-option-exchange.js';
import type { TickerSubscription } from '../quotes/ticker-subscription.js';
import type { OptionChainSubscription } from './option-chain-subscription.js';

const NOW_MS = Date.UTC(2026, 4, 20, 15, 0);
const LINES = 12;
const CLASSES = [
  { tradingClass: 'AAPL', expiries: ['20260522', '20260529'], strikes: Array.from({ length: 21 }, (_, index) => 80 + 2 * index) },
  { tradingClass: 'SIDE', exchange: 'CBOE', expiries: ['20260619'], strikes: [100, 105, 110] },
];

type Step =
  | { readonly do: 'drop' | 'restore' | 'cut' | 'mend' | 'mendWithout' | 'ticker' | 'closeTicker' | 'answer' }
  | { readonly do: 'silence' | 'price' | 'wait'; readonly by: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom('drop', 'restore', 'cut', 'mend', 'mendWithout', 'ticker', 'closeTicker', 'answer') }),
  fc.record({ do: fc.constantFrom('silence', 'price', 'wait'), by: fc.integer({ min: 0, max: 9 }) }),
);

/** A chain, what it depends on, and what others do meanwhile. */
class World {
  readonly exchange = new FakeOptionExchange({ classes: CLASSES });
  readonly connection = new FakeConnection({ clock: createTestClock({ nowMs: NOW_MS }), broker: this.exchange.broker });
  readonly marketData = new MarketData({ connection: this.connection, lineBudget: new LineBudget({ lines: LINES, clock: this.connection.clock }), lingerMs: 0, quoteSilenceMs: 3_600_000 });
  readonly tickers: TickerSubscription[] = [];
  readonly chain: OptionChainSubscription;

  constructor() {
    this.chain = this.marketData.subscribeOptionChain('AAPL', { tradingClass: 'AAPL', right: 'C', window: { moneyness: { from: 0.85, to: 1.15 } }, rowTimeoutMs: 1000, rowsPerSecond: 10 });
  }

  /** Whether data can arrive. */
  get isUp(): boolean {
    return this.connection.state === 'connected' && this.connection.upstream.status === 'up';
  }

  async play(one: Step): Promise<void> {
    const { connection, exchange } = this;
    switch (one.do) {
      case 'drop':
        if (connection.state === 'connected') {
          connection.drop();
          exchange.lines.clear();
        }
        break;
      case 'restore':
        if (connection.state !== 'connected') connection.restore();
        break;
      case 'cut':
        if (this.isUp) connection.cutUpstream();
        break;
      case 'mend':
        if (connection.upstream.status === 'down') connection.mendUpstream();
        break;
      case 'mendWithout':
        if (connection.state === 'connected' && connection.upstream.status === 'down') {
          exchange.lines.clear();
          connection.mendUpstreamWithoutStreams();
        }
        break;
      case 'ticker':
        if (this.tickers.length < 4) this.tickers.push(this.marketData.subscribeTicker({ conId: 500_000_085 + this.tickers.length }));
        break;
      case 'closeTicker':
        await this.tickers.pop()?.close();
        break;
      case 'answer':
        exchange.answer = () => 'all';
        break;
      case 'silence':
        exchange.answer = ({ strike = 0 }) => (strike % 10 === one.by ? 'silent' : 'all');
        break;
      case 'price':
        exchange.movePrice(connection, 100 + (one.by - 4) * 2);
        break;
      case 'wait':
        await connection.clock.advance(one.by * 400);
    }
    await this.settle();
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < 12; turn += 1) await this.connection.clock.settle();
  }

  /** What must hold at every moment. */
  faults(): readonly string[] {
    const { exchange, chain } = this;
    const faults: string[] = [];
    if (exchange.lines.size > LINES) faults.push(`${exchange.lines.size} lines`);
    for (const row of chain.rows) {
      const name = `${row.expiry} ${row.strike}`;
      if (!this.isUp && row.readAtMs !== undefined && !row.stale) faults.push(`${name} looks live while nothing can arrive`);
      if (row.complete && (row.stale || row.missing.length > 0 || row.greeks === undefined)) faults.push(`${name} calls itself complete`);
      if (row.stale && row.staleReason === undefined) faults.push(`${name} does not say why it is stale`);
      if (!row.complete && row.incompleteReason === undefined) faults.push(`${name} does not say what it lacks`);
    }
    if (chain.complete && chain.rows.some(({ complete }) => !complete)) faults.push('the chain calls itself complete');
    if (chain.status === 'ended') faults.push(`it ended: ${String(chain.error)}`);
    return faults;
  }
}

it('never holds more lines than there are, never passes old data for live, and is complete again once all is well', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const world = new World();
      await world.settle();
      for (const [index, one] of steps.entries()) {
        await world.play(one);
        expect([index, one, ...world.faults()]).toEqual([index, one]);
      }
      for (const one of [{ do: 'mend' }, { do: 'restore' }, { do: 'mend' }, { do: 'answer' }] as const) await world.play(one);
      // A contract that did not answer several times is asked for again after two minutes at the latest; lines that were kept speak.
      for (const [id, contract] of world.exchange.lines) if (contract.strike !== undefined) world.exchange.quote(world.connection, id, contract);
      world.exchange.movePrice(world.connection, world.exchange.price);
      for (let second = 0; second < 150 && !world.chain.complete; second += 1) await world.connection.clock.advance(1000);
      await world.settle();
      expect([world.chain.complete, world.chain.progress.contracts, ...world.faults()]).toEqual([true, expect.any(Number)]);
      const closing = world.marketData.close();
      await world.connection.clock.advance(5000);
      await closing;
      expect([world.connection.clock.pending, world.connection.openCount]).toEqual([0, 0]);
    }),
    { numRuns: 25 },
  );
});
