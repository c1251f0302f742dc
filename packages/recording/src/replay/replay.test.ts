import { createTestClock } from '@ibkit/clock/testing';
import { expect, it } from 'vitest';
import type { RecordedRow } from '../row.js';
import { collect } from '../testing/scratch.js';
import { replay } from './replay.js';

function rowsAt(...times: readonly number[]): readonly RecordedRow[] {
  return times.map((receivedAtMs, index) => ({ type: 'session', seq: index + 1, receivedAtMs, event: 'x' }));
}

async function played(rows: readonly RecordedRow[], options: Parameters<typeof replay>[1], totalMs: number): Promise<readonly (readonly [number, number])[]> {
  const clock = createTestClock();
  const seen: (readonly [number, number])[] = [];
  const playing = (async () => {
    for await (const { seq } of replay(rows, { clock, ...options })) seen.push([seq, clock.monotonic()]);
  })();
  await clock.advance(totalMs);
  await playing;
  expect(clock.pending).toBe(0);
  return seen;
}

it('gives rows at the pace at which they were received', async () => {
  expect(await played(rowsAt(1_000, 1_000, 1_250, 3_000), {}, 2_000)).toEqual([[1, 0], [2, 0], [3, 250], [4, 2_000]]);
});

it('plays at another speed, and cuts long pauses', async () => {
  expect(await played(rowsAt(0, 1_000, 61_000), { speed: 10 }, 6_100)).toEqual([[1, 0], [2, 100], [3, 6_100]]);
  expect(await played(rowsAt(0, 1_000, 61_000), { maxPauseMs: 5_000 }, 6_000)).toEqual([[1, 0], [2, 1_000], [3, 6_000]]);
  expect(await played(rowsAt(0, 1_000, 61_000), { speed: Number.POSITIVE_INFINITY }, 0)).toEqual([[1, 0], [2, 0], [3, 0]]);
});

it('does not wait again for times that come twice because the clock was set back', async () => {
  expect(await played(rowsAt(0, 1_000, 400, 900, 1_500), {}, 1_500)).toEqual([[1, 0], [2, 1_000], [3, 1_000], [4, 1_000], [5, 1_500]]);
});

it('lets a slow consumer catch up without leaving anything out', async () => {
  const clock = createTestClock();
  const rows = replay(rowsAt(0, 100, 200, 1_000), { clock });
  await rows.next();
  await clock.advance(500);
  expect((await rows.next()).value).toMatchObject({ seq: 2 });
  expect((await rows.next()).value).toMatchObject({ seq: 3 });
  const last = rows.next();
  await clock.advance(499);
  expect(clock.pending).toBe(1);
  await clock.advance(1);
  expect((await last).value).toMatchObject({ seq: 4 });
});

it('stops when the signal aborts, and refuses options out of range', async () => {
  const clock = createTestClock();
  const controller = new AbortController();
  const playing = collect(replay(rowsAt(0, 1_000), { clock, signal: controller.signal }));
  await clock.settle();
  controller.abort(new Error('enough'));
  await expect(playing).rejects.toThrow('enough');
  expect(clock.pending).toBe(0);
  await expect(collect(replay([], { speed: 0 }))).rejects.toThrow('speed must be a number above 0, got 0');
  await expect(collect(replay([], { maxPauseMs: Number.NaN }))).rejects.toThrow('maxPauseMs must be a number above 0, got NaN');
});
