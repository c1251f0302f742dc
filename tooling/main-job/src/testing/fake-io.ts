import path from 'node:path';
import process from 'node:process';
import type { MainJobIo } from '../io.js';

/** An {@link MainJobIo} that keeps what is written and tells who waits for it. */
export interface FakeIo extends MainJobIo {
  readonly said: () => { readonly out: string; readonly err: string };
  readonly askToStop: () => void;
  /** Resolves with the first match in what was written. */
  readonly untilSaid: (pattern: RegExp) => Promise<RegExpExecArray>;
}

const DAEMON = path.resolve(import.meta.dirname, '../../../../apps/daemon/src/main.ts');

/** The daemon as it is in the sources. */
export const SOURCE_DAEMON: readonly [string, ...string[]] = [process.execPath, '--conditions=@ibkit/source', '--import', 'tsx', DAEMON];

/** A program in place of the daemon. */
export function stubDaemon(program: string): readonly [string, ...string[]] {
  return [process.execPath, '-e', program, '--'];
}

/** Makes a {@link FakeIo}. */
export function fakeIo(daemonCommand: readonly [string, ...string[]] = SOURCE_DAEMON): FakeIo {
  let out = '';
  let err = '';
  const stop = new AbortController();
  const waiting = new Set<() => void>();
  return {
    out: {
      write(text) {
        out += text;
        for (const check of waiting) check();
      },
      isTerminal: false,
      columns: 80,
    },
    err: (text) => {
      err += text;
    },
    stop: stop.signal,
    daemonCommand,
    said: () => ({ out, err }),
    askToStop: () => {
      stop.abort(new Error('received SIGINT'));
    },
    untilSaid: (pattern) => new Promise((resolve) => {
      const check = (): void => {
        const found = pattern.exec(out);
        if (found === null) return;
        waiting.delete(check);
        resolve(found);
      };
      waiting.add(check);
      check();
    }),
  };
}
