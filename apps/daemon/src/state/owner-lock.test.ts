import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { createTestClock } from '@ibkit/clock/testing';
import { identityOf, thisProcess } from '@ibkit/process-lock';
import type { ProcessLock } from '@ibkit/process-lock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeOwnerLock } from './owner-lock.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';

describe('the lock of a state directory', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let file: string;
  let clock = createTestClock();
  beforeEach(async () => {
    directory = await temporaryDirectory();
    file = path.join(directory.path, 'owner.lock');
    clock = createTestClock();
  });
  afterEach(async () => {
    await directory[Symbol.asyncDispose]();
  });

  const take = (stateDir = directory.path): Promise<ProcessLock> => takeOwnerLock({ stateDir, clock, onLost: () => undefined });
  const write = (owner: Readonly<Record<string, unknown>>): Promise<void> => writeFile(file, JSON.stringify(owner));

  it('lets one daemon in, and the next one after it', async () => {
    const first = await take();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const second = take();
    await expect(second).rejects.toThrow(`process id ${process.pid}`);
    await expect(second).rejects.toMatchObject({ code: 'IBKR_STATE_DIR_IN_USE' });
    await Promise.all([first.close(), first.close()]);
    await (await take()).close();
    expect(await readdir(directory.path)).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')('stays with a daemon that is stopped, and is taken from one that was killed by exactly one of many', async () => {
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] });
    try {
      await once(child, 'spawn');
      await write({ ...(await identityOf(child.pid ?? 0)) });
      child.kill('SIGSTOP');
      await utimes(file, 1, 1);
      await expect(take()).rejects.toMatchObject({ code: 'IBKR_STATE_DIR_IN_USE' });
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    const taken = await Promise.allSettled([take(), take(), take()]);
    const owners = taken.filter((result) => result.status === 'fulfilled');
    expect(owners).toHaveLength(1);
    expect(await readdir(directory.path)).toEqual(['owner.lock']);
    await owners[0]?.value.close();
  });

  it.runIf(process.platform === 'linux')('is not fooled by another process that got the same id', async () => {
    await write({ ...(await thisProcess()), startedAt: '1', nonce: 'a' });
    const lock = await take();
    expect(await readFile(file, 'utf8')).not.toContain('"nonce":"a"');
    await lock.close();
  });

  it('leaves alone what it cannot judge: another host, and a file that it does not understand', async () => {
    await write({ pid: 1, host: 'another.example', nonce: 'a' });
    await expect(take()).rejects.toThrow(/process 1 on host another\.example.*remove .*owner\.lock/);
    await writeFile(file, '');
    await expect(take()).rejects.toThrow(/cannot be understood/);
    expect(await readdir(directory.path)).toEqual(['owner.lock']);
  });

  it('waits for a container of the same name, and takes over only what gives no sign of life', async () => {
    const owner = { pid: 1, host: hostname(), namespace: 'pid:[1]', nonce: 'a' };
    await write(owner);
    const outcome = async (signOfLife: () => Promise<void>): Promise<unknown> => {
      const state = { settled: false };
      const taking = take().finally(() => {
        state.settled = true;
      });
      taking.catch(() => undefined);
      while (!state.settled) {
        await signOfLife();
        await clock.advance(500);
        await stat(file);
      }
      return taking;
    };
    let seconds = 1;
    await expect(outcome(() => utimes(file, (seconds += 1), seconds))).rejects.toMatchObject({ code: 'IBKR_STATE_DIR_IN_USE' });
    const startedAtMs = clock.monotonic();
    const lock = await outcome(() => Promise.resolve());
    expect(clock.monotonic() - startedAtMs).toBeGreaterThanOrEqual(35_000);
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ pid: process.pid });
    expect(lock).toMatchObject({ lost: false });
  });

  it('does not remove a lock that is not its own any more', async () => {
    const lock = await take();
    await write({ pid: 1, host: 'another.example', nonce: 'a' });
    await lock.close();
    expect(await readdir(directory.path)).toEqual(['owner.lock']);
  });

  it('says that a directory cannot be used', async () => {
    await writeFile(file, '');
    await expect(take(path.join(file, 'below'))).rejects.toMatchObject({ code: 'IBKR_STATE_DIR_UNUSABLE' });
  });
});
