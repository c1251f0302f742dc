import { createTestClock } from '@ibkit/clock/testing';
import { describe, expect, it } from 'vitest';
import { RestartCalendar } from './restart-calendar.js';
import { RestartWatch } from './restart-watch.js';
import type { RestartNews } from './restart-watch.js';
import { sessionRestart } from './restart-window.js';

function watched(options: { readonly skewMs?: number; readonly leadMs?: number } = {}) {
  const clock = createTestClock({ nowMs: Date.UTC(2026, 0, 14, 23, 0) });
  const news: (readonly [RestartNews['type'], string])[] = [];
  const watch = new RestartWatch({
    calendar: new RestartCalendar([sessionRestart({ at: '23:55', timeZone: 'UTC', forMinutes: 10 })]),
    clock,
    serverNow: () => clock.now() + (options.skewMs ?? 0),
    leadMs: options.leadMs ?? 60_000,
    onNews: ({ type }) => {
      news.push([type, new Date(clock.now()).toISOString().slice(11, 19)]);
    },
  });
  return { clock, news, watch };
}

describe('the watch over restarts', () => {
  it('tells of each restart once: ahead of it, at its beginning, at its end', async () => {
    const { clock, news, watch } = watched();
    watch.start();
    watch.start();
    expect(watch.outlook).toMatchObject({ phase: 'clear', occurrence: { fromMs: Date.UTC(2026, 0, 14, 23, 55) } });
    await clock.advance(26 * 3_600_000);
    expect(news).toEqual([
      ['approaching', '23:54:00'],
      ['entered', '23:55:00'],
      ['left', '00:05:00'],
      ['approaching', '23:54:00'],
      ['entered', '23:55:00'],
      ['left', '00:05:00'],
    ]);
    watch.stop();
    watch.stop();
    expect(clock.pending).toBe(0);
  });

  it('follows the clock of the gateway', async () => {
    const { clock, news, watch } = watched({ skewMs: 30 * 60_000 });
    watch.start();
    await clock.advance(30 * 60_000);
    expect(news.slice(0, 2)).toEqual([
      ['approaching', '23:24:00'],
      ['entered', '23:25:00'],
    ]);
    watch.stop();
  });

  it('notices within a minute that the wall clock was set', async () => {
    const { clock, news, watch } = watched();
    watch.start();
    clock.setNow(Date.UTC(2026, 0, 14, 23, 58));
    await clock.advance(60_000);
    expect(news).toEqual([['entered', '23:59:00']]);
    watch.stop();
  });
});
