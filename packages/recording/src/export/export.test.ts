import { readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createTestClock } from '@ibkit/clock/testing';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { describeRecording } from '../read/describe-recording.js';
import { readRecording } from '../read/read-recording.js';
import { collect, scratch } from '../testing/scratch.js';
import { Recorder } from '../write/recorder.js';
import { checkParquet } from './check-parquet.js';
import { compactRecording } from './compact-recording.js';
import type { CompactReport } from './compact-recording.js';
import { Compactor } from './compactor.js';
import { exportForSimulator } from './export-for-simulator.js';
import { exportParquet } from './export-parquet.js';
import { exportCsv, exportJsonLines } from './export-text.js';

const newDirectory = scratch();
const source = { name: 'a test' };
const atMs = Date.UTC(2024, 0, 2, 15);
const DAY_MS = 86_400_000;

/** Two days with a few rows of each kind. */
async function recorded(): Promise<string> {
  const directory = await newDirectory();
  const recorder = await Recorder.open({ directory, source, frames: true, clock: createTestClock({ nowMs: atMs }) });
  recorder.session({ event: 'connection.established', reason: 'account DU1234567 proven' });
  recorder.trade({ symbol: 'SPY', conId: 756733, time: atMs, price: 470.25, size: 100, exchange: 'ARCA', conditions: 'T,"I"' });
  recorder.quote({ symbol: 'SPY', bid: 470.24, bidSize: 3, receivedAtMs: atMs + 0.5 });
  recorder.bar({ symbol: 'SPY', date: '2024-01-02', barSize: '1 day', open: 1, high: 3, low: 0.5, close: 2 });
  recorder.depth({ symbol: 'SPY', side: 'bid', operation: 'update', position: 0, price: 470.24, size: 1 });
  recorder.gap({ fromMs: atMs, toMs: atMs + 5, reason: 'farm down' });
  recorder.frame({ direction: 'in', bytes: Buffer.from('\0\0\0\u001215\x001\0DU1234567,U7654321\0', 'latin1') });
  recorder.trade({ symbol: 'QQQ', price: 400, size: 1, receivedAtMs: atMs + DAY_MS });
  await recorder.close();
  return directory;
}

describe('exportCsv', () => {
  it('writes the rows of one kind with a header, quoted where needed, and says how many gaps there are', async () => {
    const directory = await recorded();
    const file = path.join(directory, 'trades.csv');
    const report = await exportCsv(directory, { file, kind: 'trade' });
    const text = await readFile(file, 'utf8');
    expect(text).toBe(
      'seq,receivedAtMs,symbol,conId,time,price,size,exchange,conditions,pastLimit,unreported\n' +
        `2,${atMs},SPY,756733,${atMs},470.25,100,ARCA,"T,""I""",false,false\n` +
        `8,${atMs + DAY_MS},QQQ,,,400,1,,,false,false\n`,
    );
    expect(report).toEqual({ file, rows: 2, gaps: 1, bytes: text.length });
  });

  it('leaves a file of that name alone, unless told otherwise, and nothing behind when it fails', async () => {
    const directory = await recorded();
    const file = path.join(directory, 'x.csv');
    await writeFile(file, 'mine');
    await expect(exportCsv(directory, { file, kind: 'trade' })).rejects.toMatchObject({ code: 'IBKR_RECORDING_EXISTS' });
    expect(await readFile(file, 'utf8')).toBe('mine');
    await exportCsv(directory, { file, kind: 'session', overwrite: true });
    expect(await readFile(file, 'utf8')).toContain('account DU******* proven');
    const segment = (await readdir(directory)).find((name) => name.endsWith('1.ibkrec')) ?? '';
    await writeFile(path.join(directory, segment), 'nothing');
    await expect(exportCsv(directory, { file: path.join(directory, 'y.csv'), kind: 'trade', damage: 'throw' })).rejects.toMatchObject({ code: 'IBKR_RECORDING_DAMAGED' });
    expect((await readdir(directory)).filter((name) => name.includes('.csv'))).toEqual(['x.csv']);
  });
});

