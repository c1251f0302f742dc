import type { CommandArea, CommandSpec, OptionSpec } from '../../program/command-spec.js';

const GATEWAY_PATH: OptionSpec = { flags: '--gateway-path <path>', summary: 'the program of IB Gateway or TWS (default: the section [gateway-process] of the configuration, else gateway_path); not through the daemon' };

const FLOW_DAYS: readonly OptionSpec[] = [
  { flags: '--date <day>', summary: 'YYYY-MM-DD' },
  { flags: '--from <time>', summary: 'from this time on' },
  { flags: '--to <time>', summary: 'before this time' },
];
const FLOW_OPTIONS: readonly OptionSpec[] = [
  ...FLOW_DAYS,
  { flags: '--limit <n>', summary: 'the most rows' },
];

function flowView(name: 'status' | 'tickers' | 'trades' | 'minute-data' | 'divergence' | 'predictions' | 'data-range', summary: string, example: string, ticker?: readonly OptionSpec[]): CommandSpec {
  return {
    name,
    summary,
    ...(ticker === undefined ? {} : { arguments: [{ name: 'ticker', summary: 'such as SPY' }], options: ticker }),
    examples: [example, `${example} --json`],
    output: { schema: 'flow' },
    load: async () => (await import('./flow.js')).flowView(name),
  };
}

