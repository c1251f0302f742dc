import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { main } from '@ibkit/daemon';

/** A daemon on its own simulator, in this process, for programs that want one. */
export class SimulatedDaemon implements AsyncDisposable {
  readonly url: string;
  readonly token: string;
  readonly #stop: () => Promise<void>;

  private constructor({ url, token, stop }: { readonly url: string; readonly token: string; readonly stop: () => Promise<void> }) {
    this.url = url;
    this.token = token;
    this.#stop = stop;
  }

  static async start(): Promise<SimulatedDaemon> {
    const directory = await mkdtemp(path.join(tmpdir(), 'ibkit-example-'));
    const ending = new AbortController();
    let ended: Promise<number> = Promise.resolve(0);
    const line = await new Promise<string>((resolve, reject) => {
      const argv = ['--simulate', '--listen', '127.0.0.1:0', '--state-dir', directory, '--log-level', 'error', '--json'];
      ended = main(argv, { out: resolve, err: (text) => { reject(new Error(text)); }, env: {}, stop: ending.signal, inputEnd: () => Promise.resolve() });
    });
    const { url, tokenFile } = JSON.parse(line) as { readonly url: string; readonly tokenFile: string };
    return new SimulatedDaemon({
      url,
      token: (await readFile(tokenFile, 'utf8')).trim(),
      stop: async () => {
        ending.abort();
        await ended;
        await rm(directory, { recursive: true, force: true });
      },
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stop();
  }
}
