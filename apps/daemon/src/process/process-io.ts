import process from 'node:process';
import type { DaemonIo } from './io.js';
import { openFileLimit } from './open-files.js';
import { listenToSignals } from './signals.js';

function quietWriter(stream: NodeJS.WriteStream): (text: string) => void {
  // A reader that has gone is no reason to drop the broker's connection.
  stream.on('error', () => undefined);
  return (text) => {
    stream.write(text);
  };
}

function inputEnd(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const { stdin } = process;
    const end = (): void => {
      signal.removeEventListener('abort', end);
      stdin.destroy();
      resolve();
    };
    for (const event of ['end', 'close', 'error']) stdin.once(event, end);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end);
    stdin.resume();
  });
}

/** The {@link DaemonIo} of a real process. */
export function processIo(): DaemonIo {
  return {
    out: quietWriter(process.stdout),
    err: quietWriter(process.stderr),
    env: process.env,
    openFiles: openFileLimit(),
    ...listenToSignals(process, { exit: (code) => process.exit(code), inTerminal: process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY }),
    inputEnd,
  };
}
