import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { Config } from '@ibkit/config';
import type { ConfigInput } from '@ibkit/config';
import { UsageError } from '@ibkit/error-codes';
import type { LogLevel } from '@ibkit/logger';
import { parseChoice, parseDuration, parsePort, parseWhole } from './arguments.js';
import type { Globals, Logging } from './globals.js';
import type { Io } from './io.js';
import { plain } from './text.js';

/** The global flags as commander hands them over. */
export interface GlobalFlags {
  readonly host?: string;
  readonly port?: string;
  readonly clientId?: string;
  readonly paper?: boolean;
  readonly live?: boolean;
  readonly gateway?: boolean;
  readonly tws?: boolean;
  readonly tradingMode?: 'paper' | 'live';
  readonly accountId?: string;
  readonly config?: string;
  readonly json?: boolean;
  readonly color: boolean;
  readonly timeout?: string;
  readonly via?: 'auto' | 'daemon' | 'direct';
  readonly logLevel?: string;
  readonly debug?: boolean;
  readonly simulate?: boolean;
}

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
/** Names the directory for the journal of orders. */
const STATE_DIRECTORY = 'IBKIT_STATE_DIR';
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

/** The port that `simulate` listens on, where 0 picks a free one, and what is left for the configuration. */
function splitSimulatorPort(flags: GlobalFlags): { readonly listenPort: number | undefined; readonly rest: GlobalFlags } {
  if (flags.port === undefined) return { listenPort: undefined, rest: flags };
  const listenPort = parsePort('--port', flags.port, true);
  const { port, ...rest } = flags;
  return { listenPort, rest: listenPort === 0 ? rest : { ...rest, port } };
}

function fromFlags(flags: GlobalFlags): ConfigInput {
  const live = flags.live === true || flags.tradingMode === 'live';
  const paper = flags.paper === true || flags.tradingMode === 'paper';
  if (live && paper) throw new UsageError({ field: '--live', rule: 'cannot be used together with --paper' });
  return {
    host: flags.host,
    port: flags.port === undefined ? undefined : parsePort('--port', flags.port),
    clientId: flags.clientId === undefined ? undefined : parseWhole('--client-id', flags.clientId, 0, 2_147_483_647),
    ...(live ? { tradingMode: 'live' } : {}),
    ...(paper ? { tradingMode: 'paper' } : {}),
    ...(flags.tws === true ? { application: 'tws' } : {}),
    ...(flags.gateway === true ? { application: 'gateway' } : {}),
    accountId: flags.accountId,
    ...(flags.logLevel === undefined ? {} : { logLevel: parseChoice('--log-level', flags.logLevel, LOG_LEVELS) }),
  };
}

/** The state directory of the XDG base directory specification. */
function stateDirectoryOf(env: Io['env']): string {
  const given = env[STATE_DIRECTORY];
  if (given !== undefined && given !== '') return path.resolve(given);
  const base = env['XDG_STATE_HOME'];
  if (base !== undefined && path.isAbsolute(base)) return path.join(base, 'ibkit');
  return path.join(env['HOME'] ?? homedir(), '.local', 'state', 'ibkit');
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

/**
 * Merges defaults, file, `.env`, environment and flags, the weakest first. `listens` is for the command whose port is its own.
 * @throws UsageError or ConfigurationError that names every value that breaks a rule.
 */
export async function resolveGlobals(io: Io, flags: GlobalFlags, { listens = false }: { readonly listens?: boolean } = {}): Promise<Globals> {
  if (flags.via === 'daemon') throw new UsageError({ field: '--via', value: flags.via, rule: 'must be auto or direct in this version: commands do not go through the daemon yet' });
  const { listenPort, rest } = listens ? splitSimulatorPort(flags) : { listenPort: undefined, rest: flags };
  const timeoutMs = flags.timeout === undefined ? undefined : parseDuration('--timeout', flags.timeout);
  // Not a key of the configuration, which warns of variables that it does not know.
  const env = Object.fromEntries(Object.entries(io.env).filter(([name]) => name !== STATE_DIRECTORY));
  const config = await Config.load({ file: flags.config, dotenv: await dotenvText(io.cwd), env, values: fromFlags(rest) });
  for (const { path: key, rule, source } of config.warnings) io.err.write(`ibkit: note: ${plain(`${key} ${rule}${source === undefined ? '' : ` (${source})`}`)}\n`);
  const logging = loggingOf(config, flags.debug === true);
  // Somebody who asks for messages and sees none would take the gateway for silent.
  if (logging?.logAllMessages === true && !SHOWS_INFO.has(logging.logLevel)) io.err.write(`ibkit: note: log_all_messages writes at level info, which log_level ${logging.logLevel} hides\n`);
  return {
    host: config.host,
    port: config.effectivePort,
    simulatorPort: listenPort ?? config.port ?? DEFAULT_SIMULATOR_PORT,
    clientId: config.clientId,
    mode: config.tradingMode,
    application: config.application,
    accountId: config.accountId,
    json: flags.json === true,
    timeoutMs: timeoutMs ?? (config.sourceOf('connectionTimeoutMs') === 'default' ? DEFAULT_TIMEOUT_MS : config.connectionTimeoutMs),
    debug: flags.debug === true,
    logging,
    stateDirectory: stateDirectoryOf(io.env),
    simulate: flags.simulate === true,
  };
}
