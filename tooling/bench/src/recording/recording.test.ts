import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { FORMATS } from './formats.js';
import type { FormatName } from './formats.js';
import { makeTicks } from './rows.js';

const NAMES: readonly FormatName[] = ['recording', 'recording, row by row', 'JSON lines', 'JSON lines, gzip 1', 'MessagePack', 'SQLite', 'Parquet, from segments'];
const ticks = makeTicks(2_000);
const sum = ticks.reduce((total, tick) => total + ((tick.type === 'trade' ? tick.price : tick.bid) ?? 0), 0);

it('measures every format', () => {
  expect(NAMES).toEqual(Object.keys(FORMATS));
});

it.each(NAMES)('gets everything back from %s', async (name) => {
  const directory = await mkdtemp(path.join(tmpdir(), 'ibkit-bench-'));
  try {
    if (name === 'Parquet, from segments') await FORMATS.recording.write(directory, ticks);
    await FORMATS[name].write(directory, ticks);
    const tally = await FORMATS[name].read(directory);
    expect(tally.rows).toBe(ticks.length);
    expect(tally.sum).toBeCloseTo(sum, 4);
    expect(await FORMATS[name].bytes(directory)).toBeGreaterThan(ticks.length);
  } finally {
    await rm(directory, { recursive: true });
  }
});
