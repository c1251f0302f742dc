// The main job of the repository, `npm start`: the daemon on the embedded simulator, seen through its own API until Ctrl-C.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { sleep, systemClock } from '@ibkit/clock';
import { ApiClient } from './api-client.js';
import { DaemonProcess } from './daemon-process.js';
import { freePort } from './free-port.js';
import { MainJobUsageError, parseOptions } from './options.js';
import type { MainJobOptions } from './options.js';
import { lines, screen } from './view.js';
import type { Look } from './view.js';

const API_PORT = 8787;
const LOOK_EVERY_MS = 1000;
/** The broker renews account values every three minutes anyway. */
const ACCOUNTS_EVERY_LOOKS = 5;

const clock = systemClock();

async function look(api: ApiClient, symbols: readonly string[], known: Look | undefined, turn: number, signal: AbortSignal): Promise<Look> {
  const accounts = turn % ACCOUNTS_EVERY_LOOKS === 0 || known?.accounts?.ok !== true ? api.accounts(signal) : known.accounts;
  const [status, quotes] = await Promise.all([
    api.status(signal),
    Promise.all(symbols.map(async (symbol) => ({ symbol, answer: await api.quote(symbol, signal) }))),
  ]);
  return { atMs: clock.now(), status, quotes, accounts: await accounts };
}

async function watch(api: ApiClient, { symbols }: MainJobOptions, signal: AbortSignal): Promise<void> {
  const onTerminal = process.stdout.isTTY;
  let before: Look | undefined;
  let drawn = 0;
  for (let turn = 0; !signal.aborted; turn += 1) {
    const now = await look(api, symbols, before, turn, signal);
    if (onTerminal) {
      const block = screen(now);
      const rows = block.split('\n');
      process.stdout.write((drawn === 0 ? '' : `\u001b[${drawn}A`) + rows.map((row) => `${row}\u001b[K`).join('\n'));
      drawn = rows.length - 1;
    } else for (const line of lines(now, before)) process.stdout.write(`${line}\n`);
    before = now;
    await sleep(clock, LOOK_EVERY_MS, { signal });
  }
}

async function daemonArguments(options: MainJobOptions, stateDir: string): Promise<readonly string[]> {
  const given = options.daemonArguments;
  return [
    ...given,
    ...(options.real ? [] : ['--simulate']),
    ...(given.includes('--listen') ? [] : ['--listen', `127.0.0.1:${await freePort(API_PORT)}`]),
    ...(given.includes('--state-dir') || options.real ? [] : ['--state-dir', stateDir]),
    ...(given.includes('--log-level') ? [] : ['--log-level', 'warn']),
  ];
}

function stopSignal(forMs: number | undefined): { readonly signal: AbortSignal; readonly asked: () => boolean } {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      stop.abort(new Error(`received ${signal}`));
    });
  }
  if (forMs !== undefined) {
    clock.setTimer(forMs, () => {
      stop.abort(new Error('the time asked for is over'));
    }, { keepAlive: false });
  }
  return { signal: stop.signal, asked: () => stop.signal.aborted };
}

async function run(options: MainJobOptions): Promise<number> {
  const stop = stopSignal(options.forMs);
  const stateDir = await mkdtemp(path.join(tmpdir(), 'ibkit-'));
  const daemon = new DaemonProcess(await daemonArguments(options, stateDir));
  try {
    const address = await daemon.listening;
    const how = options.real ? 'a real gateway' : 'the embedded simulator';
    process.stdout.write(`ibkitd runs on ${how}. API: ${address.url}\n`);
    process.stdout.write(`Try it: curl -H "Authorization: Bearer $(cat ${address.tokenFile})" ${address.url}/v1/status\n`);
    if (!options.real) process.stdout.write('A real paper gateway instead: npm start -- --paper --gateway --host 127.0.0.1 --port 4002\n');
    process.stdout.write('Ctrl-C ends it.\n\n');
    const gone = new AbortController();
    void daemon.exited.then((code) => {
      gone.abort(new Error(`the daemon ended by itself (${code})`));
    });
    await watch(await ApiClient.open(address), options, AbortSignal.any([stop.signal, gone.signal]));
    return 0;
  } catch (error) {
    if (stop.asked()) return 0;
    process.stderr.write(`npm start: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  } finally {
    await daemon.stop();
    await rm(stateDir, { recursive: true, force: true });
  }
}

try {
  process.exitCode = await run(parseOptions(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof MainJobUsageError)) throw error;
  process.stderr.write(`npm start: ${error.message}\n`);
  process.exitCode = 2;
}
