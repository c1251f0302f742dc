import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTestClock } from '@ibkit/clock/testing';
import type { TestClock } from '@ibkit/clock/testing';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MarketData } from '../market-data.js';
import { AAPL, MSFT, brokerKnowing, stockDetails } from '../testing/fake-broker.js';
import { FakeConnection } from '../testing/fake-connection.js';
import { ContractFile } from './contract-file.js';
import { readStored } from './contract-store.js';
import type { StoredContract } from './contract-store.js';
import { resolvedFrom } from './resolved-contract.js';

const NOW = Date.parse('2026-05-20T15:00:00Z');
const HOUR_MS = 3_600_000;

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'ibkit-contracts-'));
});
afterEach(() => rm(directory, { recursive: true }));

const file = (): string => path.join(directory, 'contracts.json');

interface Run {
  readonly connection: FakeConnection;
  readonly marketData: MarketData;
  readonly problems: string[];
}

/** A program that starts, does something, and ends. */
async function run<T>(work: (parts: Run) => Promise<T>, options: { readonly nowMs?: number; readonly file?: string; readonly clock?: TestClock } = {}): Promise<{ readonly result: T; readonly asked: number; readonly problems: readonly string[] }> {
  const connection = new FakeConnection({ clock: options.clock ?? createTestClock({ nowMs: options.nowMs ?? NOW }), broker: brokerKnowing(AAPL, MSFT) });
  const problems: string[] = [];
  const marketData = new MarketData({ connection, contractCache: { file: options.file ?? file(), onProblem: ({ code, message }) => problems.push(`${code} ${message}`) } });
  try {
    const result = await work({ connection, marketData, problems });
    return { result, asked: connection.sentOf('reqContractDetails').length, problems };
  } finally {
    await marketData.close();
  }
}

const findApple = ({ marketData }: Run): Promise<unknown> => marketData.resolve('AAPL');

