import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';

const APPS = path.resolve(import.meta.dirname, '..', '..', '..');

/** An `ibkitd` that nobody told the command line of. */
export interface HandStartedDaemon extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** As a loss of power: it gets no chance to say or write anything. */
  kill(): Promise<void>;
  /** As its user does with Ctrl-C. */
  stop(): Promise<void>;
}

/** Starts the daemon from its sources, on a port that the system chooses. */
export async function startByHand({ stateDirectory, gatewayPort, settings = '', env = {} }: { readonly stateDirectory: string; readonly gatewayPort: number; readonly settings?: string; readonly env?: Readonly<Record<string, string>> }): Promise<HandStartedDaemon> {
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  // At night it would hold orders back, as it does for a gateway that restarts then.
  const config = path.join(stateDirectory, 'ibkit.ini');
  await writeFile(config, `[restarts]\ndaily = none\nweekly_login = none\n${settings}`, { mode: 0o600 });
  const argv = ['--conditions=@ibkit/source', `--import=${loader}`, path.join(APPS, 'daemon', 'src', 'main.ts'), '--json', '--config', config, '--state-dir', stateDirectory, '--port', String(gatewayPort), '--listen', '127.0.0.1:0'];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'] ?? '', HOME: stateDirectory, ...env } });
  const ended = once(child, 'exit');
  let out = '';
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      const found = /"event":"listening","url":"([^"]+)"/.exec(out)?.[1];
      if (found !== undefined) resolve(found);
    });
    void ended.then(() => {
      reject(new Error(`the daemon ended: ${err}`));
    });
  });
  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    child.kill(signal);
    await ended;
  };
  return { url, pid: child.pid ?? 0, kill: () => end('SIGKILL'), stop: () => end('SIGTERM'), [Symbol.asyncDispose]: () => end('SIGKILL') };
}
