import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import process from 'node:process';

/** A process that goes on when we end. */
export interface Detached {
  readonly pid: number | undefined;
  /** How it ended; `undefined` while it runs. */
  ended(): string | undefined;
  /** Lets us end while it runs. */
  release(): void;
}

/** Starts a Node program in the background, with its output in files. */
export async function startDetached(options: { readonly script: string; readonly argv: readonly string[]; readonly env: Readonly<Record<string, string | undefined>>; readonly outFile: string; readonly errFile: string }): Promise<Detached> {
  const { script, argv, env, outFile, errFile } = options;
  await using out = await open(outFile, 'w', 0o600);
  await using err = await open(errFile, 'a', 0o600);
  const child = spawn(process.execPath, [script, ...argv], { detached: true, stdio: ['ignore', out.fd, err.fd], env });
  let end: string | undefined;
  child.once('error', (error) => {
    end = error.message;
  });
  child.once('exit', (code, signal) => {
    end = signal === null ? `exit code ${code}` : `signal ${signal}`;
  });
  return { pid: child.pid, ended: () => end, release: () => { child.unref(); } };
}

/** Asks a process to end. */
export function terminate(pid: number): void {
  process.kill(pid, 'SIGTERM');
}
