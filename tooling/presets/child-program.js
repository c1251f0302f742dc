import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { createInterface } from 'node:readline';

export class ChildProgram {
  #ended;
  #errors = [];
  #wake = () => undefined;
  #over = false;
  lines = [];

  constructor(file, argv) {
    this.child = spawn(process.execPath, ['--conditions=@ibkit/source', '--import', 'tsx', file, ...argv]);
    this.#ended = once(this.child, 'close').then(() => {
      this.#over = true;
      this.#wake();
    });
    this.child.stderr.setEncoding('utf8').on('data', (text) => this.#errors.push(text));
    // It may be dead already when something is said to it.
    this.child.stdin.on('error', () => undefined);
    createInterface({ input: this.child.stdout }).on('line', (line) => {
      this.lines.push(line);
      this.#wake();
    });
  }

  say(line) {
    this.child.stdin.write(`${line}\n`);
  }

  async next() {
    for (;;) {
      const line = this.lines.shift();
      if (line !== undefined) return line;
      if (this.#over) throw new Error(`the program ended: ${this.#errors.join('')}`);
      await new Promise((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async kill() {
    this.child.kill('SIGKILL');
    await this.#ended;
  }

  async ended() {
    await this.#ended;
  }

  [Symbol.asyncDispose]() {
    return this.kill();
  }
}
