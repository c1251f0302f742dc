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
  readonly state?: string;
  readonly for?: string;
}

function parseInstant(flag: string, text: string): number {
  const instant = /^\d{4}-\d{2}-\d{2}T/.test(text) && /(Z|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text) : Number.NaN;
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
    stateFile: flags.state,
  });
  if (globals.json) {
    io.out.write(`${JSON.stringify({ event: 'listening', host: simulator.host, port: simulator.port, controlPort: simulator.controlPort })}\n`);
  } else {
    io.out.write(`TWS simulator listening on ${simulator.host}:${simulator.port}\n`);
    if (simulator.controlPort !== undefined) io.out.write(`Control port on http://127.0.0.1:${simulator.controlPort}\n`);
    if (simulator.control.state().clock.held) remark(context, 'The replay waits at the open until a client subscribes to a replayed symbol.');
    remark(context, `Try: ibkit watch SPY --port ${simulator.port}   (Ctrl-C stops the simulator)`);
  }
  await stopped(context, forMs);
  return EXIT.ok;
}
