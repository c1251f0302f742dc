import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { createTestClock } from '@ibkit/clock/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { removeLockLitter } from './lock-litter.js';
import { ProcessLock, SilenceWatch } from './process-lock.js';
import { thisProcess } from './process-identity.js';

/** A process id that is free: of a process that has ended. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' });
  await once(child, 'exit');
  if (child.pid === undefined) throw new Error('no process was started');
  return child.pid;
}

describe('ProcessLock', () => {
  let directory: string;
  let file: string;
  let clock = createTestClock();
  let dead: number;
  beforeAll(async () => {
    dead = await deadPid();
  });
  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'ibkit-lock-'));
    file = path.join(directory, 'some.lock');
    clock = createTestClock();
  });
  afterEach(async () => {
    if (clock.pending !== 0) throw new Error(`${clock.pending} timers were left behind`);
    await rm(directory, { recursive: true });
  });

  const take = (): Promise<ProcessLock> => ProcessLock.take({ file, clock });
  const held = async (changes: Readonly<Record<string, unknown>>): Promise<void> => {
    await writeFile(file, JSON.stringify({ ...(await thisProcess()), ...changes }));
  };

  it('lets one in, and the next one after it', async () => {
    const first = await take();
    expect(first.file).toBe(file);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await expect(take()).rejects.toMatchObject({ code: 'IBKR_LOCK_HELD', details: { pid: process.pid, host: hostname() } });
    await Promise.all([first.close(), first.close()]);
    await (await take()).close();
    expect(await readdir(directory)).toEqual([]);
  });

  it('lets exactly one of many in over the lock of a dead one', async () => {
    for (let round = 0; round < 6; round += 1) {
      await held({ pid: dead, nonce: `${round}` });
      const results = await Promise.allSettled(Array.from({ length: 8 }, take));
      const owners = results.filter((result) => result.status === 'fulfilled');
      expect(owners).toHaveLength(1);
      expect(await readdir(directory)).toEqual(['some.lock']);
      await owners[0]?.value.close();
    }
  });

  it('gets over a right to take over that a killed process left, in whichever moment it was killed', async () => {
    const pid = dead;
    await held({ pid, nonce: 'a' });
    const self = await thisProcess();
    await writeFile(`${file}.a.over`, JSON.stringify({ ...self, pid, nonce: 'b' }));
    await writeFile(`${file}.a.over.b.over`, JSON.stringify({ ...self, pid, nonce: 'c' }));
    await writeFile(`${file}.d.draft`, JSON.stringify({ ...self, pid, nonce: 'd' }));
    await writeFile(`${file}.e.over`, JSON.stringify({ ...self, pid, nonce: 'f' }));
    const lock = await take();
    await removeLockLitter(directory);
    expect(await readdir(directory)).toEqual(['some.lock']);
    await lock.close();
  });

  it('leaves the litter of living processes alone, and a right that may still be used', async () => {
    const pid = dead;
    await held({ pid, nonce: 'a' });
    const self = await thisProcess();
    await writeFile(`${file}.a.over`, JSON.stringify({ ...self, pid, nonce: 'b' }));
    await writeFile(`${file}.x.draft`, JSON.stringify(self));
    await writeFile(`${file}.y.draft`, 'half a');
    await removeLockLitter(directory);
    expect((await readdir(directory)).sort()).toEqual(['some.lock', 'some.lock.a.over', 'some.lock.x.draft', 'some.lock.y.draft']);
  });

  it.runIf(process.platform === 'linux')('is not fooled by another process with the same id, or by a restart of the machine', async () => {
    for (const other of [{ startedAt: '1' }, { boot: 'another' }]) {
      await held({ ...other, nonce: 'a' });
      const lock = await take();
      expect(await readFile(file, 'utf8')).not.toContain('"nonce":"a"');
      await lock.close();
    }
  });

  it('keeps the lock of a living process whatever the clocks say and however long it gave no sign', async () => {
    const silence = new SilenceWatch({ clock, silentAfterMs: 60_000 });
    await held({ nonce: 'a' });
    await utimes(file, 1, 1);
    for (const step of [0, 60_000, 10_000_000]) {
      clock.setNow(clock.now() - step);
      await clock.advance(step);
      expect((await ProcessLock.tryTake({ file, clock, silence })).taken).toBe(false);
    }
  });

  it('takes a lock over from another machine only after it saw no sign of life for long enough', async () => {
    const silence = new SilenceWatch({ clock, silentAfterMs: 60_000 });
    const tries = async (): Promise<boolean> => {
      const attempt = await ProcessLock.tryTake({ file, clock, silence });
      if (attempt.taken) await attempt.lock.close();
      return attempt.taken;
    };
    await held({ host: 'another.example', nonce: 'a' });
    expect(await tries()).toBe(false);
    await clock.advance(59_999);
    expect(await tries()).toBe(false);
    // A sign of life, stamped by a clock that runs an hour behind.
    await utimes(file, 5, 5);
    await clock.advance(60_000);
    expect(await tries()).toBe(false);
    clock.setNow(clock.now() + 7_200_000);
    expect(await tries()).toBe(false);
    await clock.advance(60_000);
    expect(await tries()).toBe(true);
  });

  it('never takes it over without being told how to judge, nor what it does not understand', async () => {
    await held({ host: 'another.example', nonce: 'a' });
    await clock.advance(10_000_000);
    await expect(take()).rejects.toMatchObject({ code: 'IBKR_LOCK_HELD', details: { host: 'another.example' } });
    await writeFile(file, '');
    await expect(take()).rejects.toThrow('something unknown');
  });

  it('gives signs of life, and notices when it was taken over', async () => {
    const onLost = vi.fn();
    const lock = await ProcessLock.take({ file, clock, beatMs: 1_000, onLost });
    const before = (await stat(file)).mtimeMs;
    await clock.advance(1_000);
    await vi.waitFor(async () => {
      expect((await stat(file)).mtimeMs).not.toBe(before);
      expect(clock.pending).toBe(1);
    }, { timeout: 20_000 });
    await held({ nonce: 'f' });
    await clock.advance(1_000);
    await vi.waitFor(() => {
      expect(onLost).toHaveBeenCalledTimes(1);
    }, { timeout: 20_000 });
    expect(lock.lost).toBe(true);
    await lock.close();
    expect(await readFile(file, 'utf8')).toContain('"nonce":"f"');
  });

  it('gives no signs of life when there are to be none', async () => {
    const lock = await ProcessLock.take({ file, clock, beatMs: false });
    const before = (await stat(file)).mtimeMs;
    expect(clock.pending).toBe(0);
    await clock.advance(60_000);
    expect((await stat(file)).mtimeMs).toBe(before);
    await expect(take()).rejects.toMatchObject({ code: 'IBKR_LOCK_HELD', details: { pid: process.pid } });
    await lock.close();
    expect(await readdir(directory)).toEqual([]);
  });

  it('tells the loss once, whatever the listener throws', async () => {
    const onLost = vi.fn(() => {
      throw new Error('of the listener');
    });
    const lock = await ProcessLock.take({ file, clock, beatMs: 1_000, onLost });
    await held({ nonce: 'f' });
    await clock.advance(1_000);
    await vi.waitFor(() => {
      expect(onLost).toHaveBeenCalledTimes(1);
    }, { timeout: 20_000 });
    await clock.settle();
    expect(clock.pending).toBe(0);
    expect(lock.lost).toBe(true);
    await lock.close();
  });

  it.each([0, -1, Number.NaN, Infinity])('refuses a time of %d', async (ms) => {
    await expect(ProcessLock.tryTake({ file, clock, beatMs: ms })).rejects.toThrow('beatMs must be');
    await expect(ProcessLock.take({ file, clock, beatMs: ms })).rejects.toThrow('beatMs must be');
    expect(() => new SilenceWatch({ clock, silentAfterMs: ms })).toThrow('silentAfterMs must be');
    expect(await readdir(directory)).toEqual([]);
  });

  it('says that a directory cannot be used', async () => {
    await writeFile(file, '');
    await expect(ProcessLock.take({ file: path.join(file, 'below'), clock })).rejects.toMatchObject({ code: 'IBKR_STATE_DIR_UNUSABLE' });
  });
});