describe('exportJsonLines', () => {
  it('writes every kind, with accounts masked at their full length unless they are to be kept', async () => {
    const directory = await recorded();
    const file = path.join(directory, 'rows.jsonl');
    const kinds = ['trade', 'quote', 'bar', 'depth', 'session', 'frame'] as const;
    const linesOf = async (): Promise<readonly unknown[]> => (await readFile(file, 'utf8')).trimEnd().split('\n').map((line): unknown => JSON.parse(line));
    await exportJsonLines(directory, { file, kinds });
    const masked = await linesOf();
    expect(masked).toHaveLength(8);
    expect(masked[1]).toEqual({ type: 'trade', seq: 2, receivedAtMs: atMs, symbol: 'SPY', conId: 756733, time: atMs, price: 470.25, size: 100, exchange: 'ARCA', conditions: 'T,"I"', pastLimit: false, unreported: false });
    expect(masked[6]).toMatchObject({ bytes: Buffer.from('\0\0\0\u001215\x001\0DU*******,U*******\0', 'latin1').toString('base64') });
    await exportJsonLines(directory, { file, kinds, accounts: 'keep', overwrite: true });
    expect((await linesOf())[6]).toMatchObject({ bytes: Buffer.from('\0\0\0\u001215\x001\0DU1234567,U7654321\0', 'latin1').toString('base64') });
  });
});

describe('exportParquet', () => {
  it('writes what another library reads back: timestamps, nulls, texts, numbers, bytes', async () => {
    const directory = await recorded();
    const file = path.join(directory, 'x.parquet');
    const read = async (): Promise<readonly object[]> => parquetReadObjects({ file: await asyncBufferFromFile(file) });
    await exportParquet(directory, { file, kind: 'trade' });
    expect(await read()).toEqual([
      { seq: 2n, receivedAt: new Date(atMs), symbol: 'SPY', conId: 756733, time: new Date(atMs), price: 470.25, size: 100, exchange: 'ARCA', conditions: 'T,"I"', pastLimit: false, unreported: false },
      { seq: 8n, receivedAt: new Date(atMs + DAY_MS), symbol: 'QQQ', conId: undefined, time: undefined, price: 400, size: 1, exchange: undefined, conditions: undefined, pastLimit: false, unreported: false },
    ].map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value ?? null]))));
    await exportParquet(directory, { file, kind: 'frame', overwrite: true });
    expect(await read()).toMatchObject([{ direction: 'in', epoch: null }]);
    await exportParquet(directory, { file, kind: 'quote', overwrite: true });
    const metadata = await parquetMetadataAsync(await asyncBufferFromFile(file));
    expect(metadata.key_value_metadata).toEqual([{ key: 'ibkit.kind', value: 'quote' }]);
    const micros = await parquetReadObjects({ file: await asyncBufferFromFile(file), parsers: { timestampFromMicroseconds: (time: bigint) => time } });
    expect(micros).toMatchObject([{ receivedAt: BigInt(atMs) * 1_000n + 500n }]);
  });

  it('writes files without rows, too', async () => {
    const directory = await recorded();
    const file = path.join(directory, 'x.parquet');
    expect(await exportParquet(directory, { file, kind: 'depth', from: atMs + 1 })).toMatchObject({ rows: 0 });
    expect(await parquetReadObjects({ file: await asyncBufferFromFile(file) })).toEqual([]);
  });
});

describe('exportForSimulator', () => {
  it('writes rows of replay files, in order, the last state of each bar, and counts what has no place there', async () => {
    const directory = await newDirectory();
    const recorder = await Recorder.open({ directory, source, clock: createTestClock({ nowMs: atMs }) });
    const bar = { symbol: 'SPY', barSize: '5 secs', open: 1, high: 3, low: 0.5, close: 2 };
    recorder.trade({ symbol: 'SPY', price: 10, size: 1, exchange: 'ARCA', receivedAtMs: atMs + 10.7 });
    recorder.trade({ symbol: 'SPY', price: 11, size: 1, exchange: 'IBKRATS', unreported: true, receivedAtMs: atMs + 5 });
    recorder.trade({ symbol: 'SPY', price: -1, size: 1 });
    recorder.trade({ symbol: 'a name that is too long', price: 1, size: 1 });
    recorder.quote({ symbol: 'SPY', bid: 9.5, bidSize: 100 });
    recorder.bar({ ...bar, time: atMs });
    recorder.bar({ ...bar, time: atMs, close: 2.5, volume: 7 });
    recorder.bar({ ...bar, time: atMs + 5_000 });
    recorder.bar({ ...bar, time: atMs });
    recorder.bar({ ...bar, time: atMs + 10_000, high: 1 });
    recorder.bar({ ...bar, barSize: '1 fortnight', time: atMs });
    recorder.gap({ fromMs: 1, toMs: 2, reason: 'test' });
    await recorder.close();
    const file = path.join(directory, 'replay.jsonl');
    const report = await exportForSimulator(directory, { file });
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n').map((line): unknown => JSON.parse(line));
    expect(lines).toEqual([
      { symbol: 'SPY', time: atMs + 10, price: 10, size: 1, exchange: 'ARCA' },
      { symbol: 'SPY', time: atMs + 10, price: 11, size: 1, unreported: true },
      { symbol: 'SPY', time: atMs, bid: 9.5, ask: null, bidSize: 100, askSize: null },
      { symbol: 'SPY', time: atMs, barSize: '5 secs', kind: 'TRADES', open: 1, high: 3, low: 0.5, close: 2.5, volume: 7 },
      { symbol: 'SPY', time: atMs + 5_000, barSize: '5 secs', kind: 'TRADES', open: 1, high: 3, low: 0.5, close: 2, volume: 0 },
    ]);
    expect(report).toMatchObject({ rows: 5, gaps: 1 });
    expect(Object.values(report.skipped).reduce((sum, count) => sum + count, 0)).toBe(6);
  });
});

