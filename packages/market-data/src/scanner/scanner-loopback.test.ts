import { describe, expect, it } from 'vitest';
import { patience, withLoopback } from '../testing/loopback.js';

describe('scans over a real socket', () => {
  it('find what the parameters say that can be looked for', () =>
    withLoopback({}, async ({ simulator, marketData }) => {
      const parameters = await marketData.scanner.parameters();
      expect(parameters.scanCodes.map(({ code }) => code)).toContain('TOP_PERC_GAIN');
      expect(parameters.locations).toContainEqual(expect.objectContaining({ code: 'STK.US.MAJOR' }));
      expect(parameters.filters.map(({ code }) => code)).toContain('priceAbove');
      for (const { code } of parameters.scanCodes.slice(0, 3)) {
        const rows = await marketData.scanner.scan(code, { rows: 5 });
        expect(rows.map(({ rank }) => rank)).toEqual([0, 1, 2, 3, 4].slice(0, rows.length));
      }
      const [row] = await marketData.scanner.scan('MOST_ACTIVE');
      const contract = await marketData.resolve(row?.contract ?? '');
      expect(contract.symbol).toBe(row?.contract.symbol);
      const asked = simulator.control.journal({ kind: 'in', type: 'reqScannerSubscription' }).length;
      expect(simulator.control.journal({ kind: 'in', type: 'cancelScannerSubscription' })).toHaveLength(asked);
    }));

  it('are empty when nothing fits, and refused when they make no sense, while others go on', () =>
    withLoopback({}, async ({ connection, marketData }) => {
      const errors: unknown[] = [];
      connection.events.on('error.occurred', ({ error }) => errors.push(error));
      const running = marketData.scanner.watch('MOST_ACTIVE', { rows: 3 });
      await expect(marketData.scanner.scan('TOP_PERC_GAIN', { filters: { priceAbove: 1e9 } })).resolves.toEqual([]);
      await expect(marketData.scanner.scan('NOSUCH')).rejects.toMatchObject({ name: 'HistoricalDataError', brokerCode: 162 });
      await expect(marketData.scanner.scan('MOST_ACTIVE', { location: 'NO.SUCH' })).rejects.toMatchObject({ brokerCode: 162 });
      await expect(running.waitFor(({ rows }) => rows.length === 3, patience)).resolves.toMatchObject({ stale: false });
      expect(errors).toEqual([]);
    }));

  it('are repeated, and go on over a lost session', () =>
    withLoopback({ speed: 200 }, async ({ simulator, marketData }) => {
      const scan = marketData.scanner.watch('MOST_ACTIVE', { rows: 3 });
      let results = 0;
      scan.on('result', () => { results += 1; });
      const told: string[] = [];
      scan.on('gap', () => told.push('gap'));
      scan.on('end', ({ error }) => told.push(`end ${error === undefined}`));
      await scan.waitFor(() => results >= 3, patience);
      simulator.control.dropClients('rst');
      await scan.waitFor(({ stale }) => stale, patience);
      await expect(scan.waitFor(({ stale, gaps }) => !stale && gaps === 1, patience)).resolves.toMatchObject({ rows: [{ rank: 0 }, { rank: 1 }, { rank: 2 }] });
      await scan.close();
      expect(told).toEqual(['gap', 'end true']);
    }));

  it('are ten at a time, more of them one after the other', () =>
    withLoopback({}, async ({ simulator, marketData }) => {
      const rows = await Promise.all(Array.from({ length: 25 }, () => marketData.scanner.scan('MOST_ACTIVE', { rows: 2 })));
      expect(rows.map(({ length }) => length)).toEqual(rows.map(() => 2));
      expect(simulator.control.journal({ kind: 'out', type: 'errMsg' }).filter(({ message }) => JSON.stringify(message).includes('"code":322'))).toEqual([]);
    }));
});
