import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { constants, access, mkdir, open, stat } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { sleep } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { identityOf, livenessOf, thisProcess } from '@ibkit/process-lock';
import { GatewayError } from '../gateway-error.js';
import { readRecord, removeRecord, writeRecord } from './process-record.js';
import type { ProcessRecord } from './process-record.js';

/** What is started. */
export interface LaunchPlan {
  /** Absolute path of the program. */
  readonly file: string;
  readonly argv: readonly string[];
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string | undefined;
  /** Kept in the record. */
  readonly facts?: ProcessRecord['facts'] | undefined;
}

/** How a process ended. `code` is absent for one that was found running and is gone. */
export interface ProcessExit {
  readonly code: number | undefined;
  readonly signal: string | undefined;
}

/** A gateway that runs, however it was started. */
export interface RunningGateway {
  readonly record: ProcessRecord;
  /** Resolves when it is gone. */
  readonly exited: Promise<ProcessExit>;
  /** Asks it to end, or ends it. Does nothing when it is gone. */
  signal(name: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Ends what it left behind, once it is gone itself. */
  endGroup(): Promise<void>;
  /** Removes its record, once it is gone. */
  forget(): Promise<void>;
  /** Stops looking at it and lets it live. */
  release(): void;
}

interface OwnedProcessParts {
  readonly directory: string;
  readonly clock: Clock;
  readonly record: ProcessRecord;
  readonly child: ChildProcess | undefined;
}

/** How often one that was found running is looked at, milliseconds. */
const LOOK_MS = 250;
/** How long what it started has to end. */
const GROUP_MS = 2_000;
/** The shell waits for a word of ours before it becomes the program: when we die before its record is written, it ends with us. */
export const GATE = 'IFS= read -r word && [ "$word" = go ] && exec "$@" </dev/null';

/**
 * A process that outlives us and is not lost: it is written down before it begins, in a process group of its own, with its output in a file. Whoever comes
 * after us finds it by its record and takes it over. It is never looked for by name.
 */
export class OwnedProcess implements RunningGateway {
  readonly record: ProcessRecord;
  /** Resolves when it is gone. */
  readonly exited: Promise<ProcessExit>;
  readonly #directory: string;
  readonly #clock: Clock;
  readonly #child: ChildProcess | undefined;
  readonly #forget = new AbortController();

  private constructor({ directory, clock, record, child }: OwnedProcessParts) {
    this.#directory = directory;
    this.#clock = clock;
    this.#child = child;
    this.record = record;
    this.exited = child === undefined ? this.#watch() : exitOf(child);
  }

  /**
   * Starts a program.
   * @throws {@link GatewayError} `IBKR_GATEWAY_NOT_EXECUTABLE`
   */
  static async launch({ file, argv, env, cwd, facts = {} }: LaunchPlan, { directory, clock }: { readonly directory: string; readonly clock: Clock }): Promise<OwnedProcess> {
    await checkExecutable(file);
    const startedAtMs = clock.now();
    const logFile = path.join(directory, 'logs', `${new Date(startedAtMs).toISOString().replaceAll(/[:.]/gu, '')}.log`);
    await mkdir(path.dirname(logFile), { recursive: true, mode: 0o700 });
    const log = await open(logFile, 'a', 0o600);
    try {
      const windows = process.platform === 'win32';
      const program = windows ? file : '/bin/sh';
      const args = windows ? [...argv] : ['-c', GATE, 'ibkit-gateway', file, ...argv];
      const child = spawn(program, args, { cwd, env: { ...env }, detached: true, stdio: [windows ? 'ignore' : 'pipe', log.fd, log.fd] });
      const { pid } = child;
      if (pid === undefined) {
        const cause: unknown[] = await once(child, 'error');
        throw notExecutable(file, 'cannot be started', cause[0]);
      }
      // A program that ended at once has closed its end.
      child.stdin?.on('error', () => undefined);
      child.unref();
      try {
        const record = { identity: await identityOf(pid), logFile, startedAtMs, facts };
        await writeRecord(directory, record);
        child.stdin?.end('go\n');
        return new OwnedProcess({ directory, clock, record, child });
      } catch (error) {
        // What is not written down does not begin.
        child.stdin?.destroy();
        if (windows) child.kill('SIGKILL');
        throw error;
      }
    } finally {
      await log.close();
    }
  }

