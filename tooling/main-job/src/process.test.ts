import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';

const MAIN = path.join(import.meta.dirname, 'main.ts');

describe.skipIf(process.platform === 'win32')('npm start', () => {
  const children: ChildProcessByStdio<null, Readable, Readable>[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  const start = async (): Promise<{ readonly child: ChildProcessByStdio<null, Readable, Readable>; readonly port: number }> => {
    const child = spawn(process.execPath, ['--conditions=@ibkit/source', '--import', 'tsx', MAIN, '--listen', '127.0.0.1:0', '--symbols', 'SPY'], { stdio: ['ignore', 'pipe', 'pipe'] });
    children.push(child);
    child.stderr.resume();
    for await (const line of createInterface({ input: child.stdout })) {
      const port = /API: http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1];
      if (port !== undefined) {
        child.stdout.resume();
        return { child, port: Number(port) };
      }
    }
    throw new Error('it ended without telling where the API is');
  };

  /** Resolves when the daemon hangs up on a caller that says nothing. */
  const hungUp = async (port: number): Promise<() => Promise<unknown>> => {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    const closed = once(socket, 'close');
    await once(socket, 'connect');
    return () => closed;
  };

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('ends with 0 after %s and leaves no daemon behind', async (signal) => {
    const { child, port } = await start();
    const ended = once(child, 'exit');
    child.kill(signal);
    expect(await ended).toEqual([0, null]);
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();
  });

  it('leaves no daemon behind when it is killed', async () => {
    const { child, port } = await start();
    const daemonGone = await hungUp(port);
    child.kill('SIGKILL');
    await daemonGone();
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();
  });
});
