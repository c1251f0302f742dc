import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createSimulator } from '@ibkit/simulator';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from './free-port.js';
import { runMainJob } from './run.js';
import { fakeIo, stubDaemon } from './testing/fake-io.js';
import type { FakeIo } from './testing/fake-io.js';

/** Waits for a text of a job that runs, and fails when it ends before. */
async function said(io: FakeIo, exitCode: Promise<number>, pattern: RegExp): Promise<RegExpExecArray> {
  const ended = exitCode.then((code) => {
    throw new Error(`it ended with ${code} before it said ${pattern.source}: ${io.said().out}${io.said().err}`);
  });
  return await Promise.race([io.untilSaid(pattern), ended]);
}

const API = /API: (http:\/\/127\.0\.0\.1:(\d+))/;

describe('runMainJob', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'ibkit-main-job-'));
  });
  afterEach(async () => {
    await rm(directory, { recursive: true, force: true });
  });

  it('shows the simulated market on another port when the usual one is taken, and stops without a trace', async () => {
    const holder = createServer().on('error', () => undefined).listen(8787, '127.0.0.1');
    const io = fakeIo();
    const exitCode = runMainJob([], io);
    const [, url = '', port] = await said(io, exitCode, API);
    expect(port).not.toBe('8787');
    await said(io, exitCode, /quote {4}SPY +\d+\.\d\d x \d+\.\d\d .* live/);
    await said(io, exitCode, /account {2}DU1234567 {2}NetLiquidation 1,000,000 USD/);
    await said(io, exitCode, /health {3}connected, tcp up/);
    const tokenFile = /cat (\S+)\)/.exec(io.said().out)?.[1] ?? '';
    expect((await stat(tokenFile)).mode & 0o777).toBe(0o600);
    io.askToStop();
    expect(await exitCode).toBe(0);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
    await expect(stat(path.dirname(tokenFile))).rejects.toThrow('ENOENT');
    holder.close();
  });

  it('shows a gateway that runs elsewhere', async () => {
    await using gateway = await createSimulator({ accounts: ['DU7654321'] });
    const io = fakeIo();
    const exitCode = runMainJob(['--paper', '--gateway', '--host', '127.0.0.1', '--port', String(gateway.port), '--state-dir', directory], io);
    await said(io, exitCode, /ibkitd runs on a real gateway/);
    await said(io, exitCode, /quote {4}SPY +\d+\.\d\d/);
    await said(io, exitCode, /account {2}DU7654321/);
    io.askToStop();
    expect(await exitCode).toBe(0);
    expect(io.said().err).toBe('');
  });

  it('stops by itself when its time is over, even before there is anything to show', async () => {
    expect(await runMainJob(['--for', '1ms'], fakeIo())).toBe(0);
    expect(await runMainJob(['--for', '50ms'], fakeIo(stubDaemon('setInterval(() => 0, 1000)')))).toBe(0);
  });

  it('reports a daemon that cannot start', async () => {
    const io = fakeIo(stubDaemon('process.exit(3)'));
    expect(await runMainJob([], io)).toBe(1);
    expect(io.said().err).toBe('npm start: the daemon ended before it listened (3); its message is above\n');
    const missing = fakeIo([path.join(directory, 'nothing')]);
    expect(await runMainJob([], missing)).toBe(1);
  });

  it('reports a daemon that ends by itself', async () => {
    const tokenFile = path.join(directory, 'token');
    await writeFile(tokenFile, 'token');
    const io = fakeIo(stubDaemon(`
      const server = require('node:http').createServer(() => process.exit(7)).listen(0, '127.0.0.1', () => {
        console.log('not JSON');
        console.log(JSON.stringify({ event: 'listening', url: 'http://127.0.0.1:' + server.address().port, tokenFile: ${JSON.stringify(tokenFile)} }));
      });`));
    expect(await runMainJob([], io)).toBe(1);
    expect(io.said().err).toBe('npm start: the daemon ended by itself (7)\n');
  });

  it('refuses arguments that make no sense', async () => {
    const io = fakeIo(stubDaemon('0'));
    expect(await runMainJob(['--fro', '10s'], io)).toBe(2);
    expect(io.said().err).toContain('unknown argument "--fro"');
  });
});

describe('a port that is taken', () => {
  it('is told apart from a free one', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const address = holder.address();
    const port = address === null || typeof address === 'string' ? 0 : address.port;
    expect(await freePort(port)).toBe(0);
    holder.close();
    await once(holder, 'close');
    expect(await freePort(port)).toBe(port);
  });
});
