import path from 'node:path';
import type { ApiGateway, BrokerOperations } from '@ibkit/api-contract';
import { sleep } from '@ibkit/clock';
import { ConfigurationError, UsageError } from '@ibkit/error-codes';
import { GatewayProcess, configuredDriver, probeApi, readDriverSettings } from '@ibkit/gateway-process';
import type { DriverSettings } from '@ibkit/gateway-process';
import { chosenDaemon } from '../../backend/choose-daemon.js';
import type { DaemonBackend } from '../../backend/daemon-backend.js';
import { withAddress } from '../../backend/with-address.js';
import type { CommandContext } from '../../config/globals.js';
import { EXIT } from '../../output/exit-codes.js';
import type { ExitCode } from '../../output/exit-codes.js';
import { printDocument, remark } from '../../output/print.js';
import type { CommandInput } from '../../program/command-input.js';
import { momentText, plain, span } from '../../render/text.js';
import { stopSignal } from '../../terminal/stopping.js';

/** What is done to it: with the process in our own hands, or through the daemon that holds it. */
interface Act {
  readonly own: (gateway: GatewayProcess, signal: AbortSignal) => Promise<unknown>;
  readonly through: (operations: BrokerOperations) => Promise<ApiGateway>;
  /** Whether it is waited for what comes of it. */
  readonly waits: boolean;
  /** Whether a program is needed. */
  readonly needsProgram: boolean;
  /** Where it should end. */
  readonly until: ReadonlySet<ApiGateway['phase']>;
}

const READY: ReadonlySet<ApiGateway['phase']> = new Set(['ready', 'lockedOut']);
const STOPPED: ReadonlySet<ApiGateway['phase']> = new Set(['stopped', 'external']);
const LOOK_MS = 250;
/** A login with a second factor takes its time. */
const LONGEST_START_MS = 600_000;
/** Of the configuration: how the program is run. */
const DRIVER_SECTION = 'gateway-process';

function gatewayText({ managed, phase, sinceMs, cause, driver, host, port, pid, serverVersion, failedLogins, restartsLastHour, nextRestart, nextLogin, deadlineMs, lockOut }: ApiGateway, nowMs: number): string {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['cause', plain(cause)],
    ['driver', `${plain(driver)}${managed ? '' : ', looked after by somebody else'}`],
    ['process', pid === undefined ? undefined : String(pid)],
    ['server', serverVersion === undefined ? undefined : `version ${serverVersion}`],
    ['waits until', deadlineMs === undefined ? undefined : momentText(deadlineMs)],
    ['locked out', lockOut === undefined ? undefined : plain(lockOut)],
    ['logins', failedLogins === 0 ? undefined : `${failedLogins} failed`],
    ['restarts', restartsLastHour === 0 ? undefined : `${restartsLastHour} in the last hour`],
    ['restart', nextRestart === undefined ? undefined : momentText(nextRestart.atMs)],
    ['login', nextLogin === undefined ? undefined : momentText(nextLogin.atMs)],
  ];
  return `${phase} for ${span(Math.max(0, nowMs - sinceMs))}  ${plain(host)}:${port}\n${rows.flatMap(([name, text]) => (text === undefined ? [] : [`  ${name.padEnd(12)} ${text}\n`])).join('')}`;
}

const FINDINGS = {
  ready: 'the API answers',
  notReady: 'something answers on the port and is not ready: a login, or a restart',
  mute: 'something accepts connections and says nothing: a dialog may wait for an answer',
  refused: 'nothing listens there',
} as const;

/** A client id that no program uses, as `GatewayProcess` asks with. */
const PROBE_CLIENT_ID = 31_999;
const PROBE_MS = 5_000;

/** A gateway whose program is not ours is asked one question, and nothing is claimed about its process. */
async function looked(context: CommandContext): Promise<{ readonly found: ApiGateway; readonly ready: boolean }> {
  const { clock } = context;
  return await withAddress(context, async ({ host, port }) => {
    const { finding, serverVersion } = await probeApi({ host, port, clientId: PROBE_CLIENT_ID, timeoutMs: Math.min(PROBE_MS, context.remainingMs()), clock });
    return { found: { managed: false, phase: 'external', sinceMs: clock.now(), cause: FINDINGS[finding], driver: 'external', host, port, serverVersion, failedLogins: 0, restartsLastHour: 0 }, ready: finding === 'ready' };
  });
}

/** How the program is run: as the flag says, else the section `[gateway-process]`, which ibkitd reads, too, else `gateway_path`. */
function settingsOf({ globals, io }: CommandContext, input: CommandInput): DriverSettings | undefined {
  const { config } = globals;
  const named = input.text('gateway-path');
  const section = config.section(DRIVER_SECTION);
  if (named === undefined && Object.keys(section).length > 0) return readDriverSettings(section);
  const program = named ?? config.gatewayPath;
  return program === undefined ? undefined : { driver: 'direct', program: path.resolve(io.cwd, program), args: [] };
}

/** Starts and stops may take as long as a person needs for a login, unless `--timeout` says otherwise. */
function waitMsOf({ globals }: CommandContext): number {
  return globals.timeoutGiven ? globals.timeoutMs : LONGEST_START_MS;
}

/** Runs an act until it is done or its time is over; what was begun goes on then, and is not called a failure of its own. */
async function within(context: CommandContext, act: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
  const { signal, cancel } = stopSignal(context, waitMsOf(context));
  try {
    await act(signal);
  } catch (error) {
    if (!signal.aborted || context.io.stop.aborted) throw error;
    remark(context, `  not done within ${span(waitMsOf(context))}`);
  } finally {
    cancel();
  }
}

