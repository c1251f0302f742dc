import { homedir } from 'node:os';
import path from 'node:path';
import { Command, CommanderError, Option } from 'commander';
import { Config } from '@ibkit/config';
import { UsageError } from '@ibkit/error-codes';

/** Where the daemon listens for its own clients. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** What the command line and the environment ask for. */
export interface DaemonSettings {
  readonly gatewayHost: string;
  /** Given, or by mode. */
  readonly gatewayPort: number;
  readonly clientId: number;
  readonly mode: 'paper' | 'live';
  readonly simulate: boolean;
  readonly simulatorSeed: number;
  readonly listen: ListenAddress;
  readonly stateDir: string;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** Where log lines go besides stderr. */
  readonly logFile?: string | undefined;
  /** After how long a new log file is begun, besides its size. @defaultValue no limit */
  readonly logFileRotateAfterMs?: number | undefined;
  /** How long old log files are kept, besides their number. @defaultValue no limit */
  readonly logFileKeepForMs?: number | undefined;
  /** Whether log lines show what is in orders. @defaultValue false */
  readonly logOrders?: boolean | undefined;
  /** Whether every message to and from the gateway is logged. @defaultValue false */
  readonly logAllMessages?: boolean | undefined;
  /** Machine-readable lines on stdout. */
  readonly json: boolean;
  /** Stop when the standard input ends: for parents that must not leave a daemon behind, however they end. */
  readonly stopWithInput: boolean;
}

/** What to do: run with settings, or print a text (help, version) and end. */
export type Invocation = { readonly kind: 'run'; readonly settings: DaemonSettings } | { readonly kind: 'print'; readonly text: string };

interface Flags {
  readonly host?: string;
  readonly port?: string;
  readonly clientId?: string;
  readonly live?: boolean;
  readonly tws?: boolean;
  readonly simulate?: boolean;
  readonly seed?: string;
  readonly listen: string;
  readonly stateDir?: string;
  readonly logLevel: DaemonSettings['logLevel'];
  readonly logFile?: string;
  readonly logFileRotateAfter?: string;
  readonly logFileKeepFor?: string;
  readonly logOrders?: boolean;
  readonly logAllMessages?: boolean;
  readonly json?: boolean;
  readonly stopWithInput?: boolean;
}

const DEFAULT_PORTS = { gateway: { paper: 4002, live: 4001 }, tws: { paper: 7497, live: 7496 } } as const;
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

function whole(flag: string, text: string, lowest: number, highest: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= lowest && value <= highest)) throw new UsageError({ field: flag, value: text, rule: `must be a whole number from ${lowest} to ${highest}` });
  return value;
}

function listenAddress(text: string): ListenAddress {
  const match = /^(?:\[([0-9a-f:]+)\]|([^:[\]]+)):(\d{1,5})$/i.exec(text);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined) throw new UsageError({ field: '--listen', value: text, rule: 'must be HOST:PORT, such as 127.0.0.1:8787' });
  if (!LOOPBACK.has(host.toLowerCase())) {
    throw new UsageError({ field: '--listen', value: text, rule: 'must name a loopback address: other binds need TLS, which this version does not have; reach it through an ssh tunnel' });
  }
  return { host, port: whole('--listen', match?.[3] ?? '', 0, 65_535) };
}

type LogFlags = Pick<Flags, 'logLevel' | 'logFile' | 'logFileRotateAfter' | 'logFileKeepFor' | 'logOrders' | 'logAllMessages'>;

/** What the flags say about logs, read and checked as the configuration of the same names is. */
function logSettings(flags: LogFlags): Pick<DaemonSettings, 'logLevel' | 'logFile' | 'logFileRotateAfterMs' | 'logFileKeepForMs' | 'logOrders' | 'logAllMessages'> {
  const { logLevel } = flags;
  for (const [flag, value] of [['--log-file-rotate-after', flags.logFileRotateAfter], ['--log-file-keep-for', flags.logFileKeepFor]] as const) {
    if (value !== undefined && flags.logFile === undefined) throw new UsageError({ field: flag, value, rule: 'needs --log-file' });
  }
  // Somebody who asks for messages and sees none would take the gateway for silent.
  if (flags.logAllMessages === true && logLevel !== 'debug' && logLevel !== 'info') {
    throw new UsageError({ field: '--log-level', value: logLevel, rule: 'must be info or debug together with --log-all-messages, whose lines are of level info' });
  }
  const given = Object.entries({ log_file: flags.logFile, log_file_rotate_after: flags.logFileRotateAfter, log_file_keep_for: flags.logFileKeepFor });
  const { logFile, logFileRotateAfterMs, logFileKeepForMs } = Config.fromArgs(Object.fromEntries(given.filter(([, value]) => value !== undefined)));
  return { logLevel, logFile, logFileRotateAfterMs, logFileKeepForMs, logOrders: flags.logOrders === true, logAllMessages: flags.logAllMessages === true };
}

