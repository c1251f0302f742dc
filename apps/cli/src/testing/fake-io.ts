import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Io, TextSink, TextSource } from '../terminal/io.js';
import { main } from '../program/program.js';

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

/** An input that a test types into. */
export class FakeSource implements TextSource {
  readonly isTerminal: boolean;
  #text: string;
  readonly #listeners = new Set<(key: string) => void>();
  readonly #waiting: ((line: string | undefined) => void)[] = [];

  constructor(isTerminal: boolean, text: string) {
    this.isTerminal = isTerminal;
    this.#text = text;
  }

  /** Types: a listener gets the keys, else it is there for the next line. */
  type(text: string): void {
    if (this.#listeners.size > 0) {
      for (const key of text) for (const listener of [...this.#listeners]) listener(key);
      return;
    }
    this.#text += text;
    const next = this.#waiting.shift();
    if (next !== undefined) next(this.#nextLine());
  }

  line(signal: AbortSignal): Promise<string | undefined> {
    if (this.#text !== '' || !this.isTerminal) return Promise.resolve(this.#nextLine());
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      signal.addEventListener('abort', () => { resolve(undefined); }, { once: true });
    });
  }

  keys(listener: (key: string) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  all(): Promise<string> {
    return Promise.resolve(this.#text);
  }

  #nextLine(): string | undefined {
    if (this.#text === '') return undefined;
    const end = this.#text.indexOf('\n');
    const line = end < 0 ? this.#text : this.#text.slice(0, end);
    this.#text = end < 0 ? '' : this.#text.slice(end + 1);
    return line;
  }
}

/** How {@link run} starts the program. */
export interface RunOptions {
  readonly terminal?: boolean;
  /** What stands in the standard input. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** A command line that runs in this process. */
export interface Running {
  readonly in: FakeSource;
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
export function start(argv: readonly (string | number)[], { terminal = false, input = '', env = {}, cwd = STATE }: RunOptions = {}): Running {
  const stop = new AbortController();
  const io = { in: new FakeSource(terminal, input), out: new FakeSink(terminal), err: new FakeSink(terminal), env: { IBKIT_STATE_DIR: path.join(STATE, 'state'), XDG_CONFIG_HOME: path.join(STATE, 'config'), ...env }, cwd, stop: stop.signal } satisfies Io;
  return {
    in: io.in,
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
