import { createTestClock } from '@ibkit/clock/testing';
import { expect, it } from 'vitest';
import type { ProbeResult } from '../probe/api-probe.js';
import { ProbeLoop } from './probe-loop.js';

/** A loop whose questions take five seconds, as those to a silent gateway do. */
function make() {
  const clock = createTestClock();
  const found: string[] = [];
  let asked = 0;
  const loop = new ProbeLoop({
    clock,
    probe: () => {
      asked += 1;
      return new Promise<ProbeResult>((resolve) => clock.setTimer(5_000, () => { resolve({ finding: 'mute' }); }));
    },
    everyMs: () => 30_000,
    doubts: () => true,
    doubtMs: 1_000,
    onResult: ({ finding }) => found.push(finding),
  });
  return { clock, found, loop, asked: () => asked };
}

it('notices a silent gateway also when it is told to look all the time', async () => {
  const { clock, found, loop, asked } = make();
  loop.restart();
  for (let second = 0; second < 30; second += 1) {
    loop.askNow();
    await clock.advance(1_000);
  }
  expect(found).not.toEqual([]);
  expect(asked()).toBeLessThan(8);
  loop.stop();
  await clock.advance(10_000);
  expect(clock.pending).toBe(0);
});

it('asks once more after a question that began before it was told to look', async () => {
  const { clock, loop, asked } = make();
  loop.restart();
  loop.askNow();
  await clock.advance(1_000);
  loop.askNow();
  expect(asked()).toBe(1);
  await clock.advance(4_000);
  await clock.advance(1_000);
  expect(asked()).toBe(2);
  loop.stop();
});
