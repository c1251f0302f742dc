import process from 'node:process';
import { expect, it } from 'vitest';
import { runDay } from './daemon-day.js';

// A process from its sources takes seconds to start on a busy machine.
it.skipIf(process.platform === 'win32')('a daemon goes through two hours with a restart and a login, its clients miss no fill, and every order is accounted for', { timeout: 180_000 }, async () => {
  const { differences, heaps, asked, answered, refusals, orders, fills, sessions, told } = await runDay({
    speed: 1_200, hours: 2, symbols: 4, clients: 2, ordersPerHour: [15, 15], warmUpHours: 0, heapEveryHours: 1, restartAtHour: 0.5, loginAtHour: 1.2, awayMs: 200, clockSpeed: 20,
  }); // prettier-ignore
  expect(differences).toEqual([]);
  expect(refusals).toEqual([]);
  expect([answered, told.missed]).toEqual([asked, 0]);
  expect(told.fills).toBe(fills);
  expect(heaps.every((heap) => heap > 0)).toBe(true);
  expect(asked).toBeGreaterThan(5);
  expect(orders).toBeGreaterThan(5);
  expect(fills).toBeGreaterThan(0);
  expect(sessions).toBeGreaterThanOrEqual(3);
  expect(told.quotes).toBeGreaterThan(0);
});
