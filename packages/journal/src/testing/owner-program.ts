import process from 'node:process';
import { createInterface } from 'node:readline';
import { sqliteJournal } from '../sqlite-journal.js';

// Owns the directory that it is given, and does what it is told, one line each.
const journal = await sqliteJournal({ directory: process.argv[2] ?? '' });
const lease = await journal.coordinator.acquire();
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const { seq } = await journal.head();
let expectedSeq = seq;

async function obey(line: string): Promise<void> {
  if (line === 'append') {
    const result = await journal.append([{ type: 'killSwitch', atMs: 1, engaged: false, reason: '' }], { term: lease.term, expectedSeq });
    if (result.status === 'ok') expectedSeq = result.seq;
    say(`appended ${result.status}`);
  }
  if (line === 'held') say(`held ${lease.isHeld()}`);
  if (line === 'release') {
    await lease.release();
    say('released');
  }
}

let turn = Promise.resolve();
createInterface({ input: process.stdin }).on('line', (line) => {
  turn = turn.then(() => obey(line));
});
await journal.append([{ type: 'term', atMs: 1, term: lease.term }], { term: lease.term, expectedSeq }).then(() => {
  expectedSeq += 1;
});
say(`held ${lease.term}`);
