import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { step } from '@ibkit/pack-check/stranger';
import { Child } from './child.js';
import type { DaemonAddress } from './snippets.js';

/** A daemon that runs until it is given up. */
export interface RunningDaemon extends AsyncDisposable {
  readonly address: DaemonAddress;
}

function expectText(what: string, text: string, pattern: RegExp): void {
  if (!pattern.test(text)) throw new Error(`${what}: ${String(pattern)} expected, got\n${text.slice(0, 2_000)}`);
}

/** An empty folder with nothing but the way to the registry, for `npx`. */
async function emptyFolder(dir: string, npmrc: string): Promise<string> {
  await mkdir(dir, { recursive: true });
  await writeFile(path.join(dir, '.npmrc'), npmrc);
  return dir;
}

/** `npx @ibkit/cli` as the first thing that somebody tries. */
export async function checkCli(parent: string, npmrc: string, env: Readonly<Record<string, string>>, version: string): Promise<void> {
  const dir = await emptyFolder(path.join(parent, 'npx-cli'), npmrc);
  const npx = (...args: readonly string[]): Promise<string> => step(`npx @ibkit/cli ${args.join(' ')}`, 'npx', ['--yes', '--prefer-offline', '@ibkit/cli', ...args], dir, { ...env, XDG_STATE_HOME: path.join(dir, 'state') });
  const said = (await npx('--version')).trim();
  if (said !== version) throw new Error(`ibkit --version says ${said}, the package is ${version}`);
  expectText('ibkit --help', await npx('--help'), /Usage: ibkit /);
  const answer: unknown = JSON.parse(await npx('check', '--simulate', '--json'));
  if (typeof answer !== 'object' || answer === null || !('ok' in answer) || answer.ok !== true) throw new Error(`ibkit check --simulate answered ${JSON.stringify(answer)}`);
}

async function get(url: string, token?: string): Promise<string> {
  const response = await fetch(url, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });
  if (response.status !== 200) throw new Error(`GET ${url} was answered with ${response.status}`);
  return response.text();
}

/** `npx @ibkit/daemon`: what it says about itself, then a daemon on the simulator that serves its API and its page. */
export async function startDaemon(parent: string, npmrc: string, env: Readonly<Record<string, string>>, version: string): Promise<RunningDaemon> {
  const dir = await emptyFolder(path.join(parent, 'npx-daemon'), npmrc);
  const npx = ['--yes', '--prefer-offline', '@ibkit/daemon'];
  const said = (await step('npx @ibkit/daemon --version', 'npx', [...npx, '--version'], dir, env)).trim();
  if (said !== version) throw new Error(`ibkitd --version says ${said}, the package is ${version}`);
  expectText('ibkitd --help', await step('npx @ibkit/daemon --help', 'npx', [...npx, '--help'], dir, env), /Usage: ibkitd /);
  const child = await Child.start('ibkitd --simulate', 'npx', [...npx, '--simulate', '--listen', '127.0.0.1:0', '--state-dir', path.join(dir, 'state'), '--json', '--stop-with-input'], dir, env);
  try {
    const { url, tokenFile } = child.hello;
    if (typeof url !== 'string' || typeof tokenFile !== 'string') throw new Error(`ibkitd said ${JSON.stringify(child.hello)}`);
    const token = (await readFile(tokenFile, 'utf8')).trim();
    await get(`${url}/healthz`);
    await get(`${url}/v1/status`, token);
    const page = await get(`${url}/`);
    const script = /<script[^>]+src="([^"]+)"/.exec(page)?.[1];
    if (script === undefined) throw new Error(`the page at / is not the dashboard:\n${page.slice(0, 2_000)}`);
    if ((await get(new URL(script, `${url}/`).href)).length < 10_000) throw new Error('the script of the dashboard is not there');
    return { address: { url, token }, [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() };
  } catch (error) {
    await child[Symbol.asyncDispose]();
    throw error;
  }
}