describe('compactRecording', () => {
  it('makes one checked file per kind and sealed segment, once, also while somebody records', async () => {
    const directory = await recorded();
    const into = path.join(directory, 'parquet');
    const recorder = await Recorder.open({ directory, source, clock: createTestClock({ nowMs: atMs + 2 * DAY_MS }) });
    await recorder.flush();
    const report = await compactRecording(directory, { into });
    expect(report.made.map(({ file, rows }) => [path.relative(into, file), rows])).toEqual([
      ['trade/date=2024-01-02/20240102T150000000Z-00000001.parquet', 1],
      ['quote/date=2024-01-02/20240102T150000000Z-00000001.parquet', 1],
      ['bar/date=2024-01-02/20240102T150000000Z-00000001.parquet', 1],
      ['depth/date=2024-01-02/20240102T150000000Z-00000001.parquet', 1],
      ['gap/date=2024-01-02/20240102T150000000Z-00000001.parquet', 1],
      ['session/date=2024-01-02/20240102T150000000Z-00000001.parquet', 1],
      ['trade/date=2024-01-03/20240103T150000000Z-00000002.parquet', 1],
    ]);
    await recorder.close();
    expect(await compactRecording(directory, { into })).toMatchObject({ made: [{ kind: 'gap', rows: 1 }], kept: 7 });
    expect(await collect(readRecording(directory, { damage: 'throw' }))).toHaveLength(8);
  });

  it('keeps every row of large segments, and notices a file that is not what was written', async () => {
    const directory = await newDirectory();
    const recorder = await Recorder.open({ directory, source, clock: createTestClock({ nowMs: atMs }) });
    for (let count = 0; count < 25_000; count += 1) recorder.trade({ symbol: count % 3 === 0 ? 'SPY' : 'QQQ', price: count / 7, size: count, receivedAtMs: atMs + count / 3 });
    await recorder.close();
    const into = path.join(directory, 'parquet');
    const { made } = await compactRecording(directory, { into });
    const { file = '' } = made[0] ?? {};
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(file), columns: ['seq', 'price'] });
    expect(rows).toEqual(Array.from({ length: 25_000 }, (_, count) => ({ seq: BigInt(count + 1), price: count / 7 })));
    await expect(checkParquet(file, 'trade', { rows: 25_000, digest: 1 })).rejects.toMatchObject({ code: 'IBKR_RECORDING_EXPORT_FAULTY' });
    await expect(checkParquet(file, 'trade', { rows: 24_999, digest: 1 })).rejects.toThrow('it has 25000 rows instead of 24999');
  });

  it('stops when the signal aborts, leaving whole files only, and refuses damaged segments', async () => {
    const directory = await recorded();
    const into = path.join(directory, 'parquet');
    await expect(compactRecording(directory, { into, signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
    const segment = path.join(directory, (await readdir(directory)).find((name) => name.endsWith('2.ibkrec')) ?? '');
    const bytes = await readFile(segment);
    const place = bytes.indexOf('QQQ', bytes.indexOf('"layout"'));
    bytes[place] = 0;
    await writeFile(segment, bytes);
    await expect(compactRecording(directory, { into })).rejects.toMatchObject({ code: 'IBKR_RECORDING_DAMAGED' });
    expect((await readdir(into, { recursive: true })).filter((name) => name.includes('2024-01-03') && /parquet|draft/.test(name))).toEqual([]);
    await expect(compactRecording(directory, { into: '' })).rejects.toThrow('into must be the path of a directory');
  });
});

describe('Compactor', () => {
  it.each(['thread', 'loop'] as const)('works in mode %s', async (mode) => {
    const directory = await recorded();
    const into = path.join(directory, 'parquet');
    const problems: unknown[] = [];
    const made = await new Promise<CompactReport>((resolve) => {
      const compactor = new Compactor({
        directory, into, mode, onProblem: (error) => problems.push(error),
        onCompacted: (report) => {
          void compactor.close().then(() => {
            resolve(report);
          });
        },
      });
      compactor.start();
    });
    expect(made.made).toHaveLength(7);
    expect(problems).toEqual([]);
    expect(await compactRecording(directory, { into })).toMatchObject({ made: [], kept: 7 });
  });

  it('does the work in the loop where no thread starts, and passes on what fails in one', async () => {
    const directory = await recorded();
    const into = path.join(directory, 'parquet');
    const options = { directory, into, clock: createTestClock() };
    const problems: unknown[] = [];
    const reports: CompactReport[] = [];
    const compactor = new Compactor({ ...options, worker: new URL('file:///nowhere.mjs'), onProblem: (error) => problems.push(error), onCompacted: (report) => reports.push(report) });
    compactor.start();
    await expect.poll(() => reports.length).toBe(1);
    await compactor.close();
    expect(problems).toMatchObject([{ code: 'IBKR_RECORDING_THREAD_LOST' }]);
    const segment = path.join(directory, (await readdir(directory)).find((name) => name.endsWith('2.ibkrec')) ?? '');
    const bytes = await readFile(segment);
    bytes[bytes.indexOf('QQQ', bytes.indexOf('"layout"'))] = 0;
    await writeFile(segment, bytes);
    const second = new Compactor({ ...options, into: `${into}2`, onProblem: (error) => problems.push(error) });
    second.start();
    await expect.poll(() => problems.length).toBe(2);
    await second.close();
    expect(problems[1]).toMatchObject({ code: 'IBKR_RECORDING_DAMAGED' });
  });

  it('closes while a thread works, and leaves no half file', async () => {
    const directory = await recorded();
    const into = path.join(directory, 'parquet');
    const compactor = new Compactor({ directory, into });
    compactor.start();
    await compactor.close();
    const left = await readdir(into, { recursive: true }).catch(() => []);
    expect(left.filter((name) => name.endsWith('.draft'))).toEqual([]);
  });

  it('looks again and again until it is closed, and tells of what it made and what failed', async () => {
    const directory = await newDirectory();
    const clock = createTestClock();
    const reports: CompactReport[] = [];
    const problems: unknown[] = [];
    const nowhere = path.join(directory, 'later');
    const compactor = new Compactor({
      directory: nowhere, into: path.join(directory, 'parquet'), everyMs: 1_000, clock, mode: 'loop',
      onCompacted: (report) => reports.push(report), onProblem: (error) => problems.push(error),
    });
    compactor.start();
    compactor.start();
    await expect.poll(() => clock.pending).toBe(1);
    expect(problems).toMatchObject([{ code: 'IBKR_RECORDING_NOT_FOUND' }]);
    const recorder = await Recorder.open({ directory: nowhere, source, clock: createTestClock() });
    recorder.trade({ symbol: 'SPY', price: 1, size: 1 });
    await recorder.close();
    await clock.advance(1_000);
    await expect.poll(() => reports.length).toBe(1);
    await compactor.close();
    await compactor[Symbol.asyncDispose]();
    compactor.start();
    expect(clock.pending).toBe(0);
    expect(() => new Compactor({ directory, into: 'x', everyMs: 1 })).toThrow('everyMs must be at least 100, got 1');
  });
});

it('describes a recording without reading its rows', async () => {
  const directory = await recorded();
  expect(await describeRecording(directory)).toMatchObject({
    rows: 8,
    kinds: { trade: 2, quote: 1, bar: 1, depth: 1, gap: 1, session: 1, frame: 1 },
    fromMs: atMs,
    toMs: atMs + DAY_MS,
    source,
    live: false,
    segments: [{ index: 1, state: 'sealed', rows: 7 }, { index: 2, state: 'sealed', rows: 1 }],
  });
  const recorder = await Recorder.open({ directory, source, clock: createTestClock() });
  await recorder.flush();
  expect(await describeRecording(directory)).toMatchObject({ live: true, segments: [{}, {}, { index: 3, state: 'open' }] });
  await recorder.close();
});
