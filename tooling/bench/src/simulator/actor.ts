import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** What a process of the benchmark tells: plain data. */
export type Told = Readonly<Record<string, unknown>>;

function isTold(value: unknown): value is Told {
  return typeof value === 'object' && value !== null;
}

/** The script with this name in a folder beside the built `main`. */
function scriptOf(folder: string, name: string): string {
  return fileURLToPath(new URL(`./${folder}/${name}.js`, import.meta.url));
}

/** The number under a key of what was told. @throws TypeError when there is none. */
export function numberOf(told: Told, key: string): number {
  const value = told[key];
  if (typeof value !== 'number') throw new TypeError(`a process of the benchmark told no ${key}`);
  return value;
}

/** A process of the benchmark that does what it is asked, one question at a time. */
export class Actor implements AsyncDisposable {
  readonly #name: string;
  readonly #child: ChildProcess;

  #ready: Told = {};

  private constructor(name: string, child: ChildProcess) {
    this.#name = name;
    this.#child = child;
  }

  /** Starts the script; resolves when it says that it is ready. */
  static async start(name: string, settings: Told, folder = 'simulator'): Promise<Actor> {
    const actor = new Actor(name, fork(scriptOf(folder, name), [JSON.stringify(settings)]));
    actor.#ready = await actor.#next();
    return actor;
  }

  /** What it told when it was ready. */
  get ready(): Told {
    return this.#ready;
  }

  async ask(question: string): Promise<Told> {
    const answer = this.#next();
    this.#child.send(question);
    return answer;
  }

  /** Lets the process end by itself, and waits for it. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    if (this.#child.connected) this.#child.disconnect();
    await gone;
  }

  #next(): Promise<Told> {
    return new Promise((resolve, reject) => {
      const onMessage = (message: unknown): void => {
        settle();
        resolve(isTold(message) ? message : {});
      };
      const onExit = (code: number | null, signal: string | null): void => {
        settle();
        reject(new Error(`the ${this.#name} ended with ${signal ?? code ?? 'no code'} before it answered`));
      };
      const settle = (): void => {
        this.#child.off('message', onMessage).off('exit', onExit).off('error', reject);
      };
      this.#child.on('message', onMessage).on('exit', onExit).on('error', reject);
    });
  }
}

/** What an actor's script answers questions with. */
export type Answers = Readonly<Record<string, () => Told | Promise<Told>>>;

/** The actor's side: tells that it is ready, answers, and ends when the parent lets go. */
export function play(ready: Told, answers: Answers, end: () => Promise<void>): void {
  process.on('message', (question) => {
    const answer = typeof question === 'string' ? answers[question] : undefined;
    void Promise.resolve(answer?.()).then((told) => process.send?.(told ?? {}));
  });
  process.once('disconnect', () => {
    void end();
  });
  process.send?.(ready);
}

/** The settings that an actor was started with. */
export function settingsOf(): Told {
  const settings: unknown = JSON.parse(process.argv[2] ?? '{}');
  return isTold(settings) ? settings : {};
}
