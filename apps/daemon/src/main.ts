#!/usr/bin/env node
import process from 'node:process';
import { systemClock } from '@ibkit/clock';
import { processIo } from './process/process-io.js';
import { main } from './program.js';

/** What a process may still need to flush its output once everything is closed. */
const LAST_WORDS_MS = 2000;

void main(process.argv.slice(2), processIo()).then((exitCode) => {
  process.exitCode = exitCode;
  // Only fires when something that would not close still holds the process.
  systemClock().setTimer(LAST_WORDS_MS, () => {
    process.stderr.write('ibkitd: something would not close; ending anyway\n');
    process.exit(exitCode);
  }, { keepAlive: false });
});
