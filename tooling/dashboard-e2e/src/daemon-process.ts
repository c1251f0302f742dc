import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../../apps/daemon/dist/main.js', import.meta.url));

/** The built daemon in a process of its own. */
export class DaemonProcess implements AsyncDisposable {
  readonly url: string;
  readonly token: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, { url, token }: { readonly url: string; readonly token: string }) {
    this.#child = child;
    this.url = url;
    this.token = token;
  }

  /** @param listen `127.0.0.1:0` picks a free port */
  static async start({ gatewayPort, stateDirectory, listen = '127.0.0.1:0' }: { readonly gatewayPort: number; readonly stateDirectory: string; readonly listen?: string }): Promise<DaemonProcess> {
    // At night it would hold orders back, as it does for a gateway that restarts then.
    const config = path.join(stateDirectory, 'ibkit.ini');
    await writeFile(config, '[restarts]\ndaily = none\nweekly_login = none\n');
    const child = spawn(process.execPath, [PROGRAM, '--json', '--config', config, '--port', String(gatewayPort), '--listen', listen, '--state-dir', stateDirectory, '--log-level', 'error'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), once(child, 'exit').then(([code]) => { throw new Error(`the daemon ended with ${String(code)}`); })]) as [string];
    const { url, tokenFile } = JSON.parse(line) as { readonly url: string; readonly tokenFile: string };
    return new DaemonProcess(child, { url, token: (await readFile(tokenFile, 'utf8')).trim() });
  }

  /** Where it listens, for the next start. */
  get listen(): string {
    return new URL(this.url).host;
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}
