import { copyFile, mkdir, readFile, readdir, readlink, stat, writeFile } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import { hostname } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { crc32 } from 'node:zlib';
import { createTestClock } from '@ibkit/clock/testing';
import type { TestClock } from '@ibkit/clock/testing';
import { describe, expect, it } from 'vitest';
import { decodeHeader, encodeHeader } from '../format/segment-header.js';
import { readRecording } from '../read/read-recording.js';
import { moodyDisk } from '../testing/moody-disk.js';
import { collect, scratch } from '../testing/scratch.js';
import { Recorder } from './recorder.js';
import { DEFAULT_RECORDER_OPTIONS } from './recorder-options.js';
import type { RecorderOptions } from './recorder-options.js';
import type { RecorderProblem } from './recorder-problem.js';

const newDirectory = scratch();
const source = { name: 'a test' };
const containing = (text: string): unknown => expect.stringContaining(text);
const HOUR_MS = 3_600_000;

interface Setup {
  readonly directory: string;
  readonly clock: TestClock;
  readonly problems: RecorderProblem[];
  readonly recorder: Recorder;
}

async function setUp(options: Partial<RecorderOptions> = {}): Promise<Setup> {
  const directory = options.directory ?? (await newDirectory());
  const clock = createTestClock();
  const problems: RecorderProblem[] = [];
  const recorder = await Recorder.open({ directory, source, clock, onProblem: (problem) => problems.push(problem), ...options });
  return { directory, clock, problems, recorder };
}

async function segments(directory: string): Promise<readonly string[]> {
  return (await readdir(directory)).filter((name) => name.endsWith('.ibkrec'));
}

/** How many rows come before those of a segment, by its own header. */
async function rowsUntil(directory: string, name = ''): Promise<number> {
  const { header } = decodeHeader(await readFile(path.join(directory, name)));
  return (header?.firstSeq ?? 0) - 1;
}

const trade = { symbol: 'SPY', conId: 756733, price: 470.25, size: 100 };

