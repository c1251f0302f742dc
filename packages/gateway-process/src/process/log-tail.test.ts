import { appendFileSync } from 'node:fs';
import { mkdtemp, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTestClock } from '@ibkit/clock/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LogTail, lastLines } from './log-tail.js';

let directory: string;
let file: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'ibkit-tail-'));
  file = path.join(directory, 'a.log');
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

it('comes to an end with a file that grows faster than it reads', async () => {
  await writeFile(file, 'x\n');
  const clock = createTestClock();
  let lines = 0;
  const tail = new LogTail({ file, clock, everyMs: 250, onLine: () => {
    lines += 1;
    if (lines < 10_000) appendFileSync(file, 'x\n'.repeat(20));
  } });
  await tail.catchUp();
  expect(lines).toBeLessThan(1_000);
  await tail.close();
  expect(clock.pending).toBe(0);
});

it('keeps little of a line without end, and goes on behind it', async () => {
  await writeFile(file, `${'x'.repeat(3_000_000)}\nafter\nhalf`);
  const clock = createTestClock();
  const lines: string[] = [];
  const tail = new LogTail({ file, clock, everyMs: 250, onLine: (line) => lines.push(line) });
  await tail.close();
  await tail.close();
  expect(lines.map((line) => line.slice(0, 5))).toEqual(['xxxxx', 'after', 'half']);
  expect(lines[0]?.length).toBe(4_096);
  expect(clock.pending).toBe(0);
});

it('begins again with a file that was made shorter', async () => {
  await writeFile(file, 'one\ntwo\nhal');
  const lines: string[] = [];
  await using tail = new LogTail({ file, clock: createTestClock(), everyMs: 250, onLine: (line) => lines.push(line) });
  await tail.catchUp();
  await truncate(file, 0);
  await writeFile(file, 'new\n', { flag: 'a' });
  await tail.catchUp();
  expect(lines).toEqual(['one', 'two', 'new']);
});

it('sets a file aside that grew too large, and loses none of its lines', async () => {
  const clock = createTestClock();
  const lines: string[] = [];
  await writeFile(file, '');
  const tail = new LogTail({ file, clock, everyMs: 250, maxBytes: 100, onLine: (line) => lines.push(line) });
  const all = Array.from({ length: 60 }, (_, index) => `line ${index}`);
  for (const line of all) {
    appendFileSync(file, `${line}\n`);
    await tail.catchUp();
  }
  await tail.close();
  expect(lines).toEqual(all);
  expect((await stat(file)).size).toBeLessThan(120);
  expect((await stat(file.replace('.log', '.earlier.log'))).size).toBeLessThan(120);
});

it('gives the last lines of a file of any size', async () => {
  await writeFile(file, `${'line\n'.repeat(200_000)}last\n`);
  expect(await lastLines(file, 2)).toEqual(['line', 'last']);
  await writeFile(file, 'x'.repeat(1_000_000));
  expect(await lastLines(file, 2)).toEqual([]);
});
