import { createTestClock } from '@ibkit/clock/testing';
import { describe, expect, it } from 'vitest';
import { MarketData } from '../market-data.js';
import { brokerKnowing, stockDetails } from '../testing/fake-broker.js';
import { FakeConnection } from '../testing/fake-connection.js';
import type { Broker } from '../testing/fake-connection.js';
import type { ResolveProgress } from './contract-batch.js';

function setUp(broker: Broker): { readonly connection: FakeConnection; readonly marketData: MarketData } {
  const connection = new FakeConnection({ clock: createTestClock(), broker });
  return { connection, marketData: new MarketData({ connection }) };
}

const SYMBOLS = Array.from({ length: 30 }, (_, index) => `S${String.fromCharCode(65 + index)}`.replaceAll(/[^A-Z]/gu, 'X') + String.fromCharCode(65 + (index % 26)));
const known = SYMBOLS.map((symbol, index) => stockDetails(index + 1, symbol));

describe('resolveAll', () => {
  it('gives one outcome per question, in their order, whatever is wrong with some', async () => {
    const { marketData } = setUp(brokerKnowing(...known));
    const seen: ResolveProgress[] = [];
    const outcomes = await marketData.resolveAll([SYMBOLS[3] ?? '', 'NONE', '', { conId: 1 }, SYMBOLS[3] ?? ''], { onProgress: (progress) => seen.push(progress) });
    expect(outcomes).toMatchObject([
      { status: 'resolved', contract: { conId: 4 } },
      { query: 'NONE', status: 'failed', error: { code: 'IBKR_CONTRACT_NOT_FOUND' } },
      { query: '', status: 'failed', error: { name: 'UsageError' } },
      { query: { conId: 1 }, status: 'resolved', contract: { conId: 1 } },
      { status: 'resolved', contract: { conId: 4 } },
    ]);
    expect(seen.map(({ done }) => done)).toEqual([1, 2, 3, 4, 5]);
    expect(seen.at(-1)).toEqual({ done: 5, failed: 2, total: 5 });
    await marketData.close();
  });

  it('has no more questions open than it may', async () => {
    let [open, most] = [0, 0];
    const answer = brokerKnowing(...known);
    const { connection, marketData } = setUp((message, to) => {
      if (message.type !== 'reqContractDetails') return;
      open += 1;
      most = Math.max(most, open);
      to.clock.setTimer(10, () => {
        open -= 1;
        answer(message, to);
      });
    });
    const all = marketData.resolveAll(SYMBOLS, { concurrency: 4 });
    await connection.clock.advance(30 * 10);
    expect((await all).every(({ status }) => status === 'resolved')).toBe(true);
    expect(most).toBe(4);
    await expect(marketData.resolveAll([], { concurrency: 51 })).rejects.toThrow('concurrency');
    await expect(marketData.resolveAll([])).resolves.toEqual([]);
    await marketData.close();
  });

  it('goes on after a reconnect', async () => {
    const { connection, marketData } = setUp(brokerKnowing(...known));
    connection.drop();
    const all = marketData.resolveAll(SYMBOLS.slice(0, 3));
    await connection.clock.settle();
    connection.restore();
    await connection.clock.settle();
    expect((await all).map(({ status }) => status)).toEqual(['resolved', 'resolved', 'resolved']);
    await marketData.close();
  });

  it('gives up with its signal, and when market data is closed', async () => {
    const { connection, marketData } = setUp(() => undefined);
    const stop = new AbortController();
    const given = expect(marketData.resolveAll(SYMBOLS, { signal: stop.signal })).rejects.toThrow('enough');
    stop.abort(new Error('enough'));
    await given;
    await expect(marketData.resolveAll(SYMBOLS, { signal: stop.signal })).rejects.toThrow('enough');
    const closed = expect(marketData.resolveAll(SYMBOLS)).rejects.toMatchObject({ code: 'IBKR_MARKET_DATA_CLOSED' });
    await marketData.close();
    await closed;
    expect([connection.openCount, connection.clock.pending]).toEqual([0, 0]);
  });
});
