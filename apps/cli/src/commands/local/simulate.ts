import path from 'node:path';
import { UsageError } from '@ibkit/error-codes';
import { createSimulator } from '@ibkit/simulator';
import type { CommandContext } from '../../config/globals.js';
import { EXIT } from '../../output/exit-codes.js';
import type { ExitCode } from '../../output/exit-codes.js';
import { remark } from '../../output/print.js';
import { parseMoment, parsePort } from '../../program/arguments.js';
import type { CommandInput } from '../../program/command-input.js';
import { stopped } from '../../terminal/stopping.js';

/** The flag behind an option of the simulator. */
const FLAGS: readonly (readonly [option: string, flag: string])[] = [
  ['accounts', 'accounts'],
  ['replay', 'replay'],
  ['startAtMs', 'start-at'],
  ['speed', 'speed'],
  ['seed', 'seed'],
  ['stateFile', 'state'],
  ['scenario', 'scenario'],
];

/** The simulator names its own options; who typed flags looks for those. */
function inFlags(error: unknown, input: CommandInput): unknown {
  if (!(error instanceof UsageError)) return error;
  const { field: option, rule: own, ...rest } = error.details;
  const name = String(option);
  const flag = FLAGS.find(([candidate, long]) => candidate === name && input.on(long))?.[1];
  const known = flag === undefined ? (name === 'host' || name === 'port' ? `--${name}` : undefined) : `--${flag}`;
  const scenario = input.text('scenario');
  const field = known ?? (scenario === undefined ? name : `--scenario ${scenario}: ${name}`);
  const rule = String(own).replace('or set forceAccounts', 'or add --force-accounts');
  return new UsageError({ code: error.code, field, rule, ...('value' in rest ? { value: rest['value'] } : {}), tips: error.tips, cause: error });
}

function instantOf(input: CommandInput): number | undefined {
  const text = input.text('start-at');
  if (text === undefined) return undefined;
  if (!text.includes('T')) throw new UsageError({ field: '--start-at', value: text, rule: 'must be an ISO 8601 time with a zone, such as 2026-03-02T14:30:00Z' });
  return parseMoment('--start-at', text);
}

/** `ibkit simulate`: a TWS on a real port until Ctrl-C, or for the time given. */
export async function simulate(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  const { io, globals, clock } = context;
  const controlPort = input.text('control-port');
  const forMs = input.duration('for');
  await using simulator = await createSimulator({
    clock,
    host: globals.host,
    port: globals.simulatorPort,
    seed: input.whole('seed', 0),
    accounts: input.list('accounts'),
    forceAccounts: input.on('force-accounts') ? true : undefined,
    speed: input.positive('speed'),
    startAtMs: instantOf(input),
    replay: input.files('replay')?.map((file) => path.resolve(io.cwd, file)),
    pacing: input.choice('pacing', ['strict', 'pace', 'off']),
    controlPort: controlPort === undefined ? undefined : parsePort('--control-port', controlPort, true),
    scenario: input.text('scenario'),
    sessions: input.choice('sessions', ['always', 'calendar']),
    lockStep: input.on('lock-step') ? true : undefined,
    stateFile: input.text('state'),
  }).catch((error: unknown) => {
    throw inFlags(error, input);
  });
  if (globals.json) {
    io.out.write(`${JSON.stringify({ event: 'listening', host: simulator.host, port: simulator.port, controlPort: simulator.controlPort })}\n`);
  } else {
    const address = simulator.host.includes(':') ? `[${simulator.host}]` : simulator.host;
    io.out.write(`TWS simulator listening on ${address}:${simulator.port}\n`);
    if (simulator.controlPort !== undefined) io.out.write(`Control port on http://${address}:${simulator.controlPort}\n`);
    const { held, paused } = simulator.control.state().clock;
    if (paused && !held) remark(context, 'The clock stands still until the control port moves it.');
    if (simulator.control.journal({ type: 'replayEnded' }).length > 0) remark(context, 'Every row of the replay is before --start-at: nothing of it will move.');
    else if (held) remark(context, 'The replay waits at the open until a client subscribes to a replayed symbol.');
    remark(context, `Try: ibkit watch SPY --port ${simulator.port}   (Ctrl-C stops the simulator)`);
  }
  await stopped(context, forMs);
  return EXIT.ok;
}