describe('contracts kept in a file', () => {
  it('are found again by the next run, the same to the last field, for their owner only', async () => {
    const first = await run(findApple);
    const second = await run(findApple, { nowMs: NOW + 11 * HOUR_MS });
    expect([first.asked, second.asked]).toEqual([1, 0]);
    expect(second.result).toEqual(first.result);
    expect(Object.isFrozen(second.result)).toBe(true);
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    expect(await readdir(directory)).toEqual(['contracts.json']);
  });

  it('are forgotten after their time, and when the clock was set back', async () => {
    await run(findApple);
    expect((await run(findApple, { nowMs: NOW + 12 * HOUR_MS })).asked).toBe(1);
    expect((await run(findApple, { nowMs: NOW - 1 })).asked).toBe(1);
  });

  it('do not get younger by being written again', async () => {
    await run(findApple);
    await run(({ marketData }) => marketData.resolve('MSFT'), { nowMs: NOW + 11 * HOUR_MS });
    expect((await run(({ marketData }) => Promise.all([marketData.resolve('AAPL'), marketData.resolve('MSFT')]), { nowMs: NOW + 13 * HOUR_MS })).asked).toBe(1);
  });

  it('answer only the question that was asked: expired ones, exchange, currency and class count', async () => {
    await run(findApple);
    const others = [{ symbol: 'AAPL', exchange: 'NASDAQ' }, { symbol: 'AAPL', currency: 'EUR' }, { symbol: 'AAPL', tradingClass: 'NMS' }, { symbol: 'AAPL', includeExpired: true }, { conId: 265598 }];
    const { asked } = await run(async ({ marketData }) => {
      for (const other of others) await marketData.resolve(other);
    });
    expect(asked).toBe(others.length);
  });

  it('are not given for live ones once they trade no more', async () => {
    const contract = resolvedFrom(stockDetails(9, 'ES', { secType: 'FUT', lastTradeDateOrContractMonth: '20260519' }), 'CME');
    const store = new ContractFile({ file: file(), capacity: 10, onProblem: () => undefined });
    const key = (includeExpired: boolean): string => JSON.stringify([9, null, null, null, null, null, null, null, null, null, null, null, includeExpired, null, null]);
    await store.save([false, true].map((includeExpired) => ({ key: key(includeExpired), includeExpired, storedAtMs: NOW - 1, contract })), 0);
    const { result, asked } = await run(({ marketData }) => Promise.allSettled([marketData.resolve({ conId: 9, includeExpired: true }), marketData.resolve({ conId: 9 })]));
    expect([result.map(({ status }) => status), asked]).toEqual([['fulfilled', 'rejected'], 1]);
  });

  it('are written once for a crowd, a second after the first', async () => {
    const clock = createTestClock({ nowMs: NOW });
    await run(
      async ({ marketData }) => {
        await Promise.all([marketData.resolve('AAPL'), marketData.resolve('MSFT')]);
        await clock.advance(999);
        await expect(stat(file())).rejects.toThrow('ENOENT');
        await clock.advance(1);
        await expect.poll(async () => (await readFile(file(), 'utf8').catch(() => '')).match(/"conId"/gu)?.length).toBe(2);
      },
      { clock },
    );
  });

  it('go into a file of its name in a directory, made when it is missing', async () => {
    const connection = new FakeConnection({ clock: createTestClock(), broker: brokerKnowing(AAPL) });
    const marketData = new MarketData({ connection, contractCache: { directory: path.join(directory, 'a', 'b') } });
    await marketData.resolve('AAPL');
    await marketData.close();
    expect(await readdir(path.join(directory, 'a', 'b'))).toEqual(['contracts.json']);
    expect(() => new MarketData({ connection, contractCache: { file: ' ' } })).toThrow('contractCache.file');
  });

  it.each([
    ['text of somebody else', 'IBKR_CONTRACT_CACHE_UNREADABLE', 'left as it is'],
    ['{"accounts":[]}', 'IBKR_CONTRACT_CACHE_UNREADABLE', 'left as it is'],
    ['{"format":"ibkit-contracts","version":2,"entries":[]}', 'IBKR_CONTRACT_CACHE_UNREADABLE', 'version is 2'],
  ])('leave a file alone that is none of ours: %s', async (text, code, words) => {
    await writeFile(file(), text);
    const { asked, problems } = await run(findApple);
    expect([asked, problems]).toEqual([1, [expect.stringContaining(code)]]);
    expect(problems[0]).toContain(words);
    expect(await readFile(file(), 'utf8')).toBe(text);
  });

  it('survive a file that was torn at any place', async () => {
    await run(({ marketData }) => marketData.resolveAll(['AAPL', 'MSFT']));
    const whole = await readFile(file(), 'utf8');
    for (const part of [0, 0.01, 0.1, 0.3, 0.6, 0.9, 0.99]) {
      await writeFile(file(), whole.slice(0, Math.floor(whole.length * part)));
      const torn = await run(findApple);
      expect([part, torn.asked, torn.problems.length]).toEqual([part, 1, part === 0 ? 0 : 1]);
      expect((await run(findApple)).asked).toBe(0);
    }
  });

  it('drop entries that are not what they should be, and say so', async () => {
    await run(({ marketData }) => marketData.resolveAll(['AAPL', 'MSFT']));
    const whole = await readFile(file(), 'utf8');
    await writeFile(file(), whole.replace('"minTick":0.01', '"minTick":"cheap"'));
    const { asked, problems } = await run(({ marketData }) => marketData.resolveAll(['AAPL', 'MSFT']));
    expect([asked, problems]).toEqual([1, [expect.stringContaining('1 entries')]]);
  });

  it('cost look-ups and nothing else when they cannot be kept', async () => {
    await writeFile(path.join(directory, 'file'), '');
    const { asked, problems } = await run(findApple, { file: path.join(directory, 'file', 'contracts.json') });
    expect([asked, problems[0]]).toEqual([1, expect.stringContaining('IBKR_CONTRACT_CACHE_FAILED')]);
  });

  it('of two processes are both there, or one of them when both write at the same moment', async () => {
    await Promise.all([run(findApple), run(({ marketData }) => marketData.resolve('MSFT'))]);
    const kept = await run(({ marketData }) => marketData.resolveAll(['AAPL', 'MSFT']));
    expect(kept.asked).toBeLessThanOrEqual(1);
    expect(kept.problems).toEqual([]);
    await run(({ marketData }) => marketData.resolve({ conId: 265598 }));
    expect((await run(({ marketData }) => marketData.resolveAll(['AAPL', 'MSFT', { conId: 265598 }]))).asked).toBe(0);
    expect(await readdir(directory)).toEqual(['contracts.json']);
  });

  it('are no more than fit', async () => {
    const contract = resolvedFrom(AAPL, 'SMART');
    const store = new ContractFile({ file: file(), capacity: 3, onProblem: () => undefined });
    const entry = (index: number): StoredContract => ({ key: String(index), includeExpired: false, storedAtMs: index, contract });
    await store.save([1, 2, 3].map(entry), 0);
    await store.save([4, 5].map(entry), 0);
    expect((await store.load()).map(({ key }) => key)).toEqual(['5', '4', '3']);
    await store.save([6].map(entry), 5);
    expect((await store.load()).map(({ key }) => key)).toEqual(['6', '5']);
  });
});

describe('readStored', () => {
  it('takes nothing but a whole entry', () => {
    const whole: unknown = JSON.parse(JSON.stringify({ key: 'k', includeExpired: false, storedAtMs: 1, contract: resolvedFrom(AAPL, 'SMART') }));
    expect(readStored(whole)).toMatchObject({ key: 'k', contract: { conId: 265598 } });
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(readStored(value)).toBeUndefined();
      }),
    );
    const contract = resolvedFrom(AAPL, 'SMART');
    fc.assert(
      fc.property(fc.constantFrom('conId', 'symbol', 'secType', 'exchange', 'minTick', 'validExchanges', 'marketRuleIds', 'right', 'strike', 'tradingHours'), fc.constantFrom(null, {}, true, [{}], -0.5), (field, value) => {
        fc.pre(!((field === 'minTick' || field === 'strike') && value === -0.5));
        expect(readStored({ key: 'k', includeExpired: false, storedAtMs: 1, contract: { ...contract, [field]: value } })).toBeUndefined();
      }),
    );
  });
});
