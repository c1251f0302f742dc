import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ApiStatus } from '@ibkit/api-contract';
import { sleep } from '@ibkit/clock';
import { SystemError, TimeoutError, UsageError, isIbkrError } from '@ibkit/error-codes';
import { daemonBackend } from '../../backend/daemon-backend.js';
import { daemonAddress } from '../../backend/daemon-address.js';
import { runningDaemon } from '../../backend/running-daemon.js';
import type { FoundDaemon } from '../../backend/running-daemon.js';
import type { CommandContext } from '../../config/globals.js';
import { EXIT } from '../../output/exit-codes.js';
import type { ExitCode } from '../../output/exit-codes.js';
import { printDocument, warn } from '../../output/print.js';
import type { CommandInput } from '../../program/command-input.js';
import { plain } from '../../render/text.js';
import { startDetached, terminate } from '../../terminal/child.js';
import { isRunning } from '../../terminal/is-running.js';
import type { Io } from '../../terminal/io.js';
import type { Detached } from '../../terminal/child.js';
import { daemonProgram } from './daemon-program.js';
import { daemonLogFile, forgetDaemon } from './daemon-state.js';

interface Found {
  readonly url: string;
  readonly status: ApiStatus;
}

const LOOK_MS = 50;
/** A start and a stop are given at least this, milliseconds. */
const PATIENCE_MS = 20_000;

/** What the daemon of this user says; `undefined` when none answers. @throws what it refuses with */
async function answering(context: CommandContext): Promise<Found | undefined> {
  const found = await daemonAddress(context);
  if (found.kind !== 'found') return undefined;
  const { url } = found.address;
  await using backend = daemonBackend(context, found.address);
  try {
    return { url, status: await backend.operations.status({}, { signal: context.io.stop }) };
  } catch (error) {
    if (isIbkrError(error) && error.name === 'ConnectionError') return undefined;
    throw error;
  }
}

function argvOf({ globals }: CommandContext, input: CommandInput): readonly string[] {
  const { host, port, clientId, mode, application, simulate, stateDirectory, configFile } = globals;
  const listen = input.text('listen');
  return [
    '--json', '--state-dir', stateDirectory, '--client-id', String(clientId),
    ...(simulate ? ['--simulate'] : ['--host', host, '--port', String(port), ...(mode === 'live' ? ['--live'] : []), ...(application === 'tws' ? ['--tws'] : [])]),
    ...(listen === undefined ? [] : ['--listen', listen]),
    ...(existsSync(configFile) ? ['--config', configFile] : []),
  ]; // prettier-ignore
}

/** What is for clients of a daemon is not for itself, least of all a token. */
function daemonEnv(env: Io['env']): Io['env'] {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !['IBKIT_TOKEN', 'IBKIT_DAEMON_URL', 'IBKIT_DAEMON_PROGRAM'].includes(name)));
}

/** Whether the daemon has printed what it prints once its API answers. */
async function isListening(file: string): Promise<boolean> {
  const text = await readFile(file, 'utf8');
  for (const line of text.split('\n').slice(0, -1)) {
    try {
      const event: unknown = JSON.parse(line);
      if (typeof event === 'object' && event !== null && 'event' in event && event.event === 'listening') return true;
    } catch {
      // Another line.
    }
  }
  return false;
}

async function lastLines(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-3).map(plain).join(' | ');
}

async function started(context: CommandContext, child: Detached, outFile: string, logFile: string): Promise<void> {
  const { clock, io, globals } = context;
  const endMs = clock.monotonic() + Math.max(PATIENCE_MS, globals.timeoutMs);
  for (;;) {
    if (await isListening(outFile)) return;
    const end = child.ended();
    if (end !== undefined) throw new SystemError({ code: 'IBKR_DAEMON_START_FAILED', message: `The daemon ended at once (${end}): ${await lastLines(logFile)}`, tips: [`Its log: ${logFile}`] });
    if (clock.monotonic() > endMs) throw new TimeoutError({ code: 'IBKR_DAEMON_START_TIMEOUT', message: `The daemon (process ${child.pid ?? '-'}) did not answer in time; it may still come up.`, tips: [`Its log: ${logFile}`] });
    await sleep(clock, LOOK_MS, { signal: io.stop });
  }
}

/** Who asked for a simulator must not be left with a gateway, or the other way round: what they do next is meant for the one that they named. */
function proveSameGateway({ globals }: CommandContext, { url, status }: Found): void {
  const { simulated } = status;
  if (simulated === globals.simulate) return;
  const { host, port } = status.connection;
  throw new UsageError({ field: '--simulate', rule: `the daemon at ${url} runs already, ${simulated ? 'on its simulator' : `on ${host}:${port}`}; ibkit daemon stop ends it` });
}

