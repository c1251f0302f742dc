import { Command, CommanderError, Option } from 'commander';
import { SystemError, isIbkrError } from '@ibkit/error-codes';
import { EXIT } from './exit-codes.js';
import type { ExitCode } from './exit-codes.js';
import { report } from './failures.js';
import type { CommandContext } from './globals.js';
import type { Io } from './io.js';
import { translateOldFlags } from './old-flags.js';
import type { GlobalFlags } from './resolve-globals.js';
import { VERSION } from './version.js';

type Run<A extends unknown[]> = (context: CommandContext, ...parameters: A) => Promise<ExitCode>;

/** Flags as commander hands them over, before they are parsed. */
export type Flags = Readonly<Record<string, string | boolean | undefined>>;

function globalOptions(program: Command): void {
  program
    .option('--host <host>', 'host of TWS or IB Gateway (default 127.0.0.1)')
    .option('--port <port>', 'API port (default: by mode, Gateway paper 4002, live 4001; TWS paper 7497, live 7496)')
    .option('--client-id <id>', 'client id of the order role (default 1); read-only commands lease one from 100 to 131')
    .addOption(new Option('--paper', 'a paper account (default)').conflicts('live'))
    .addOption(new Option('--live', 'a live account'))
    .addOption(new Option('--gateway', 'IB Gateway (default)').conflicts('tws'))
    .addOption(new Option('--tws', 'Trader Workstation'))
    .addOption(new Option('--trading-mode <mode>', 'paper or live').choices(['paper', 'live']).hideHelp())
    .option('--account-id <account>', 'the account to use when there are several')
    .option('--config <file>', 'configuration file (INI or JSON)')
    .option('--json', 'one JSON document on stdout, or one object per line for streams')
    .option('--no-color', 'no colours')
    .option('--timeout <duration>', 'how long to wait for the gateway (default 10s)')
    .addOption(new Option('--via <way>', 'auto or direct').choices(['auto', 'daemon', 'direct']).hideHelp())
    .option('--log-level <level>', 'debug, info, warn, error or silent (default warn), on stderr')
    .option('--debug', 'stack traces and debug logs')
    .option('--simulate', 'start an embedded simulator for this one command');
}

/** Everything that one run of the program needs, filled while commander parses. */
interface RunState {
  readonly io: Io;
  exitCode: ExitCode;
  json: boolean;
  debug: boolean;
}

function action<A extends unknown[]>(state: RunState, command: Command, load: () => Promise<Run<A>>): (...parameters: [...A, ...unknown[]]) => Promise<void> {
  return async (...parameters) => {
    // Only now: `ibkit --help` must not wait for what it does not need.
    const [{ resolveGlobals }, { commandContext }, run] = await Promise.all([import('./resolve-globals.js'), import('./globals.js'), load()]);
    const globals = await resolveGlobals(state.io, command.optsWithGlobals<GlobalFlags>(), { listens: command.name() === 'simulate' });
    state.debug = globals.debug;
    // commander appends the command itself; what is left are the arguments and the command's own flags.
    const own = parameters.slice(0, -1) as A;
    state.exitCode = await run(commandContext(state.io, globals), ...own);
  };
}

/** A command that is loaded only when it is called: `ibkit --help` must not pay for the broker library. */
function add<A extends unknown[]>(state: RunState, parent: Command, usage: string, description: string, load: () => Promise<Run<A>>): Command {
  const command = parent.command(usage).description(description);
  command.action(action(state, command, load));
  return command;
}

function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

