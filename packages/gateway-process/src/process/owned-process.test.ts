import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@ibkit/clock';
import { identityOf, livenessOf, thisProcess } from '@ibkit/process-lock';
import { ChildProgram } from '@ibkit/presets/child-program';
import { expect, it, vi } from 'vitest';
import { directDriver } from '../drivers/direct-driver.js';
import { GatewayProcess } from '../gateway/gateway-process.js';
import { Scratch } from '../testing/scratch.js';
import { GATE, OwnedProcess } from './owned-process.js';
import { readRecord, writeRecord } from './process-record.js';

it('a gateway survives kill -9 of its keeper, and the next keeper takes it over and ends it', async () => {
  await using scratch = await Scratch.make();
  const launcher = fileURLToPath(new URL('../testing/launcher.ts', import.meta.url));
  const pid = await (async () => {
    await using keeper = new ChildProgram(launcher, [scratch.program, scratch.stateDir, String(scratch.port), ...scratch.args()]);
    for (let line = await keeper.next(); ; line = await keeper.next()) {
      const [phase, id] = line.split(' ');
      if (phase !== 'ready') continue;
      await keeper.kill();
      return Number(id);
    }
  })();
  const identity = await identityOf(pid);
  expect(await livenessOf(identity, await thisProcess())).toBe('alive');
  await using next = new GatewayProcess({ driver: directDriver({ gatewayPath: scratch.program, args: scratch.args() }), stateDir: scratch.stateDir, port: scratch.port, probeEveryMs: 50 });
  expect((await next.start()).pid).toBe(pid);
  await next.stop();
  expect(await livenessOf(identity, await thisProcess())).toBe('dead');
});

it('a program whose keeper dies before it is written down never begins', async () => {
  await using scratch = await Scratch.make();
  const mark = path.join(scratch.directory, 'mark');
  // What the keeper does, without the word: its end of the pipe closes with it.
  const child = spawn('/bin/sh', ['-c', GATE, 'ibkit-gateway', '/bin/sh', '-c', `echo begun > '${mark}'`], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  child.stdin.destroy();
  await once(child, 'exit');
  await expect(readFile(mark, 'utf8')).rejects.toMatchObject({ code: 'ENOENT' });
  // With the word it does.
  const told = spawn('/bin/sh', ['-c', GATE, 'ibkit-gateway', '/bin/sh', '-c', `echo begun > '${mark}'`], { stdio: ['pipe', 'ignore', 'ignore'] });
  told.stdin.end('go\n');
  await once(told, 'exit');
  expect(await readFile(mark, 'utf8')).toBe('begun\n');
});

it('a program that cannot be written down never begins, and nothing of it is left', async () => {
  await using scratch = await Scratch.make();
  await mkdir(path.join(scratch.stateDir, 'process.json', 'x'), { recursive: true });
  const mark = path.join(scratch.directory, 'mark');
  await expect(OwnedProcess.launch({ file: '/bin/sh', argv: ['-c', `echo begun > '${mark}'`], env: {} }, { directory: scratch.stateDir, clock: systemClock() })).rejects.toThrow();
  await vi.waitFor(() => {
    expect(process.getActiveResourcesInfo()).not.toContain('ProcessWrap');
  }, { timeout: 20_000 });
  await expect(readFile(mark, 'utf8')).rejects.toMatchObject({ code: 'ENOENT' });
});

it('ends what a program that was taken over left behind', async () => {
  await using scratch = await Scratch.make();
  const program = path.join(scratch.directory, 'leaver');
  const [go, child] = ['go', 'child'].map((name) => path.join(scratch.directory, name));
  await writeFile(program, `#!/bin/sh\nsleep 600 &\necho $! > '${child ?? ''}'\nwhile [ ! -e '${go ?? ''}' ]; do sleep 0.05; done\n`, { mode: 0o755 });
  const options = { directory: scratch.stateDir, clock: systemClock() };
  (await OwnedProcess.launch({ file: program, argv: [], env: { PATH: '/usr/bin:/bin' } }, options)).release();
  const owned = await OwnedProcess.find(options);
  if (owned === undefined) throw new Error('it was not found');
  const pid = await vi.waitFor(async () => Number((await readFile(child ?? '', 'utf8')).trim() || Number.NaN), { timeout: 20_000 });
  await writeFile(go ?? '', '');
  await owned.exited;
  const left = await identityOf(pid);
  await owned.endGroup();
  expect(await livenessOf(left, await thisProcess())).toBe('dead');
});

it('ends what the program started and left behind', async () => {
  await using scratch = await Scratch.make();
  const program = path.join(scratch.directory, 'leaver');
  await writeFile(program, `#!/bin/sh\nsleep 600 &\necho $! > '${scratch.directory}/child'\nexit 0\n`, { mode: 0o755 });
  const owned = await OwnedProcess.launch({ file: program, argv: [], env: { PATH: '/usr/bin:/bin' } }, { directory: scratch.stateDir, clock: systemClock() });
  await owned.exited;
  const child = await identityOf(Number(await readFile(path.join(scratch.directory, 'child'), 'utf8')));
  expect(await livenessOf(child, await thisProcess())).toBe('alive');
  await owned.endGroup();
  expect(await livenessOf(child, await thisProcess())).toBe('dead');
});

it('never takes another process for the one that is written down', async () => {
  await using scratch = await Scratch.make();
  const identity = await identityOf(process.pid);
  const record = { logFile: path.join(scratch.stateDir, 'x.log'), startedAtMs: 0, facts: {} };
  // The same process id, started at another time.
  await writeRecord(scratch.stateDir, { ...record, identity: { ...identity, startedAt: '1' } });
  expect(await OwnedProcess.find({ directory: scratch.stateDir, clock: systemClock() })).toBeUndefined();
  expect(await readRecord(scratch.stateDir)).toBeUndefined();
  await writeFile(path.join(scratch.stateDir, 'process.json'), '{"identity":');
  expect(await OwnedProcess.find({ directory: scratch.stateDir, clock: systemClock() })).toBeUndefined();
});
