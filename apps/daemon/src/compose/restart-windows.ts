import { IBKR_WINDOWS, sessionRestart } from '@ibkit/core-connection';
import type { RestartWindow } from '@ibkit/core-connection';
import type { GatewaySchedule } from '@ibkit/gateway-process';
import type { RestartSettings } from '../settings/settings.js';

const SERVERS = { none: [], 'north-america': IBKR_WINDOWS.northAmerica, europe: IBKR_WINDOWS.europe, asia: IBKR_WINDOWS.asia } satisfies Readonly<Record<RestartSettings['servers'], readonly RestartWindow[]>>;

/** The times at which a connection is expected to be away. */
export function restartWindowsOf({ timeZone, daily, dailyMinutes, weeklyLogin, servers }: RestartSettings): readonly RestartWindow[] {
  return [
    ...(daily === false ? [] : [sessionRestart({ at: daily, timeZone, forMinutes: dailyMinutes })]),
    ...(weeklyLogin === false ? [] : [{ ...sessionRestart({ timeZone, ...weeklyLogin, days: [weeklyLogin.day] }), name: 'weekly login', kind: 'weekly-login' as const }]),
    ...SERVERS[servers],
  ];
}

/** The same times for the process of the gateway. */
export function gatewayScheduleOf({ timeZone, daily, dailyMinutes, weeklyLogin }: RestartSettings): GatewaySchedule {
  return { timeZone, dailyRestart: daily, restartMinutes: dailyMinutes, weeklyLogin };
}
