import path from 'node:path';
import { systemClock } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import type { GatewayDriver } from '../drivers/driver.js';
import type { GatewayRules } from '../machine/gateway-state.js';
import type { ProbeResult } from '../probe/api-probe.js';
import { Schedule } from '../schedule/schedule.js';
import type { GatewaySchedule } from '../schedule/schedule.js';

/** Options of {@link GatewayProcess}. Times are milliseconds. */
export interface GatewayProcessOptions {
  /** How it is run: `directDriver`, `ibcDriver` or `externalDriver`. */
  readonly driver: GatewayDriver;
  /** Of this gateway alone: its process, its log, what is known about its login. Absolute. */
  readonly stateDir: string;
  /** Where its API listens. @defaultValue '127.0.0.1' */
  readonly host?: string | undefined;
  /** The API port: 4002 paper, 4001 live; TWS 7497 and 7496. */
  readonly port: number;
  /** The client id of the probes: one that no program uses. @defaultValue 31999 */
  readonly probeClientId?: number | undefined;
  /** From the launch, or the last step of the login, to an API that answers. @defaultValue 300000 */
  readonly startTimeoutMs?: number | undefined;
  /** How long a person has to confirm the second factor. @defaultValue 180000, as IBC has it */
  readonly secondFactorTimeoutMs?: number | undefined;
  /** How often a start is repeated by itself because nobody confirmed. @defaultValue 1 */
  readonly secondFactorRetries?: number | undefined;
  /** Refused logins in a row after which a person must act. @defaultValue 2, since the broker locks accounts */
  readonly maxFailedLogins?: number | undefined;
  /** How long it may take to end tidily, and then after a signal. @defaultValue 30000 */
  readonly stopTimeoutMs?: number | undefined;
  /** How long its own restart may take. @defaultValue 300000 */
  readonly restartTimeoutMs?: number | undefined;
  /** How long the API may be away before it is an alarm. @defaultValue 180000 */
  readonly apiDownAlarmMs?: number | undefined;
  /** Between two probes while it is not ready. @defaultValue 1000 */
  readonly probeEveryMs?: number | undefined;
  /** Between two probes while it is. @defaultValue 30000 */
  readonly probeReadyEveryMs?: number | undefined;
  /** How long a probe may take. @defaultValue 5000 */
  readonly probeTimeoutMs?: number | undefined;
  /** Whether it is started again when it ended by itself. @defaultValue true */
  readonly relaunch?: boolean | undefined;
  /** Restarts by themselves or by {@link GatewayProcess.restart} in any hour. @defaultValue 2 */
  readonly maxRestartsPerHour?: number | undefined;
  /** Asked before every restart that is asked for: a text says why not, such as an order with an unknown outcome. @defaultValue always true */
  readonly mayRestart?: (() => true | string | Promise<true | string>) | undefined;
  readonly schedule?: GatewaySchedule | undefined;
  /** How many log files are kept, one per start. @defaultValue 10 */
  readonly keepLogs?: number | undefined;
  /** The largest that one of them becomes, bytes; the part before is kept once. @defaultValue 64 MiB */
  readonly maxLogBytes?: number | undefined;
  /** @defaultValue the system's */
  readonly clock?: Clock | undefined;
  /** The gateway's time, which schedules follow, epoch milliseconds. @defaultValue the clock's */
  readonly gatewayNow?: (() => number) | undefined;
  /** Asks whether the API is ready. @defaultValue a full handshake at `host` and `port` */
  readonly probe?: (() => Promise<ProbeResult>) | undefined;
  /** Told what a listener threw. */
  readonly onListenerError?: ((error: unknown, type: string) => void) | undefined;
}