/** `ibkit daemon start`: in the background; returns when its API answers. One that runs already is left alone. */
export async function daemonStart(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  const { globals, io } = context;
  const { stateDirectory } = globals;
  const running = await answering(context);
  if (running !== undefined) {
    proveSameGateway(context, running);
    return told(context, running, `The daemon runs already, at ${running.url}.`);
  }
  const script = daemonProgram(io.env);
  const logFile = daemonLogFile(stateDirectory);
  const outFile = path.join(stateDirectory, 'daemon.out');
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
  const child = await startDetached({ script, argv: argvOf(context, input), env: daemonEnv(io.env), outFile, errFile: logFile });
  try {
    await started(context, child, outFile, logFile);
  } finally {
    child.release();
  }
  const found = await answering(context);
  if (found === undefined) throw new SystemError({ code: 'IBKR_DAEMON_START_FAILED', message: `The daemon started and does not answer: ${await lastLines(logFile)}`, tips: [`Its log: ${logFile}`] });
  return await told(context, found, `The daemon listens at ${found.url}. Log: ${logFile}`);
}

async function told(context: CommandContext, { url, status }: Found, text: string): Promise<ExitCode> {
  const { globals, io } = context;
  const running = await runningDaemon(globals.stateDirectory);
  const pid = running.kind === 'running' && running.url === url ? running.pid : undefined;
  if (globals.json) printDocument(context, { running: true, url, pid, logFile: daemonLogFile(globals.stateDirectory), status });
  else {
    const { connection } = status;
    io.out.write(`${plain(text)}\n  process   ${pid ?? '-'}\n  gateway   ${plain(connection.host)}:${connection.port}, ${connection.mode}, ${connection.state}${status.simulated ? ' (simulator)' : ''}\n`);
  }
  return EXIT.ok;
}

function notRunning(context: CommandContext, exitCode: ExitCode): ExitCode {
  if (context.globals.json) printDocument(context, { running: false });
  else context.io.out.write('The daemon does not run.\n');
  return exitCode;
}

/** `ibkit daemon status`: exits 3 when it does not run. */
export async function daemonStatus(context: CommandContext): Promise<ExitCode> {
  const found = await answering(context);
  if (found === undefined) {
    const { stateDirectory } = context.globals;
    const running = await runningDaemon(stateDirectory);
    // Said on stderr: that there is none may be wrong then.
    if (running.kind === 'doubted') warn(context, plain(running.why));
    if (running.kind === 'running') warn(context, `process ${running.pid} holds the state directory and does not answer at ${plain(running.url)}; its log: ${daemonLogFile(stateDirectory)}`);
  }
  return found === undefined ? notRunning(context, EXIT.notReady) : await told(context, found, `The daemon listens at ${found.url}.`);
}

/** `ibkit daemon stop`: asks it to end and waits until it has. Only one that answers and is proven to hold the state directory is stopped: a process id alone may be somebody else's by now. */
export async function daemonStop(context: CommandContext): Promise<ExitCode> {
  const { globals, clock, io } = context;
  const { stateDirectory } = globals;
  const running = await runningDaemon(stateDirectory);
  const found = await answering(context);
  if (found === undefined) return await notStoppable(context, running);
  if (running.kind !== 'running' || running.url !== found.url) throw new SystemError({ code: 'IBKR_DAEMON_STOP_FAILED', message: `The daemon at ${found.url} does not run from this state directory: its process is not known here.`, tips: ['Stop it where it was started.'] });
  const { pid } = running;
  terminate(pid);
  const endMs = clock.monotonic() + Math.max(PATIENCE_MS, globals.timeoutMs);
  while (isRunning(pid)) {
    if (clock.monotonic() > endMs) throw new TimeoutError({ code: 'IBKR_DAEMON_STOP_TIMEOUT', message: `The daemon (process ${pid}) was asked to end and still runs.`, tips: [`Its log: ${daemonLogFile(stateDirectory)}`] });
    await sleep(clock, LOOK_MS, { signal: io.stop });
  }
  await forgetDaemon(stateDirectory);
  if (globals.json) printDocument(context, { running: false, pid });
  else io.out.write(`The daemon (process ${pid}) has ended.\n`);
  return EXIT.ok;
}

/** Nobody answers: there is none, or one that cannot be spoken to, which must not be called stopped. */
async function notStoppable(context: CommandContext, running: FoundDaemon): Promise<ExitCode> {
  const { stateDirectory } = context.globals;
  switch (running.kind) {
    case 'none':
      await forgetDaemon(stateDirectory);
      return notRunning(context, EXIT.ok);
    case 'running': throw new SystemError({ code: 'IBKR_DAEMON_STOP_FAILED', message: `The daemon (process ${running.pid}) runs and does not answer at ${running.url}.`, retryable: true, tips: [`If it stays like that: kill ${running.pid}`, `Its log: ${daemonLogFile(stateDirectory)}`] });
    case 'doubted': throw new SystemError({ code: 'IBKR_DAEMON_STOP_FAILED', message: `It is not known whether a daemon runs: ${running.why}.`, tips: ['Stop it where it was started.'] });
  }
}
