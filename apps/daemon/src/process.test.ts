import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryDirectory } from './testing/temporary-directory.js';

const MAIN = path.join(import.meta.dirname, 'main.ts');

describe.skipIf(process.platform === 'win32')('the process ibkitd', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  const children: ChildProcessWithoutNullStreams[] = [];
  beforeEach(async () => {
    directory = await temporaryDirectory();
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await directory[Symbol.asyncDispose]();
  });

  const start = async (...argv: readonly string[]): Promise<{ readonly child: ChildProcessWithoutNullStreams; readonly url: string; readonly errors: readonly string[] }> => {
    const child = spawn(process.execPath, ['--conditions=@ibkit/source', '--import', 'tsx', MAIN, '--simulate', '--listen', '127.0.0.1:0', '--state-dir', directory.path, '--json', '--log-level', 'warn', ...argv]);
    children.push(child);
    const errors: string[] = [];
    child.stderr.setEncoding('utf8').on('data', (text: string) => errors.push(text));
    const [line] = await Promise.race([
      once(createInterface({ input: child.stdout }), 'line'),
      once(child, 'exit').then(() => {
        throw new Error(`the daemon ended: ${errors.join('')}`);
      }),
    ]) as [string];
    return { child, errors, url: /"url":"([^"]+)"/.exec(line)?.[1] ?? '' };
  };

  it.each(['SIGTERM', 'SIGINT'] as const)('ends by itself with 0 after %s and leaves nothing behind', async (signal) => {
    const { child, url, errors } = await start();
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const ended = once(child, 'exit');
    child.kill(signal);
    expect(await ended).toEqual([0, null]);
    // It would say so if something had kept it; that a busy machine let it stand still is nothing that it leaves.
    expect(errors.join('').split('\n').filter((line) => line !== '' && !line.includes('our own event loop stood still'))).toEqual([]);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
    await expect(readFile(path.join(directory.path, 'owner.lock'))).rejects.toThrow('ENOENT');
  });

  it('ends when its parent lets go of it, and recovers the lock of one that was killed', async () => {
    const first = await start();
    const killed = once(first.child, 'exit');
    first.child.kill('SIGKILL');
    await killed;
    const { child } = await start('--stop-with-input');
    const ended = once(child, 'exit');
    child.stdin.end();
    expect(await ended).toEqual([0, null]);
  });
});