describe('rows', () => {
  it('come back as they were recorded, absent fields absent', async () => {
    const { directory, clock, recorder } = await setUp({ frames: true });
    const receivedAtMs = clock.now();
    recorder.session({ event: 'connection.established', epoch: 3 });
    recorder.trade({ ...trade, time: 1_704_205_800_000, exchange: 'ARCA', conditions: 'TI', pastLimit: true, unreported: true });
    recorder.trade({ symbol: 'BRK B', price: -0.1, size: 0.3 });
    recorder.quote({ symbol: 'SPY', conId: 756733, bid: 1.005, bidSize: 3, mode: 'delayed' });
    recorder.bar({ symbol: 'SPY', date: '2024-01-02', barSize: '1 day', open: 1, high: 3, low: 0.5, close: 2 });
    recorder.bar({ symbol: 'SPY', time: receivedAtMs, barSize: '5 secs', kind: 'MIDPOINT', open: 1, high: 3, low: 0.5, close: 2, volume: 9, wap: 1.5, count: 4 });
    recorder.depth({ symbol: 'SPY', side: 'bid', operation: 'delete', position: 4, price: 0, size: 0, marketMaker: 'NSDQ', smart: true });
    recorder.depth({ symbol: 'SPY', side: 'ask', operation: 'insert', position: 0, price: 2, size: 1 });
    recorder.gap({ fromMs: 5, toMs: 9, reason: 'farm usfarm went down – für 4 s', symbol: 'SPY', conId: 756733 });
    recorder.frame({ direction: 'out', bytes: new Uint8Array([0, 1, 255]) });
    recorder.session({ event: 'connection.lost', reason: '' });
    await recorder.close();
    const spy = { symbol: 'SPY', conId: undefined, time: undefined };
    expect(await collect(readRecording(directory, { kinds: ['trade', 'quote', 'bar', 'depth', 'gap', 'session', 'frame'] }))).toEqual([
      { type: 'session', seq: 1, receivedAtMs, event: 'connection.established', reason: undefined, epoch: 3 },
      { type: 'trade', seq: 2, receivedAtMs, ...trade, time: 1_704_205_800_000, exchange: 'ARCA', conditions: 'TI', pastLimit: true, unreported: true },
      { type: 'trade', seq: 3, receivedAtMs, symbol: 'BRK B', conId: undefined, time: undefined, price: -0.1, size: 0.3, exchange: undefined, conditions: undefined, pastLimit: false, unreported: false },
      { type: 'quote', seq: 4, receivedAtMs, ...spy, conId: 756733, bid: 1.005, bidSize: 3, ask: undefined, askSize: undefined, mode: 'delayed' },
      { type: 'bar', seq: 5, receivedAtMs, ...spy, date: '2024-01-02', barSize: '1 day', kind: undefined, open: 1, high: 3, low: 0.5, close: 2, volume: undefined, wap: undefined, count: undefined },
      { type: 'bar', seq: 6, receivedAtMs, ...spy, time: receivedAtMs, date: undefined, barSize: '5 secs', kind: 'MIDPOINT', open: 1, high: 3, low: 0.5, close: 2, volume: 9, wap: 1.5, count: 4 },
      { type: 'depth', seq: 7, receivedAtMs, ...spy, side: 'bid', operation: 'delete', position: 4, price: 0, size: 0, marketMaker: 'NSDQ', smart: true },
      { type: 'depth', seq: 8, receivedAtMs, ...spy, side: 'ask', operation: 'insert', position: 0, price: 2, size: 1, marketMaker: undefined, smart: false },
      { type: 'gap', seq: 9, receivedAtMs, origin: 'source', fromMs: 5, toMs: 9, reason: 'farm usfarm went down – für 4 s', symbol: 'SPY', conId: 756733, lost: undefined },
      { type: 'frame', seq: 10, receivedAtMs, direction: 'out', epoch: undefined, bytes: new Uint8Array([0, 1, 255]) },
      { type: 'session', seq: 11, receivedAtMs, event: 'connection.lost', reason: '', epoch: undefined },
    ]);
  });

  it('that break a rule are refused without their values in the message', async () => {
    const { recorder } = await setUp();
    const bar = { symbol: 'SPY', barSize: '1 day', open: 1, high: 1, low: 1, close: 1 };
    expect(() => recorder.trade({ ...trade, price: Number.NaN })).toThrow(/^price must be a finite number$/);
    expect(() => recorder.trade({ ...trade, symbol: '' })).toThrow(/^symbol must have 1 to/);
    expect(() => recorder.quote({ ...trade, bid: Number.POSITIVE_INFINITY })).toThrow(/^bid must/);
    expect(() => recorder.trade({ ...trade, receivedAtMs: -1 })).toThrow(/^receivedAtMs must/);
    expect(() => recorder.bar(bar)).toThrow(/^time must be given/);
    expect(() => recorder.bar({ ...bar, date: 'today' })).toThrow(/^date must be a day/);
    expect(() => recorder.depth({ ...trade, side: 'bid', operation: 'insert', position: 0.5 })).toThrow(/^position must/);
    expect(() => recorder.frame({ direction: 'in', bytes: new Uint8Array(1) })).toThrow(/^frames must be true/);
    expect(recorder.stats()).toMatchObject({ rows: 0, lost: 0 });
    await recorder.close();
  });

  it('are handed to the system after flushMs and synced after syncMs, without a call', async () => {
    const disk = moodyDisk();
    const { clock, recorder } = await setUp({ disk });
    recorder.trade(trade);
    await clock.advance(DEFAULT_RECORDER_OPTIONS.flushMs - 1);
    expect(recorder.stats()).toMatchObject({ writtenRows: 0 });
    await clock.advance(1);
    await expect.poll(() => recorder.stats().writtenRows).toBe(1);
    await clock.advance(DEFAULT_RECORDER_OPTIONS.syncMs - 1);
    expect(disk.counts.syncs).toBe(0);
    await clock.advance(1);
    await expect.poll(() => disk.counts.syncs).toBe(1);
    await recorder.close();
    expect(clock.pending).toBe(0);
  });
});

