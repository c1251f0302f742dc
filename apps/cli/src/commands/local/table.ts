import type { CommandArea } from '../../program/command-spec.js';

/** What needs no gateway. */
export const LOCAL_COMMANDS: CommandArea = {
  title: 'Offline',
  commands: [
    {
      name: 'explain',
      summary: 'What a TWS code means and what to do about it; finds the codes in a line of a log, too.',
      arguments: [{ name: 'code', summary: 'a code, or text from a log; - reads stdin', many: true }],
      examples: ['ibkit explain 1100', 'ibkit explain "Error. Id: 7, Code: 354, Msg: Requested market data is not subscribed"'],
      output: { schema: 'explain' },
      load: async () => (await import('./explain.js')).explain,
    },
    {
      name: 'simulate',
      summary: 'Run a TWS simulator that any client can connect to.',
      options: [
        { flags: '--seed <n>', summary: 'seed of the simulated market (default 1)' },
        { flags: '--accounts <list>', summary: 'account ids, comma separated (default DU1234567)' },
        { flags: '--force-accounts', summary: 'accept account ids that do not begin with DU or DF' },
        { flags: '--speed <x>', summary: 'how many times faster than real time (default 1)' },
        { flags: '--start-at <time>', summary: 'server time at the start, ISO 8601, for example 2026-03-02T14:30:00Z' },
        { flags: '--replay <files...>', summary: 'recorded trades, quotes, bars and option chains: zip, csv or jsonl' },
        { flags: '--pacing <kind>', summary: 'message rate limit: strict, pace or off', choices: ['strict', 'pace', 'off'] },
        { flags: '--control-port <port>', summary: 'port for faults, market, clock and journal over HTTP on loopback; 0 picks one (default: none)' },
        { flags: '--scenario <file>', summary: 'faults and market moves by a script' },
        { flags: '--sessions <kind>', summary: 'when the market trades: always (default), or by the calendar of the exchanges', choices: ['always', 'calendar'] },
        { flags: '--lock-step', summary: 'the clock stands still and moves by the control port alone: the same requests give the same bytes' },
        { flags: '--state <file>', summary: 'keep accounts, orders and ids over restarts' },
        { flags: '--for <duration>', summary: 'stop by itself after this time' },
      ],
      examples: ['ibkit simulate', 'ibkit simulate --port 0 --json --replay 20131007_spy_tick_trade.zip --speed 60'],
      output: { schema: 'simulate', lines: true },
      listens: true,
      load: async () => (await import('./simulate.js')).simulate,
    },
    {
      name: 'config',
      summary: 'The configuration: what it is, and where each value came from.',
      examples: ['ibkit config show', 'ibkit config init', 'ibkit config set trading_mode paper', 'ibkit config path'],
      commands: [
        { name: 'show', summary: 'Every value and where it came from; accounts are not shown.', examples: ['ibkit config show', 'ibkit config show --json'], output: { schema: 'config' }, load: async () => (await import('./config.js')).configShow },
        { name: 'init', summary: 'Writes a commented file; never over one that is there.', examples: ['ibkit config init', 'ibkit config init --config ./ibkit.ini'], output: { schema: 'config-path' }, writesConfig: true, load: async () => (await import('./config.js')).configInit },
        { name: 'set', summary: 'Sets one value in the file; comments and order stay.', arguments: [{ name: 'name', summary: 'such as port or trading_mode' }, { name: 'value', summary: 'its value' }], examples: ['ibkit config set port 4002'], output: { schema: 'config-path' }, writesConfig: true, load: async () => (await import('./config.js')).configSet },
        { name: 'path', summary: 'Where the file is.', examples: ['ibkit config path'], output: { schema: 'config-path' }, writesConfig: true, load: async () => (await import('./config.js')).configPath },
      ],
    },
    {
      name: 'completion',
      summary: 'A completion script for a shell.',
      arguments: [{ name: 'shell', summary: 'which shell', choices: ['bash', 'zsh', 'fish'] }],
      examples: ['source <(ibkit completion bash)', 'ibkit completion zsh > "${fpath[1]}/_ibkit"', 'ibkit completion fish > ~/.config/fish/completions/ibkit.fish'],
      load: async () => (await import('./completion.js')).completion,
    },
    {
      name: 'schema',
      summary: 'The JSON schema of what a command prints with --json.',
      arguments: [{ name: 'name', summary: 'its name; without one, the names', optional: true }],
      examples: ['ibkit schema', 'ibkit schema positions'],
      load: async () => (await import('./schema.js')).schema,
    },
  ],
};
