import type { SimulatorFault } from '@ibkit/simulator';
import { describe, expect, it } from 'vitest';
import type { MarketData } from '../market-data.js';
import type { Quote } from '../quotes/quote.js';
import { IN_SESSION_MS, patience, withLoopback } from '../testing/loopback.js';
import type { Loopback } from '../testing/loopback.js';

type Act = (marketData: MarketData) => unknown;

const HOUR_MS = 3_600_000;
const LAST_HOUR = { from: IN_SESSION_MS - HOUR_MS, to: IN_SESSION_MS, barSize: '5 mins' } as const;

const complete = (quote: Quote): boolean => quote.bid !== undefined && quote.ask !== undefined && quote.last !== undefined;

async function drain(stream: AsyncIterable<unknown>): Promise<number> {
  const reader = stream[Symbol.asyncIterator]();
  let count = 0;
  for (let step = await reader.next(); step.done !== true; step = await reader.next()) count += 1;
  return count;
}

/** Runs one thing, which may throw at once or later, and gives what it threw. */
async function failureOf(act: Act, marketData: MarketData): Promise<unknown> {
  try {
    await act(marketData);
    return 'nothing was thrown';
  } catch (error) {
    return error;
  }
}

/** Somebody else's stream, which must not notice anything: open before, fresh, without a gap and going on afterwards. */
async function beside({ marketData }: Loopback, run: () => Promise<void>): Promise<void> {
  const other = marketData.subscribeTicker('MSFT');
  await other.waitFor(complete, patience);
  const lines = marketData.openLines;
  await run();
  const seen = other.current;
  await other.waitFor((quote) => quote !== seen && !quote.stale && quote.gaps === 0, patience);
  expect([other.status, marketData.openLines]).toEqual(['open', lines]);
  await other.close();
}

const MINUTES = { barSize: '1 min' } as const;

/** Every way in which a contract can be asked for. */
const WAYS: Readonly<Record<string, (contract: string) => Act>> = {
  resolve: (contract) => (marketData) => marketData.resolve(contract),
  subscribeTicker: (contract) => (marketData) => marketData.subscribeTicker(contract).waitFor(() => false, patience),
  tickByTick: (contract) => (marketData) => marketData.tickByTick(contract, 'Last').next(),
  depth: (contract) => (marketData) => marketData.depth(contract).waitFor(() => false, patience),
  keepUpToDate: (contract) => (marketData) => marketData.keepUpToDate(contract, MINUTES).next(),
  history: (contract) => (marketData) => drain(marketData.history(contract, LAST_HOUR)),
  historicalTicks: (contract) => (marketData) => drain(marketData.historicalTicks(contract, { kind: 'TRADES', from: IN_SESSION_MS - 60_000, to: IN_SESSION_MS })),
  headTimestamp: (contract) => (marketData) => marketData.headTimestamp(contract),
  snapshot: (contract) => (marketData) => marketData.snapshot(contract),
  getLatestPrice: (contract) => (marketData) => marketData.getLatestPrice(contract),
};

describe('contracts that are no contract', () => {
  it.each([
    ['unknown', 'NOSUCH', 'IBKR_CONTRACT_NOT_FOUND'],
    ['expired', 'AAPL  200117C00300000', 'IBKR_CONTRACT_EXPIRED'],
    ['nonsense', ' ', 'IBKR_USAGE_INVALID_ARGUMENT'],
  ])('%s: every way to ask for it fails with %s %s, and nobody else notices', (_name, contract, code) =>
    withLoopback({}, (loopback) =>
      beside(loopback, async () => {
        const failures = await Promise.all(Object.entries(WAYS).map(async ([way, of]) => [way, await failureOf(of(contract), loopback.marketData)]));
        expect(failures).toEqual(Object.keys(WAYS).map((way) => [way, expect.objectContaining({ code }) as unknown]));
      }),
    ));

  it('ambiguous: says between which', () =>
    withLoopback({}, async ({ marketData }) => {
      const futures = await failureOf(() => marketData.resolve({ symbol: 'ES', secType: 'FUT', exchange: 'CME' }), marketData);
      expect(futures).toMatchObject({ code: 'IBKR_CONTRACT_AMBIGUOUS', details: { candidates: expect.arrayContaining([expect.objectContaining({ symbol: 'ES' })]) as unknown } });
    }));
});

