import process from 'node:process';
import { sqliteJournal } from '../sqlite-journal.js';
import { batchAt } from './batches.js';

// Appends for ever, and says after each append up to which record everything is on the disk.
const journal = await sqliteJournal({ directory: process.argv[2] ?? '' });
const lease = await journal.coordinator.acquire({ above: (await journal.head()).term });
let { seq } = await journal.head();
for (;;) {
  const result = await journal.append(batchAt(seq), { term: lease.term, expectedSeq: seq });
  if (result.status === 'fenced') throw new Error('fenced');
  ({ seq } = result);
  // Waits for the pipe, so that it is not killed with thousands of lines in its memory.
  await new Promise((resolve) => process.stdout.write(`${seq}\n`, resolve));
}