/** {@link GatewayProcessOptions} checked and complete. */
export interface ResolvedGatewayOptions {
  readonly driver: GatewayDriver;
  readonly stateDir: string;
  readonly host: string;
  readonly port: number;
  readonly probeClientId: number;
  readonly startTimeoutMs: number;
  readonly secondFactorTimeoutMs: number;
  readonly stopTimeoutMs: number;
  readonly restartTimeoutMs: number;
  readonly apiDownAlarmMs: number;
  readonly probeEveryMs: number;
  readonly probeReadyEveryMs: number;
  readonly probeTimeoutMs: number;
  readonly rules: GatewayRules;
  readonly relaunch: boolean;
  readonly maxRestartsPerHour: number;
  readonly mayRestart: () => true | string | Promise<true | string>;
  readonly schedule: Schedule;
  readonly keepLogs: number;
  readonly maxLogBytes: number;
  readonly clock: Clock;
  readonly gatewayNow: () => number;
  readonly probe: (() => Promise<ProbeResult>) | undefined;
  readonly onListenerError: ((error: unknown, type: string) => void) | undefined;
}

const LONGEST_MS = 24 * 3_600_000;

function duration(field: string, value: number): number {
  if (!Number.isFinite(value) || value < 1 || value > LONGEST_MS) throw new UsageError({ field, value, rule: `must be a number of milliseconds from 1 to ${LONGEST_MS}` });
  return value;
}

function whole(field: string, value: number, [least, most]: readonly [number, number]): number {
  if (!Number.isInteger(value) || value < least || value > most) throw new UsageError({ field, value, rule: `must be a whole number from ${least} to ${most}` });
  return value;
}

/** @throws {@link UsageError} that names the option, the value and the rule */
export function resolveGatewayOptions(options: GatewayProcessOptions): ResolvedGatewayOptions {
  const { driver, stateDir } = options;
  const shape: unknown = driver;
  if (typeof shape !== 'object' || shape === null || !('readSign' in shape)) throw new UsageError({ field: 'driver', rule: 'must be made by directDriver, ibcDriver or externalDriver' });
  if (typeof stateDir !== 'string' || !path.isAbsolute(stateDir)) throw new UsageError({ field: 'stateDir', value: stateDir, rule: 'must be an absolute path' });
  const relaunch: unknown = options.relaunch ?? true;
  if (typeof relaunch !== 'boolean') throw new UsageError({ field: 'relaunch', value: relaunch, rule: 'must be true or false' });
  const clock = options.clock ?? systemClock();
  return {
    driver,
    stateDir,
    host: options.host ?? '127.0.0.1',
    port: whole('port', options.port, [1, 65_535]),
    probeClientId: whole('probeClientId', options.probeClientId ?? 31_999, [0, 2_147_483_647]),
    startTimeoutMs: duration('startTimeoutMs', options.startTimeoutMs ?? 300_000),
    secondFactorTimeoutMs: duration('secondFactorTimeoutMs', options.secondFactorTimeoutMs ?? 180_000),
    stopTimeoutMs: duration('stopTimeoutMs', options.stopTimeoutMs ?? 30_000),
    restartTimeoutMs: duration('restartTimeoutMs', options.restartTimeoutMs ?? 300_000),
    apiDownAlarmMs: duration('apiDownAlarmMs', options.apiDownAlarmMs ?? 180_000),
    probeEveryMs: duration('probeEveryMs', options.probeEveryMs ?? 1_000),
    probeReadyEveryMs: duration('probeReadyEveryMs', options.probeReadyEveryMs ?? 30_000),
    probeTimeoutMs: duration('probeTimeoutMs', options.probeTimeoutMs ?? 5_000),
    rules: {
      maxFailedLogins: whole('maxFailedLogins', options.maxFailedLogins ?? 2, [1, 5]),
      secondFactorRetries: whole('secondFactorRetries', options.secondFactorRetries ?? 1, [0, 1]),
      mayEnd: driver.plan !== undefined,
    },
    relaunch,
    maxRestartsPerHour: whole('maxRestartsPerHour', options.maxRestartsPerHour ?? 2, [0, 60]),
    mayRestart: options.mayRestart ?? (() => true),
    schedule: new Schedule(options.schedule),
    keepLogs: whole('keepLogs', options.keepLogs ?? 10, [1, 1000]),
    maxLogBytes: whole('maxLogBytes', options.maxLogBytes ?? 67_108_864, [65_536, Number.MAX_SAFE_INTEGER]),
    clock,
    gatewayNow: options.gatewayNow ?? (() => clock.now()),
    probe: options.probe,
    onListenerError: options.onListenerError,
  };
}
