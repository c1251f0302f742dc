import { UsageError } from '@ibkit/error-codes';
import { ConnectionManager } from '../connection-manager.js';
import { checkBooleans, checkMethods } from '../option-shapes.js';
import type { ConnectionOptions } from '../options.js';
import { DEFAULT_SESSION_RESTART, sessionRestart } from '../restart/restart-window.js';
import type { GatewayPort } from './gateway-keeper.js';
import { DEFAULT_WATCHDOG_LIMITS } from './health-judge.js';
import type { ResolvedWatchdogLimits, WatchdogLimits, WatchdogProblemKind } from './health-judge.js';

/**
 * Options of `Watchdog`: those of the connection that it makes (back-off in `reconnect`: 2 s, doubled up to 60 s, full jitter; `maxAttempts`), and
 * its own. With `connection` it watches yours instead, and every option of a connection belongs there.
 */
export interface WatchdogOptions extends ConnectionOptions {
  /** A connection to watch, which stays yours to close. @defaultValue one of its own, made from the other options */
  readonly connection?: ConnectionManager | undefined;
  /** When TWS or IB Gateway restarts itself, `HH:MM`; `false` when it does not. Adds a restart window; with `connection`, give that its `restartWindows` instead. @defaultValue '23:55' */
  readonly dailyRestartTime?: string | false | undefined;
  /** The zone of `dailyRestartTime`. @defaultValue 'America/New_York' */
  readonly dailyRestartTimeZone?: string | undefined;
  /** How long that restart may take, in whole minutes. @defaultValue 10 */
  readonly dailyRestartForMinutes?: number | undefined;
  /** Between two looks at the health, in milliseconds above 0. @defaultValue 30_000 */
  readonly healthCheckIntervalMs?: number | undefined;
  readonly limits?: WatchdogLimits | undefined;
  /** Asks the gateway something that a healthy one answers; what it rejects with is a dead gateway. @defaultValue the gateway's time */
  readonly probe?: ((connection: ConnectionManager, options: { readonly signal: AbortSignal }) => Promise<unknown>) | undefined;
  /** How long the answer may take, in milliseconds above 0. @defaultValue 4_000 */
  readonly probeTimeoutMs?: number | undefined;
  /** The gateway's process, to be started with the watch, and restarted when nothing else helps. @defaultValue none: look, tell and reconnect only */
  readonly gateway?: GatewayPort | undefined;
  /** How long `gateway` may take to start or restart it, in milliseconds above 0. After that it counts as failed, and may be tried again. @defaultValue 600_000, since somebody may have to confirm a login */
  readonly gatewayTimeoutMs?: number | undefined;
  /** Restarts without being planned in any hour, a whole number from 0. @defaultValue 2 */
  readonly maxGatewayRestartsPerHour?: number | undefined;
  /** What a restart of the gateway is the answer to. @defaultValue `down`, `upstreamDown` and `probeFailed` */
  readonly restartGatewayOn?: readonly (WatchdogProblemKind | 'probeFailed')[] | undefined;
  /** Restart the gateway at `dailyRestartTime`, because it does not do so itself. @defaultValue false */
  readonly restartGatewayDaily?: boolean | undefined;
  /** Asked before every restart: say no while the outcome of an order is unknown. @defaultValue yes */
  readonly mayRestartGateway?: (() => boolean | Promise<boolean>) | undefined;
}

/** {@link WatchdogOptions} checked and complete. */
export interface ResolvedWatchdogOptions {
  readonly connection: ConnectionManager;
  readonly ownsConnection: boolean;
  readonly maxAttempts: number;
  readonly healthCheckIntervalMs: number;
  readonly limits: ResolvedWatchdogLimits;
  readonly probe: NonNullable<WatchdogOptions['probe']>;
  readonly probeTimeoutMs: number;
  readonly gateway: GatewayPort | undefined;
  readonly gatewayTimeoutMs: number;
  readonly maxGatewayRestartsPerHour: number;
  readonly restartGatewayOn: ReadonlySet<WatchdogProblemKind | 'probeFailed'>;
  readonly restartGatewayDaily: boolean;
  readonly mayRestartGateway: () => boolean | Promise<boolean>;
}

/** The defaults of the watchdog's own options. */
export const DEFAULT_WATCHDOG = Object.freeze({
  dailyRestartTime: DEFAULT_SESSION_RESTART.at,
  dailyRestartTimeZone: DEFAULT_SESSION_RESTART.timeZone,
  dailyRestartForMinutes: DEFAULT_SESSION_RESTART.forMinutes,
  healthCheckIntervalMs: 30_000,
  limits: DEFAULT_WATCHDOG_LIMITS,
  probeTimeoutMs: 4_000,
  gatewayTimeoutMs: 600_000,
  maxGatewayRestartsPerHour: 2,
  restartGatewayOn: Object.freeze(['down', 'upstreamDown', 'probeFailed'] as const),
});

