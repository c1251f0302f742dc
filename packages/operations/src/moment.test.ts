import { expect, it } from 'vitest';
import { instantOf, momentOf } from './moment.js';

it.each<[string, number | string]>([
  ['2026-11-20', '2026-11-20'],
  ['2026-11-20T14:30:00Z', Date.UTC(2026, 10, 20, 14, 30)],
  ['2026-11-20T14:30:00.250Z', Date.UTC(2026, 10, 20, 14, 30, 0, 250)],
  ['2026-11-20T09:30-05:00', Date.UTC(2026, 10, 20, 14, 30)],
])('reads %s', (text, moment) => {
  expect(momentOf('from', text)).toBe(moment);
});

it('takes a day as its midnight, UTC, where there is no exchange that it belongs to', () => {
  expect(instantOf('from', '2026-11-20')).toBe(Date.UTC(2026, 10, 20));
});

it.each(['2026-11-20T14:30:00', '2026-02-30', '20261120', '1795132800', 'now', '', '2026-11-20 14:30Z'])('refuses %j, which would mean something else on each machine, or nothing', (text) => {
  expect(() => momentOf('from', text)).toThrow(/from must be a/u);
});