describe('segments', () => {
  it('end at a size, an age, and the end of a UTC day, and the manifest lists them', async () => {
    const { directory, clock, recorder } = await setUp({ maxSegmentBytes: 64 * 1024 });
    for (let count = 0; count < 2_000; count += 1) recorder.trade(trade);
    await recorder.flush();
    expect(await segments(directory)).toHaveLength(2);
    // Nothing comes any more: the age alone seals it.
    await clock.advance(HOUR_MS);
    await recorder.flush();
    expect(recorder.stats().sealedSegments).toBe(2);
    const midnight = Date.UTC(2024, 0, 3);
    recorder.trade({ ...trade, receivedAtMs: midnight - 1 });
    recorder.trade({ ...trade, receivedAtMs: midnight });
    // A clock that was set back a little does not start a segment per row.
    recorder.trade({ ...trade, receivedAtMs: midnight - 1 });
    recorder.trade({ ...trade, receivedAtMs: midnight + 1 });
    await recorder.close();
    const names = await segments(directory);
    expect(names.map((name) => name.slice(0, 10))).toEqual(['20240102T1', '20240102T1', '20240102T2', '20240103T0']);
    const inFirst = await rowsUntil(directory, names[1]);
    const manifest: unknown = JSON.parse(await readFile(path.join(directory, 'manifest.json'), 'utf8'));
    expect(manifest).toMatchObject({
      format: 'ibkit-recording',
      segments: [
        { file: names[0], firstSeq: 1, rows: inFirst, kinds: { trade: inFirst } },
        { file: names[1], firstSeq: inFirst + 1, rows: 2_000 - inFirst },
        { file: names[2], firstSeq: 2_001, rows: 1, fromMs: midnight - 1, toMs: midnight - 1 },
        { file: names[3], firstSeq: 2_002, rows: 3, fromMs: midnight - 1, toMs: midnight + 1, bytes: (await stat(path.join(directory, names[3] ?? ''))).size },
      ],
    });
    expect(clock.pending).toBe(0);
  });

  it('say where they come from, and refuse to name an account', async () => {
    const { directory, recorder } = await setUp({ source: { name: 'TWS 10.19', recordedBy: 'a bot 1.0', details: { server: '178' } } });
    recorder.trade(trade);
    await recorder.close();
    const text = await readFile(path.join(directory, (await segments(directory))[0] ?? ''), 'latin1');
    expect(text).toContain('"source":{"name":"TWS 10.19","recordedBy":"a bot 1.0","details":{"server":"178"}}');
    expect(text).toContain('"trade":"receivedAtMs:f64');
    await expect(Recorder.open({ directory, source: { name: 'paper account DU1234567' } })).rejects.toThrow(/^source.name must not contain an account id: /);
  });

  it('can be read by their owner only', async () => {
    const { directory, recorder } = await setUp();
    recorder.trade(trade);
    await recorder.close();
    for (const name of await readdir(directory)) expect((await stat(path.join(directory, name))).mode & 0o077).toBe(0);
  });
});

describe('a directory', () => {
  it('has one writer', async () => {
    const { directory, recorder } = await setUp();
    await expect(Recorder.open({ directory, source })).rejects.toMatchObject({ code: 'IBKR_RECORDING_LOCKED', retryable: true, details: { pid: process.pid } });
    await recorder.close();
    await (await Recorder.open({ directory, source })).close();
    expect(await readdir(directory)).toEqual([]);
  });

  it('is taken over from a process that is gone, also when that died while it took over', async () => {
    const directory = await newDirectory();
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    const namespace = process.platform === 'linux' ? await readlink('/proc/self/ns/pid') : undefined;
    const dead = (nonce: string) => JSON.stringify({ pid, host: hostname(), namespace, nonce });
    await writeFile(path.join(directory, 'writer.lock'), dead('aa'));
    await writeFile(path.join(directory, 'writer.lock.aa.over'), dead('bb'));
    await (await Recorder.open({ directory, source })).close();
    expect((await readdir(directory)).filter((name) => name.startsWith('writer'))).toEqual([]);
    // Whoever died may have lost rows before the first of them was on the disk.
    expect(await collect(readRecording(directory))).toMatchObject([{ type: 'gap', reason: containing('ended without closing') }]);
  });

  it('of a process that cannot be looked at is left alone', async () => {
    const directory = await newDirectory();
    await writeFile(path.join(directory, 'writer.lock'), JSON.stringify({ pid: 1, host: 'elsewhere', nonce: 'aa' }));
    await expect(Recorder.open({ directory, source })).rejects.toThrow(/is being written by process 1 on host elsewhere/);
    await writeFile(path.join(directory, 'writer.lock'), 'not a lock');
    await expect(Recorder.open({ directory, source })).rejects.toThrow(/by something unknown/);
  });

  it('is gone on with after a close, with a gap over the time between', async () => {
    const { directory, recorder, clock } = await setUp();
    recorder.trade(trade);
    const closedAtMs = clock.now();
    await recorder.close();
    const later = createTestClock({ nowMs: closedAtMs + HOUR_MS });
    const second = await Recorder.open({ directory, source, clock: later });
    second.trade(trade);
    await second.close();
    expect(await collect(readRecording(directory))).toMatchObject([
      { type: 'trade', seq: 1 },
      { type: 'gap', seq: 2, origin: 'recorder', fromMs: closedAtMs, toMs: closedAtMs + HOUR_MS, reason: 'nobody recorded' },
      { type: 'trade', seq: 3 },
    ]);
  });

  it('is gone on with after a crash, behind the last whole row', async () => {
    const { directory, recorder, clock } = await setUp();
    for (let count = 0; count < 100; count += 1) recorder.trade(trade);
    await recorder.flush();
    const crashed = path.join(await newDirectory(), 'crashed');
    await mkdir(crashed);
    const [name = ''] = await segments(directory);
    await copyFile(path.join(directory, name), path.join(crashed, name));
    const whole = await readFile(path.join(crashed, name));
    await writeFile(path.join(crashed, name), whole.subarray(0, -3));
    await recorder.close();
    const second = await Recorder.open({ directory: crashed, source, clock });
    second.trade(trade);
    await second.close();
    const rows = await collect(readRecording(crashed));
    expect(rows.slice(98)).toMatchObject([
      { type: 'trade', seq: 99 },
      { type: 'gap', seq: 99, origin: 'damage', reason: containing('the last 47 bytes are not a whole row') },
      { type: 'gap', seq: 100, origin: 'recorder', reason: containing('ended without closing') },
      { type: 'trade', seq: 101 },
    ]);
  });

  it('whose last segment has not even a header is gone on with', async () => {
    const { directory, recorder } = await setUp();
    recorder.trade(trade);
    await recorder.close();
    await writeFile(path.join(directory, '20240103T000000000Z-00000002.ibkrec'), '');
    const second = await Recorder.open({ directory, source, clock: createTestClock() });
    second.trade(trade);
    await second.close();
    expect((await collect(readRecording(directory))).map((row) => [row.seq, row.type === 'gap' ? row.origin : row.type])).toEqual([[1, 'trade'], [1, 'damage'], [2, 'recorder'], [3, 'trade']]);
  });

  it('written by a newer version is not gone on with', async () => {
    const { directory, recorder } = await setUp();
    recorder.trade(trade);
    await recorder.close();
    const header = { recording: 'r', index: 2, firstSeq: 2, startedAtMs: 0, source, schema: 2 };
    // The schema of this version comes last and wins, so the newer one is put in by hand.
    const bytes = Buffer.from(encodeHeader(header).bytes.toString('latin1').replace('"schema":1', '"schema":2'), 'latin1');
    bytes.writeUInt32LE(crc32(bytes.subarray(16)), 12);
    await writeFile(path.join(directory, '20240103T000000000Z-00000002.ibkrec'), bytes);
    await expect(Recorder.open({ directory, source })).rejects.toMatchObject({ code: 'IBKR_RECORDING_VERSION' });
    expect(await readdir(directory)).not.toContain('writer.lock');
  });
});

