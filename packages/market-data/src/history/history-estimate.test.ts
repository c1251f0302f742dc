import { expect, it } from 'vitest';
import { IN_SESSION_MS, withLoopback } from '../testing/loopback.js';

const DAY_MS = 86_400_000;

it('says what a range costs without asking for any of it', async () => {
  await withLoopback({}, async ({ simulator, marketData }) => {
    const from = IN_SESSION_MS - 2 * DAY_MS;
    const small = await marketData.historyPlan('SPY', { from, to: IN_SESSION_MS, barSize: '1 secs' });
    expect(small).toMatchObject({ fromMs: from, toMs: IN_SESSION_MS, requests: 96, contract: { symbol: 'SPY' } });
    // 60 requests in ten minutes: 96 do not fit into the first ten.
    expect(small.estimatedMs).toBeGreaterThan(600_000);
    expect(small.rules.join()).toContain('60 requests');

    const large = await marketData.historyPlan('SPY', { from, to: IN_SESSION_MS, barSize: '1 hour' });
    expect(large.requests).toBe(1);
    expect(large.estimatedMs).toBeLessThan(10_000);
    expect(large.rules).toHaveLength(1);
    expect(simulator.control.journal({ kind: 'in', type: 'reqHistoricalData' })).toEqual([]);
  });
});

it('refuses what a history would refuse', async () => {
  await withLoopback({}, async ({ marketData }) => {
    await expect(marketData.historyPlan('SPY', { from: '2026-05-20', to: '2026-05-19', barSize: '1 day' })).rejects.toMatchObject({ code: 'IBKR_USAGE_INVALID_ARGUMENT', details: { field: 'to' } });
    await expect(marketData.historyPlan('NOSUCHTHING', { from: '2026-05-19', barSize: '1 day' })).rejects.toMatchObject({ code: 'IBKR_CONTRACT_NOT_FOUND' });
  });
});