describe('arguments that make no sense', () => {
  it.each<[string, Act, RegExp]>([
    ['a reversed range', (marketData) => drain(marketData.history('AAPL', { ...LAST_HOUR, from: LAST_HOUR.to, to: LAST_HOUR.from })), /from|to/u],
    ['a reversed range of ticks', (marketData) => drain(marketData.historicalTicks('AAPL', { kind: 'TRADES', from: IN_SESSION_MS, to: IN_SESSION_MS - 1000 })), /from|to/u],
    ['a day that does not exist', (marketData) => drain(marketData.history('AAPL', { ...LAST_HOUR, from: '2026-02-30' })), /from/u],
    ['a bar size that TWS has not', (marketData) => drain(marketData.history('AAPL', { ...LAST_HOUR, barSize: '7 mins' as '5 mins' })), /barSize/u],
    ['a kind of tick that TWS has not', (marketData) => marketData.tickByTick('AAPL', 'Trades' as 'Last').next(), /kind/u],
    ['no room for items', (marketData) => marketData.tickByTick('AAPL', 'Last', { capacity: 0 }).next(), /capacity/u],
    ['no rows', (marketData) => marketData.depth('AAPL', { rows: 0 }), /rows/u],
    ['a mode that TWS has not', (marketData) => marketData.snapshot('AAPL', { mode: 'fast' as 'live' }), /mode/u],
    ['a time below 0', (marketData) => marketData.getLatestPrice('AAPL', { maxAgeMs: -1 }), /maxAgeMs/u],
  ])('%s: is refused by name, and nothing is sent', (_name, act, message) =>
    withLoopback({}, async ({ marketData, simulator }) => {
      await marketData.resolve('AAPL');
      const before = simulator.control.journal({ kind: 'in' }).length;
      expect(await failureOf(act, marketData)).toMatchObject({ code: 'IBKR_USAGE_INVALID_ARGUMENT', message: expect.stringMatching(message) as unknown });
      expect(simulator.control.journal({ kind: 'in' })).toHaveLength(before);
    }));

  it('a range that begins in the future is refused as soon as the contract is known', () =>
    withLoopback({}, async ({ marketData, simulator }) => {
      for (const stream of [marketData.history('AAPL', { ...LAST_HOUR, from: '2031-01-06', to: '2031-01-07' }), marketData.historicalTicks('AAPL', { kind: 'TRADES', from: '2031-01-06' })]) {
        expect(await failureOf(() => drain(stream), marketData)).toMatchObject({ code: 'IBKR_USAGE_INVALID_ARGUMENT', message: expect.stringContaining('must not lie in the future') as unknown });
      }
      expect(simulator.control.journal({ kind: 'in', type: 'reqHistoricalData' })).toEqual([]);
    }));
});

const refusal = (request: string, code: number, text: string): SimulatorFault => ({ type: 'notice', request, code, text, instead: true });
const advice = (request: string, code: number, text: string): SimulatorFault => ({ type: 'notice', request, code, text });
const SERVICE = 'Historical Market Data Service error message:';