describe('a disk', () => {
  it('that is slow costs rows only when the memory is full, and a gap says how many and when', async () => {
    const disk = moodyDisk();
    const { directory, clock, problems, recorder } = await setUp({ disk, maxPendingBytes: 64 * 1024 });
    disk.hold();
    let kept = 0;
    const beganAtMs = clock.now();
    for (let count = 0; count < 3_000; count += 1) kept += recorder.trade({ ...trade, receivedAtMs: beganAtMs + count }) ? 1 : 0;
    expect(recorder.stats()).toMatchObject({ rows: kept, lost: 3_000 - kept });
    expect(recorder.stats().pendingBytes).toBeLessThan(65 * 1024);
    disk.release();
    await recorder.flush();
    expect(recorder.trade({ ...trade, size: 7 })).toBe(true);
    await recorder.close();
    const rows = await collect(readRecording(directory));
    expect(rows).toHaveLength(kept + 2);
    expect(rows.slice(-2)).toMatchObject([
      { type: 'gap', origin: 'recorder', lost: 3_000 - kept, fromMs: beganAtMs + kept, toMs: beganAtMs + 2_999 },
      { type: 'trade', size: 7 },
    ]);
    expect(problems).toMatchObject([
      { type: 'lossBegan', atMs: beganAtMs + kept },
      { type: 'lossEnded', lost: 3_000 - kept },
    ]);
  });

  it('that does not answer is told of once, although it refuses nothing', async () => {
    const disk = moodyDisk();
    const { clock, problems, recorder } = await setUp({ disk });
    disk.hold();
    recorder.trade(trade);
    await clock.advance(200);
    await expect.poll(() => recorder.stats().pendingBytes).toBeGreaterThan(0);
    recorder.trade(trade);
    await clock.advance(9_999);
    expect([recorder.stats().state, problems]).toEqual(['recording', []]);
    await clock.advance(20_000);
    expect(recorder.stats().state).toBe('stalled');
    expect(problems).toMatchObject([{ type: 'stalled' }]);
    disk.release();
    await recorder.close();
    expect(recorder.stats()).toMatchObject({ lost: 0, writtenRows: 2 });
    expect(clock.pending).toBe(0);
  });

  it('that is full is asked again, and nothing is lost or written twice meanwhile', async () => {
    const disk = moodyDisk();
    const { directory, clock, problems, recorder } = await setUp({ disk });
    recorder.trade(trade);
    await recorder.flush();
    disk.refuse = new Error('ENOSPC: no space left on device');
    recorder.trade({ ...trade, size: 2 });
    await expect(recorder.flush()).rejects.toMatchObject({ code: 'IBKR_RECORDING_DISK' });
    expect(recorder.stats()).toMatchObject({ state: 'failing', rows: 2, writtenRows: 1, lost: 0 });
    recorder.trade({ ...trade, size: 3 });
    await clock.advance(1_000);
    await expect.poll(() => problems.length).toBe(2);
    disk.refuse = undefined;
    await clock.advance(2_000);
    await recorder.flush();
    expect(recorder.stats()).toMatchObject({ state: 'recording', writtenRows: 3, lost: 0 });
    await recorder.close();
    expect(problems).toMatchObject([
      { type: 'writeFailed', retryInMs: 1_000, error: { code: 'IBKR_RECORDING_DISK' } },
      { type: 'writeFailed', retryInMs: 2_000 },
    ]);
    expect(await collect(readRecording(directory))).toMatchObject([{ size: 100 }, { size: 2 }, { size: 3 }]);
    expect(clock.pending).toBe(0);
  });

  it('that refuses to the end makes close say how many rows are missing, and the directory is free again', async () => {
    const disk = moodyDisk();
    const { directory, clock, recorder } = await setUp({ disk });
    recorder.trade(trade);
    await recorder.flush();
    disk.refuse = new Error('EIO: i/o error');
    recorder.trade(trade);
    recorder.trade(trade);
    await expect(recorder.close()).rejects.toMatchObject({ code: 'IBKR_RECORDING_INCOMPLETE', details: { lost: 2 } });
    await expect(recorder.close()).rejects.toMatchObject({ code: 'IBKR_RECORDING_INCOMPLETE' });
    expect(recorder.stats()).toMatchObject({ state: 'closed', lost: 2 });
    expect(clock.pending).toBe(0);
    expect(await collect(readRecording(directory))).toMatchObject([{ type: 'trade' }, { type: 'gap', origin: 'damage' }]);
    await (await Recorder.open({ directory, source })).close();
  });

  it('that cannot confirm rows leaves a gap over those that it may have lost', async () => {
    const disk = moodyDisk();
    const { directory, problems, recorder } = await setUp({ disk });
    recorder.trade(trade);
    disk.refuseSync = new Error('EIO: i/o error');
    await recorder.flush();
    await recorder.close();
    expect(problems).toMatchObject([{ type: 'syncFailed' }]);
    expect(await collect(readRecording(directory))).toMatchObject([{ type: 'trade' }, { type: 'gap', origin: 'recorder', reason: containing('could not confirm') }]);
  });
});

