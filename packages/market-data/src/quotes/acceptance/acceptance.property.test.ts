import { createTestClock } from '@ibkit/clock/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MarketData } from '../../market-data.js';
import { FakeConnection } from '../../testing/fake-connection.js';
import { PRICES, PermittingBroker } from '../../testing/permitting-broker.js';
import { satisfies } from '../market-data-mode.js';
import type { MarketDataMode } from '../market-data-mode.js';
import type { Quote } from '../quote.js';
import type { TickerSubscription } from '../ticker-subscription.js';

const SYMBOLS = ['AAPL', 'MSFT'] as const;
const MODES = ['live', 'frozen', 'delayed', 'delayed-frozen'] as const;

interface Follower {
  readonly mode: MarketDataMode;
  readonly ticker: TickerSubscription;
}

/** Consumers of every kind on one connection, permissions that come and go, sessions that end: and what each consumer may see of it. */
class Company {
  readonly broker = new PermittingBroker();
  readonly connection = new FakeConnection({ clock: createTestClock(), broker: this.broker.handle });
  readonly marketData = new MarketData({ connection: this.connection });
  readonly followers: Follower[] = [];
  readonly lies: string[] = [];

  async ready(): Promise<void> {
    for (const symbol of SYMBOLS) await this.marketData.resolve(symbol);
  }

  join(mode: MarketDataMode, symbol: string): void {
    const ticker = this.marketData.subscribeTicker(symbol, { mode });
    const look = (quote: Quote | undefined): void => {
      if (quote !== undefined) this.#check(mode, quote);
    };
    look(ticker.current);
    ticker.on('quote', look);
    this.followers.push({ mode, ticker });
  }

  async leave(index: number): Promise<void> {
    const [follower] = this.followers.splice(index % Math.max(1, this.followers.length), 1);
    await follower?.ticker.close();
  }

  async look(mode: MarketDataMode, symbol: string): Promise<void> {
    const looked = this.marketData.snapshot(symbol, { mode }).then((quote) => { this.#check(mode, quote); }, () => undefined);
    await this.connection.clock.settle();
    await looked;
  }

  drop(): void {
    if (this.connection.state === 'connected') this.connection.drop();
  }

  restore(): void {
    if (this.connection.state === 'connected') return;
    this.broker.newSession();
    this.connection.restore();
  }

  /** With a session and nothing under way nobody waits for nothing: each has data that it accepts, or an error. */
  silent(): readonly string[] {
    if (this.connection.state !== 'connected') return [];
    return this.followers.filter(({ ticker }) => ticker.status !== 'ended' && ticker.current === undefined).map(({ mode, ticker }) => `${mode} ${ticker.status}`);
  }

  #check(mode: MarketDataMode, quote: Quote): void {
    if (!satisfies(quote.mode, mode)) this.lies.push(`${quote.mode} for ${mode}`);
    // Live and delayed prices are apart: none of the one may be under the name of the other.
    if (quote.last !== undefined && (quote.last === PRICES.delayedLast) !== quote.mode.startsWith('delayed')) this.lies.push(`${quote.last} as ${quote.mode}`);
  }
}

type Step =
  | { readonly do: 'join' | 'look'; readonly mode: MarketDataMode; readonly symbol: string }
  | { readonly do: 'leave'; readonly index: number }
  | { readonly do: 'drop' | 'restore' | 'wait' | 'settle' }
  | { readonly do: 'permit'; readonly permission: 'live' | 'delayed' | 'none'; readonly closed: boolean };

const permission = fc.constantFrom('live' as const, 'delayed' as const, 'delayed' as const, 'none' as const);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constantFrom('join' as const, 'join' as const, 'look' as const), mode: fc.constantFrom(...MODES), symbol: fc.constantFrom(...SYMBOLS) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('leave' as const), index: fc.nat(20) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('drop' as const, 'restore' as const, 'wait' as const, 'settle' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('permit' as const), permission, closed: fc.boolean() }) },
);

async function take(company: Company, next: Step): Promise<void> {
  switch (next.do) {
    case 'join':
      company.join(next.mode, next.symbol);
      return;
    case 'look':
      return company.look(next.mode, next.symbol);
    case 'leave':
      return company.leave(next.index);
    case 'drop':
      company.drop();
      return;
    case 'restore':
      company.restore();
      return;
    case 'wait':
      return company.connection.clock.advance(2500);
    case 'settle':
      return company.connection.clock.advance(0);
    case 'permit':
      company.broker.permission = next.permission;
      company.broker.closed = next.closed;
  }
}

describe('consumers that accept different data on one session', () => {
  it('each see only what they accept, and are told when there is no such data, in any order of joining, leaving, reconnects and permissions', async () => {
    await fc.assert(
      fc.asyncProperty(permission, fc.boolean(), fc.array(step, { minLength: 3, maxLength: 30 }), async (first, closed, steps) => {
        const company = new Company();
        Object.assign(company.broker, { permission: first, closed });
        await company.ready();
        const silent: (readonly string[])[] = [];
        for (const next of steps) {
          await take(company, next);
          if (next.do === 'settle') silent.push(company.silent());
        }
        expect(silent.flat()).toEqual([]);
        await company.connection.clock.advance(0);
        expect(company.lies).toEqual([]);
        expect(company.silent()).toEqual([]);
        // Whoever accepts delayed data is not refused for the sake of others while there is some.
        company.restore();
        company.broker.permission = 'delayed';
        company.join('delayed', 'AAPL');
        await company.connection.clock.advance(3000);
        await company.connection.clock.settle();
        const last = company.followers.at(-1)?.ticker;
        expect(last?.status === 'open' && last.current !== undefined).toBe(true);
        expect(company.lies).toEqual([]);
        await company.marketData.close();
        expect([company.connection.clock.pending, company.connection.openCount]).toEqual([0, 0]);
      }),
    );
  });
});
