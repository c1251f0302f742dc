import { Command, CommanderError, Option } from 'commander';
import { UsageError } from '@ibkit/error-codes';

/** The flags of `ibkitd`, as they were written. */
export interface Flags {
  readonly config?: string;
  readonly host?: string;
  readonly port?: string;
  readonly clientId?: string;
  readonly paper?: boolean;
  readonly live?: boolean;
  readonly gateway?: boolean;
  readonly tws?: boolean;
  readonly simulate?: boolean;
  readonly seed?: string;
  readonly speed?: string;
  readonly startAt?: string;
  readonly replay?: readonly string[];
  readonly scenario?: string;
  readonly listen?: string;
  readonly unix?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsClientCa?: string;
  readonly allowHost?: readonly string[];
  readonly allowAddress?: readonly string[];
  readonly stateDir?: string;
  readonly logLevel?: string;
  readonly logFile?: string;
  readonly logFileRotateAfter?: string;
  readonly logFileKeepFor?: string;
  readonly logOrders?: boolean;
  readonly logAllMessages?: boolean;
  readonly json?: boolean;
  readonly stopWithInput?: boolean;
}

/** A command line, or the text that it asks for. */
export type CommandLine = { readonly kind: 'flags'; readonly flags: Flags } | { readonly kind: 'print'; readonly text: string };

function collected(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

/** Reads the command line. @throws UsageError for flags that are unknown, miss their value or exclude each other */
export function readCommandLine(argv: readonly string[], version: string): CommandLine {
  let printed = '';
  const program = new Command('ibkitd')
    .description('Owns the connection to TWS or IB Gateway and shares it over HTTP and WebSocket.')
    .version(version)
    .option('--config <file>', 'configuration file, INI or JSON (also IBKIT_CONFIG)')
    .option('--host <host>', 'host of TWS or IB Gateway (default 127.0.0.1)')
    .option('--port <port>', 'API port of TWS or IB Gateway (default by mode)')
    .option('--client-id <id>', 'client id (default 1)')
    .addOption(new Option('--paper', 'a paper account (default)').conflicts('live'))
    .addOption(new Option('--live', 'a live account'))
    .addOption(new Option('--gateway', 'IB Gateway (default)').conflicts('tws'))
    .addOption(new Option('--tws', 'Trader Workstation'))
    .option('--simulate', 'run on an embedded simulator instead of a gateway')
    .option('--seed <n>', 'seed of the simulated market (default 1)')
    .option('--speed <x>', 'how much faster than real time the simulated market goes (default 1)')
    .option('--start-at <time>', 'where the simulated time begins, ISO 8601 with its zone (default now, or the open of a replayed day)')
    .option('--replay <files...>', 'files whose market is played again; a client that subscribes starts it')
    .option('--scenario <file>', 'what goes wrong, and when; also accounts and other options of the simulator')
    .option('--listen <host:port>', 'where the API listens; port 0 picks a free one (default 127.0.0.1:8787)')
    .addOption(new Option('--unix <path>', 'listen on a Unix socket instead').conflicts('listen'))
    .option('--tls-cert <file>', 'certificate of the API, PEM; needed beyond loopback')
    .option('--tls-key <file>', 'its private key, PEM')
    .option('--tls-client-ca <file>', 'only clients with a certificate of these authorities may connect, PEM')
    .option('--allow-host <name>', 'a further name that callers may use, such as box.lan or localhost:9999; repeatable', collected)
    .option('--allow-address <address>', 'only this address or network (10.0.0.0/8) may connect; repeatable', collected)
    .option('--state-dir <dir>', 'where tokens and state are kept (default $IBKIT_STATE_DIR, else $XDG_STATE_HOME/ibkit)')
    .addOption(new Option('--log-level <level>', 'what is logged to stderr (default info)').choices(['debug', 'info', 'warn', 'error', 'silent']))
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
  return { kind: 'flags', flags: program.opts<Flags>() };
}
