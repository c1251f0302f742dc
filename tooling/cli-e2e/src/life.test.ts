import { chmod, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { LIFE } from './cases/services.js';
import { perform, titleOf } from './testing/perform.js';
import type { Places } from './testing/perform.js';
import { builtProgram, freshDirectory, ibkit } from './testing/program.js';
import { NO_RESTARTS, writeConfig } from './testing/world.js';

const home = freshDirectory();
let places: Places;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** A program that stands in for IB Gateway: it listens where that one would, and does not live for ever if nobody stops it. */
async function gatewayProgram(port: number): Promise<string> {
  const file = path.join(freshDirectory(), 'ibgateway');
  await writeFile(file, `#!/bin/sh\nexec "${process.execPath}" "${builtProgram('ibkit')}" simulate --port ${port} --for 5m\n`);
  await chmod(file, 0o700);
  return file;
}

beforeAll(async () => {
  const [own, ofDaemon] = [await freePort(), await freePort()];
  const [program, programOfDaemon] = [await gatewayProgram(own), await gatewayProgram(ofDaemon)];
  await writeConfig(home, `[connection]\nport = ${ofDaemon}\n${NO_RESTARTS}[gateway-process]\ndriver = direct\nprogram = ${programOfDaemon}\n`);
  places = {
    direct: { flags: ['--via', 'direct', '--port', String(own)], home: freshDirectory(), facts: new Map([['program', program]]) },
    daemon: { flags: ['--via', 'daemon'], home, facts: new Map() },
  };
});

afterAll(async () => {
  await ibkit(['daemon', 'stop'], { home });
});

describe('the daemon and the gateways that are started and stopped', () => {
  // eslint-disable-next-line vitest/expect-expect -- perform holds the assertions
  it.each(LIFE.map((step) => [titleOf(step), step] as const))('%s', async (_title, step) => {
    await perform(step, places);
  });
});
