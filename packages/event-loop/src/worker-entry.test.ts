import { execFile } from 'node:child_process';
import process from 'node:process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);

it('starts a session and a pool also in a program that is no file', async () => {
  const program = `
    import { IbkrEventLoop } from '${new URL('index.ts', import.meta.url).href}';
    const loop = new IbkrEventLoop({ onError: console.error, session: { module: new URL('${new URL('testing/sample-session.ts', import.meta.url).href}') } });
    const remove = loop.addMessageProcessor({ module: new URL('${new URL('testing/pool-processors.mjs', import.meta.url).href}'), onResult: ({ sum }) => console.log(sum) });
    await loop.publish({ value: 7 });
    remove();
    await loop.start();
    console.log(await loop.request('double'));
    await loop.stop();`;
  const { stdout } = await run(process.execPath, ['--conditions=@ibkit/source', '--import=tsx', '--input-type=module', '--eval', program], { cwd: import.meta.dirname });
  expect(stdout.trim()).toBe('7\n2');
});
