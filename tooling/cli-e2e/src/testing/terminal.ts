import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import process from 'node:process';
import type * as headless from '@xterm/headless';
import { Running, builtProgram, freshDirectory } from './program.js';
import type { Surroundings } from './program.js';

// Its manifest names a module for bundlers that it does not have.
const { Terminal } = createRequire(import.meta.url)('@xterm/headless') as typeof headless;

/** util-linux, and macOS, have it; nothing needs to be compiled for a pseudo-terminal. */
const SCRIPT = ['/usr/bin/script', '/bin/script'].find((file) => existsSync(file));

/** A colour, ECMA-48. */
// eslint-disable-next-line no-control-regex -- what a colour is made of
const COLOUR = /\u001b\[[\d;]*m/;

function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** What `script` is told to run a line of the shell on a pseudo-terminal, and to end with its exit code. */
function scriptArguments(line: string): readonly string[] {
  return process.platform === 'darwin' ? ['-q', '/dev/null', '/bin/sh', '-c', line] : ['-qec', line, '/dev/null'];
}

/** Said after a program that did not give the terminal back as it was. */
const LEFT_RAW = 'TERMINAL-LEFT-RAW';

function linesOf({ buffer: { active } }: InstanceType<typeof Terminal>): string {
  const rows = Array.from({ length: active.length }, (_, index) => active.getLine(index)?.translateToString(true) ?? '');
  return `${rows.map((row) => row.trimEnd()).join('\n').trimEnd()}\n`;
}

/** How big the terminal is, beside what a process is given. */
export interface TerminalOptions extends Surroundings {
  /** @defaultValue 100 */
  readonly columns?: number;
  /** @defaultValue 30 */
  readonly rows?: number;
}

/** `ibkit` on a pseudo-terminal, and what a person sees there: an emulator of a real terminal reads what it writes. */
export class TerminalSession implements AsyncDisposable {
  readonly running: Running;
  readonly #emulator: InstanceType<typeof Terminal>;
  #raw = '';
  #shown: Promise<void> = Promise.resolve();

  private constructor(running: Running, columns: number, rows: number) {
    this.running = running;
    this.#emulator = new Terminal({ cols: columns, rows, allowProposedApi: true });
    running.child.stdout.on('data', (text: string) => {
      this.#raw += text;
      this.#shown = new Promise((resolve) => {
        this.#emulator.write(text, resolve);
      });
    });
  }

  /** @throws Error that names the package when there is no `script`: a terminal that was not tested must not look like one that was */
  static start(argv: readonly string[], { columns = 100, rows = 30, home = freshDirectory(), env = {}, ...rest }: TerminalOptions = {}): TerminalSession {
    if (SCRIPT === undefined) throw new Error('There is no `script`, and without it nothing can be tested on a terminal: install util-linux (on Debian and Ubuntu the package bsdutils)');
    const words = [process.execPath, builtProgram('ibkit'), ...argv].map(quoted).join(' ');
    // Ctrl-C reaches the shell, too, which is to see how the program ends, and whether it leaves the terminal as it was.
    const line = `trap : INT; stty cols ${columns} rows ${rows}; ${words}; code=$?; stty -a | grep -q -- -icanon && echo ${LEFT_RAW}; exit $code`;
    return new TerminalSession(new Running(SCRIPT, scriptArguments(line), { home, env: { TERM: 'xterm-256color', SHELL: '/bin/sh', ...env }, ...rest }), columns, rows);
  }

  /** Everything that was written, control sequences included. */
  get raw(): string {
    return this.#raw;
  }

  /** Whether a colour was written. */
  get isColoured(): boolean {
    return COLOUR.test(this.#raw);
  }

  /** The lines of the terminal from its first to the last that is not empty, those that have scrolled away included. */
  async screen(): Promise<string> {
    await this.#shown;
    return linesOf(this.#emulator);
  }

  /** What was shown at the moment when something that is drawn over soon had just been written. */
  async screenAfter(moment: RegExp): Promise<string> {
    const found = moment.exec(this.#raw);
    if (found === null) throw new Error(`${String(moment)} was never written: ${this.#raw}`);
    const emulator = new Terminal({ cols: this.#emulator.cols, rows: this.#emulator.rows, allowProposedApi: true });
    await new Promise<void>((resolve) => {
      emulator.write(this.#raw.slice(0, found.index + found[0].length), resolve);
    });
    const shown = linesOf(emulator);
    emulator.dispose();
    return shown;
  }

  /** Presses keys. */
  press(keys: string): void {
    this.running.child.stdin.write(keys);
  }

  /** Resolves with the screen once it `isThere`. @throws Error with the screen when the program ends first */
  async until(isThere: (screen: string) => boolean): Promise<string> {
    let seen = await this.screen();
    while (!isThere(seen)) {
      const before = this.#raw.length;
      await this.running.until(({ stdout }) => stdout.length > before);
      seen = await this.screen();
    }
    return seen;
  }

  /** The exit code, once it has ended, and the last screen. */
  async ended(): Promise<{ readonly exitCode: number | null; readonly screen: string }> {
    const { exitCode } = await this.running.ended;
    const screen = await this.screen();
    if (screen.includes(LEFT_RAW)) throw new Error(`The terminal takes single keys still: ${screen}`);
    return { exitCode, screen };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.running.stop('SIGKILL');
    this.#emulator.dispose();
  }
}
