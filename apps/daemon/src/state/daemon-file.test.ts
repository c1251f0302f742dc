import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { DaemonFile } from './daemon-file.js';

describe('DaemonFile', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let file: string;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    file = path.join(directory.path, 'daemon.json');
  });
  afterEach(async () => {
    await directory[Symbol.asyncDispose]();
  });

  it.each([
    ['http://127.0.0.1:8787', 'http://127.0.0.1:8787'],
    ['https://0.0.0.0:8787', 'https://127.0.0.1:8787'],
    ['http://[::]:8787', 'http://[::1]:8787'],
    ['unix:/run/ibkit.sock', 'unix:/run/ibkit.sock'],
  ])('%s is found at %s, by this user alone, until it ends', async (url, found) => {
    await writeFile(file, 'of a dead daemon', { mode: 0o644 });
    const daemonFile = await DaemonFile.write({ stateDir: directory.path, url, startedAtMs: 5 });
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ url: found, pid: process.pid, startedAtMs: 5 });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await Promise.all([daemonFile.close(), daemonFile.close()]);
    expect(await readdir(directory.path)).toEqual([]);
  });

  it('leaves the file of another daemon alone', async () => {
    const first = await DaemonFile.write({ stateDir: directory.path, url: 'http://127.0.0.1:1', startedAtMs: 1 });
    await DaemonFile.write({ stateDir: directory.path, url: 'http://127.0.0.1:2', startedAtMs: 2 });
    await first.close();
    expect(await readFile(file, 'utf8')).toContain('127.0.0.1:2');
  });
});
