import type { HistoryBar, LiveBarGap, LiveBarItem, ResolvedContract, TickStream } from '@ibkit/market-data';
import { expect, it } from 'vitest';
import { openRecordedLine } from './recorded-line.js';
import { recordedTopic } from './recorded-topic.js';
import type { RecordedBar, RecordedGap } from './recordings-port.js';

const CONTRACT: ResolvedContract = { conId: 1, symbol: 'SPY', secType: 'STK', exchange: 'SMART', currency: 'USD', localSymbol: 'SPY', minTick: 0.01, longName: '', validExchanges: [], marketRuleIds: [] };

/** What the market data would tell, and then the end. */
function streamOf<T>(items: readonly T[], error?: Error): TickStream<T> {
  async function* all(): AsyncGenerator<T, undefined> {
    for (const item of items) yield await Promise.resolve(item);
    if (error !== undefined) throw error;
    return undefined;
  }
  const iterator = all();
  const stream: TickStream<T> = {
    held: 0,
    next: () => iterator.next(),
    return: () => iterator.return(undefined),
    close: () => Promise.resolve(),
    [Symbol.asyncIterator]: () => stream,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return stream;
}

function bar(time: number, close: number, complete: boolean): LiveBarItem {
  const values: HistoryBar = { time, open: 1, high: 9, low: 1, close, complete };
  return { type: 'bar', bar: values, origin: 'update' };
}

async function recorded(items: readonly (LiveBarItem | LiveBarGap)[], error?: Error): Promise<{ readonly bars: readonly (readonly [number | undefined, number])[]; readonly gaps: readonly RecordedGap[] }> {
  const bars: RecordedBar[] = [];
  const gaps: RecordedGap[] = [];
  const kept = <T>(list: T[]) => (row: T): boolean => list.push(row) > 0;
  const refuse = (): never => { throw new Error('not asked for'); };
  const line = openRecordedLine(recordedTopic('bars/SPY/1m'), {
    contract: CONTRACT,
    now: () => 1000,
    marketData: { subscribeTicker: refuse, tickByTick: refuse, realTimeBars: refuse, depth: refuse, keepUpToDate: () => streamOf(items, error) },
    recorder: { trade: refuse, quote: refuse, depth: refuse, bar: kept(bars), gap: kept(gaps) },
  });
  await line.close();
  return { bars: bars.map(({ time, close }) => [time, close]), gaps };
}

it('writes a bar down once, when it is over: by its own word, or because the next one begins', async () => {
  expect((await recorded([bar(0, 2, true), bar(60, 3, false), bar(60, 4, false), bar(120, 5, false), bar(120, 6, true), bar(120, 6, true)])).bars).toEqual([[0, 2], [60, 4], [120, 6]]);
});

it('writes down what the broker says of a bar behind a break, not what was seen of it before', async () => {
  const gap: LiveBarGap = { type: 'gap', fromMs: 1, toMs: 2, reason: 'session', backfilled: true };
  const { bars, gaps } = await recorded([bar(60, 3, false), gap, bar(60, 7, true), bar(120, 8, false)]);
  expect(bars).toEqual([[60, 7]]);
  expect(gaps).toEqual([]);
  expect((await recorded([{ ...gap, backfilled: false }])).gaps).toEqual([{ symbol: 'SPY', conId: 1, fromMs: 1, toMs: 2, reason: 'session' }]);
});

it('writes the end that nobody asked for down as a hole without an end', async () => {
  expect((await recorded([], new Error('not subscribed'))).gaps).toEqual([{ symbol: 'SPY', conId: 1, fromMs: 1000, toMs: undefined, reason: 'the stream ended: not subscribed' }]);
});
