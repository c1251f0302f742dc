import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Recorder, exportForSimulator } from '@ibkit/recording';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withSimulator } from '../testing/with-simulator.js';
import { exchangeName } from './exchange-codes.js';
import { loadReplay } from './load-replay.js';

const OPEN_MS = Date.UTC(2024, 2, 5, 14, 30);
let directory = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'recorded-'));
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

it('plays what was recorded: trades, quotes and bars, whatever exchange and however often a bar was updated', async () => {
  const recorder = await Recorder.open({ directory, source: { name: 'a test' } });
  const exchanges = [...Array.from({ length: 30 }, (_, index) => exchangeName(index)), 'IBKRATS', ''];
  exchanges.forEach((exchange, index) => {
    recorder.quote({ symbol: 'ABC', bid: 10, ask: 10.02, bidSize: 300, askSize: 200 + index, receivedAtMs: OPEN_MS + index * 10 });
    recorder.trade({ symbol: 'ABC', price: 10.01, size: 100, exchange, unreported: index === 3, receivedAtMs: OPEN_MS + index * 10 + 0.25 });
  });
  const bar = { symbol: 'ABC', open: 9, high: 11, low: 9, close: 10 };
  for (const volume of [5, 6, 7]) recorder.bar({ ...bar, time: OPEN_MS - 600_000, barSize: '5 mins', volume, receivedAtMs: OPEN_MS });
  recorder.bar({ ...bar, date: '2024-03-04', barSize: '1 day', volume: 70, wap: 9.5, count: 3, receivedAtMs: OPEN_MS });
  recorder.bar({ ...bar, date: '2024-03-04', barSize: '1 day', kind: 'MIDPOINT', receivedAtMs: OPEN_MS });
  recorder.quote({ symbol: 'ABC', bid: 10, bidSize: 1, receivedAtMs: OPEN_MS + 60_000 });
  await recorder.close();
  const file = join(directory, 'replay.jsonl');
  expect(await exportForSimulator(directory, { file })).toMatchObject({ rows: 2 * exchanges.length + 4, skipped: {}, gaps: 0 });

  const data = await loadReplay([file]);
  expect(await loadReplay([directory])).toEqual({ ...data, files: data.files.map((read) => ({ ...read, path: directory })) });
  expect(data).toMatchObject({ symbols: ['ABC'], startAtMs: OPEN_MS });
  expect(data.files.map(({ columns }) => [columns.kind, columns.length])).toEqual([['quote', exchanges.length + 1], ['trade', exchanges.length]]);
  expect(data.bars?.map(({ kind, size, volume }) => [kind, size.unit, [...volume]])).toEqual(expect.arrayContaining([['TRADES', 'time', [7]], ['TRADES', 'day', [70]], ['MIDPOINT', 'day', [0]]]));
  await withSimulator({ replay: [directory] }, async ({ clock, connect }) => {
    const client = await connect();
    client.send({ type: 'reqTickByTickData', reqId: 1, contract: { symbol: 'ABC', secType: 'STK', exchange: 'SMART', currency: 'USD' }, tickType: 'AllLast' });
    await client.barrier();
    await clock.advance(10_000);
    await client.barrier();
    const seen = client.all('tickByTick').flatMap((tick) => (tick.kind === 'AllLast' ? [tick.exchange] : []));
    // An exchange that replay files do not know is no reason to lose the trade.
    expect(seen).toEqual(exchanges.map((exchange) => (exchange === '' || exchange === 'IBKRATS' ? 'SMART' : exchange)));
  });
});

it('says so when a directory is none of a recording, or has nothing that can be played', async () => {
  const empty = await mkdtemp(join(tmpdir(), 'recorded-'));
  try {
    await expect(loadReplay([empty])).rejects.toMatchObject({ message: expect.stringContaining('must be a recording with at least one') as string });
    const recorder = await Recorder.open({ directory: empty, source: { name: 'a test' } });
    recorder.session({ event: 'connection.established' });
    await recorder.close();
    await expect(loadReplay([empty])).rejects.toMatchObject({ message: expect.stringContaining('must be a recording with at least one') as string });
  } finally {
    await rm(empty, { recursive: true });
  }
});