describe('closing', () => {
  it('is idempotent, seals, and takes nothing after it', async () => {
    const { directory, clock, recorder } = await setUp();
    recorder.trade(trade);
    const closing = recorder.close();
    expect(recorder.trade(trade)).toBe(false);
    await Promise.all([closing, recorder.close()]);
    await recorder[Symbol.asyncDispose]();
    expect(recorder.trade(trade)).toBe(false);
    expect(recorder.stats()).toMatchObject({ state: 'closed', rows: 1, lost: 2, sealedSegments: 1 });
    expect(clock.pending).toBe(0);
    expect(await collect(readRecording(directory, { damage: 'throw' }))).toHaveLength(1);
  });
});

it.each([
  [{ directory: '' }, 'directory must be the path of a directory, got ""'],
  [{ maxSegmentBytes: 1 }, 'maxSegmentBytes must be a number from 65536 to 1073741824, got 1'],
  [{ maxSegmentMs: 0 }, 'maxSegmentMs must be a number from 1000 to Infinity, got 0'],
  [{ flushMs: Number.NaN }, 'flushMs must be a number from 0 to 60000, got NaN'],
  [{ syncMs: -1 }, 'syncMs must be a number from 0 to Infinity, got -1'],
  [{ maxPendingBytes: 0 }, 'maxPendingBytes must be a number from 65536 to 1073741824, got 0'],
  [{ source: { name: ' ' } }, 'source.name must say where the rows come from, got " "'],
])('refuses the options %o', async (options, message) => {
  await expect(Recorder.open({ directory: await newDirectory(), source, ...options })).rejects.toThrow(message);
});
