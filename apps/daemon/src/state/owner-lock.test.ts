import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OwnerLock } from './owner-lock.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';

/** A process id that is free: of a process that has ended. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' });
  await once(child, 'exit');
  if (child.pid === undefined) throw new Error('no process was started');
  return child.pid;
}

describe('OwnerLock', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let file: string;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    file = path.join(directory.path, 'owner.lock');
  });
  afterEach(async () => {
    await directory[Symbol.asyncDispose]();
  });

  const write = (owner: Readonly<Record<string, unknown>>): Promise<void> => writeFile(file, JSON.stringify(owner));

  it('lets one daemon in, and the next one after it', async () => {
    const first = await OwnerLock.take(directory.path);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const second = OwnerLock.take(directory.path);
    await expect(second).rejects.toThrow(`process id ${process.pid}`);
    await expect(second).rejects.toMatchObject({ code: 'IBKR_STATE_DIR_IN_USE' });
    await Promise.all([first.close(), first.close()]);
    await (await OwnerLock.take(directory.path)).close();
    expect(await readdir(directory.path)).toEqual([]);
  });

  it('lets exactly one of many in, also over the lock of a dead one', async () => {
    await write({ pid: await deadPid(), host: hostname(), nonce: 'old' });
    const taken = await Promise.allSettled(Array.from({ length: 2 }, () => OwnerLock.take(directory.path)));
    const owners = taken.filter((result) => result.status === 'fulfilled');
    expect(owners).toHaveLength(1);
    expect(await readdir(directory.path)).toEqual(['owner.lock']);
    await owners[0]?.value.close();
  });

  it('takes over from a process that has died', async () => {
    await write({ pid: await deadPid(), host: hostname(), nonce: 'old' });
    const lock = await OwnerLock.take(directory.path);
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ pid: process.pid });
    await lock.close();
  });

  it.runIf(process.platform === 'linux')('is not fooled by another process that got the same id', async () => {
    await write({ pid: process.pid, host: hostname(), startedAt: 'an earlier boot:1', nonce: 'old' });
    const lock = await OwnerLock.take(directory.path);
    expect(await readFile(file, 'utf8')).not.toContain('an earlier boot');
    await lock.close();
  });

  it('leaves alone what it cannot judge: another host, and a file that it does not understand', async () => {
    await write({ pid: 1, host: 'another.example', nonce: 'x' });
    await expect(OwnerLock.take(directory.path)).rejects.toThrow(/process 1 on host another\.example.*remove .*owner\.lock/);
    await writeFile(file, '');
    await expect(OwnerLock.take(directory.path)).rejects.toThrow(/cannot be understood/);
    expect(await readdir(directory.path)).toEqual(['owner.lock']);
  });

  it('does not remove a lock that is not its own any more', async () => {
    const lock = await OwnerLock.take(directory.path);
    await write({ pid: 1, host: 'another.example', nonce: 'x' });
    await lock.close();
    expect(await readdir(directory.path)).toEqual(['owner.lock']);
  });

  it('says that a directory cannot be used', async () => {
    await writeFile(file, '');
    await expect(OwnerLock.take(path.join(file, 'below'))).rejects.toMatchObject({ code: 'IBKR_STATE_DIR_UNUSABLE' });
  });
});
