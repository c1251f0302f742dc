import type { OptionSpec } from './command-spec.js';

/** The options of every command. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  { flags: '--host <host>', summary: 'host of TWS or IB Gateway (default 127.0.0.1)' },
  { flags: '--port <port>', summary: 'API port (default: by mode, Gateway paper 4002, live 4001; TWS paper 7497, live 7496)' },
  { flags: '--client-id <id>', summary: 'client id of the order role (default 1); read-only commands lease one from 100 to 131' },
  { flags: '--paper', summary: 'a paper account (default)', conflicts: 'live' },
  { flags: '--live', summary: 'a live account' },
  { flags: '--gateway', summary: 'IB Gateway (default)', conflicts: 'tws' },
  { flags: '--tws', summary: 'Trader Workstation' },
  { flags: '--trading-mode <mode>', summary: 'paper or live', choices: ['paper', 'live'], hidden: true },
  { flags: '--account-id <account>', summary: 'the account to use when there are several' },
  { flags: '--config <file>', summary: 'configuration file (INI or JSON)' },
  { flags: '--json', summary: 'one JSON document on stdout, or one object per line for streams' },
  { flags: '--no-color', summary: 'no colours' },
  { flags: '--timeout <duration>', summary: 'how long to wait for the gateway (default 10s)' },
  { flags: '--via <way>', summary: 'auto (default: the daemon when one serves this gateway), daemon or direct', choices: ['auto', 'daemon', 'direct'] },
  { flags: '--daemon-url <url>', summary: 'the daemon to go through (default: the one of the state directory)' },
  { flags: '--token-file <file>', summary: "file with a token of the daemon (default $IBKIT_TOKEN, else the daemon's own file)" },
  { flags: '--log-level <level>', summary: 'debug, info, warn, error or silent (default warn), on stderr' },
  { flags: '--debug', summary: 'stack traces and debug logs' },
  { flags: '--simulate', summary: 'start an embedded simulator for this one command' },
];
