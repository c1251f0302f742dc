import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Io, TextSink } from '../io.js';
import { main } from '../program.js';

/** A sink that keeps everything and can be waited for. */
export class FakeSink implements TextSink {
  readonly isTerminal: boolean;
  columns = 80;
  rows = 24;
  closed = false;
  text = '';
  readonly #waiting = new Set<() => void>();

  constructor(isTerminal = false) {
    this.isTerminal = isTerminal;
  }

  get lines(): readonly string[] {
    return this.text.split('\n').slice(0, -1);
  }

  /** The whole lines as JSON. */
  get documents(): readonly Record<string, unknown>[] {
    return this.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  write(text: string): void {
    this.text += text;
    for (const look of [...this.#waiting]) look();
  }

  /** Resolves once `isThere` holds for the text. */
  until(isThere: (text: string) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!isThere(this.text)) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }
}

/** How {@link run} starts the program. */
export interface RunOptions {
  readonly terminal?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** A command line that runs in this process. */
export interface Running {
  readonly out: FakeSink;
  readonly err: FakeSink;
  readonly exitCode: Promise<number>;
  /** As SIGINT does. */
  stop(): void;
}

/** A directory of its own for everything that a test writes. */
export function temporaryDirectory(): string {
  return mkdtempSync(path.join(tmpdir(), 'ibkit-cli-'));
}

const STATE = temporaryDirectory();

/** Starts `ibkit ...argv` without a process. */
export function start(argv: readonly (string | number)[], { terminal = false, env = {}, cwd = STATE }: RunOptions = {}): Running {
  const stop = new AbortController();
  const io = { out: new FakeSink(terminal), err: new FakeSink(terminal), env: { IBKIT_STATE_DIR: path.join(STATE, 'state'), ...env }, cwd, stop: stop.signal } satisfies Io;
  return {
    out: io.out,
    err: io.err,
    exitCode: main(argv.map(String), io),
    stop: () => {
      stop.abort(new Error('received SIGINT'));
    },
  };
}

/** Runs `ibkit ...argv` to its end. */
export async function run(argv: readonly (string | number)[], options?: RunOptions): Promise<{ readonly exitCode: number; readonly out: FakeSink; readonly err: FakeSink }> {
  const { exitCode, out, err } = start(argv, options);
  return { exitCode: await exitCode, out, err };
}