async function askForTime(connection: ConnectionManager, { signal }: { readonly signal: AbortSignal }): Promise<unknown> {
  return connection.request({
    name: 'server time',
    unkeyed: true,
    lane: 'heartbeat',
    signal,
    build: () => ({ type: 'reqCurrentTime' }),
    receive: (message, reply) => {
      if (message.type === 'currentTime') reply.resolve(message.time);
    },
  });
}

function milliseconds(field: string, value: number, orInfinity = false): void {
  if (value > 0 && (Number.isFinite(value) || (orInfinity && value === Number.POSITIVE_INFINITY))) return;
  throw new UsageError({ field, value, rule: `must be a number of milliseconds above 0${orInfinity ? ', or Infinity' : ''}` });
}

/**
 * Fills in the defaults, checks every value and makes the connection unless one is given.
 * @throws {@link UsageError} that names the option, the value and the rule.
 */
export function resolveWatchdogOptions(options: WatchdogOptions): ResolvedWatchdogOptions {
  const { gateway, probe = askForTime } = options;
  checkBooleans(options, ['restartGatewayDaily']);
  if (gateway !== undefined) checkMethods('gateway', gateway, ['start', 'stop', 'restart']);
  if (options.autoReconnect === false) throw new UsageError({ field: 'autoReconnect', value: false, rule: 'must not be false: a watchdog reconnects' });
  const healthCheckIntervalMs = options.healthCheckIntervalMs ?? DEFAULT_WATCHDOG.healthCheckIntervalMs;
  const probeTimeoutMs = options.probeTimeoutMs ?? DEFAULT_WATCHDOG.probeTimeoutMs;
  const gatewayTimeoutMs = options.gatewayTimeoutMs ?? DEFAULT_WATCHDOG.gatewayTimeoutMs;
  const maxGatewayRestartsPerHour = options.maxGatewayRestartsPerHour ?? DEFAULT_WATCHDOG.maxGatewayRestartsPerHour;
  const limits = resolveLimits(options.limits);
  milliseconds('healthCheckIntervalMs', healthCheckIntervalMs);
  milliseconds('probeTimeoutMs', probeTimeoutMs);
  milliseconds('gatewayTimeoutMs', gatewayTimeoutMs);
  for (const [name, value] of Object.entries(limits)) milliseconds(`limits.${name}`, value, true);
  if (!Number.isSafeInteger(maxGatewayRestartsPerHour) || maxGatewayRestartsPerHour < 0) {
    throw new UsageError({ field: 'maxGatewayRestartsPerHour', value: maxGatewayRestartsPerHour, rule: 'must be a whole number from 0' });
  }
  const restartGatewayDaily = options.restartGatewayDaily ?? false;
  if (restartGatewayDaily && (gateway === undefined || options.dailyRestartTime === false || options.connection !== undefined)) {
    throw new UsageError({ field: 'restartGatewayDaily', value: true, rule: 'needs gateway and dailyRestartTime, and a connection that the watchdog makes' });
  }
  return {
    connection: options.connection ?? makeConnection(options),
    ownsConnection: options.connection === undefined,
    maxAttempts: options.maxAttempts ?? Number.POSITIVE_INFINITY,
    healthCheckIntervalMs,
    limits,
    probe,
    probeTimeoutMs,
    gateway,
    gatewayTimeoutMs,
    maxGatewayRestartsPerHour,
    restartGatewayOn: new Set(options.restartGatewayOn ?? DEFAULT_WATCHDOG.restartGatewayOn),
    restartGatewayDaily,
    mayRestartGateway: options.mayRestartGateway ?? (() => true),
  };
}

function resolveLimits(given: WatchdogLimits = {}): ResolvedWatchdogLimits {
  const { downMs, upstreamDownMs, farmDownMs, streamsSilentMs } = DEFAULT_WATCHDOG_LIMITS;
  return {
    downMs: given.downMs ?? downMs,
    upstreamDownMs: given.upstreamDownMs ?? upstreamDownMs,
    farmDownMs: given.farmDownMs ?? farmDownMs,
    streamsSilentMs: given.streamsSilentMs ?? streamsSilentMs,
  };
}

function makeConnection(options: WatchdogOptions): ConnectionManager {
  const { dailyRestartTime, dailyRestartTimeZone, dailyRestartForMinutes, restartWindows = [] } = options;
  if (dailyRestartTime === false) return new ConnectionManager(options);
  const daily = sessionRestart({ at: dailyRestartTime, timeZone: dailyRestartTimeZone, forMinutes: dailyRestartForMinutes });
  return new ConnectionManager({ ...options, restartWindows: [...restartWindows, daily] });
}
