// One way to keep rows, in a process of its own: writes them, reads them back, and tells the CPU time of both.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { FORMATS, isFormatName } from './formats.js';
import type { Tally } from './formats.js';
import { makeTicks } from './rows.js';

const [name = '', rows = ''] = process.argv.slice(2);

/** CPU milliseconds, user and system, of some work. */
async function cpuMs(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** A first run on other files makes the code warm, as it is in a program that runs for months. */
async function measure(): Promise<void> {
  if (!isFormatName(name)) throw new Error(`${name} is no format`);
  const format = FORMATS[name];
  const ticks = makeTicks(Number(rows));
  let answer = {};
  for (const warm of [true, false]) {
    const directory = await mkdtemp(path.join(tmpdir(), 'ibkit-bench-'));
    try {
      if (format === FORMATS['Parquet, from segments']) await FORMATS.recording.write(directory, ticks);
      const writeMs = await cpuMs(() => format.write(directory, ticks));
      let tally: Tally = { rows: 0, sum: 0 };
      const readMs = await cpuMs(async () => {
        tally = await format.read(directory);
      });
      if (!warm) answer = { writeMs, readMs, bytes: await format.bytes(directory), ...tally };
    } finally {
      await rm(directory, { recursive: true });
    }
  }
  process.send?.(answer);
}

await measure();
