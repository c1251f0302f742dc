import path from 'node:path';
import type { ApiGateway, BrokerOperations } from '@ibkit/api-contract';
import { sleep } from '@ibkit/clock';
import { ConfigurationError } from '@ibkit/error-codes';
import type { GatewayProcess } from '@ibkit/gateway-process';
import { chosenDaemon } from '../../backend/choose-daemon.js';
import { withAddress } from '../../backend/with-address.js';
import type { CommandContext } from '../../config/globals.js';
import { EXIT } from '../../output/exit-codes.js';
import type { ExitCode } from '../../output/exit-codes.js';
import { printDocument, remark } from '../../output/print.js';
import type { CommandInput } from '../../program/command-input.js';
import { momentText, plain, span } from '../../render/text.js';

/** What is done to it: with the process in our own hands, or through the daemon that holds it. */
interface Act {
  readonly own: (gateway: GatewayProcess) => Promise<unknown>;
  readonly through: (operations: BrokerOperations) => Promise<ApiGateway>;
  /** Whether a program is needed. */
  readonly needsProgram: boolean;
  /** Where it should end. */
  readonly until: ReadonlySet<ApiGateway['phase']>;
}

const READY: ReadonlySet<ApiGateway['phase']> = new Set(['ready', 'lockedOut']);
const STOPPED: ReadonlySet<ApiGateway['phase']> = new Set(['stopped', 'external']);
const LOOK_MS = 250;

function gatewayText({ managed, phase, sinceMs, cause, driver, host, port, pid, serverVersion, failedLogins, restartsLastHour, nextRestart, nextLogin, deadlineMs, lockOut }: ApiGateway, nowMs: number): string {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['cause', plain(cause)],
    ['driver', `${driver}${managed ? '' : ', looked after by somebody else'}`],
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
  const { probeApi } = await import('@ibkit/gateway-process');
  const { clock } = context;
  return await withAddress(context, async ({ host, port }) => {
    const { finding, serverVersion } = await probeApi({ host, port, clientId: PROBE_CLIENT_ID, timeoutMs: Math.min(PROBE_MS, context.remainingMs()), clock });
    return { found: { managed: false, phase: 'external', sinceMs: clock.now(), cause: FINDINGS[finding], driver: 'external', host, port, serverVersion, failedLogins: 0, restartsLastHour: 0 }, ready: finding === 'ready' };
  });
}

async function own(context: CommandContext, input: CommandInput, { own: act, needsProgram }: Act): Promise<ApiGateway> {
  const { globals, clock, io } = context;
  const { host, port, config, stateDirectory } = globals;
  const gatewayPath = input.text('gateway-path') ?? config.gatewayPath;
  if (needsProgram && gatewayPath === undefined) throw new ConfigurationError({ problems: [{ path: '--gateway-path', rule: 'or gateway_path of the configuration must name the program of IB Gateway or TWS' }] });
  const [{ GatewayProcess: Gateway, directDriver, externalDriver }, { withUnconnected }] = await Promise.all([import('@ibkit/gateway-process'), import('../../backend/unconnected.js')]);
  const driver = gatewayPath === undefined ? externalDriver() : directDriver({ gatewayPath: path.resolve(io.cwd, gatewayPath) });
  await using gateway = new Gateway({ driver, stateDir: path.join(stateDirectory, 'gateways', `${host}-${port}`), host, port, clock });
  const stops = [
    gateway.events.on('gateway.stateChanged', ({ phase, cause }) => { remark(context, `  ${phase}: ${plain(cause)}`); }),
    gateway.events.on('gateway.humanNeeded', ({ what, cause, deadlineMs }) => { remark(context, `  a person is needed (${what}${deadlineMs === undefined ? '' : `, until ${momentText(deadlineMs)}`}): ${plain(cause)}`); }),
  ]; // prettier-ignore
  try {
    await act(gateway);
    return await withUnconnected(context, { gateway }, (operations) => operations.gateway({}));
  } finally {
    for (const stop of stops) stop();
  }
}

async function through(context: CommandContext, operations: BrokerOperations, { through: act, until }: Act): Promise<ApiGateway> {
  const { clock, io } = context;
  const endMs = clock.monotonic() + context.globals.timeoutMs;
  let found = await act(operations);
  while (!until.has(found.phase) && clock.monotonic() < endMs && !io.stop.aborted) {
    await sleep(clock, LOOK_MS, { signal: io.stop });
    found = await operations.gateway({}, { signal: io.stop });
  }
  return found;
}

async function acted(context: CommandContext, input: CommandInput, act: Act): Promise<ExitCode> {
  const chosen = await chosenDaemon(context);
  let found: ApiGateway;
  if (chosen === undefined) {
    found = await own(context, input, act);
  } else {
    await using daemon = chosen;
    found = await through(context, daemon.operations, act);
  }
  if (context.globals.json) printDocument(context, found);
  else context.io.out.write(gatewayText(found, context.clock.now()));
  return act.until.has(found.phase) && found.phase !== 'lockedOut' ? EXIT.ok : EXIT.notReady;
}

async function statusOutside(context: CommandContext): Promise<ExitCode> {
  const { found, ready } = await looked(context);
  if (context.globals.json) printDocument(context, found);
  else context.io.out.write(gatewayText(found, context.clock.now()));
  return ready ? EXIT.ok : EXIT.notReady;
}

/** `ibkit gateway start`: starts it and waits until its API answers, or a person is needed. It lives on when the command ends. */
export async function gatewayStart(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  return await acted(context, input, { own: (gateway) => gateway.start({ signal: context.io.stop }), through: (operations) => operations.startGateway({}), needsProgram: true, until: READY });
}

/** `ibkit gateway stop`. */
export async function gatewayStop(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  return await acted(context, input, {
    own: async (gateway) => {
      await gateway.open();
      await gateway.stop();
    },
    through: (operations) => operations.stopGateway({}),
    needsProgram: true,
    until: STOPPED,
  });
}

/** `ibkit gateway restart`. */
export async function gatewayRestart(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  const force = input.on('force') ? true : undefined;
  return await acted(context, input, {
    own: async (gateway) => {
      await gateway.open();
      await gateway.restart({ force, signal: context.io.stop });
    },
    through: (operations) => operations.restartGateway(force === undefined ? {} : { force }),
    needsProgram: true,
    until: READY,
  });
}

/** `ibkit gateway status`: exits 3 when it is not ready. */
export async function gatewayStatus(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  const { globals, clock, io } = context;
  const program = input.text('gateway-path') ?? globals.config.gatewayPath;
  if (program === undefined && (globals.via === 'direct' || globals.simulate)) return await statusOutside(context);
  if (program === undefined && globals.via === 'auto') {
    await using daemon = await chosenDaemon(context);
    if (daemon === undefined) return await statusOutside(context);
    const found = await daemon.operations.gateway({}, { signal: io.stop });
    if (globals.json) printDocument(context, found);
    else io.out.write(gatewayText(found, clock.now()));
    return READY.has(found.phase) || found.serverVersion !== undefined ? EXIT.ok : EXIT.notReady;
  }
  return await acted(context, input, {
    own: async (gateway) => {
      await gateway.open();
      gateway.look();
      // One that is taken over is asked before it is said to be ready.
      const endMs = context.clock.monotonic() + PROBE_MS;
      while (gateway.status().phase === 'starting' && context.clock.monotonic() < endMs) await sleep(context.clock, LOOK_MS, { signal: context.io.stop });
    },
    through: (operations) => operations.gateway({}),
    needsProgram: false,
    until: READY,
  });
}
