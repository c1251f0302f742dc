import { ConnectionManager } from '@ibkit/core-connection';
import { createSimulator } from '@ibkit/simulator';
import type { Simulator, SimulatorOptions } from '@ibkit/simulator';
import { describe, expect, it } from 'vitest';
import { MarketData } from '../market-data.js';
import { tradingHoursOf } from '../sessions/trading-hours.js';
import { GENERIC_TICK_FACTS } from './generic-tick.js';
import type { Quote, QuoteField } from './quote.js';
import type { TickerNews } from './ticker-subscription.js';

/** A Wednesday, an hour and a half after the open in New York. */
const IN_SESSION_MS = Date.UTC(2026, 4, 20, 15, 0);

async function withLoopback(options: SimulatorOptions, run: (marketData: MarketData, simulator: Simulator) => Promise<void>): Promise<void> {
  const simulator = await createSimulator({ startAtMs: IN_SESSION_MS, speed: 30, ...options });
  const connection = new ConnectionManager({ port: simulator.port });
  const marketData = new MarketData({ connection });
  try {
    await connection.connect();
    await run(marketData, simulator);
  } finally {
    await marketData.close();
    await connection.close();
    await simulator.close();
  }
}

/** Gives up on a hang; a test that works never waits for it. */
const patience = { timeoutMs: 20_000 };

const has = (fields: readonly QuoteField[]) => (quote: Quote): boolean => fields.every((field) => quote[field] !== undefined);

describe('extra ticks over a real socket', () => {
  it('of a stock fill the fields that their names say', () =>
    withLoopback({}, async (marketData) => {
      const ticks = [
        'optionVolume', 'optionOpenInterest', 'historicalVolatility', 'averageOptionVolume', 'impliedVolatility', 'markPrice', 'rtVolume', 'shortable', 'tradeCount',
        'tradeRate', 'volumeRate', 'lastRth', 'rtTradeVolume', 'rtHistoricalVolatility', 'dividends', 'shortTermVolume', 'creditmanMark', 'slowMark', 'auction',
        'fundamentalRatios', 'ipo', 'navLast', 'navRange', 'navFrozenLast', 'news',
      ] as const;
      const told = ticks.slice(0, 18).flatMap((tick) => GENERIC_TICK_FACTS[tick].gives);
      const quote = await marketData.subscribeTicker('AAPL', { ticks }).waitFor(has(told), patience);
      expect(quote).toMatchObject({ shortability: 'available', dividends: {}, session: 'regular', mode: 'live' });
      expect(quote.raw).toBeUndefined();
      expect(quote.rtVolume).toMatchObject({ price: expect.any(Number) as unknown, size: expect.any(Number) as unknown, volume: expect.any(Number) as unknown });
      for (const field of told) expect([field, quote.fieldAtMs[field]]).toEqual([field, expect.any(Number)]);
    }));

  it('of funds and futures, too', () =>
    withLoopback({}, async (marketData) => {
      const fund = marketData.subscribeTicker('SPY', { ticks: ['navLast', 'navRange', 'navFrozenLast'] });
      const future = marketData.subscribeTicker('ESM6', { ticks: ['futuresOpenInterest', 'markPrice'] });
      await Promise.all([fund.waitFor(has(['navLast', 'navHigh', 'navLow', 'navFrozenLast', 'bid']), patience), future.waitFor(has(['futuresOpenInterest', 'mark', 'bid']), patience)]);
      expect(future.current?.session).toBe('regular');
    }));

  it('bring the news of the contract', () =>
    withLoopback({ startAtMs: IN_SESSION_MS + 29 * 60_000, speed: 60 }, async (marketData, simulator) => {
      const ticker = marketData.subscribeTicker('AAPL', { ticks: ['news'] });
      const told = new Promise<TickerNews>((resolve) => {
        ticker.on('news', resolve);
      });
      await ticker.waitFor(has(['bid']), patience);
      simulator.control.setPrice('AAPL', 300);
      const story = await told;
      expect(story).toMatchObject({ headline: expect.stringContaining('AAPL') as unknown, providerCode: expect.any(String) as unknown });
      expect(story.time).toBeGreaterThan(IN_SESSION_MS);
    }));

  it('that nobody knows end the subscription that asked for them, and leave the others', () =>
    withLoopback({}, async (marketData) => {
      const plain = marketData.subscribeTicker('AAPL', { ticks: ['markPrice'] });
      await plain.waitFor(has(['bid', 'mark']), patience);
      const greedy = marketData.subscribeTicker('AAPL', { ticks: [9999] });
      await expect(greedy.waitFor(() => false, patience)).rejects.toMatchObject({ code: 'IBKR_MARKET_DATA_TICKS_REFUSED' });
      const atMs = plain.current?.receivedAtMs ?? 0;
      await plain.waitFor((quote) => quote.receivedAtMs > atMs && !quote.stale, patience);
      expect([plain.status, greedy.status]).toEqual(['open', 'ended']);
    }));
});

describe('the session of a quote over a real socket', () => {
  it.each([
    ['pre', Date.UTC(2026, 4, 20, 12, 0)],
    ['regular', Date.UTC(2026, 4, 20, 15, 0)],
    ['post', Date.UTC(2026, 4, 20, 21, 0)],
    ['closed', Date.UTC(2026, 4, 23, 15, 0)],
  ])('is %s by the time of the gateway', (session, startAtMs) =>
    withLoopback({ startAtMs, speed: 1 }, async (marketData) => {
      const quote = await marketData.subscribeTicker('AAPL', { mode: 'frozen' }).waitFor(() => true, patience);
      expect(quote.session).toBe(session);
      await expect(marketData.snapshot('AAPL', { mode: 'frozen' })).resolves.toMatchObject({ session });
      const hours = tradingHoursOf(await marketData.resolve('AAPL'));
      expect([hours.phaseAt(startAtMs), (hours.nextOpen(startAtMs) ?? 0) > startAtMs]).toEqual([session, true]);
    }));
});
