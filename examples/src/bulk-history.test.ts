import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createSimulator } from '@ibkit/simulator';
import { expect, it } from 'vitest';
import { run } from './bulk-history.js';
import { expectAsInReadme, printedBy } from './testing/printed.js';

it('writes every bar once, also when it was stopped in between', async () => {
  await using simulator = await createSimulator();
  const directory = await mkdtemp(path.join(tmpdir(), 'ibkit-history-'));
  const wanted = { host: simulator.host, port: simulator.port, symbol: 'AAPL', from: '2026-03-01', to: '2026-03-15' };
  try {
    const whole = path.join(directory, 'AAPL.csv');
    const lines = await printedBy(() => run({ ...wanted, file: whole }));
    await expectAsInReadme('bulk-history', lines.map((line) => line.replace(directory + path.sep, '')));

    const file = path.join(directory, 'stopped.csv');
    const stop = new AbortController();
    const stopped = await printedBy(() => run({ ...wanted, file, signal: stop.signal }), (line) => {
      if (line.startsWith('2 of 3')) stop.abort();
    });
    expect(stopped.at(-1)).toBe('stopped; the next run goes on from here');
    const part = await readFile(file, 'utf8');
    await appendFile(file, '2026-03-05T15:00:00.000Z,half a r'); // as a program leaves it that is killed while it writes
    const resumed = await printedBy(() => run({ ...wanted, file }));
    expect(resumed[1]).toMatch(/^goes on at 2026-03-/u);

    const text = await readFile(whole, 'utf8');
    expect(part.length).toBeLessThan(text.length);
    expect(await readFile(file, 'utf8')).toBe(text);
    const times = text.trimEnd().split('\n').slice(1).map((row) => Date.parse(row.split(',')[0] ?? ''));
    expect(times).toHaveLength(3_900); // ten sessions of 390 minutes
    expect(times.every((time, index) => index === 0 || time > (times[index - 1] ?? 0))).toBe(true);
  } finally {
    await rm(directory, { recursive: true });
  }
});