/** The directory for state of this user, as the XDG base directory specification places it. */
function defaultStateDir(env: Readonly<Record<string, string | undefined>>): string {
  const base = env['XDG_STATE_HOME'];
  return path.join(base === undefined || base === '' ? path.join(homedir(), '.local', 'state') : base, 'ibkit');
}

/**
 * Reads the command line of `ibkitd`.
 * @throws UsageError, or ConfigurationError for the log file, that names the flag, the value and the rule.
 */
export function parseInvocation(argv: readonly string[], env: Readonly<Record<string, string | undefined>>, version: string): Invocation {
  let printed = '';
  const program = new Command('ibkitd')
    .description('Owns the connection to TWS or IB Gateway and shares it over HTTP on loopback.')
    .version(version)
    .option('--host <host>', 'host of TWS or IB Gateway (default 127.0.0.1)')
    .option('--port <port>', 'API port of TWS or IB Gateway (default by mode)')
    .option('--client-id <id>', 'client id (default 1)')
    .addOption(new Option('--paper', 'a paper account (default)').conflicts('live'))
    .addOption(new Option('--live', 'a live account'))
    .addOption(new Option('--gateway', 'IB Gateway (default)').conflicts('tws'))
    .addOption(new Option('--tws', 'Trader Workstation'))
    .option('--simulate', 'run on an embedded simulator instead of a gateway')
    .option('--seed <n>', 'seed of the simulated market (default 1)')
    .option('--listen <host:port>', 'where the API listens; port 0 picks a free one', '127.0.0.1:8787')
    .option('--state-dir <dir>', 'where tokens and state are kept (default $XDG_STATE_HOME/ibkit)')
    .addOption(new Option('--log-level <level>', 'what is logged to stderr').choices(['debug', 'info', 'warn', 'error', 'silent']).default('info'))
    .option('--log-file <file>', 'a file for the same lines, rotated by size and, if asked, age')
    .option('--log-file-rotate-after <duration>', 'begin a new log file after this time, such as 24h')
    .option('--log-file-keep-for <duration>', 'remove log files older than this, such as 7d')
    .option('--log-orders', 'show what is in orders in the log')
    .option('--log-all-messages', 'log every message to and from the gateway, accounts masked')
    .option('--json', 'machine-readable lines on stdout')
    .option('--stop-with-input', 'stop when the standard input ends, for a parent process that holds it')
    .exitOverride()
    .configureOutput({ writeOut: (text) => { printed += text; }, writeErr: () => undefined });
  try {
    program.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: 'print', text: printed };
    throw new UsageError({ code: 'IBKR_USAGE_COMMAND_LINE', field: 'command line', rule: '', message: `${error.message.replace(/^error: /, '')}. See ibkitd --help.` });
  }
  const flags = program.opts<Flags>();
  const mode = flags.live === true ? 'live' : 'paper';
  const defaultPort = DEFAULT_PORTS[flags.tws === true ? 'tws' : 'gateway'][mode];
  return {
    kind: 'run',
    settings: {
      gatewayHost: flags.host ?? '127.0.0.1',
      gatewayPort: flags.port === undefined ? defaultPort : whole('--port', flags.port, 1, 65_535),
      clientId: flags.clientId === undefined ? 1 : whole('--client-id', flags.clientId, 0, 2_147_483_647),
      mode,
      simulate: flags.simulate === true,
      simulatorSeed: flags.seed === undefined ? 1 : whole('--seed', flags.seed, 0, Number.MAX_SAFE_INTEGER),
      listen: listenAddress(flags.listen),
      stateDir: flags.stateDir ?? defaultStateDir(env),
      ...logSettings(flags),
      json: flags.json === true,
      stopWithInput: flags.stopWithInput === true,
    },
  };
}
