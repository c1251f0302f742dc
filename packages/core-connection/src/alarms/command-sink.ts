import { spawn } from 'node:child_process';
import { abortReason, systemClock } from '@ibkit/clock';
import type { Clock, Timer } from '@ibkit/clock';
import { SystemError, UsageError } from '@ibkit/error-codes';
import type { IbkrError } from '@ibkit/error-codes';
import { checkText } from '../option-shapes.js';
import type { Alarm, AlarmSink } from './alarm.js';

/** Options of {@link commandSink}. */
export interface CommandSinkOptions {
  /** The program, best with its full path. It is started as it is: no shell reads this. */
  readonly command: string;
  readonly args?: readonly string[] | undefined;
  /** The whole environment of the program, to which `IBKIT_ALARM_KEY`, `_SEVERITY` and `_STATUS` are added. @defaultValue nothing else */
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly cwd?: string | undefined;
  /** How long it may run before it is ended, in milliseconds above 0. @defaultValue 30_000 */
  readonly timeoutMs?: number | undefined;
  /** @defaultValue the machine's clock */
  readonly clock?: Clock | undefined;
}

/** How long a program that was asked to end may take before it is killed. */
const KILL_AFTER_MS = 2_000;

/**
 * Runs a program for each alarm, with the alarm as one JSON document on its standard input; what it prints is thrown away. Exit code 0 means delivered.
 * @throws {@link UsageError} that names the option, the value and the rule.
 */
export function commandSink(options: CommandSinkOptions): AlarmSink {
  const { command, args = [], env = {}, cwd, timeoutMs = 30_000, clock = systemClock() } = options;
  checkText('command', command, 'must name a program');
  if (!(timeoutMs > 0) || !Number.isFinite(timeoutMs)) throw new UsageError({ field: 'timeoutMs', value: timeoutMs, rule: 'must be a number of milliseconds above 0' });
  const name = `command ${command.split(/[\\/]/u).at(-1) ?? command}`;
  return {
    name,
    deliver: (alarm, { signal }) => run({ name, command, args, env: { ...env, ...environmentOf(alarm) }, cwd, timeoutMs, clock, input: JSON.stringify(alarm), signal }),
  };
}

interface Run {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string | undefined;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly input: string;
  readonly signal: AbortSignal;
}

function run({ name, command, args, env, cwd, timeoutMs, clock, input, signal }: Run): Promise<void> {
  if (signal.aborted) return Promise.reject(abortReason(signal));
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, cwd, shell: false, windowsHide: true, stdio: ['pipe', 'ignore', 'ignore'] });
    let why: Error | undefined;
    let killTimer: Timer | undefined;
    const end = (reason: Error): void => {
      why ??= reason;
      child.kill('SIGTERM');
      killTimer ??= clock.setTimer(KILL_AFTER_MS, () => {
        child.kill('SIGKILL');
      });
    };
    const timer = clock.setTimer(timeoutMs, () => {
      end(failed(name, `it did not end within ${timeoutMs} ms`));
    });
    const onAbort = (): void => {
      end(abortReason(signal));
    };
    const settle = (error: Error | undefined): void => {
      timer.cancel();
      killTimer?.cancel();
      signal.removeEventListener('abort', onAbort);
      if (error === undefined) resolve();
      else reject(error);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    child.on('error', (error) => {
      settle(why ?? failed(name, `it could not be started (${String(Reflect.get(error, 'code') ?? 'unknown')})`));
    });
    child.on('close', (code, killedBy) => {
      settle(why ?? (code === 0 ? undefined : failed(name, code === null ? `it was ended by ${String(killedBy)}` : `it ended with exit code ${code}`)));
    });
    // A program that does not read its input is no failure.
    child.stdin.on('error', () => undefined);
    child.stdin.end(`${input}\n`);
  });
}

function environmentOf({ key, severity, status }: Alarm): Readonly<Record<string, string>> {
  return { IBKIT_ALARM_KEY: key, IBKIT_ALARM_SEVERITY: severity, IBKIT_ALARM_STATUS: status };
}

function failed(name: string, why: string): IbkrError {
  return new SystemError({
    code: 'IBKR_ALARM_UNDELIVERABLE',
    message: `The alarm sink ${name} failed: ${why}.`,
    tips: ['Run the program by hand with an alarm as JSON on its standard input, and with no other environment than the one given.'],
    details: { sink: name, why },
  });
}
