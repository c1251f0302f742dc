import { readFile, readdir, readlink, rm, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { createTestClock } from '@ibkit/clock/testing';
import { describe, expect, it } from 'vitest';
import type { RecordedRow } from '../row.js';
import { collect, scratch } from '../testing/scratch.js';
import { Recorder } from '../write/recorder.js';
import { readBatches, readRecording } from './read-recording.js';

const newDirectory = scratch();
const source = { name: 'a test' };
const containing = (text: string): unknown => expect.stringContaining(text);
const DAY_MS = 86_400_000;
const firstDay = Date.UTC(2024, 0, 2);

/** Three days with 3,000 trades each, one a second from midnight on, of two symbols in turn. */
async function threeDays(): Promise<string> {
  const directory = await newDirectory();
  const recorder = await Recorder.open({ directory, source, clock: createTestClock() });
  for (let day = 0; day < 3; day += 1) {
    for (let second = 0; second < 3_000; second += 1) {
      const receivedAtMs = firstDay + day * DAY_MS + second * 1_000;
      recorder.trade({ symbol: second % 2 === 0 ? 'SPY' : 'QQQ', price: second + 1, size: day, receivedAtMs });
    }
  }
  await recorder.close();
  return directory;
}

async function segmentsOf(directory: string): Promise<readonly string[]> {
  return (await readdir(directory)).filter((name) => name.endsWith('.ibkrec')).map((name) => path.join(directory, name));
}

function seqs(rows: readonly RecordedRow[]): readonly [number | undefined, number | undefined, number] {
  return [rows.at(0)?.seq, rows.at(-1)?.seq, rows.length];
}

describe('readRecording', () => {
  it('gives the rows of all segments in order, in batches too', async () => {
    const directory = await threeDays();
    const rows = await collect(readRecording(directory));
    expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: 9_000 }, (_, index) => index + 1));
    expect((await collect(readBatches(directory))).flat()).toEqual(rows);
  });

  it('gives the rows of a time span, and reads only the parts that they are in', async () => {
    const directory = await threeDays();
    const from = firstDay + DAY_MS + 2_000_000;
    const [first = '', second = '', third = ''] = await segmentsOf(directory);
    expect(seqs(await collect(readRecording(directory, { from, to: from + 5_000 })))).toEqual([5_001, 5_005, 5]);
    expect(seqs(await collect(readRecording(directory, { from, symbols: ['QQQ'] })))).toEqual([5_002, 9_000, 2_000]);
    // Damage elsewhere is not even seen: other segments, and the first part of this one.
    await writeFile(first, 'nothing');
    await writeFile(third, 'nothing');
    const bytes = await readFile(second);
    bytes.fill(0, 5_000, 6_000);
    await writeFile(second, bytes);
    expect(seqs(await collect(readRecording(directory, { from, to: from + 5_000, damage: 'throw' })))).toEqual([5_001, 5_005, 5]);
  });

  it('goes on from a number', async () => {
    expect(seqs(await collect(readRecording(await threeDays(), { fromSeq: 4_500 })))).toEqual([4_500, 9_000, 4_501]);
  });

  it('gives gaps whatever kinds are asked for, and those of other symbols never', async () => {
    const directory = await newDirectory();
    const recorder = await Recorder.open({ directory, source, clock: createTestClock() });
    const gap = { fromMs: 1, toMs: 2, reason: 'test' };
    recorder.gap({ ...gap, symbol: 'SPY' });
    recorder.gap({ ...gap, symbol: 'QQQ' });
    recorder.gap(gap);
    recorder.quote({ symbol: 'SPY', bid: 1 });
    recorder.trade({ symbol: 'SPY', price: 1, size: 1 });
    recorder.session({ event: 'x' });
    await recorder.close();
    expect((await collect(readRecording(directory, { kinds: ['trade'], symbols: ['SPY'] }))).map(({ seq }) => seq)).toEqual([1, 3, 5]);
    expect((await collect(readRecording(directory, { kinds: ['session'] }))).map(({ seq }) => seq)).toEqual([1, 2, 3, 6]);
  });

  it('tells of a segment that is missing, in the middle and at the end', async () => {
    const directory = await threeDays();
    const [first = '', second = '', third = ''] = await segmentsOf(directory);
    await unlink(second);
    await unlink(third);
    const rows = await collect(readRecording(directory, { symbols: ['QQQ'] }));
    const secondDay = firstDay + DAY_MS;
    expect(rows.slice(1_500)).toMatchObject([
      { type: 'gap', origin: 'damage', seq: 3_000, fromMs: secondDay, toMs: secondDay + 2_999_000, lost: 3_000, reason: containing('the file is missing') },
      { type: 'gap', origin: 'damage', seq: 6_000, lost: 3_000 },
    ]);
    await expect(collect(readRecording(directory, { damage: 'throw' }))).rejects.toMatchObject({ code: 'IBKR_RECORDING_DAMAGED', details: { lost: 3_000 } });
    expect(seqs(await collect(readRecording(directory, { to: secondDay, damage: 'throw' })))).toEqual([1, 3_000, 3_000]);
    await unlink(first);
    expect(await collect(readRecording(directory))).toHaveLength(3);
  });

  it('tells of a segment that is deleted while it reads', async () => {
    const directory = await threeDays();
    const [, second = ''] = await segmentsOf(directory);
    const rows: RecordedRow[] = [];
    for await (const row of readRecording(directory)) {
      if (row.seq === 1) await unlink(second);
      rows.push(row);
    }
    expect(rows).toHaveLength(6_001);
    expect(rows[3_000]).toMatchObject({ type: 'gap', origin: 'damage', seq: 3_000, fromMs: firstDay + DAY_MS, lost: 3_000, reason: containing('was deleted') });
    expect(rows[3_001]).toMatchObject({ type: 'trade', seq: 6_001 });
  });

  it('works without the manifest, or with one that is damaged', async () => {
    const directory = await threeDays();
    const rows = await collect(readRecording(directory));
    await writeFile(path.join(directory, 'manifest.json'), '{"recording": 7');
    expect(await collect(readRecording(directory, { damage: 'throw' }))).toEqual(rows);
    await unlink(path.join(directory, 'manifest.json'));
    expect(await collect(readRecording(directory, { damage: 'throw' }))).toEqual(rows);
    const [first = '', second = ''] = await segmentsOf(directory);
    // Deleted from the front: that is how old rows are let go of.
    await unlink(first);
    expect(seqs(await collect(readRecording(directory, { damage: 'throw' })))).toEqual([3_001, 9_000, 6_000]);
    await unlink(second);
    expect(seqs(await collect(readRecording(directory, { damage: 'throw' })))).toEqual([6_001, 9_000, 3_000]);
  });

  it('refuses what is no recording and options out of range', async () => {
    const directory = await newDirectory();
    await expect(collect(readRecording(path.join(directory, 'nowhere')))).rejects.toMatchObject({ code: 'IBKR_RECORDING_NOT_FOUND' });
    await expect(collect(readRecording(directory, { from: 2, to: 1 }))).rejects.toThrow('to must not be before from (2), got 1');
    await expect(collect(readRecording(directory, { from: Number.NaN }))).rejects.toThrow('from must be epoch milliseconds, got NaN');
    await expect(collect(readRecording(directory, { pollMs: 1 }))).rejects.toThrow('pollMs must be at least 10, got 1');
    expect(await collect(readRecording(directory))).toEqual([]);
  });

  it.runIf(process.platform === 'linux')('holds no file open when its reader leaves early', async () => {
    const directory = await threeDays();
    for await (const row of readRecording(directory)) if (row.seq === 10) break;
    const open = await Promise.all((await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
    expect(open.filter((file) => file.startsWith(directory))).toEqual([]);
  });

  it('stops when the signal aborts', async () => {
    const directory = await threeDays();
    const controller = new AbortController();
    const reason = new Error('enough');
    const read = async (): Promise<void> => {
      for await (const row of readRecording(directory, { signal: controller.signal })) if (row.seq === 10) controller.abort(reason);
    };
    await expect(read()).rejects.toBe(reason);
  });
});

