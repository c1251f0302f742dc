import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { OrderPlan } from '../judge/intent.js';
import type { Finding } from '../judge/judge.js';

/** What the process says at the moment at which it is to be killed. */
export const HERE = 'here';

/** How the process is set up. */
export interface ChildSettings {
  readonly port: number;
  readonly directory: string;
  readonly clientId: number;
  readonly seed: number;
}

/** What it is told. */
export interface ChildCommand {
  readonly do: 'place' | 'cancel';
  readonly key: string;
  readonly order?: OrderPlan | undefined;
  /** Stands still there, and says so. */
  readonly stopAt?: 'before journal' | 'after journal' | undefined;
}

/** What came of a command. */
export interface ChildReply {
  readonly do: string;
  readonly key: string;
  readonly text: string;
  readonly findings: readonly Finding[];
}

function isReply(value: unknown): value is ChildReply {
  return typeof value === 'object' && value !== null && 'findings' in value && 'key' in value;
}

/** A process of its own that trades, to be killed. */
export class TraderChild implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<unknown>;
  readonly #lines: string[] = [];
  readonly #errors: string[] = [];
  #over = false;
  #wake: () => void = () => undefined;

  private constructor(settings: ChildSettings) {
    const isSource = import.meta.url.endsWith('.ts');
    // Beside this file as a source, beside `main` when it is built.
    const file = fileURLToPath(new URL(isSource ? './trader-process.ts' : './trader-process.js', import.meta.url));
    const flags = isSource ? ['--conditions=@ibkit/source', '--import', 'tsx'] : [];
    this.#child = spawn(process.execPath, [...flags, file, JSON.stringify(settings)]);
    this.#ended = once(this.#child, 'close').then(() => {
      this.#over = true;
      this.#wake();
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => this.#errors.push(text));
    this.#child.stdin.on('error', () => undefined);
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      this.#lines.push(line);
      this.#wake();
    });
  }

  /** Resolves when it can trade. */
  static async start(settings: ChildSettings): Promise<TraderChild> {
    const child = new TraderChild(settings);
    await child.next();
    return child;
  }

  /** @throws TypeError when the line is none. */
  static replyOf(line: string): ChildReply {
    const value: unknown = JSON.parse(line);
    if (!isReply(value)) throw new TypeError(`the trading process said ${line}`);
    return value;
  }

  tell(command: ChildCommand): void {
    this.#child.stdin.write(`${JSON.stringify(command)}\n`);
  }

  /** The next line that it says. @throws Error with what it complained of, when it ended instead */
  async next(): Promise<string> {
    for (;;) {
      const line = this.#lines.shift();
      if (line !== undefined) return line;
      if (this.#over) throw new Error(`the trading process ended: ${this.#errors.join('')}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** What it said and nobody has taken. */
  rest(): readonly string[] {
    return this.#lines.splice(0);
  }

  /** `kill -9` in this very tick. */
  shoot(): void {
    this.#child.kill('SIGKILL');
  }

  /** Resolves when the system has forgotten it. */
  async ended(): Promise<void> {
    await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.shoot();
    await this.#ended;
  }
}