async function own(context: CommandContext, input: CommandInput, { own: act, needsProgram }: Act): Promise<ApiGateway> {
  const { globals, clock, io } = context;
  const { host, port, mode, stateDirectory } = globals;
  const settings = settingsOf(context, input);
  if (globals.simulate) throw new UsageError({ field: '--simulate', rule: 'starts a simulator for one command, which has no program to be started or stopped: leave it out' });
  if (needsProgram && (settings === undefined || settings.driver === 'external')) throw new ConfigurationError({ problems: [{ path: '--gateway-path', rule: 'or gateway_path of the configuration must name the program of IB Gateway or TWS, or its section [gateway-process] must say how it is run' }] });
  const { withUnconnected } = await import('../../backend/unconnected.js');
  const driver = configuredDriver(settings ?? { driver: 'external' }, { mode, env: io.env, clock });
  await using gateway = new GatewayProcess({ driver, stateDir: path.join(stateDirectory, 'gateways', `${host}-${port}`), host, port, clock });
  const stops = [
    gateway.events.on('gateway.stateChanged', ({ phase, cause }) => { remark(context, `  ${phase}: ${plain(cause)}`); }),
    gateway.events.on('gateway.humanNeeded', ({ what, cause, deadlineMs }) => { remark(context, `  a person is needed (${what}${deadlineMs === undefined ? '' : `, until ${momentText(deadlineMs)}`}): ${plain(cause)}`); }),
  ]; // prettier-ignore
  try {
    await within(context, (signal) => act(gateway, signal));
    return await withUnconnected(context, { gateway }, (operations) => operations.gateway({}));
  } finally {
    for (const stop of stops) stop();
  }
}

/** One that an earlier command started is asked before anything is said or done about it. */
async function known({ clock, io }: CommandContext, gateway: GatewayProcess): Promise<void> {
  await gateway.open();
  gateway.look();
  const endMs = clock.monotonic() + PROBE_MS;
  while (gateway.status().phase === 'starting' && clock.monotonic() < endMs) await sleep(clock, LOOK_MS, { signal: io.stop });
}

async function through(context: CommandContext, operations: BrokerOperations, { through: act, until, waits }: Act): Promise<ApiGateway> {
  const { clock, io } = context;
  const endMs = clock.monotonic() + waitMsOf(context);
  let found = await act(operations);
  while (waits && !until.has(found.phase) && clock.monotonic() < endMs && !io.stop.aborted) {
    await sleep(clock, LOOK_MS, { signal: io.stop });
    found = await operations.gateway({}, { signal: io.stop });
  }
  return found;
}

/** Somebody who names a program must not believe that the daemon starts it. */
function refusePath(input: CommandInput): void {
  const value = input.text('gateway-path');
  if (value !== undefined) throw new UsageError({ field: '--gateway-path', value, rule: 'is not taken by the daemon, which runs what the section [gateway-process] of its own configuration says: leave it out, or say --via direct' });
}

function exitCodeOf({ phase, serverVersion, managed }: ApiGateway, until: Act['until']): ExitCode {
  if (phase === 'lockedOut') return EXIT.notReady;
  // What somebody else runs is as ready as its API.
  return until.has(phase) || (!managed && until === READY && serverVersion !== undefined) ? EXIT.ok : EXIT.notReady;
}

async function acted(context: CommandContext, input: CommandInput, act: Act): Promise<ExitCode> {
  return await actedBy(await chosenDaemon(context), context, input, act);
}

async function actedBy(chosen: DaemonBackend | undefined, context: CommandContext, input: CommandInput, act: Act): Promise<ExitCode> {
  let found: ApiGateway;
  if (chosen === undefined) {
    found = await own(context, input, act);
  } else {
    await using daemon = chosen;
    refusePath(input);
    found = await through(context, daemon.operations, act);
  }
  if (context.globals.json) printDocument(context, found);
  else context.io.out.write(gatewayText(found, context.clock.now()));
  return exitCodeOf(found, act.until);
}

async function statusOutside(context: CommandContext): Promise<ExitCode> {
  const { found, ready } = await looked(context);
  if (context.globals.json) printDocument(context, found);
  else context.io.out.write(gatewayText(found, context.clock.now()));
  return ready ? EXIT.ok : EXIT.notReady;
}

/** `ibkit gateway start`: starts it and waits until its API answers, or a person is needed. It lives on when the command ends. */
export async function gatewayStart(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  return await acted(context, input, { own: (gateway, signal) => gateway.start({ signal }), through: (operations) => operations.startGateway({}), waits: true, needsProgram: true, until: READY });
}

/** `ibkit gateway stop`. */
export async function gatewayStop(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  return await acted(context, input, {
    own: async (gateway) => {
      await gateway.open();
      await gateway.stop();
    },
    through: (operations) => operations.stopGateway({}),
    waits: true,
    needsProgram: true,
    until: STOPPED,
  });
}

/** `ibkit gateway restart`. */
export async function gatewayRestart(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  const force = input.on('force') ? true : undefined;
  return await acted(context, input, {
    own: async (gateway, signal) => {
      await known(context, gateway);
      await gateway.restart({ force, signal });
    },
    through: (operations) => operations.restartGateway(force === undefined ? {} : { force }),
    waits: true,
    needsProgram: true,
    until: READY,
  });
}

/** `ibkit gateway status`: exits 3 when it is not ready. */
export async function gatewayStatus(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  const chosen = await chosenDaemon(context);
  if (context.globals.simulate || (chosen === undefined && settingsOf(context, input) === undefined)) return await statusOutside(context);
  return await actedBy(chosen, context, input, { own: (gateway) => known(context, gateway), through: (operations) => operations.gateway({}), waits: false, needsProgram: false, until: READY });
}
