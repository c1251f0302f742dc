import { createTestClock } from '@ibkit/clock/testing';
import { expect, it } from 'vitest';
import { LineSampler } from './line-sampler.js';

function setUp() {
  const clock = createTestClock();
  const sampler = new LineSampler(clock);
  const samples: string[] = [];
  const add = (name: string, dueMs: number, then?: () => void): (() => void) =>
    sampler.add(
      {
        sample: (wasDueMs) => {
          samples.push(`${name} due ${wasDueMs} at ${clock.monotonic()}`);
          then?.();
        },
      },
      dueMs,
    );
  return { clock, sampler, samples, add };
}

it('samples each line once, in the order in which they are due, with one timer for all', async () => {
  const { clock, samples, add } = setUp();
  add('late', 30);
  add('early', 10);
  add('with early', 10);
  add('fraction', 19.5);
  expect(clock.pending).toBe(1);
  await clock.advance(25);
  expect(samples).toEqual(['early due 10 at 10', 'with early due 10 at 10', 'fraction due 19.5 at 20']);
  await clock.advance(25);
  expect(samples.slice(3)).toEqual(['late due 30 at 30']);
  expect(clock.pending).toBe(0);
});

it('never samples at once, and takes lines that ask while others are sampled', async () => {
  const { clock, samples, add } = setUp();
  await clock.advance(5);
  add('now', 5, () => add('again', 5));
  expect(samples).toEqual([]);
  await clock.advance(0);
  expect(samples).toEqual(['now due 5 at 5', 'again due 5 at 5']);
});

it('forgets what is cancelled, also by a line that is sampled in the same moment', async () => {
  const { clock, samples, add } = setUp();
  const cancels: (() => void)[] = [];
  add('first', 10, () => {
    for (const cancel of cancels) cancel();
  });
  cancels.push(add('second', 10), add('third', 20));
  await clock.advance(50);
  expect(samples).toEqual(['first due 10 at 10']);
  const cancel = add('fourth', 60);
  cancel();
  cancel();
  expect(clock.pending).toBe(0);
});
