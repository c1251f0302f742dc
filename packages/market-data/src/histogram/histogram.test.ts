import { createTestClock } from '@ibkit/clock/testing';
import { describe, expect, it } from 'vitest';
import { MarketData } from '../market-data.js';
import { AAPL, brokerKnowing, notice } from '../testing/fake-broker.js';
import { FakeConnection } from '../testing/fake-connection.js';
import { withLoopback } from '../testing/loopback.js';

describe('histogram', () => {
  const ask = async (answer: (connection: FakeConnection, reqId: number) => void): Promise<unknown> => {
    const known = brokerKnowing(AAPL);
    const connection = new FakeConnection({
      clock: createTestClock({ nowMs: 1_700_000_000_000 }),
      broker: (message, self) => {
        known(message, self);
        if (message.type === 'reqHistogramData') answer(self, message.reqId);
      },
    });
    const marketData = new MarketData({ connection });
    try {
      return await marketData.histogram('AAPL', { period: '3 days', useRth: true });
    } finally {
      expect(connection.sentOf('reqHistogramData')).toMatchObject([{ timePeriod: '3 days', useRTH: true, contract: { conId: 265598 } }]);
      await marketData.close();
      expect([connection.openCount, connection.clock.pending]).toEqual([0, 0]);
    }
  };

  it('is ordered by price, and empty when nothing was traded', async () => {
    await expect(ask((connection, reqId) => { connection.deliver({ type: 'histogramData', reqId, items: [{ price: 11, size: 5 }, { price: 10 }] }); })).resolves.toEqual([{ price: 10, size: 0 }, { price: 11, size: 5 }]);
    await expect(ask((connection, reqId) => { connection.deliver(notice(reqId, 162, 'Historical Market Data Service error message:HMDS query returned no data: AAPL')); })).resolves.toEqual([]);
  });

  it.each([
    [200, 'ContractError'],
    [321, 'RequestError'],
    [354, 'MarketDataError'],
    [10_089, 'MarketDataError'],
  ])('fails with a typed error (%i)', async (code, name) => {
    await expect(ask((connection, reqId) => { connection.deliver(notice(reqId, code, 'no')); })).rejects.toMatchObject({ name, brokerCode: code });
  });

  it('is that of the trades of the period, over a real socket', () =>
    withLoopback({}, async ({ marketData }) => {
      const rows = await marketData.histogram('AAPL', { period: '1 day', useRth: true });
      const day = await marketData.history('AAPL', { from: '2026-05-20', to: '2026-05-21', barSize: '1 day', useRth: true }).next();
      expect(rows.length).toBeGreaterThan(10);
      expect(rows.map(({ price }) => price)).toEqual(rows.map(({ price }) => price).toSorted((a, b) => a - b));
      // Trades go on between the two questions.
      const volume = rows.reduce((sum, { size }) => sum + size, 0);
      expect(volume).toBeGreaterThan(0);
      expect(volume).toBeLessThanOrEqual(day.value?.volume ?? 0);
      const stop = new AbortController();
      const aborted = expect(marketData.histogram('MSFT', { period: '3 days', signal: stop.signal })).rejects.toThrow('enough');
      stop.abort(new Error('enough'));
      await aborted;
      await expect(marketData.histogram('AAPL', { period: 'long' })).rejects.toThrow('period must be a number of seconds');
      await expect(marketData.histogram('AAPL', { period: '9 years' })).rejects.toMatchObject({ brokerCode: 321 });
    }));
});
