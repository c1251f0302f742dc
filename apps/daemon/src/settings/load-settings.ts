import { homedir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { Config, stateDirectoryOf } from '@ibkit/config';
import { DEFAULT_SESSION_RESTART, WEEKLY_LOGIN } from '@ibkit/core-connection';
import { UsageError } from '@ibkit/error-codes';
import type { TradingLimits } from '@ibkit/gateway-trading';
import { readCommandLine } from './command-line.js';
import type { Flags } from './command-line.js';
import { addressList, listenAddress, whole } from './listen-address.js';
import { readSections } from './sections.js';
import type { Sections } from './sections.js';
import { withoutEffect } from './without-effect.js';
import type { DaemonSettings, FlowSettings, GatewayProcessSettings, Invocation, RestartSettings, SimulatorSettings, WatchdogSettings } from './settings.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Shorter than callers of an API wait for a silent socket, so that they are told about a gateway that does not answer. */
const REQUEST_TIMEOUT_MS = 20_000;
const DRAIN_MS = 5000;
/** What a new account of the broker has. */
const MARKET_DATA_LINES = 100;
const CHECK_MS = 30_000;
const DOWN_MS = 180_000;
const MAX_RESTARTS_PER_HOUR = 2;
/**
 * With live money there are caps where nobody said anything, against a slip of the finger and a loop that runs wild. None of them needs to know a price: a cap on value would hold up
 * the sale of a position while there is no market data, and is in the currency of each contract.
 */
export const LIVE_CAPS = Object.freeze({ orderQuantity: 10_000, dayOrders: 1000, ordersPerMinute: 60 });
/** TWS and IB Gateway restart at five minutes to midnight unless they are told otherwise. */
export const USUAL_RESTARTS = Object.freeze({ timeZone: DEFAULT_SESSION_RESTART.timeZone, daily: DEFAULT_SESSION_RESTART.at, dailyMinutes: DEFAULT_SESSION_RESTART.forMinutes, weeklyLogin: WEEKLY_LOGIN, servers: 'none' }) satisfies RestartSettings;

/** The flags that are values of every ibkit program, under the names of the configuration. */
function sharedFlags(flags: Flags): Readonly<Record<string, unknown>> {
  const { host, port, clientId, paper, live, gateway, tws, logLevel, logFile, logFileRotateAfter, logFileKeepFor, logOrders, logAllMessages } = flags;
  const given = { host, port, client_id: clientId, paper, live, gateway, tws, log_level: logLevel, log_file: logFile, log_file_rotate_after: logFileRotateAfter, log_file_keep_for: logFileKeepFor, log_orders: logOrders, log_all_messages: logAllMessages };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function simulatorOf({ simulate, seed, speed, startAt, replay, scenario }: Flags): SimulatorSettings | undefined {
  if (simulate !== true) {
    for (const [flag, value] of [['--seed', seed], ['--speed', speed], ['--start-at', startAt], ['--replay', replay?.[0]], ['--scenario', scenario]] as const) {
      if (value !== undefined) throw new UsageError({ field: flag, value, rule: 'needs --simulate' });
    }
    return undefined;
  }
  const factor = speed === undefined ? undefined : Number(speed);
  if (factor !== undefined && !(factor > 0 && Number.isFinite(factor))) throw new UsageError({ field: '--speed', value: speed, rule: 'must be a number above 0' });
  const startAtMs = startAt === undefined ? undefined : /^\d{4}-\d{2}-\d{2}T.*(?:Z|[+-]\d{2}:\d{2})$/.test(startAt) ? Date.parse(startAt) : Number.NaN;
  if (Number.isNaN(startAtMs)) throw new UsageError({ field: '--start-at', value: startAt, rule: 'must be a time with its zone, such as 2026-11-20T14:30:00Z' });
  return {
    seed: seed === undefined ? undefined : whole('--seed', seed, 0, Number.MAX_SAFE_INTEGER), speed: factor, startAtMs,
    replay: replay?.map((file) => path.resolve(file)), scenario: scenario === undefined ? undefined : path.resolve(scenario),
  }; // prettier-ignore
}

function tlsOf({ tlsCert, tlsKey, tlsClientCa }: Flags, { daemon }: Sections): DaemonSettings['tls'] {
  const certFile = tlsCert ?? daemon.tls_cert;
  const keyFile = tlsKey ?? daemon.tls_key;
  const clientCaFile = tlsClientCa ?? daemon.tls_client_ca;
  // Somebody who asks for it and does not get it would take strangers for friends.
  if (certFile === undefined && clientCaFile !== undefined) throw new UsageError({ field: '--tls-client-ca', value: clientCaFile, rule: 'needs --tls-cert and --tls-key' });
  if (certFile === undefined && keyFile === undefined) return undefined;
  if (certFile === undefined) throw new UsageError({ field: '--tls-key', value: keyFile, rule: 'needs --tls-cert' });
  if (keyFile === undefined) throw new UsageError({ field: '--tls-cert', value: certFile, rule: 'needs --tls-key' });
  return { certFile, keyFile, clientCaFile };
}

/** A cap as it is given, `none` for no cap, or the usual one. */
function capOf(given: number | false | undefined, usual: number | undefined): number | undefined {
  return given === false ? undefined : (given ?? usual);
}

function limitsOf({ trading: given }: Sections, mode: DaemonSettings['mode']): TradingLimits {
  const usual = mode === 'live' ? LIVE_CAPS : undefined;
  const perMinute = capOf(given.max_orders_per_minute, usual?.ordersPerMinute);
  return {
    perOrder: { maxQuantity: capOf(given.max_order_quantity, usual?.orderQuantity), maxNotional: capOf(given.max_order_notional, undefined) },
    perDay: { maxQuantity: capOf(given.max_day_quantity, undefined), maxNotional: capOf(given.max_day_notional, undefined), maxOrders: capOf(given.max_day_orders, usual?.dayOrders) },
    orderRate: perMinute === undefined ? undefined : { maxOrders: perMinute },
  };
}

function bandOf({ trading: { price_band_percent: percent } }: Sections): DaemonSettings['priceBand'] {
  return percent === undefined || percent === false ? undefined : { percent };
}

function gatewayProcessOf({ gatewayProcess: given }: Sections): GatewayProcessSettings | undefined {
  if (given === undefined || given.driver === 'external') return given;
  if (given.driver === 'direct') return { driver: 'direct', program: given.program, args: given.args ?? [] };
  return { driver: 'ibc', script: given.script, version: given.version, credentialsFile: given.credentials_file, twsPath: given.tws_path, ibcPath: given.ibc_path };
}

function restartsOf({ restarts: given }: Sections): RestartSettings | undefined {
  if (given === undefined) return undefined;
  const { weeklyLogin, ...usual } = USUAL_RESTARTS;
  const login = given.weekly_login ?? weeklyLogin;
  return {
    timeZone: given.time_zone ?? usual.timeZone,
    daily: given.daily ?? usual.daily,
    dailyMinutes: given.daily_minutes ?? usual.dailyMinutes,
    weeklyLogin: login === false ? false : { ...login, forMinutes: given.weekly_login_minutes ?? weeklyLogin.forMinutes },
    servers: given.servers ?? usual.servers,
  };
}

function watchdogOf({ watchdog: given }: Sections): WatchdogSettings {
  return {
    checkMs: seconds(given.check_seconds) ?? CHECK_MS,
    downMs: seconds(given.down_seconds) ?? DOWN_MS,
    restartGateway: given.restart_gateway ?? true,
    maxRestartsPerHour: given.max_restarts_per_hour ?? MAX_RESTARTS_PER_HOUR,
  };
}

/** The service's own variables are those of its client library. */
function flowOf({ flow }: Sections, env: Environment): FlowSettings | undefined {
  const baseUrl = flow.base_url ?? env['API_BASE_URL'];
  const apiKey = flow.api_key ?? env['API_KEY'];
  return baseUrl === undefined || apiKey === undefined ? undefined : { baseUrl, apiKey };
}

/** Some settings are hundredths of others: absent ones leave the defaults where they are. */
function given<T extends Readonly<Record<string, number | undefined>>>(values: T): { [K in keyof T]?: number } {
  const kept: { [K in keyof T]?: number } = {};
  for (const key in values) {
    const value = values[key];
    if (value !== undefined) kept[key] = value;
  }
  return kept;
}

function seconds(value: number | undefined): number | undefined {
  return value === undefined ? undefined : value * 1000;
}

function httpOf({ daemon }: Sections): DaemonSettings['http'] {
  return given({ bodyBytes: daemon.body_bytes, requestMs: seconds(daemon.request_seconds), idleMs: seconds(daemon.idle_seconds), connections: daemon.max_connections, anonymousPerMinute: daemon.anonymous_per_minute });
}

function quotasOf({ quotas }: Sections): DaemonSettings['quotas'] {
  return given({ requestsPerMinute: quotas.requests_per_minute, readLines: quotas.read_lines, linesPerToken: quotas.lines_per_token, readLookUps: quotas.read_look_ups });
}

function checkLog(flags: Flags, config: Config): void {
  for (const [flag, value] of [['--log-file-rotate-after', flags.logFileRotateAfter], ['--log-file-keep-for', flags.logFileKeepFor]] as const) {
    if (value !== undefined && config.logFile === undefined) throw new UsageError({ field: flag, value, rule: 'needs --log-file' });
  }
  // Somebody who asks for messages and sees none would take the gateway for silent.
  if (config.logAllMessages && !['trace', 'debug', 'info'].includes(config.logLevel)) {
    throw new UsageError({ field: '--log-level', value: config.logLevel, rule: 'must be info or debug together with --log-all-messages, whose lines are of level info' });
  }
}

/**
 * Reads what the daemon is told: defaults, the configuration file (`--config`, or `IBKIT_CONFIG`), the environment (`IBKIT_...`), the command line.
 * @throws UsageError or ConfigurationError that names the flag or key, the value and the rule.
 */
export async function parseInvocation(argv: readonly string[], env: Environment, version: string): Promise<Invocation> {
  const commandLine = readCommandLine(argv, version);
  if (commandLine.kind === 'print') return commandLine;
  const { flags } = commandLine;
  const config = await Config.load({ file: flags.config, env, args: sharedFlags(flags) });
  checkLog(flags, config);
  const sections = readSections(config);
  const { daemon, trading } = sections;
  const tls = tlsOf(flags, sections);
  const stateDir = flags.stateDir === undefined ? stateDirectoryOf({ env, home: env['HOME'] ?? homedir(), configured: daemon.state_dir, cwd: process.cwd() }) : path.resolve(flags.stateDir);
  const allowedAddresses = flags.allowAddress ?? daemon.allow_addresses ?? [];
  addressList(allowedAddresses);
  return {
    kind: 'run',
    settings: {
      gatewayHost: config.host,
      gatewayPort: config.effectivePort,
      clientId: config.clientId,
      mode: config.tradingMode,
      useGateway: config.useGateway,
      requestTimeoutMs: config.sourceOf('requestTimeoutMs') === 'default' ? REQUEST_TIMEOUT_MS : config.requestTimeoutMs,
      maxRequestsPerSecond: config.maxRequestsPerSecond,
      simulator: simulatorOf(flags),
      listen: listenAddress({ listen: flags.listen ?? (flags.unix === undefined ? daemon.listen : undefined), unix: flags.unix ?? (flags.listen === undefined ? daemon.unix : undefined), hasTls: tls !== undefined }),
      tls,
      allowedHosts: flags.allowHost ?? daemon.allow_hosts ?? [],
      allowedAddresses,
      stateDir,
      drainMs: seconds(daemon.drain_seconds) ?? DRAIN_MS,
      symbols: daemon.symbols ?? [],
      marketDataLines: daemon.market_data_lines ?? MARKET_DATA_LINES,
      allowedAccounts: config.allowedAccounts,
      allowLive: trading.allow_live ?? false,
      readOnly: trading.read_only ?? false,
      limits: limitsOf(sections, config.tradingMode),
      priceBand: bandOf(sections),
      previewBandPercent: trading.preview_band_percent === false ? Number.POSITIVE_INFINITY : trading.preview_band_percent,
      http: httpOf(sections),
      quotas: quotasOf(sections),
      gatewayProcess: gatewayProcessOf(sections),
      restarts: restartsOf(sections),
      watchdog: watchdogOf(sections),
      flow: flowOf(sections, env),
      alarms: sections.alarms,
      recordingsDir: daemon.recordings_dir ?? path.join(stateDir, 'recordings'),
      logLevel: config.logLevel,
      logFormat: config.logFormat,
      logFile: config.logFile,
      logFileMaxBytes: config.logFileMaxBytes,
      logFileCount: config.logFileCount,
      logFileRotateAfterMs: config.logFileRotateAfterMs,
      logFileKeepForMs: config.logFileKeepForMs,
      logOrders: config.logOrders,
      logAllMessages: config.logAllMessages,
      json: flags.json === true,
      stopWithInput: flags.stopWithInput === true,
      warnings: [...config.warnings.map(({ path: key, rule }) => `${key} ${rule}`), ...withoutEffect(config)],
    },
  };
}