function commands(state: RunState, program: Command): void {
  add(state, program, 'check', 'Is the gateway all right? Connects, proves the account, measures the round trip.', async () => (await import('./commands/check.js')).check).addHelpText('after', examples('ibkit check', 'ibkit check --live --port 4001 --json'));
  add(state, program, 'quote <symbols...>', 'One quote per symbol.', async () => (await import('./commands/quote.js')).quote)
    .option('--delayed', 'accept delayed data where live data is not subscribed')
    .addHelpText('after', examples('ibkit quote SPY AAPL', 'ibkit quote SPY --json --simulate'));
  add(state, program, 'watch <symbols...>', 'Live quotes, or every trade with --trades, until Ctrl-C.', async () => (await import('./commands/watch.js')).watch)
    .option('--trades', 'every single trade, tick by tick')
    .option('--delayed', 'accept delayed quotes where live ones are not subscribed')
    .option('--for <duration>', 'stop by itself after this time')
    .option('--count <n>', 'stop by itself after this many updates')
    .addHelpText('after', examples('ibkit watch SPY AAPL', 'ibkit watch SPY --trades --json --for 10m > trades.jsonl'));
  add(state, program, 'positions', 'Positions of the account.', async () => (await import('./commands/positions.js')).positions).addHelpText('after', examples('ibkit positions', 'ibkit positions --account-id DU1234567 --json'));
  add(state, program, 'account', 'Balances of the account.', async () => (await import('./commands/account.js')).account).addHelpText('after', examples('ibkit account'));
  add(state, program, 'explain <code>', 'What a TWS code means and what to do about it.', async () => (await import('./commands/explain.js')).explain).addHelpText('after', examples('ibkit explain 1100'));
  add(state, program, 'simulate', 'Run a TWS simulator that any client can connect to.', async () => (await import('./commands/simulate.js')).simulate)
    .option('--seed <n>', 'seed of the simulated market (default 1)')
    .option('--accounts <list>', 'account ids, comma separated (default DU1234567)')
    .option('--force-accounts', 'accept account ids that do not begin with DU or DF')
    .option('--speed <x>', 'how many times faster than real time (default 1)')
    .option('--start-at <time>', 'server time at the start, ISO 8601, for example 2026-03-02T14:30:00Z')
    .option('--replay <files...>', 'recorded trades, quotes, bars and option chains: zip, csv or jsonl')
    .addOption(new Option('--pacing <kind>', 'message rate limit: strict, pace or off').choices(['strict', 'pace', 'off']))
    .option('--control-port <port>', 'port for faults, market, clock and journal over HTTP on loopback; 0 picks one (default: none)')
    .option('--scenario <file>', 'faults and market moves by a script')
    .addOption(new Option('--sessions <kind>', 'when the market trades: always (default), or by the calendar of the exchanges').choices(['always', 'calendar']))
    .option('--lock-step', 'the clock stands still and moves by the control port alone: the same requests give the same bytes')
    .option('--state <file>', 'keep accounts, orders and ids over restarts')
    .option('--for <duration>', 'stop by itself after this time')
    .addHelpText('after', examples('ibkit simulate', 'ibkit simulate --port 0 --json --replay 20131007_spy_tick_trade.zip --speed 60'));

  add(state, program, 'audit', 'Every decision, message and outcome of orders, from the journal.', async () => (await import('./commands/audit.js')).audit)
    .option('--from <time>', 'from this day or time on, such as 2026-11-20 or 2026-11-20T14:30:00Z')
    .option('--to <time>', 'before this day or time')
    .option('--order <key>', 'one order alone, every attempt and refusal included')
    .addOption(new Option('--format <format>', 'jsonl (default) or csv').choices(['jsonl', 'csv']))
    .option('--redact', 'without accounts, keys and tags')
    .option('--verify', 'prove instead that no record was changed, taken out or put in')
    .addHelpText('after', examples('ibkit audit --order rebalance-7', 'ibkit audit --from 2026-11-20 --format csv > trail.csv', 'ibkit audit --verify'));
  add(state, program, 'arm', 'Allow live orders in one account for a while.', async () => (await import('./commands/arm.js')).arm)
    .requiredOption('--for <duration>', 'how long, such as 15m, at most 8h')
    .option('--reason <text>', 'who, and what for: written down')
    .option('--yes', 'needed in a pipe')
    .addHelpText('after', examples('ibkit arm --live --account-id U1234567 --for 15m --reason "rebalance"'));
  add(state, program, 'disarm', 'End an arming.', async () => (await import('./commands/arm.js')).disarm)
    .option('--reason <text>', 'written down')
    .addHelpText('after', examples('ibkit disarm --live'));
  add(state, program, 'kill', 'The kill switch: cancels our orders, and sends none any more until it is released.', async () => (await import('./commands/kill.js')).kill)
    .option('--all', 'cancel the orders of others, too: other clients, and those made by hand')
    .option('--release', 'switch it off')
    .option('--reason <text>', 'written down')
    .addHelpText('after', examples('ibkit kill --reason "too wild"', 'ibkit kill --all', 'ibkit kill --release'));

  const order = program.command('order').description('Place an order. It is only previewed unless you add --submit.').addHelpText('after', examples('ibkit order buy AAPL 10 --limit 189.95', 'ibkit order buy AAPL 10 --limit 189.95 --submit --key rebalance-7'));
  for (const side of ['buy', 'sell'] as const) {
    add(state, order, `${side} <symbol> <quantity>`, `Preview a ${side} order; --submit sends it.`, async () => (await import('./commands/order.js'))[side])
      .option('--limit <price>', 'limit price; a market order without it')
      .addOption(new Option('--tif <tif>', 'time in force').choices(['DAY', 'GTC', 'IOC', 'FOK']).default('DAY'))
      .option('--submit', 'send the order')
      .option('--key <key>', 'idempotency key: the same key never sends a second order')
      .option('--no-wait', 'return as soon as the order is recorded, with exit code 8')
      .option('--yes', 'needed for live orders in a pipe')
      .addHelpText('after', examples(`ibkit order ${side} AAPL 10 --limit 189.95`, `ibkit order ${side} AAPL 10 --submit`));
  }
}

