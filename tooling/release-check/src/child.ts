import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { strangersEnvironment } from '@ibkit/pack-check/stranger';

/** A program that says in its first line of JSON that it listens, and that stops when its input ends. */
export class Child {
  readonly #child: ReturnType<typeof spawn>;
  readonly #exited: Promise<void>;
  /** Its first line. */
  readonly hello: Readonly<Record<string, unknown>>;

  private constructor(child: ReturnType<typeof spawn>, exited: Promise<void>, hello: Readonly<Record<string, unknown>>) {
    this.#child = child;
    this.#exited = exited;
    this.hello = hello;
  }

  static async start(name: string, command: string, args: readonly string[], cwd: string, extra: Readonly<Record<string, string>> = {}): Promise<Child> {
    const child = spawn(command, args, { cwd, env: { ...strangersEnvironment(), ...extra }, stdio: ['pipe', 'pipe', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-10_000);
    });
    const exited = new Promise<void>((resolve) => {
      child.once('close', () => { resolve(); });
      child.once('error', (error) => {
        said += error.message;
        resolve();
      });
    });
    const lines = createInterface({ input: child.stdout });
    const first = await Promise.race([new Promise<string>((resolve) => lines.once('line', resolve)), exited]);
    if (first === undefined) throw new Error(`${name} ended before it listened\n${said}`);
    const hello: unknown = JSON.parse(first);
    if (typeof hello !== 'object' || hello === null) throw new Error(`${name} said ${first}`);
    return new Child(child, exited, { ...hello });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin?.end();
    await this.#exited;
  }
}
