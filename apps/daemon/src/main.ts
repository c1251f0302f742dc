#!/usr/bin/env node
import process from 'node:process';
import { main } from './program.js';

const stop = new AbortController();
for (const [signal, number] of [['SIGINT', 2], ['SIGTERM', 15]] as const) {
  process.on(signal, () => {
    // The second signal does not wait for the tidy end that the first one started.
    if (stop.signal.aborted) process.exit(128 + number);
    stop.abort(new Error(`received ${signal}`));
  });
}

void main(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  env: process.env,
  stop: stop.signal,
}).then((exitCode) => {
  process.exitCode = exitCode;
});
