import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@ibkit/clock';
import type { FuzzReport, TargetName } from './fuzz.js';

/** A round that says nothing for this long hangs. */
const HANG_MS = 60_000;
const ERROR_TAIL = 4_000;

/** One run in a process of its own. */
export interface RunOrder {
  readonly target: TargetName;
  readonly frames: number;
  readonly seed: number;
  readonly firstRound: number;
  readonly only?: readonly Uint8Array[] | undefined;
  readonly onProgress?: ((framesDone: number) => void) | undefined;
}

/** How a run went: its report, or after which round it failed, hung or died. */
export type RunResult = { readonly ok: true; readonly report: FuzzReport } | { readonly ok: false; readonly round: number; readonly reason: string };

interface Told {
  readonly round?: number;
  readonly done?: number;
  readonly report?: FuzzReport;
  readonly failure?: { readonly round: number; readonly message: string };
}

function isTold(value: unknown): value is Told {
  return typeof value === 'object' && value !== null;
}

/** Runs the fuzzer in a process of its own, and watches it. */
export function supervise({ target, frames, seed, firstRound, only, onProgress }: RunOrder): Promise<RunResult> {
  const clock = systemClock();
  const child = fork(fileURLToPath(new URL('./run-process.js', import.meta.url)), [], { execArgv: ['--expose-gc'], stdio: ['ignore', 'inherit', 'pipe', 'ipc'] });
  return new Promise((resolve) => {
    let round = firstRound;
    let errors = '';
    const settle = (result: RunResult): void => {
      watchdog.cancel();
      child.kill('SIGKILL');
      resolve(result);
    };
    const hangs = (): void => {
      settle({ ok: false, round, reason: `nothing was heard for ${HANG_MS / 1000} s: it hangs` });
    };
    let watchdog = clock.setTimer(HANG_MS, hangs);
    child.stderr?.on('data', (chunk: Buffer) => {
      errors = (errors + chunk.toString()).slice(-ERROR_TAIL);
    });
    child.on('message', (message) => {
      if (!isTold(message)) return;
      watchdog.cancel();
      watchdog = clock.setTimer(HANG_MS, hangs);
      round = message.round ?? round;
      if (message.done !== undefined) onProgress?.(message.done);
      if (message.report !== undefined) settle({ ok: true, report: message.report });
      if (message.failure !== undefined) settle({ ok: false, round: message.failure.round, reason: message.failure.message });
    });
    child.on('exit', (code, signal) => {
      settle({ ok: false, round, reason: `the process died (${signal ?? `exit code ${code ?? 'unknown'}`})\n${errors}` });
    });
    child.send({ target, frames, seed, firstRound, only: only?.map((frame) => Buffer.from(frame).toString('base64')) });
  });
}
