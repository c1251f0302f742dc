import { createTestClock } from '@ibkit/clock/testing';
import { LineBudget } from '@ibkit/rate-limiter';
import { describe, expect, it } from 'vitest';
import { MarketData } from '../market-data.js';
import { AAPL, MSFT, brokerKnowing, notice } from '../testing/fake-broker.js';
import { FakeConnection } from '../testing/fake-connection.js';
import { UNWATCHED } from '../testing/unwatched.js';
import { resolvedFrom } from '../contracts/resolved-contract.js';
import type { ResolvedContract } from '../contracts/resolved-contract.js';
import { LinkWatch } from '../streams/link-watch.js';
import { LineRegistry } from './line-registry.js';
import { ModeSwitch } from './mode-switch.js';
import type { LineReader } from './line-readers.js';
import type { TickerSubscription } from './ticker-subscription.js';

function contractOf(row: typeof AAPL): ResolvedContract {
  return resolvedFrom(row, 'SMART');
}

async function setUp(lines: number): Promise<{ readonly connection: FakeConnection; readonly marketData: MarketData; readonly budget: LineBudget }> {
  const connection = new FakeConnection({ clock: createTestClock(), broker: brokerKnowing(AAPL, MSFT) });
  const budget = new LineBudget({ lines, clock: connection.clock });
  const marketData = new MarketData({ connection, lineBudget: budget });
  await marketData.resolve('AAPL');
  await marketData.resolve('MSFT');
  return { connection, marketData, budget };
}

function endOf(ticker: TickerSubscription): Promise<unknown> {
  return ticker.waitFor(() => false).then(() => undefined, (error: unknown) => error);
}

describe('the line budget', () => {
  it('refuses a ticker that would be one too many before anything is sent, and counts readers of one contract once', async () => {
    const { connection, marketData, budget } = await setUp(1);
    marketData.subscribeTicker('AAPL');
    marketData.subscribeTicker('AAPL');
    const refused = endOf(marketData.subscribeTicker('MSFT'));
    await connection.clock.advance(0);
    expect(await refused).toMatchObject({ name: 'RateLimitError', code: 'IBKR_RATE_LINES_EXHAUSTED' });
    expect(connection.sentOf('reqMktData')).toHaveLength(1);
    expect(budget.usage().quotes).toMatchObject({ used: 1, keys: ['265598@SMART'] });
    await marketData.close();
    expect(budget.usage().quotes.used).toBe(0);
  });

  it('takes a line that only lingers', async () => {
    const { connection, marketData, budget } = await setUp(1);
    await marketData.subscribeTicker('AAPL').close();
    marketData.subscribeTicker('MSFT');
    expect(connection.sentOf('reqMktData')).toHaveLength(2);
    expect(connection.sentOf('cancelMktData')).toHaveLength(1);
    expect(budget.usage().quotes.keys).toEqual(['272093@SMART']);
    await marketData.close();
  });

  it('takes a line back from a reader that gives way, cancel first, unless somebody joined who does not', async () => {
    const connection = new FakeConnection({ clock: createTestClock() });
    const link = new LinkWatch(connection);
    const budget = new LineBudget({ lines: 1, clock: connection.clock });
    const lines = new LineRegistry({ connection, clock: connection.clock, link, liveness: UNWATCHED, modeSwitch: new ModeSwitch(connection), lingerMs: 0, verifyMs: 1000, competingRetryMs: 1000 }, budget);
    const wants = { ticks: [], mode: 'live' } as const;
    const ends: unknown[] = [];
    const reader = (givesWay: boolean): LineReader => ({ givesWay, onQuote: () => undefined, onMode: () => undefined, onGap: () => undefined, onEnd: (error) => ends.push(error?.code) });
    lines.acquire(contractOf(AAPL), reader(true), wants);
    lines.acquire(contractOf(MSFT), reader(false), wants);
    expect(ends).toEqual(['IBKR_RATE_LINE_TAKEN_BACK']);
    expect(connection.sent.map(({ type }) => type)).toEqual(['reqMktData', 'cancelMktData', 'reqMktData']);
    lines.acquire(contractOf(MSFT), reader(true), wants);
    expect(() => lines.acquire(contractOf(AAPL), reader(true), wants)).toThrow(expect.objectContaining({ code: 'IBKR_RATE_LINES_EXHAUSTED' }));
    await lines.close();
    link.close();
  });

  it('does not take a line back that a reader shares who does not give way', async () => {
    const connection = new FakeConnection({ clock: createTestClock() });
    const link = new LinkWatch(connection);
    const budget = new LineBudget({ lines: 1, clock: connection.clock });
    const lines = new LineRegistry({ connection, clock: connection.clock, link, liveness: UNWATCHED, modeSwitch: new ModeSwitch(connection), lingerMs: 0, verifyMs: 1000, competingRetryMs: 1000 }, budget);
    const wants = { ticks: [], mode: 'live' } as const;
    const reader = (givesWay: boolean): LineReader => ({ givesWay, onQuote: () => undefined, onMode: () => undefined, onGap: () => undefined, onEnd: () => undefined });
    lines.acquire(contractOf(AAPL), reader(true), wants);
    lines.acquire(contractOf(AAPL), reader(false), wants);
    expect(() => lines.acquire(contractOf(MSFT), reader(false), wants)).toThrow(expect.objectContaining({ code: 'IBKR_RATE_LINES_EXHAUSTED' }));
    await lines.close();
    link.close();
  });

  it('learns from a refusal of the broker', async () => {
    const { connection, marketData, budget } = await setUp(100);
    marketData.subscribeTicker('AAPL');
    const refused = endOf(marketData.subscribeTicker('MSFT'));
    connection.deliver(notice(connection.latestId('reqMktData'), 101, 'Max number of tickers has been reached'));
    expect(await refused).toMatchObject({ brokerCode: 101 });
    expect(budget.usage().quotes).toMatchObject({ used: 1, limit: 1, refusedByBroker: 1 });
    await marketData.close();
  });
});
