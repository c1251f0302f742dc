import { createSimulator } from '@ibkit/simulator';
import { UsageError } from '@ibkit/error-codes';
import { parseDuration, parsePort, parsePositive, parseWhole } from '../arguments.js';
import { EXIT } from '../exit-codes.js';
import type { ExitCode } from '../exit-codes.js';
import type { CommandContext } from '../globals.js';
import { remark } from '../output.js';
import { stopped } from '../stopping.js';

/** The flags of `ibkit simulate`. */
export interface SimulateFlags {
  readonly seed?: string;
  readonly accounts?: string;
  readonly forceAccounts?: boolean;
  readonly speed?: string;
  readonly startAt?: string;
  readonly replay?: readonly string[];
  readonly pacing?: 'strict' | 'pace' | 'off';
  readonly controlPort?: string;
  readonly scenario?: string;
  readonly sessions?: 'always' | 'calendar';
  readonly lockStep?: boolean;
  readonly state?: string;
  readonly for?: string;
}

/** The flag behind an option of the simulator. */
const FLAGS: readonly (readonly [option: string, flag: string, key: keyof SimulateFlags])[] = [
  ['accounts', '--accounts', 'accounts'],
  ['replay', '--replay', 'replay'],
  ['startAtMs', '--start-at', 'startAt'],
  ['speed', '--speed', 'speed'],
  ['seed', '--seed', 'seed'],
  ['stateFile', '--state', 'state'],
  ['scenario', '--scenario', 'scenario'],
];

/** The simulator names its own options; who typed flags looks for those. */
function inFlags(error: unknown, flags: SimulateFlags): unknown {
  if (!(error instanceof UsageError)) return error;
  const { field: option, rule: own, ...rest } = error.details;
  const name = String(option);
  const known = FLAGS.find(([candidate, , key]) => candidate === name && flags[key] !== undefined)?.[1] ?? (name === 'host' || name === 'port' ? `--${name}` : undefined);
  const field = known ?? (flags.scenario === undefined ? name : `--scenario ${flags.scenario}: ${name}`);
  const rule = String(own).replace('or set forceAccounts', 'or add --force-accounts');
  return new UsageError({ code: error.code, field, rule, ...('value' in rest ? { value: rest['value'] } : {}), tips: error.tips, cause: error });
}

/** `2026-02-30` would be read as the second of March. */
function isRealDay(text: string): boolean {
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split('-').map(Number);
  return new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day;
}

function parseInstant(flag: string, text: string): number {
  const instant = /^\d{4}-\d{2}-\d{2}T/.test(text) && /(Z|[+-]\d{2}:\d{2})$/.test(text) && isRealDay(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(instant)) throw new UsageError({ field: flag, value: text, rule: 'must be an ISO 8601 time with a zone, such as 2026-03-02T14:30:00Z' });
  return instant;
}

/** `ibkit simulate`: a TWS on a real port until Ctrl-C, or for the time given. */
export async function simulate(context: CommandContext, flags: SimulateFlags): Promise<ExitCode> {
  const { io, globals, clock } = context;
  const forMs = flags.for === undefined ? undefined : parseDuration('--for', flags.for);
  await using simulator = await createSimulator({
    clock,
    host: globals.host,
    port: globals.simulatorPort,
    seed: flags.seed === undefined ? undefined : parseWhole('--seed', flags.seed, 0),
    accounts: flags.accounts?.split(',').map((account) => account.trim()),
    forceAccounts: flags.forceAccounts,
    speed: flags.speed === undefined ? undefined : parsePositive('--speed', flags.speed),
    startAtMs: flags.startAt === undefined ? undefined : parseInstant('--start-at', flags.startAt),
    replay: flags.replay,
    pacing: flags.pacing,
    controlPort: flags.controlPort === undefined ? undefined : parsePort('--control-port', flags.controlPort, true),
    scenario: flags.scenario,
    sessions: flags.sessions,
    lockStep: flags.lockStep,
    stateFile: flags.state,
  }).catch((error: unknown) => {
    throw inFlags(error, flags);
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
