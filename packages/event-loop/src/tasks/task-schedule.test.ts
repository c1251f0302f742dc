import { createTestClock } from '@ibkit/clock/testing';
import type { TestClock } from '@ibkit/clock/testing';
import { describe, expect, it } from 'vitest';
import type { LoopProblem } from '../loop-problem.js';
import { TaskSchedule } from './task-schedule.js';

function createSchedule(): { schedule: TaskSchedule; clock: TestClock; problems: LoopProblem[]; ranAtMs: number[]; note: () => void } {
  const clock = createTestClock();
  const problems: LoopProblem[] = [];
  const ranAtMs: number[] = [];
  return { schedule: new TaskSchedule(clock, (problem) => problems.push(problem)), clock, problems, ranAtMs, note: () => ranAtMs.push(clock.monotonic()) };
}

describe('TaskSchedule', () => {
  it('runs once, at once or later', async () => {
    const { schedule, clock, ranAtMs, note } = createSchedule();
    const tasks = [schedule.add(note, {}), schedule.add(note, { afterMs: 500 })];
    expect(ranAtMs).toEqual([]);
    await clock.advance(60_000);
    expect([ranAtMs, tasks.map(({ runs }) => runs), schedule.size, clock.pending]).toEqual([[0, 500], [1, 1], 0, 0]);
    await tasks[1]?.finished;
  });

  it('runs again and again without drift, never twice at a time, and leaves out what a long run missed', async () => {
    const { schedule, clock, ranAtMs, note } = createSchedule();
    const task = schedule.add(() => {
      note();
      return ranAtMs.length === 2 ? new Promise<void>((resolve) => clock.setTimer(2500, resolve)) : undefined;
    }, { everyMs: 1000 });
    await clock.advance(7000);
    expect(ranAtMs).toEqual([1000, 2000, 5000, 6000, 7000]);
    task.cancel();
    await task.finished;
    expect(clock.pending).toBe(0);
  });

  it.each([
    [0, [0, 1000, 2000, 3000]],
    [250, [250, 1250, 2250]],
    [2500, [2500, 3500]],
  ])('runs the first time after %d ms, and then again and again', async (afterMs, times) => {
    const { schedule, clock, ranAtMs, note } = createSchedule();
    schedule.add(note, { afterMs, everyMs: 1000 });
    await clock.advance(afterMs === 2500 ? 3500 : 3000);
    expect(ranAtMs).toEqual(times);
    await schedule.close();
    expect(clock.pending).toBe(0);
  });

  it('runs at a wall time, also when the wall clock jumps', async () => {
    const { schedule, clock, ranAtMs, note } = createSchedule();
    const open = clock.now() + 3_600_000;
    schedule.add(note, { atMs: open });
    schedule.add(note, { atMs: clock.now() - 1 });
    await clock.advance(60_000);
    clock.setNow(open - 10_000);
    await clock.advance(40_000);
    expect(ranAtMs).toHaveLength(2);
    expect(ranAtMs[1]).toBeGreaterThanOrEqual(70_000);
    expect(ranAtMs[1]).toBeLessThanOrEqual(90_000);
    const late = schedule.add(note, { atMs: clock.now() + 60_000 });
    clock.setNow(clock.now() - 3_600_000);
    await clock.advance(120_000);
    expect(late.runs).toBe(0);
    late.cancel();
  });

  it('isolates failures: the task runs on, and so do the others', async () => {
    const { schedule, clock, problems, ranAtMs, note } = createSchedule();
    schedule.add(() => {
      throw new Error('sync');
    }, { everyMs: 1000, name: 'poll' });
    schedule.add(() => Promise.reject(new Error('async')), {});
    schedule.add(note, { everyMs: 1500 });
    await clock.advance(3000);
    expect(problems.map(({ name, source, error }) => `${source} ${name}: ${error.message}`)).toEqual(['task task 2: async', 'task poll: sync', 'task poll: sync', 'task poll: sync']);
    expect(ranAtMs).toEqual([1500, 3000]);
    await schedule.close();
  });

  it('cancels what waits and aborts what runs, and reports nothing of that', async () => {
    const { schedule, clock, problems, ranAtMs, note } = createSchedule();
    const waiting = schedule.add(note, { afterMs: 1000 });
    const running = schedule.add((signal) => new Promise((_, reject) => {
      signal.addEventListener('abort', () => {
        reject(new Error('stopped'));
      });
    }), { everyMs: 100 });
    await clock.advance(100);
    waiting.cancel();
    running.cancel();
    running.cancel();
    await Promise.all([waiting.finished, running.finished]);
    await clock.advance(10_000);
    expect([ranAtMs, problems, schedule.size, clock.pending]).toEqual([[], [], 0, 0]);
  });

  it('waits at its close for the run under way, and takes nothing new', async () => {
    const { schedule, clock } = createSchedule();
    schedule.add(() => new Promise<void>((resolve) => clock.setTimer(500, resolve)), { name: 'slow' });
    await clock.advance(0);
    let closed = false;
    const closing = schedule.close().then(() => (closed = true));
    await clock.advance(499);
    expect([closed, schedule.names]).toEqual([false, ['slow']]);
    await clock.advance(1);
    await closing;
    expect(() => schedule.add(() => undefined, {})).toThrow('cannot be called once the loop stops');
  });

  it.each([
    [{ afterMs: Number.NaN }, 'afterMs'],
    [{ afterMs: -1 }, 'afterMs'],
    [{ atMs: Number.NaN }, 'atMs'],
    [{ everyMs: 0 }, 'everyMs'],
    [{ everyMs: Number.POSITIVE_INFINITY }, 'everyMs'],
    [{ everyMs: 1000, atMs: 5 }, 'takes atMs alone'],
    [{ afterMs: 1000, atMs: 5 }, 'takes atMs alone'],
  ])('refuses %o', (options, message) => {
    const { schedule } = createSchedule();
    expect(() => schedule.add(() => undefined, options)).toThrow(message);
  });
});
