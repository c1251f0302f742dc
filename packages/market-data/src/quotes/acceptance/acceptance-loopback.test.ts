import type { Simulator } from '@ibkit/simulator';
import { describe, expect, it } from 'vitest';
import { patience, withLoopback } from '../../testing/loopback.js';
import type { Quote } from '../quote.js';

/** A Saturday. */
const CLOSED_MS = Date.UTC(2026, 4, 23, 15, 0);

const priced = (quote: Quote): boolean => quote.last !== undefined;
const quoted = (quote: Quote): boolean => quote.bid !== undefined && quote.last !== undefined;

/** What a live-only consumer is told, as if nobody on the session had asked for delayed data. */
const REFUSED = { name: 'MarketDataError', code: 'IBKR_MARKET_DATA_NOT_SUBSCRIBED', brokerCode: 354 };

function sent(simulator: Simulator, afterSeq = 0): readonly string[] {
  return simulator.control.journal({ kind: 'in', afterSeq }).flatMap(({ message }) => (message?.type === 'reqMarketDataType' || message?.type === 'reqMktData' ? [message.type] : []));
}

describe('delayed data that one consumer asked for, over a real socket', () => {
  it('is refused to the others, on the same line and on their own, also after a reconnect, and stays with the one', () =>
    withLoopback({ dataPermission: 'delayed' }, async ({ simulator, connection, marketData }) => {
      const delayed = marketData.subscribeTicker('AAPL', { mode: 'delayed' });
      await delayed.waitFor(quoted, patience);
      for (const symbol of ['AAPL', 'MSFT']) {
        await expect(marketData.subscribeTicker(symbol).waitFor(priced, patience)).rejects.toMatchObject(REFUSED);
        await expect(marketData.snapshot(symbol)).rejects.toMatchObject(REFUSED);
        await expect(marketData.getLatestPrice(symbol)).rejects.toMatchObject(REFUSED);
      }
      await expect(marketData.optionChain('AAPL', { window: { nextExpiries: 1, strikesEachSide: 1 }, underlyingPrice: 200 })).rejects.toMatchObject({ code: 'IBKR_CHAIN_NO_PERMISSION', brokerCode: 354 });
      expect(delayed.status).toBe('open');

      const before = simulator.control.lastSeq;
      const stale = delayed.waitFor((quote) => quote.stale, patience);
      simulator.control.dropClients('rst');
      await stale;
      // Asks while there is no session, and is judged by what the next one brings.
      const early = marketData.subscribeTicker('AAPL');
      await expect(early.waitFor(priced, patience)).rejects.toMatchObject(REFUSED);
      await expect(delayed.waitFor((quote) => !quote.stale && quoted(quote), patience)).resolves.toMatchObject({ mode: 'delayed' });
      expect(connection.getStatus().reconnectCount).toBe(1);
      expect(sent(simulator, before)).toEqual(['reqMarketDataType', 'reqMktData']);
    }));

  it('changes nothing for those who may have live data', () =>
    withLoopback({}, async ({ simulator, marketData }) => {
      const delayed = marketData.subscribeTicker('AAPL', { mode: 'delayed' });
      const live = marketData.subscribeTicker('AAPL');
      const quotes = await Promise.all([delayed.waitFor(quoted, patience), live.waitFor(quoted, patience)]);
      expect(quotes.map(({ mode }) => mode)).toEqual(['live', 'live']);
      await expect(marketData.snapshot('AAPL')).resolves.toMatchObject({ mode: 'live', complete: true });
      expect(simulator.control.journal({ kind: 'in', type: 'cancelMktData' })).toHaveLength(sent(simulator).filter((type) => type === 'reqMktData').length - 2);
    }));
});

describe('frozen values that one consumer asked for, over a real socket', () => {
  it('are not shown to the others, who have what a closed market shows', () =>
    withLoopback({ startAtMs: CLOSED_MS, sessions: 'calendar', speed: 1 }, async ({ marketData }) => {
      const alone = await marketData.subscribeTicker('MSFT').waitFor(priced, patience);
      const frozen = marketData.subscribeTicker('AAPL', { mode: 'frozen' });
      await expect(frozen.waitFor(quoted, patience)).resolves.toMatchObject({ mode: 'frozen', session: 'closed' });
      const seen = await marketData.subscribeTicker('AAPL').waitFor(priced, patience);
      for (const quote of [alone, seen, await marketData.snapshot('AAPL')]) {
        expect(quote).toMatchObject({ mode: 'live', session: 'closed', last: expect.any(Number) as unknown });
        expect(quote).not.toHaveProperty('bid');
        expect(quote).not.toHaveProperty('ask');
      }
      await expect(marketData.getLatestPrice('AAPL')).resolves.toBe(frozen.current?.last);
    }));
});