/** commander's own complaints, with the tip that helps. */
function usageComplaint(state: RunState, error: CommanderError): ExitCode {
  if (error.exitCode === 0) return EXIT.ok;
  const [first = ''] = (error.code === 'commander.help' ? 'a subcommand is missing, such as ibkit order buy' : error.message).replace(/^error: /, '').split('\n');
  const hint = error.message.includes('Did you mean') ? ` ${error.message.slice(error.message.indexOf('(Did'))}` : '';
  const message = `${first.replace(/\.$/, '')}${hint}. See ibkit --help.`;
  if (state.json) state.io.out.write(`${JSON.stringify({ error: { code: 'IBKR_USAGE_COMMAND_LINE', message, retryable: false, tips: [], exitCode: EXIT.usage } })}\n`);
  state.io.err.write(`ibkit: ${message}\n`);
  return EXIT.usage;
}

/**
 * Runs one command line and resolves with its exit code. Never throws, never reads the process: everything comes in through `io`.
 * @param argv the arguments behind the program's name
 */
export async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  const state: RunState = { io, exitCode: EXIT.ok, json: argv.includes('--json'), debug: argv.includes('--debug') };
  const program = new Command('ibkit')
    .description('Runs against Interactive Brokers without babysitting: TWS, IB Gateway, or the embedded simulator.')
    .version(VERSION, '-V, --version')
    .showSuggestionAfterError(true)
    .addHelpText('after', `${examples('ibkit check', 'ibkit quote SPY --simulate', 'ibkit help order')}\nExit codes: 0 ok, 1 error, 2 usage, 3 cannot connect, 4 not authorised, 5 rejected by the broker, 6 refused by a gate, 8 pending or unknown.`)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => { io.out.write(text); },
      // Complaints are printed once, by usageComplaint.
      writeErr: () => undefined,
    });
  globalOptions(program);
  commands(state, program);
  inherit(program);
  try {
    if (argv.length === 0) {
      program.outputHelp();
      return EXIT.ok;
    }
    await program.parseAsync(translateOldFlags(argv), { from: 'user' });
    return state.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return usageComplaint(state, error);
    // Nobody reads what was asked for any more, so nothing went wrong.
    if (io.out.closed) return EXIT.ok;
    return report(io, io.stop.aborted && !isIbkrError(error) ? interrupted(error) : error, state);
  }
}

function interrupted(cause: unknown): SystemError {
  return new SystemError({ code: 'IBKR_INTERRUPTED', message: 'Stopped before there was an answer.', retryable: true, cause });
}

/** Subcommands take the program's error handling, also the nested ones. */
function inherit(parent: Command): void {
  for (const child of parent.commands) {
    child.copyInheritedSettings(parent);
    inherit(child);
  }
}
