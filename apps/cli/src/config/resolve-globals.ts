import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Config, stateDirectoryOf } from '@ibkit/config';
import type { ConfigInput } from '@ibkit/config';
import { UsageError } from '@ibkit/error-codes';
import type { LogLevel } from '@ibkit/logger';
import { parsePort } from '../program/arguments.js';
import type { CommandInput } from '../program/command-input.js';
import { plain } from '../render/text.js';
import type { Io } from '../terminal/io.js';
import { defaultConfigFile } from './config-file.js';
import { homeOf } from './home.js';
import type { Globals, Logging } from './globals.js';

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
const DEFAULT_TIMEOUT_MS = 10_000;
/** Where a paper IB Gateway listens, so that clients of one find the simulator without a flag. */
const DEFAULT_SIMULATOR_PORT = 4002;

async function dotenvText(cwd: string): Promise<string | undefined> {
  try {
    return await readFile(path.join(cwd, '.env'), 'utf8');
  } catch {
    // Most directories have no .env, and one that we may not read sets nothing.
    return undefined;
  }
}

function fromFlags(flags: CommandInput, port: number | undefined): ConfigInput {
  const mode = flags.choice('trading-mode', ['paper', 'live']);
  const live = flags.on('live') || mode === 'live';
  const paper = flags.on('paper') || mode === 'paper';
  if (live && paper) throw new UsageError({ field: '--live', rule: 'cannot be used together with --paper' });
  const logLevel = flags.choice('log-level', LOG_LEVELS);
  return {
    host: flags.text('host'),
    port,
    clientId: flags.whole('client-id', 0, 2_147_483_647),
    ...(live ? { tradingMode: 'live' } : {}),
    ...(paper ? { tradingMode: 'paper' } : {}),
    ...(flags.on('tws') ? { application: 'tws' } : {}),
    ...(flags.on('gateway') ? { application: 'gateway' } : {}),
    accountId: flags.text('account-id'),
    ...(logLevel === undefined ? {} : { logLevel }),
  };
}

/** Levels that show the lines of `log_all_messages`. */
const SHOWS_INFO: ReadonlySet<LogLevel> = new Set(['trace', 'debug', 'info'] as const);

function levelOf(config: Config, debug: boolean): LogLevel {
  if (debug) return 'debug';
  if (config.sourceOf('logLevel') !== 'default') return config.logLevel;
  return config.logAllMessages ? 'info' : 'warn';
}

function loggingOf(config: Config, debug: boolean): Logging | undefined {
  const asked = debug || config.sourceOf('logLevel') !== 'default' || config.logFile !== undefined || config.logAllMessages;
  if (!asked) return undefined;
  const { logFormat, logFile, logFileMaxBytes, logFileCount, logFileRotateAfterMs, logFileKeepForMs, logAccounts, logOrders, logAllMessages } = config;
  return { logLevel: levelOf(config, debug), logFormat, logFile, logFileMaxBytes, logFileCount, logFileRotateAfterMs, logFileKeepForMs, logAccounts, logOrders, logAllMessages };
}

function daemonUrlOf(flags: CommandInput, env: Io['env']): string | undefined {
  const text = flags.text('daemon-url') ?? env['IBKIT_DAEMON_URL'];
  if (text === undefined || text === '') return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:', 'unix:'].includes(url.protocol)) throw new UsageError({ field: '--daemon-url', value: text, rule: 'must be a URL such as http://127.0.0.1:8787' });
  return text;
}

/** Whether somebody chose the gateway, or all of it is the default. */
function isEndpointGiven(config: Config): boolean {
  return (['host', 'port', 'tradingMode', 'application'] as const).some((key) => config.sourceOf(key) !== 'default');
}

/** Whether a simulator is started for this one command, which no daemon knows of. */
function isSimulated(flags: CommandInput, via: Globals['via']): boolean {
  const simulate = flags.on('simulate');
  if (simulate && via === 'daemon') throw new UsageError({ field: '--simulate', rule: 'cannot be used together with --via daemon: ibkit daemon start --simulate starts a daemon on one' });
  return simulate;
}

/** The file that is read: the one that was named, or the usual one, which may be missing. */
function configFileOf(io: Io, flags: CommandInput): { readonly file: string; readonly named: boolean } {
  const named = flags.text('config') ?? io.env['IBKIT_CONFIG'];
  return named === undefined || named === '' ? { file: defaultConfigFile(io.env), named: false } : { file: path.resolve(io.cwd, named), named: true };
}

async function loadConfig(io: Io, flags: CommandInput, port: number | undefined, mayBeMissing: boolean): Promise<Config> {
  const { file, named } = configFileOf(io, flags);
  const config = await Config.load({ file, fileOptional: !named || mayBeMissing, dotenv: await dotenvText(io.cwd), env: io.env, values: fromFlags(flags, port) });
  for (const { path: key, rule, source } of config.warnings) io.err.write(`ibkit: note: ${plain(`${key} ${rule}${source === undefined ? '' : ` (${source})`}`)}\n`);
  return config;
}

/**
 * Merges defaults, file, `.env`, environment and flags, the weakest first. `listens` is for the command whose port is its own, `writesConfig` for those whose file may not be there yet.
 * @throws UsageError or ConfigurationError that names every value that breaks a rule.
 */
export async function resolveGlobals(io: Io, flags: CommandInput, { listens = false, writesConfig = false }: { readonly listens?: boolean; readonly writesConfig?: boolean } = {}): Promise<Globals> {
  const portText = flags.text('port');
  const port = portText === undefined ? undefined : parsePort('--port', portText, listens);
  const timeoutMs = flags.duration('timeout');
  const debug = flags.on('debug');
  const via = flags.choice('via', ['auto', 'daemon', 'direct']) ?? 'auto';
  const config = await loadConfig(io, flags, port === 0 ? undefined : port, writesConfig);
  const logging = loggingOf(config, debug);
  // Somebody who asks for messages and sees none would take the gateway for silent.
  if (logging?.logAllMessages === true && !SHOWS_INFO.has(logging.logLevel)) io.err.write(`ibkit: note: log_all_messages writes at level info, which log_level ${logging.logLevel} hides\n`);
  return {
    host: config.host,
    port: config.effectivePort,
    endpointGiven: isEndpointGiven(config),
    simulatorPort: port ?? config.port ?? DEFAULT_SIMULATOR_PORT,
    clientId: config.clientId,
    mode: config.tradingMode,
    application: config.application,
    accountId: config.accountId,
    json: flags.on('json'),
    color: !flags.on('no-color') && (io.env['NO_COLOR'] ?? '') === '',
    timeoutMs: timeoutMs ?? (config.sourceOf('connectionTimeoutMs') === 'default' ? DEFAULT_TIMEOUT_MS : config.connectionTimeoutMs),
    timeoutGiven: timeoutMs !== undefined,
    debug,
    logging,
    stateDirectory: stateDirectoryOf({ env: io.env, home: homeOf(io.env), configured: config.section('daemon')['state_dir'], cwd: io.cwd }),
    simulate: isSimulated(flags, via),
    via,
    daemonUrl: daemonUrlOf(flags, io.env),
    tokenFile: flags.text('token-file'),
    config,
    configFile: configFileOf(io, flags).file,
  };
}
