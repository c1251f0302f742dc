import { WEEKLY_LOGIN } from '@ibkit/wire';
import { sessionRestart } from './restart-window.js';
import type { RestartWindow, Weekday } from './restart-window.js';

const NEW_YORK = 'America/New_York';
const HONG_KONG = 'Asia/Hong_Kong';
const SUNDAY_TO_FRIDAY: readonly Weekday[] = Object.freeze(['sun', 'mon', 'tue', 'wed', 'thu', 'fri'] as const);

function window(of: RestartWindow): RestartWindow {
  return Object.freeze(of);
}

/**
 * When the broker's own servers restart, by the region that serves the account, and the maintenance of the weekend that concerns all.
 * Source: IBKR's page on system status and its user guides; the hours have changed before, so copy and adapt them when yours differ.
 */
export const IBKR_WINDOWS: {
  readonly northAmerica: readonly RestartWindow[];
  readonly europe: readonly RestartWindow[];
  readonly asia: readonly RestartWindow[];
  readonly weekend: readonly RestartWindow[];
  readonly weeklyLogin: readonly RestartWindow[];
} = Object.freeze({
  northAmerica: Object.freeze([
    window({ name: 'server reset, North America', kind: 'server-reset', timeZone: NEW_YORK, from: '00:15', until: '01:45', days: SUNDAY_TO_FRIDAY }),
  ]),
  europe: Object.freeze([
    window({ name: 'server reset, Europe', kind: 'server-reset', timeZone: 'Europe/Zurich', from: '06:25', until: '07:45' }),
  ]),
  asia: Object.freeze([
    window({ name: 'server reset, Asia, morning', kind: 'server-reset', timeZone: HONG_KONG, from: '04:45', until: '06:05' }),
    window({ name: 'server reset, Asia, evening', kind: 'server-reset', timeZone: HONG_KONG, from: '20:15', until: '21:15' }),
  ]),
  weekend: Object.freeze([
    window({ name: 'weekend maintenance', kind: 'weekend', timeZone: NEW_YORK, from: '23:00', until: '03:00', days: Object.freeze(['fri'] as const) }),
  ]),
  /** Logins end on Sunday at 01:00 in New York; a gateway that starts after it waits for a person. The hour after it is theirs. */
  weeklyLogin: Object.freeze([
    window({ ...sessionRestart({ ...WEEKLY_LOGIN, days: Object.freeze([WEEKLY_LOGIN.day]) }), name: 'weekly login', kind: 'weekly-login' }),
  ]),
});
