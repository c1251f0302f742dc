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
