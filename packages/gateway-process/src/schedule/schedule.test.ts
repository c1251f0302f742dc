import { describe, expect, it } from 'vitest';
import { Schedule } from './schedule.js';
import type { GatewaySchedule } from './schedule.js';

const at = (text: string): number => Date.parse(text);
const iso = (instant: number | undefined): string | undefined => (instant === undefined ? undefined : new Date(instant).toISOString());

describe('Schedule', () => {
  it('knows the restart of the night and the login of the week', () => {
    const schedule = new Schedule();
    const friday = at('2026-11-20T17:00:00Z');
    expect(iso(schedule.next(friday)?.fromMs)).toBe('2026-11-21T04:55:00.000Z');
    expect(iso(schedule.next(friday, 'weeklyLogin')?.fromMs)).toBe('2026-11-22T06:00:00.000Z');
    expect(schedule.at(at('2026-11-21T05:00:00Z'))?.kind).toBe('dailyRestart');
    expect(schedule.at(at('2026-11-21T05:05:00Z'))).toBeUndefined();
    expect(schedule.at(at('2026-11-22T06:59:59Z'))?.kind).toBe('weeklyLogin');
    expect(schedule.at(at('2026-11-22T07:00:00Z'))).toBeUndefined();
  });

  it.each([
    // Clocks went back at 2 in the morning: one hour more until the same reading on the wall.
    ['2026-11-01T05:00:00Z', '2026-11-01T14:00:00.000Z'],
    // Clocks went forward.
    ['2027-03-14T05:00:00Z', '2027-03-14T13:00:00.000Z'],
  ])('keeps its reading on the wall over a change of summer time, %s', (after, next) => {
    expect(iso(new Schedule({ weeklyLogin: { day: 'sun', at: '09:00' } }).next(at(after), 'weeklyLogin')?.fromMs)).toBe(next);
  });

  it('keeps the end of the weekly login in New York, wherever the gateway stands', () => {
    const zurich = new Schedule({ timeZone: 'Europe/Zurich', dailyRestart: '03:10' });
    expect(iso(zurich.next(at('2026-11-20T17:00:00Z'), 'weeklyLogin')?.fromMs)).toBe('2026-11-22T06:00:00.000Z');
    expect(iso(zurich.next(at('2026-11-20T17:00:00Z'), 'dailyRestart')?.fromMs)).toBe('2026-11-21T02:10:00.000Z');
    const own = new Schedule({ timeZone: 'Europe/Zurich', weeklyLogin: { day: 'sun', at: '09:00' } });
    expect(iso(own.next(at('2026-11-20T17:00:00Z'), 'weeklyLogin')?.fromMs)).toBe('2026-11-22T08:00:00.000Z');
    expect(zurich.windows().map(({ timeZone, from }) => `${timeZone} ${from}`)).toEqual(['Europe/Zurich 03:10', 'America/New_York 01:00']);
  });

  it('never gives an event that has begun, and finds the next of each kind', () => {
    const schedule = new Schedule({ timeZone: 'UTC', dailyRestart: '10:00', weeklyLogin: { day: 'wed', at: '10:00' } });
    const wednesday = at('2026-11-18T10:00:00Z');
    expect(iso(schedule.next(wednesday - 1, 'weeklyLogin')?.fromMs)).toBe('2026-11-18T10:00:00.000Z');
    expect(iso(schedule.next(wednesday, 'weeklyLogin')?.fromMs)).toBe('2026-11-25T10:00:00.000Z');
    expect(iso(schedule.next(wednesday, 'dailyRestart')?.fromMs)).toBe('2026-11-19T10:00:00.000Z');
  });

  it('knows when somebody is there', () => {
    const schedule = new Schedule({ timeZone: 'UTC', humanAt: ['18:00', '08:30'] });
    expect(iso(schedule.nextHuman(at('2026-11-20T08:30:00Z')))).toBe('2026-11-20T18:00:00.000Z');
    expect(iso(schedule.nextHuman(at('2026-11-20T19:00:00Z')))).toBe('2026-11-21T08:30:00.000Z');
    expect(new Schedule().nextHuman(0)).toBeUndefined();
  });

  it('is said as restart windows of a connection', () => {
    expect(new Schedule({ restartMinutes: 15 }).windows()).toEqual([
      { name: 'daily restart of the gateway', kind: 'session-restart', timeZone: 'America/New_York', from: '23:55', until: '00:10' },
      { name: 'weekly login of the gateway', kind: 'weekly-login', timeZone: 'America/New_York', from: '01:00', until: '02:00', days: ['sun'] },
    ]);
    expect(new Schedule({ dailyRestart: false, weeklyLogin: false }).windows()).toEqual([]);
  });

  it.each<readonly [GatewaySchedule, string]>([
    [{ dailyRestart: '24:00' }, 'schedule.dailyRestart must be a time of the day'],
    [{ restartMinutes: 0 }, 'schedule.restartMinutes must be a whole number'],
    [{ weeklyLogin: { day: 'sun', at: '9:00' } }, 'schedule.weeklyLogin.at must be'],
    [{ leadMs: -1 }, 'schedule.leadMs must be'],
    [{ humanAt: ['noon'] }, 'schedule.humanAt must be'],
  ])('refuses %j', (schedule, rule) => {
    expect(() => new Schedule(schedule)).toThrow(rule);
  });
});
