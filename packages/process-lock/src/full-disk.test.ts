import type * as FileSystem from 'node:fs/promises';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTestClock } from '@ibkit/clock/testing';
import { expect, it, vi } from 'vitest';
import { ProcessLock } from './process-lock.js';

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof FileSystem>();
  const open: typeof real.open = async (...args) => {
    const handle = await real.open(...args);
    handle.writeFile = () => Promise.reject(Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' }));
    return handle;
  };
  return { ...real, open };
});

it('leaves nothing on a disk that is full', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'ibkit-lock-full-'));
  const clock = createTestClock();
  await expect(ProcessLock.take({ file: path.join(directory, 'some.lock'), clock })).rejects.toMatchObject({ code: 'IBKR_STATE_DIR_UNUSABLE', message: expect.stringContaining('no space left') as string });
  expect(await readdir(directory)).toEqual([]);
  expect(clock.pending).toBe(0);
  await rm(directory, { recursive: true });
});
