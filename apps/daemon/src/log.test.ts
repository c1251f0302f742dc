import { readFile, readdir, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createTestClock } from '@ibkit/clock/testing';
import { describe, expect, it } from 'vitest';
import { openLog } from './log.js';
import { temporaryDirectory } from './testing/temporary-directory.js';
import { settingsOf } from './testing/test-daemon.js';

describe('the log of the daemon', () => {
  it('hides orders unless they are asked for, and accounts always', async () => {
    const lines: string[] = [];
    for (const flags of [[], ['--log-orders']]) {
      await using log = openLog(await settingsOf(...flags), (line) => lines.push(line));
      log.info({ order: { action: 'BUY', totalQuantity: 100, account: 'DU1234567' } }, 'filled');
    }
    expect(lines.map((line) => line.includes('"totalQuantity":100'))).toEqual([false, true]);
    expect(lines.join('')).not.toContain('DU1234567');
  });

  it('writes the same lines to a file, and begins a new one when it is old', async () => {
    await using directory = await temporaryDirectory();
    const file = path.join(directory.path, 'daemon.log');
    const clock = createTestClock();
    const lines: string[] = [];
    const log = openLog(await settingsOf('--log-file', file, '--log-file-rotate-after', '1h'), (line) => lines.push(line), clock);
    log.info('first');
    await clock.advance(3_600_000);
    log.info('second');
    await log.close();
    expect(await readFile(`${file}.1`, 'utf8')).toBe(lines[0]);
    expect(await readFile(file, 'utf8')).toBe(lines[1]);
  });

  it('keeps to the format, the size and the number of files that were asked for', async () => {
    await using directory = await temporaryDirectory();
    const file = path.join(directory.path, 'daemon.log');
    const lines: string[] = [];
    const log = openLog({ ...(await settingsOf('--log-file', file)), logFormat: 'pretty', logFileMaxBytes: 1024, logFileCount: 1 }, (line) => lines.push(line));
    for (let count = 0; count < 40; count += 1) log.info('x'.repeat(100));
    await log.close();
    expect(lines[0]).not.toContain('{');
    expect((await readdir(directory.path)).sort()).toEqual(['daemon.log', 'daemon.log.1']);
  });

  it('removes old files that are older than asked', async () => {
    await using directory = await temporaryDirectory();
    const file = path.join(directory.path, 'daemon.log');
    for (const number of [1, 2]) await writeFile(`${file}.${number}`, '');
    await utimes(`${file}.2`, 0, 0);
    await openLog(await settingsOf('--log-file', file, '--log-file-keep-for', '7d'), () => undefined).close();
    expect((await readdir(directory.path)).sort()).toEqual(['daemon.log', 'daemon.log.1']);
  });
});
