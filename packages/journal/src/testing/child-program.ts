import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { createInterface } from 'node:readline';

/** A program of the tests in a process of its own, which talks in lines. */
export class ChildProgram implements AsyncDisposable {
  readonly child: ChildProcessWithoutNullStreams;
  readonly lines: string[] = [];
  readonly #ended: Promise<unknown>;
  readonly #errors: string[] = [];
  #wake: () => void = () => undefined;
  #over = false;

  constructor(file: string, argv: readonly string[]) {
    this.child = spawn(process.execPath, ['--conditions=@ibkit/source', '--import', 'tsx', file, ...argv]);
    this.#ended = once(this.child, 'close').then(() => {
      this.#over = true;
      this.#wake();
    });
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => this.#errors.push(text));
    this.child.stdin.on('error', () => undefined);
    createInterface({ input: this.child.stdout }).on('line', (line) => {
      this.lines.push(line);
      this.#wake();
    });
  }

  /** Says one line to it. */
  say(line: string): void {
    this.child.stdin.write(`${line}\n`);
  }

  /** The next line that it says; those before it are gone. */
  async next(): Promise<string> {
    for (;;) {
      const line = this.lines.shift();
      if (line !== undefined) return line;
      if (this.#over) throw new Error(`the program ended: ${this.#errors.join('')}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Kills it without a chance to clean up, and waits until the system has forgotten it. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.#ended;
  }

  /** Waits for its end. */
  async ended(): Promise<void> {
    await this.#ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}