describe('requests that the broker refuses', () => {
  it.each<[number, string, string, Act, object]>([
    [200, 'reqMktData', 'No security definition has been found for the request', (marketData) => marketData.subscribeTicker('AAPL').waitFor(() => false, patience), { brokerCode: 200 }],
    [321, 'reqMktData', 'Error validating request', (marketData) => marketData.subscribeTicker('AAPL').waitFor(() => false, patience), { brokerCode: 321 }],
    [101, 'reqMktData', 'Max number of tickers has been reached', (marketData) => marketData.subscribeTicker('AAPL').waitFor(() => false, patience), { brokerCode: 101 }],
    [354, 'reqMktData', 'Requested market data is not subscribed.', (marketData) => marketData.subscribeTicker('AAPL').waitFor(() => false, patience), { name: 'MarketDataError', brokerCode: 354 }],
    [10089, 'reqMktData', 'Requested market data requires additional subscription for API.', (marketData) => marketData.snapshot('AAPL'), { name: 'MarketDataError', brokerCode: 10089 }],
    [10168, 'reqMktData', 'Requested market data is not subscribed. Delayed market data is not enabled.', (marketData) => marketData.getLatestPrice('AAPL'), { name: 'MarketDataError', brokerCode: 10168 }],
    [10186, 'reqMktData', 'Requested market data is not subscribed. Delayed market data is not enabled.', (marketData) => marketData.snapshot('AAPL'), { name: 'MarketDataError', brokerCode: 10186 }],
    [10197, 'reqMktData', 'No market data during competing live session', (marketData) => marketData.snapshot('AAPL'), { brokerCode: 10197, retryable: true }],
    [10189, 'reqTickByTickData', 'Failed to request tick-by-tick data.', (marketData) => marketData.tickByTick('AAPL', 'Last').next(), { brokerCode: 10189 }],
    [10190, 'reqTickByTickData', 'Max number of tick-by-tick requests has been reached.', (marketData) => marketData.tickByTick('AAPL', 'Last').next(), { brokerCode: 10190 }],
    [10092, 'reqMktDepth', 'Deep market data is not supported for this combination of security type/exchange', (marketData) => marketData.depth('AAPL').waitFor(() => false, patience), { brokerCode: 10092 }],
    [309, 'reqMktDepth', 'Max number (3) of market depth requests has been reached', (marketData) => marketData.depth('AAPL').waitFor(() => false, patience), { brokerCode: 309 }],
    [162, 'reqHistoricalData', `${SERVICE}No market data permissions for ISLAND STK`, (marketData) => drain(marketData.history('AAPL', LAST_HOUR)), { brokerCode: 162, retryable: false }],
    [200, 'reqHistoricalData', 'No security definition has been found for the request', (marketData) => drain(marketData.history('AAPL', LAST_HOUR)), { brokerCode: 200 }],
    [321, 'reqHistoricalData', 'Error validating request.-cause - Invalid', (marketData) => marketData.keepUpToDate('AAPL', MINUTES).next(), { brokerCode: 321 }],
    [10187, 'reqHistoricalTicks', 'Failed to request historical ticks', WAYS['historicalTicks']?.('AAPL') ?? (() => undefined), { brokerCode: 10187 }],
    [162, 'reqHeadTimestamp', `${SERVICE}No market data permissions`, (marketData) => marketData.headTimestamp('AAPL'), { brokerCode: 162 }],
  ])('%d to %s: ends that one with a typed error and its tips, and nobody else notices', (code, request, text, act, error) =>
    withLoopback({}, async (loopback) => {
      await loopback.marketData.resolve('AAPL');
      await beside(loopback, async () => {
        loopback.simulator.control.inject(refusal(request, code, text));
        const failure = await failureOf(act, loopback.marketData);
        expect(failure).toMatchObject({ ...error, code: expect.stringMatching(/^IBKR_/u) as unknown, tips: expect.arrayContaining([expect.any(String)]) as unknown });
      });
      // The same is possible a moment later: nothing remembers it.
      await loopback.marketData.subscribeTicker('AAPL').waitFor(complete, patience);
    }));

  it.each([
    [10167, 'Requested market data is not subscribed. Displaying delayed market data.'],
    [10090, 'Part of requested market data is not subscribed.'],
    [10091, 'Part of requested market data requires additional subscription for API.'],
    [2176, 'Your API version does not support fractional share size rules'],
    [99_999, 'nobody knows this one'],
  ])('%d is advice: the line goes on', (code, text) =>
    withLoopback({}, async ({ marketData, simulator }) => {
      simulator.control.inject(advice('reqMktData', code, text));
      // Behind 10167 everything is delayed: who does not accept that is refused.
      await expect(marketData.subscribeTicker('AAPL', { mode: code === 10167 ? 'delayed' : 'live' }).waitFor(complete, patience)).resolves.toMatchObject({ stale: false });
    }));

  it('162 with no data is an empty answer, with its gap', () =>
    withLoopback({}, async ({ marketData, simulator }) => {
      await marketData.resolve('AAPL');
      simulator.control.inject(refusal('reqHistoricalData', 162, `${SERVICE}HMDS query returned no data: AAPL@SMART Trades`));
      const stream = marketData.history('AAPL', LAST_HOUR);
      expect([await drain(stream), stream.gaps]).toEqual([0, [{ fromMs: LAST_HOUR.from, toMs: LAST_HOUR.to, market: 'open' }]]);
    }));
});

describe('a consumer that stops reading', () => {
  it('of quotes costs nothing: it gets the latest when it comes back', () =>
    withLoopback({}, async ({ marketData, simulator }) => {
      const ticker = marketData.subscribeTicker('AAPL');
      const reader = ticker[Symbol.asyncIterator]();
      await ticker.waitFor(complete, patience);
      simulator.control.setPrice('AAPL', 300);
      await ticker.waitFor((quote) => Math.abs((quote.last ?? 0) - 300) < 1, patience);
      expect(await reader.next()).toEqual({ done: false, value: ticker.current });
    }));

  it('of ticks gets what was held and then an error; the next stream is not disturbed', () =>
    withLoopback({}, async ({ marketData }) => {
      const other = marketData.tickByTick('MSFT', 'BidAsk');
      const lazy = marketData.tickByTick('AAPL', 'BidAsk', { capacity: 5 });
      for (let read = 0; read < 50; read += 1) expect((await other.next()).value).toMatchObject({ type: 'bidAsk' });
      const failure = await failureOf(() => drain(lazy), marketData);
      expect(failure).toMatchObject({ code: 'IBKR_MARKET_DATA_OVERFLOW', details: { capacity: 5 } });
      expect((await other.next()).value).toMatchObject({ type: 'bidAsk' });
    }));

  it('of bulk history holds one page, and nothing more is asked for meanwhile', () =>
    withLoopback({}, async ({ marketData, simulator }) => {
      const stream = marketData.history('AAPL', { from: IN_SESSION_MS - 6 * HOUR_MS, to: IN_SESSION_MS, barSize: '5 secs' });
      await stream.next();
      await marketData.subscribeTicker('MSFT').waitFor(complete, patience);
      expect(simulator.control.journal({ kind: 'in', type: 'reqHistoricalData' })).toHaveLength(1);
      await stream.close();
    }));
});
