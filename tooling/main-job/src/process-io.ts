import path from 'node:path';
import process from 'node:process';
import type { MainJobIo } from './io.js';

/** The daemon beside this program: built next to built, source next to source. */
function daemonCommand(): readonly [string, ...string[]] {
  const apps = path.resolve(import.meta.dirname, '../../../apps/daemon');
  const fromSource = import.meta.filename.endsWith('.ts');
  return fromSource ? [process.execPath, ...process.execArgv, path.join(apps, 'src', 'main.ts')] : [process.execPath, path.join(apps, 'dist', 'main.js')];
}

/** The {@link MainJobIo} of a real process. */
export function processIo(): MainJobIo {
  const stop = new AbortController();
  const end = (reason: string): void => {
    if (!stop.signal.aborted) stop.abort(new Error(reason));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      end(`received ${signal}`);
    });
  }
  let gone = false;
  process.stdout.on('error', () => {
    // The reader of the pipe has gone (`npm start | head`): end quietly, as other tools do.
    gone = true;
    end('nobody reads the output any more');
  });
  return {
    out: {
      write(text: string): void {
        if (!gone) process.stdout.write(text);
      },
      isTerminal: process.stdout.isTTY,
      get columns(): number {
        // A terminal that nobody has given a size says 0.
        return process.stdout.isTTY && process.stdout.columns > 0 ? process.stdout.columns : 80;
      },
    },
    err: (text) => {
      process.stderr.write(text);
    },
    stop: stop.signal,
    daemonCommand: daemonCommand(),
  };
}
