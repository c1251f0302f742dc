import { createTestClock } from '@ibkit/clock/testing';
import { expect, it } from 'vitest';
import { Schedule } from '../schedule/schedule.js';
import { ScheduleWatch } from './schedule-watch.js';

it('tells each restart a minute ahead and each login a day, an hour and a minute ahead, once', async () => {
  const startMs = Date.UTC(2026, 10, 20, 12);
  const clock = createTestClock({ nowMs: startMs });
  const told: string[] = [];
  const say = (what: string, atMs: number): void => {
    told.push(`${new Date(clock.now()).toISOString().slice(5, 16)} ${what} ${new Date(atMs).toISOString().slice(5, 16)}`);
  };
  const watch = new ScheduleWatch({
    schedule: new Schedule({ timeZone: 'UTC', dailyRestart: '23:55', weeklyLogin: { day: 'sun', at: '09:00' } }),
    clock,
    now: () => clock.now(),
    listener: { onAhead: ({ kind, fromMs }) => { say(kind, fromMs); }, onReminder: ({ fromMs }) => { say('reminder', fromMs); } },
  });
  watch.start();
  watch.start();
  await clock.advance(2 * 86_400_000);
  expect(told).toEqual([
    '11-20T23:54 dailyRestart 11-20T23:55',
    '11-21T09:00 reminder 11-22T09:00',
    '11-21T23:54 dailyRestart 11-21T23:55',
    '11-22T08:00 reminder 11-22T09:00',
    '11-22T08:59 weeklyLogin 11-22T09:00',
  ]);
  watch.stop();
  expect(clock.pending).toBe(0);
});

it('tells nothing twice when the time of the gateway trembles, and again when its clock was set back', async () => {
  const clock = createTestClock({ nowMs: Date.UTC(2026, 10, 20, 12) });
  let offMs = 0;
  let told = 0;
  const watch = new ScheduleWatch({
    schedule: new Schedule({ timeZone: 'UTC', dailyRestart: '12:30', weeklyLogin: false, leadMs: 1_200_000 }),
    clock,
    now: () => clock.now() + offMs,
    listener: { onAhead: () => { told += 1; }, onReminder: () => undefined },
  });
  watch.start();
  await clock.advance(11 * 60_000);
  expect(told).toBe(1);
  for (let minute = 0; minute < 8; minute += 1) {
    offMs = minute % 2 === 0 ? -60_500 : 0;
    await clock.advance(60_000);
  }
  expect(told).toBe(1);
  offMs = -3_600_000;
  await clock.advance(3_600_000);
  expect(told).toBe(2);
  watch.stop();
});
