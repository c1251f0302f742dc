import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ConnectionManager } from '@ibkit/core-connection';
import { createSimulator } from '@ibkit/simulator';
import type { Simulator } from '@ibkit/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MarketData } from '../market-data.js';

/** A Wednesday, an hour and a half after the open in New York. */
const IN_SESSION_MS = Date.UTC(2026, 4, 20, 15, 0);

let simulator: Simulator;
let directory = '';
beforeAll(async () => {
  simulator = await createSimulator({ startAtMs: IN_SESSION_MS });
  directory = await mkdtemp(path.join(tmpdir(), 'ibkit-contracts-'));
});
afterAll(async () => {
  await simulator.close();
  await rm(directory, { recursive: true });
});

async function run<T>(work: (marketData: MarketData, connection: ConnectionManager) => Promise<T>): Promise<{ readonly result: T; readonly asked: number }> {
  const count = (): number => simulator.control.journal({ kind: 'in', type: 'reqContractDetails' }).length;
  const before = count();
  const connection = new ConnectionManager({ port: simulator.port });
  const marketData = new MarketData({ connection, contractCache: { directory } });
  try {
    await connection.connect();
    const result = await work(marketData, connection);
    return { result, asked: count() - before };
  } finally {
    await marketData.close();
    await connection.close();
  }
}

describe('contracts over a real socket', () => {
  it('finds a future by each of its names, and says which have expired', async () => {
    const { result } = await run((marketData) => marketData.resolveAll(['ESM6', 'ESM26', 'ES 202606', 'ES202606', 'esm2026', 'ESH6']));
    const [first, ...others] = result;
    expect(first).toMatchObject({ status: 'resolved', contract: { symbol: 'ES', secType: 'FUT', localSymbol: 'ESM6', contractMonth: '202606' } });
    const conId = first?.status === 'resolved' ? first.contract.conId : 0;
    expect(others.slice(0, 4).map((outcome) => (outcome.status === 'resolved' ? outcome.contract.conId : outcome.error))).toEqual([conId, conId, conId, conId]);
    expect(others[4]).toMatchObject({ status: 'failed', error: { code: 'IBKR_CONTRACT_EXPIRED' } });
  });

  it('asks nothing again in the next run of what it found in the last', async () => {
    const symbols = ['AAPL', 'MSFT', 'SPY', 'ESU6', { symbol: 'EUR', secType: 'CASH', exchange: 'IDEALPRO', currency: 'USD' }];
    const first = await run((marketData) => marketData.resolveAll(symbols));
    const second = await run((marketData) => marketData.resolveAll(symbols));
    expect([first.asked, second.asked]).toEqual([5, 0]);
    expect(first.result.map(({ status }) => status)).toEqual(symbols.map(() => 'resolved'));
    expect(second.result).toEqual(first.result);
  });

  it('tells what to add when a question is not enough', async () => {
    await run(async (marketData) => {
      await expect(marketData.resolve({ symbol: 'ES', secType: 'FUT' })).rejects.toMatchObject({ code: 'IBKR_CONTRACT_AMBIGUOUS', details: { distinguishedBy: ['lastTradeDate'] } });
    });
  });
});
