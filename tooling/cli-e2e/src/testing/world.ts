import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { vi } from 'vitest';
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
  readonly token: string;
}

/** How long a daemon may take until it is ready, milliseconds: far more than any needs on a busy machine. */
const READY_WITHIN_MS = 90_000;

/** How a daemon is started. */
export interface DaemonStart {
  /** Of its gateway. */
  readonly port: number;
  /** @defaultValue '--paper' */
  readonly mode?: '--paper' | '--live';
  /** More lines of its configuration. */
  readonly config?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** @defaultValue a fresh one */
  readonly home?: string;
}

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

/** Resolves once a daemon may place orders. Only where tests run: the runner has no `waitFor` in its global setup. @throws when it does not answer, or not in time */
export async function untilReady({ url, token }: Pick<DaemonProcess, 'url' | 'token'>): Promise<void> {
  await vi.waitFor(async () => {
    const response = await fetch(`${url}/readyz`, { headers: { authorization: `Bearer ${token}` } });
    const answer = (await response.json()) as { readonly dataReady?: boolean; readonly tradeReady?: boolean; readonly reasons?: readonly string[] };
    // A live account is armed later.
    const isReady = answer.dataReady === true && (answer.tradeReady === true || answer.reasons?.every((reason) => reason.includes('NOT_ARMED')) === true);
    if (!isReady) throw new Error(`The daemon at ${url} did not become ready: ${JSON.stringify(answer)}`);
  }, { timeout: READY_WITHIN_MS, interval: 100 });
}

/** Starts `ibkitd` at a gateway. It answers, and is not ready yet. */
export async function launchDaemon({ port, mode = '--paper', config = '', env = {}, home = freshDirectory() }: DaemonStart): Promise<DaemonProcess> {
  const file = path.join(home, 'daemon.ini');
  await writeFile(file, `${NO_RESTARTS}${config}`);
  const running = startIbkitd(['--json', '--config', file, '--port', String(port), '--listen', '127.0.0.1:0', '--stop-with-input', mode], { home, env, lasting: true });
  const { url, tokenFile } = JSON.parse(await running.firstLine()) as { readonly url: string; readonly tokenFile: string };
  return { running, home, url, token: (await readFile(tokenFile, 'utf8')).trim() };
}

/** Starts `ibkitd` at a gateway, and waits until it may place orders. */
export async function startDaemon(start: DaemonStart): Promise<DaemonProcess> {
  const daemon = await launchDaemon(start);
  try {
    await untilReady(daemon);
  } catch (error) {
    const { stderr } = await daemon.running.stop('SIGKILL');
    throw new Error(`The daemon did not become ready: ${stderr.slice(-2_000)}`, { cause: error });
  }
  return daemon;
}