  /** The process that a record in a directory speaks of, when it still runs. */
  static async find({ directory, clock }: { readonly directory: string; readonly clock: Clock }): Promise<OwnedProcess | undefined> {
    const record = await readRecord(directory);
    if (record === undefined) return undefined;
    const liveness = await livenessOf(record.identity, await thisProcess());
    if (liveness === 'alive') return new OwnedProcess({ directory, clock, record, child: undefined });
    if (liveness === 'dead') await removeRecord(directory);
    return undefined;
  }

  /** Sends a signal to it and to what it started. Does nothing when it is gone. */
  async signal(name: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    // The id may be somebody else's by now.
    if ((await livenessOf(this.record.identity, await thisProcess())) !== 'alive') return;
    const { pid } = this.record.identity;
    for (const target of process.platform === 'win32' ? [pid] : [-pid, pid]) {
      try {
        process.kill(target, name);
        return;
      } catch {
        // No group of its own, or gone.
      }
    }
  }

  /** Ends what it started and left behind, once it is gone itself. */
  async endGroup(): Promise<void> {
    const { pid } = this.record.identity;
    if (process.platform === 'win32' || (this.#child === undefined && !(await isFree(pid)))) return;
    const group = -pid;
    for (const name of ['SIGTERM', 'SIGKILL'] as const) {
      try {
        process.kill(group, name);
      } catch {
        return;
      }
      await sleep(this.#clock, GROUP_MS);
    }
  }

  /** Removes its record, once it is gone. */
  async forget(): Promise<void> {
    this.#forget.abort();
    const record = await readRecord(this.#directory);
    if (record?.identity.nonce === this.record.identity.nonce) await removeRecord(this.#directory);
  }

  /** Stops looking at it and lets it live. */
  release(): void {
    this.#forget.abort();
  }

  async #watch(): Promise<ProcessExit> {
    const self = await thisProcess();
    while (!this.#forget.signal.aborted && (await livenessOf(this.record.identity, self)) === 'alive') {
      await sleep(this.#clock, LOOK_MS, { signal: this.#forget.signal }).catch(() => undefined);
    }
    return { code: undefined, signal: undefined };
  }
}

/** Whether nobody has this id: no new process gets the id of a group that still has members, so that such a group is that of the one that had it last. */
async function isFree(pid: number): Promise<boolean> {
  const self = await thisProcess();
  return (await livenessOf({ ...self, pid, startedAt: undefined }, self)) === 'dead';
}

async function exitOf(child: ChildProcess): Promise<ProcessExit> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return { code: child.exitCode ?? undefined, signal: child.signalCode ?? undefined };
}

function notExecutable(file: string, rule: string, cause?: unknown): GatewayError {
  return new GatewayError({
    code: 'IBKR_GATEWAY_NOT_EXECUTABLE',
    message: `The gateway program ${file} ${rule}`,
    tips: ['Give the full path of the program that starts IB Gateway or TWS, such as /home/me/Jts/ibgateway/1037/ibgateway.'],
    cause,
  });
}

async function checkExecutable(file: string): Promise<void> {
  if (!path.isAbsolute(file)) throw notExecutable(file, 'must be an absolute path');
  let found: Awaited<ReturnType<typeof stat>>;
  try {
    found = await stat(file);
  } catch (cause) {
    throw notExecutable(file, 'does not exist, or may not be looked at', cause);
  }
  if (!found.isFile()) throw notExecutable(file, 'is no file');
  try {
    await access(file, constants.X_OK);
  } catch (cause) {
    throw notExecutable(file, 'may not be executed by this user', cause);
  }
}