describe('a recording that is being written', () => {
  it('is read up to what the disk has, without calling the end a tear', async () => {
    const directory = await newDirectory();
    const recorder = await Recorder.open({ directory, source, clock: createTestClock() });
    expect(await collect(readRecording(directory, { damage: 'throw' }))).toEqual([]);
    for (let count = 1; count <= 3; count += 1) {
      recorder.trade({ symbol: 'SPY', price: count, size: 1 });
      await recorder.flush();
      expect(await collect(readRecording(directory, { damage: 'throw' }))).toHaveLength(count);
    }
    await recorder.close();
  });

  it('is followed over segments until its writer is gone', async () => {
    const directory = await newDirectory();
    const clock = createTestClock();
    const recorder = await Recorder.open({ directory, source, clock });
    const seen: number[] = [];
    const follower = (async () => {
      for await (const row of readRecording(directory, { follow: true, clock, damage: 'throw' })) seen.push(row.seq);
    })();
    for (let count = 1; count <= 3; count += 1) {
      recorder.trade({ symbol: 'SPY', price: 1, size: 1, receivedAtMs: firstDay + count * DAY_MS });
      await recorder.flush();
      await expect.poll(async () => {
        await clock.advance(250);
        return seen.length;
      }).toBe(count);
    }
    await recorder.close();
    await expect.poll(async () => {
      await clock.advance(250);
      return clock.pending;
    }).toBe(0);
    await follower;
    expect(seen).toEqual([1, 2, 3]);
  });

  it('is followed past a segment that a crash left, into those of the next writer', async () => {
    const directory = await newDirectory();
    const clock = createTestClock();
    const crashed = await Recorder.open({ directory, source, clock });
    crashed.trade({ symbol: 'SPY', price: 1, size: 1 });
    await crashed.flush();
    const [file = ''] = await segmentsOf(directory);
    const bytes = await readFile(file);
    await crashed.close();
    await writeFile(file, bytes);
    await unlink(path.join(directory, 'manifest.json'));
    const recorder = await Recorder.open({ directory, source, clock });
    const seen: string[] = [];
    const follower = (async () => {
      for await (const row of readRecording(directory, { follow: true, clock })) seen.push(row.type === 'gap' ? row.origin : row.type);
    })();
    recorder.quote({ symbol: 'SPY', bid: 1 });
    await recorder.flush();
    await expect.poll(async () => {
      await clock.advance(250);
      return seen;
    }).toEqual(['trade', 'damage', 'recorder', 'quote']);
    await recorder.close();
    await expect.poll(async () => {
      await clock.advance(250);
      return clock.pending;
    }).toBe(0);
    await follower;
  });

  it('is not followed any more when the signal aborts', async () => {
    const directory = await newDirectory();
    const clock = createTestClock();
    const recorder = await Recorder.open({ directory, source, clock });
    const controller = new AbortController();
    const reading = collect(readRecording(directory, { follow: true, clock, signal: controller.signal }));
    await expect.poll(() => clock.pending).toBe(1);
    controller.abort(new Error('enough'));
    await expect(reading).rejects.toThrow('enough');
    await recorder.close();
    expect(clock.pending).toBe(0);
    await rm(directory, { recursive: true });
  });
});
