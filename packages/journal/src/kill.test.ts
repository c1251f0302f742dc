import path from 'node:path';
import { seededRandom } from '@ibkit/clock';
import { expect, it } from 'vitest';
import { ChildProgram } from '@ibkit/presets/child-program';
import { JournalDirectory, entriesOf } from './testing/directories.js';
import { recordAt } from './testing/batches.js';

const PROGRAM = path.join(import.meta.dirname, 'testing/append-program.ts');
const ROUNDS = 4;

// Starting a process takes most of a second, more on a busy machine, and there is no other way to be killed like one.
it(`has every append that was acknowledged after kill -9 at ${ROUNDS} random moments, each record whole and chained`, { timeout: 90_000 }, async () => {
  await using directory = new JournalDirectory();
  const random = seededRandom(7);
  for (let round = 1; round <= ROUNDS; round += 1) {
    const program = new ChildProgram(PROGRAM, [directory.path]);
    let acknowledged = 0;
    const appends = 1 + Math.floor(random.next() * 60);
    for (let append = 0; append < appends; append += 1) acknowledged = Number(await program.next());
    await program.kill();
    // What it said before it died, also after the last line that was waited for.
    acknowledged = Math.max(acknowledged, ...program.lines.map(Number));

    const journal = await directory.open();
    const entries = await entriesOf(journal);
    expect(entries.length).toBeGreaterThanOrEqual(acknowledged);
    expect(entries.map(({ record }) => record)).toEqual(entries.map(({ seq }) => recordAt(seq)));
    expect(await journal.verify()).toMatchObject({ ok: true, records: entries.length });
    expect(entries.at(-1)?.term).toBe(round);
    await journal.close();
  }
});
