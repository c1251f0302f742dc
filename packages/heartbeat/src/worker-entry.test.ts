import { execFile } from 'node:child_process';
import process from 'node:process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);

it('starts its thread also in a program that is no file', async () => {
  const program = `
    import { HeartbeatMonitor } from '${new URL('index.ts', import.meta.url).href}';
    const alive = setInterval(() => undefined, 1000);
    const done = (what) => { console.log(what); clearInterval(alive); };
    new HeartbeatMonitor({ mode: 'thread', intervalMs: 20, timeoutMs: 60, probe: () => undefined, onTimeout: () => done('silent'), onThreadLost: (error) => done(error.message) }).start();`;
  const { stdout } = await run(process.execPath, ['--conditions=@ibkit/source', '--import=tsx', '--input-type=module', '--eval', program], { cwd: import.meta.dirname });
  expect(stdout.trim()).toBe('silent');
});
