import { createRequire } from 'node:module';
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { run, temporaryDirectory } from '../testing/fake-io.js';

const MAIN = path.resolve(import.meta.dirname, '..', 'main.ts');
let ending: (() => Promise<unknown>) | undefined;

afterEach(async () => {
  await ending?.();
  ending = undefined;
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

it('a gateway is started, found by the next command, and stopped; the original flags start it, too', async () => {
  const directory = temporaryDirectory();
  const port = await freePort();
  const program = path.join(directory, 'ibgateway');
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  // The simulator stands in for the program.
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" --conditions=@ibkit/source --import "${loader}" "${MAIN}" simulate --port ${port} --for 2m\n`);
  chmodSync(program, 0o700);
  const options = { env: { IBKIT_STATE_DIR: path.join(directory, 'state'), PATH: process.env['PATH'] ?? '', HOME: directory } };
  const gateway = ['--gateway-path', program, '--port', port] as const;
  ending = () => run(['gateway', 'stop', ...gateway], options);

  const started = await run(['--start', ...gateway], options);
  expect([started.exitCode, started.out.text]).toEqual([0, expect.stringMatching(/^ready for /)]);
  const status = await run(['gateway', 'status', '--json', ...gateway], options);
  expect([status.exitCode, status.out.documents]).toEqual([0, [expect.objectContaining({ managed: true, phase: 'ready', serverVersion: 193 })]]);
  const stopped = await run(['gateway', 'stop', ...gateway], options);
  expect([stopped.exitCode, stopped.out.text]).toEqual([0, expect.stringMatching(/^stopped for /)]);
  expect((await run(['check', '--port', port], options)).exitCode).toBe(3);
}, 100_000);