/** What runs beside: gateway process, daemon, recordings, the options flow service. */
export const SERVICE_COMMANDS: CommandArea = {
  title: 'Services',
  commands: [
    {
      name: 'gateway',
      summary: 'The process of IB Gateway or TWS.',
      details: 'Runs the program itself, or IBC, as the section [gateway-process] of the configuration says; the login for IBC is in a file that only this user can read. Through the daemon, only what its own configuration names is run. A start waits for the login, 10 minutes at most unless --timeout says otherwise; what was started goes on then.',
      examples: ['ibkit gateway start --gateway-path ~/Jts/ibgateway/1030/ibgateway', 'ibkit gateway status'],
      commands: [
        { name: 'start', summary: 'Starts it and waits until its API answers.', options: [GATEWAY_PATH], examples: ['ibkit gateway start --gateway-path ~/Jts/ibgateway/1030/ibgateway'], output: { schema: 'gateway' }, load: async () => (await import('./gateway.js')).gatewayStart },
        { name: 'stop', summary: 'Stops it.', options: [GATEWAY_PATH], examples: ['ibkit gateway stop'], output: { schema: 'gateway' }, load: async () => (await import('./gateway.js')).gatewayStop },
        { name: 'restart', summary: 'Restarts it.', options: [GATEWAY_PATH, { flags: '--force', summary: 'also while an outcome is unknown' }], examples: ['ibkit gateway restart'], output: { schema: 'gateway' }, load: async () => (await import('./gateway.js')).gatewayRestart },
        { name: 'status', summary: 'How it is.', options: [GATEWAY_PATH], examples: ['ibkit gateway status --json'], output: { schema: 'gateway' }, load: async () => (await import('./gateway.js')).gatewayStatus },
      ],
    },
    {
      name: 'daemon',
      summary: 'The daemon ibkitd, which owns the connection and shares it.',
      examples: ['ibkit daemon start', 'ibkit daemon status', 'ibkit daemon logs --follow', 'ibkit daemon stop'],
      commands: [
        { name: 'start', summary: 'Starts it in the background and waits until its API answers.', options: [{ flags: '--listen <host:port>', summary: 'where its API listens (default 127.0.0.1:8787)' }], examples: ['ibkit daemon start', 'ibkit daemon start --simulate'], output: { schema: 'daemon' }, ofDaemon: true, load: async () => (await import('./daemon.js')).daemonStart },
        { name: 'stop', summary: 'Stops it and waits until it has ended.', examples: ['ibkit daemon stop'], output: { schema: 'daemon' }, ofDaemon: true, load: async () => (await import('./daemon.js')).daemonStop },
        { name: 'status', summary: 'Whether it runs, where, and how its connection is.', examples: ['ibkit daemon status --json'], output: { schema: 'daemon' }, ofDaemon: true, load: async () => (await import('./daemon.js')).daemonStatus },
        { name: 'logs', summary: 'Its log.', options: [{ flags: '--follow', summary: 'go on until Ctrl-C' }, { flags: '--lines <n>', summary: 'how many of the last lines (default 50)' }], examples: ['ibkit daemon logs --lines 100', 'ibkit daemon logs --follow'], ofDaemon: true, load: async () => (await import('./daemon-logs.js')).daemonLogs },
      ],
    },
    {
      name: 'token',
      summary: 'Tokens of the daemon.',
      examples: ['ibkit token create dashboard --scope read', 'ibkit token list', 'ibkit token revoke t_1'],
      commands: [
        {
          name: 'create',
          summary: 'Makes a token; its secret is told once.',
          arguments: [{ name: 'name', summary: 'what it is for' }],
          options: [
            { flags: '--scope <scope>', summary: 'read (default), trade or admin', choices: ['read', 'trade', 'admin'] },
            { flags: '--accounts <list>', summary: 'these accounts alone, comma separated' },
            { flags: '--expires-in <duration>', summary: 'such as 12h' },
          ],
          examples: ['ibkit token create dashboard --scope read', 'ibkit token create bot --scope trade --accounts DU1234567 --expires-in 12h'],
          output: { schema: 'new-token' },
          ofDaemon: true,
          load: async () => (await import('./token.js')).tokenCreate,
        },
        { name: 'list', summary: 'The tokens, without their secrets.', examples: ['ibkit token list --json'], output: { schema: 'tokens' }, ofDaemon: true, load: async () => (await import('./token.js')).tokenList },
        { name: 'revoke', summary: 'Ends a token.', arguments: [{ name: 'id', summary: 'as the list shows it' }], examples: ['ibkit token revoke t_1'], output: { schema: 'token' }, ofDaemon: true, load: async () => (await import('./token.js')).tokenRevoke },
      ],
    },
    {
      name: 'record',
      summary: 'Records quotes, trades, bars, books and gaps in segments until Ctrl-C.',
      details: 'Without a choice, quotes and trades. The last line tells how many rows came and could not be kept; then it exits 1.',
      arguments: [{ name: 'symbols', summary: 'what to record', many: true }],
      options: [
        { flags: '--out <directory>', summary: 'where the segments go; one recorder at a time', required: true },
        { flags: '--trades', summary: 'trades' },
        { flags: '--quotes', summary: 'quotes' },
        { flags: '--bars <size>', summary: 'bars of this size, each when it is complete', choices: ['5s', '1m', '5m', '15m', '30m', '1h', '1d'] },
        { flags: '--depth', summary: 'changes of the order book' },
        { flags: '--for <duration>', summary: 'stop by itself after this time' },
      ],
      examples: ['ibkit record SPY AAPL --out ./recordings/today', 'ibkit record SPY --trades --out ./spy --for 6h --json', 'ibkit record SPY --bars 5s --depth --out ./book'],
      output: { schema: 'record-line', lines: true },
      load: async () => (await import('./record.js')).record,
    },
    {
      name: 'replay',
      summary: 'Plays a recording: rows on stdout at their pace, or exported to a file.',
      arguments: [{ name: 'directory', summary: 'of the recording' }],
      options: [
        { flags: '--speed <x>', summary: 'how many times faster than real time; 0 as fast as it goes (default 0)' },
        { flags: '--symbols <list>', summary: 'these alone, comma separated' },
        { flags: '--kinds <list>', summary: 'trade, quote, bar, depth, gap, session' },
        { flags: '--from <time>', summary: 'received from this time on' },
        { flags: '--to <time>', summary: 'received before this time' },
        { flags: '--export <file>', summary: 'write a file instead: .csv, .jsonl or .parquet; the first two with one kind' },
        { flags: '--describe', summary: 'say what there is instead' },
      ],
      examples: ['ibkit replay ./spy --kinds trade', 'ibkit replay ./spy --kinds trade --export trades.parquet', 'ibkit replay ./spy --describe --json', 'ibkit simulate --replay ./spy'],
      output: { schema: 'replay-line', lines: true, when: [{ flag: '--describe', schema: 'replay-description' }, { flag: '--export', schema: 'replay-export' }] },
      load: async () => (await import('./replay.js')).replayRecording,
    },
    {
      name: 'flow',
      summary: 'The Options Flow Monitor service.',
      details: 'Needs API_BASE_URL and API_KEY in the environment, or a daemon that has them.',
      examples: ['ibkit flow status', 'ibkit flow predictions SPY --limit 5', 'ibkit flow trades SPY --date 2026-11-20 --json'],
      commands: [
        flowView('status', 'How the service is.', 'ibkit flow status'),
        flowView('tickers', 'What it follows.', 'ibkit flow tickers'),
        flowView('trades', 'Option trades of a ticker.', 'ibkit flow trades SPY', FLOW_OPTIONS),
        flowView('minute-data', 'Flow by minute.', 'ibkit flow minute-data SPY', FLOW_OPTIONS),
        flowView('divergence', 'Where flow and price part.', 'ibkit flow divergence SPY', FLOW_OPTIONS),
        flowView('predictions', 'Predictions, the newest first.', 'ibkit flow predictions SPY', FLOW_OPTIONS),
        flowView('data-range', 'Since when and until when it has data.', 'ibkit flow data-range SPY', FLOW_DAYS),
      ],
    },
  ],
};
