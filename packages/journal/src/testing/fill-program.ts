import process from 'node:process';
import { isIbkrError } from '@ibkit/error-codes';
import { sqliteJournal } from '../sqlite-journal.js';
import { batchAt } from './batches.js';

// Appends until something goes wrong, and prints the code of that and the last record that was acknowledged.
let acknowledged = 0;
try {
  const journal = await sqliteJournal({ directory: process.argv[2] ?? '' });
  for (;;) {
    const result = await journal.append(batchAt(acknowledged), { term: 1, expectedSeq: acknowledged });
    if (result.status === 'fenced') throw new Error('fenced');
    acknowledged = result.seq;
  }
} catch (error) {
  process.stdout.write(`${isIbkrError(error) ? error.code : String(error)} ${acknowledged}\n`);
}
