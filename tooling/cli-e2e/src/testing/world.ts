import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { sleep, systemClock } from '@ibkit/clock';
import { freshDirectory, startIbkit, startIbkitd } from './program.js';
import type { Running } from './program.js';

/** A simulator in a process of its own. */
export interface SimulatorProcess {
  readonly running: Running;
  readonly port: number;
  readonly controlPort: number;
}

/** Starts `ibkit simulate`. */
export async function startSimulator(...argv: readonly string[]): Promise<SimulatorProcess> {
  const running = startIbkit(['simulate', '--port', '0', '--control-port', '0', '--for', '30m', '--json', ...argv], { lasting: true });
  const { port, controlPort } = JSON.parse(await running.firstLine()) as { readonly port: number; readonly controlPort: number };
  return { running, port, controlPort };
}

/** The daemon in a process of its own, at home where its clients are. */
export interface DaemonProcess {
  readonly running: Running;
  readonly home: string;
  readonly url: string;
}

/** How often a daemon is asked whether it is ready, and how many times: a minute in all. */
const LOOK_MS = 250;
const READY_LOOKS = 240;

/** At night a daemon would hold orders back, as it does for a gateway that restarts then. */
export const NO_RESTARTS = '[restarts]\ndaily = none\nweekly_login = none\n';

/** Writes the configuration that the daemon and the command line of a user find by themselves. */
export async function writeConfig(home: string, text: string): Promise<string> {
  const directory = path.join(home, '.config', 'ibkit');
  await mkdir(directory, { recursive: true });
  const file = path.join(directory, 'ibkit.ini');
  await writeFile(file, text);
  await chmod(file, 0o600);
  return file;
}

async function isReady(url: string, token: string): Promise<boolean> {
  const response = await fetch(`${url}/readyz`, { headers: { authorization: `Bearer ${token}` } });
  const answer = (await response.json()) as { readonly dataReady?: boolean; readonly tradeReady?: boolean; readonly reasons?: readonly string[] };
  // A live account is armed later.
  return answer.dataReady === true && (answer.tradeReady === true || answer.reasons?.every((reason) => reason.includes('NOT_ARMED')) === true);
}

/** Starts `ibkitd` at a gateway, and waits until it may place orders. */
export async function startDaemon({ port, mode = '--paper', config = '', env = {}, home = freshDirectory() }: { readonly port: number; readonly mode?: '--paper' | '--live'; readonly config?: string; readonly env?: Readonly<Record<string, string>>; readonly home?: string }): Promise<DaemonProcess> {
  const file = path.join(home, 'daemon.ini');
  await writeFile(file, `${NO_RESTARTS}${config}`);
  const running = startIbkitd(['--json', '--config', file, '--port', String(port), '--listen', '127.0.0.1:0', '--stop-with-input', mode], { home, env, lasting: true });
  const { url, tokenFile } = JSON.parse(await running.firstLine()) as { readonly url: string; readonly tokenFile: string };
  const token = (await readFile(tokenFile, 'utf8')).trim();
  for (let look = 0; !(await isReady(url, token)); look += 1) {
    if (look > READY_LOOKS) {
      const { stderr } = await running.stop('SIGKILL');
      throw new Error(`The daemon at ${url} did not become ready: ${stderr.slice(-2_000)}`);
    }
    await sleep(systemClock(), LOOK_MS);
  }
  return { running, home, url };
}
