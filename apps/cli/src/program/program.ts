import { CommanderError } from 'commander';
import type { Command } from 'commander';
import type { Globals } from '../config/globals.js';
import { EXIT } from '../output/exit-codes.js';
import type { ExitCode } from '../output/exit-codes.js';
import type { Io } from '../terminal/io.js';
import { VERSION } from '../version.js';
import { buildProgram, examplesText, inheritSettings } from './build-program.js';
import type { Call } from './build-program.js';
import { COMMAND_AREAS } from './command-table.js';
import { translateOldFlags } from './old-flags.js';

/** Everything that one run of the program needs, filled while commander parses. */
interface RunState {
  readonly io: Io;
  exitCode: ExitCode;
  json: boolean;
  debug: boolean;
}

async function perform(state: RunState, { spec, arguments: words, options, globals }: Call): Promise<void> {
  if (spec.load === undefined) return;
  state.json = globals.has('json');
  state.debug = globals.has('debug');
  // Only now: `ibkit --help` must not wait for what it does not need.
  const [{ resolveGlobals }, { withStateOf }, { commandContext }, { CommandInput }, run] = await Promise.all([import('../config/resolve-globals.js'), import('../config/simulated-state.js'), import('../config/globals.js'), import('./command-input.js'), spec.load()]);
  const flags = new CommandInput({ arguments: new Map(), options: globals });
  const resolved = await resolveGlobals(state.io, flags, { listens: spec.listens === true, writesConfig: spec.writesConfig === true });
  const input = new CommandInput({ arguments: words, options });
  const call = (chosen: Globals): Promise<ExitCode> => run(commandContext(state.io, chosen), input);
  state.exitCode = spec.ofDaemon === true ? await call(resolved) : await withStateOf(state.io, resolved, call);
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

async function failed(state: RunState, error: unknown): Promise<ExitCode> {
  if (error instanceof CommanderError) return usageComplaint(state, error);
  // Nobody reads what was asked for any more, so nothing went wrong.
  if (state.io.out.closed) return EXIT.ok;
  const { report, reportInterrupted } = await import('../output/failures.js');
  return state.io.stop.aborted ? reportInterrupted(state.io, error, state) : report(state.io, error, state);
}

function configured(state: RunState): Command {
  const program = buildProgram(COMMAND_AREAS, (call) => perform(state, call))
    .description('Runs against Interactive Brokers without babysitting: TWS, IB Gateway, or the embedded simulator.')
    .version(VERSION, '-V, --version')
    .showSuggestionAfterError(true)
    .addHelpText('after', `${examplesText(['ibkit check', 'ibkit quote SPY --simulate', 'ibkit help order'])}\nExit codes: 0 ok, 1 error, 2 usage, 3 cannot connect, 4 not authorised, 5 rejected by the broker, 6 refused by a gate, 8 pending or unknown.`)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => { state.io.out.write(text); },
      // Complaints are printed once, by usageComplaint.
      writeErr: () => undefined,
      getOutHelpWidth: () => Math.max(80, state.io.out.columns),
    });
  inheritSettings(program);
  return program;
}

/**
 * Runs one command line and resolves with its exit code. Never throws, never reads the process: everything comes in through `io`.
 * @param argv the arguments behind the program's name
 */
export async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  const state: RunState = { io, exitCode: EXIT.ok, json: argv.includes('--json'), debug: argv.includes('--debug') };
  try {
    const program = configured(state);
    if (argv.length === 0) {
      program.outputHelp();
      return EXIT.ok;
    }
    await program.parseAsync(translateOldFlags(argv), { from: 'user' });
    return state.exitCode;
  } catch (error) {
    return await failed(state, error);
  }
}
