import { expect, it } from 'vitest';
import { Soak, growth } from './soak.js';
import { blobOf } from './workloads.js';

it('measures how much a series grows', () => {
  expect(growth([5, 5, 5])).toBe(0);
  expect(growth([1, 2, 3, 4])).toBeCloseTo(3);
  expect(growth([4, 3])).toBeCloseTo(-1);
  expect(growth([7])).toBe(0);
});

it('reads, loses the session and reads on', async () => {
  await using soak = await Soak.start();
  await soak.read(1);
  await soak.lose(3);
  await soak.read(1);
  expect(soak.reconnects).toBe(3);
  // Half of the messages are prices.
  expect(soak.ticks / blobOf('tick').messages).toBeCloseTo(1, 1);
});
