import { systemClock } from '@ibkit/clock';
import { expect, it } from 'vitest';
import { TurnScheduler } from './turn-scheduler.js';

it('lets everybody send, and everything else run after its few milliseconds', async () => {
  let nowMs = 0;
  const order: string[] = [];
  const scheduler = new TurnScheduler({ clock: { ...systemClock(), monotonic: () => nowMs }, turnMs: 5 });
  const takers = Array.from({ length: 6 }, (_, index) => ({
    takeTurn: () => {
      order.push(`client ${index}`);
      nowMs += 2;
    },
  }));
  for (const taker of takers) scheduler.ready(taker);
  // Somebody else's work, which was there first.
  // eslint-disable-next-line no-restricted-globals
  setImmediate(() => order.push('an order'));
  await new Promise((resolve) => {
    scheduler.ready({ takeTurn: () => { resolve(undefined); } });
  });
  expect(order).toEqual(['client 0', 'client 1', 'client 2', 'an order', 'client 3', 'client 4', 'client 5']);
  scheduler.close();
});

it('forgets who is gone', async () => {
  const scheduler = new TurnScheduler({ clock: systemClock(), turnMs: 5 });
  const taker = { takeTurn: () => expect.unreachable() };
  scheduler.ready(taker);
  scheduler.forget(taker);
  await new Promise((resolve) => {
    scheduler.ready({ takeTurn: () => { resolve(undefined); } });
  });
  expect(scheduler).toBeDefined();
});
