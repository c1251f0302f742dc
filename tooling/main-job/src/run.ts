import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemClock } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { ApiClient } from './api-client.js';
import { DaemonProcess } from './daemon-process.js';
import type { DaemonAddress } from './daemon-process.js';
import { freePort } from './free-port.js';
import type { MainJobIo } from './io.js';
import { MainJobUsageError, parseOptions } from './options.js';
import type { MainJobOptions } from './options.js';
import { watch } from './watch.js';

const API_PORT = 8787;

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

/** A signal that aborts with `stop`, or when the time asked for is over. */
function endSignal(clock: Clock, stop: AbortSignal, forMs: number | undefined): { readonly signal: AbortSignal; readonly cancel: () => void } {
  const over = new AbortController();
  const timer = forMs === undefined ? undefined : clock.setTimer(forMs, () => {
    over.abort(new Error('the time asked for is over'));
  });
  return { signal: AbortSignal.any([stop, over.signal]), cancel: () => timer?.cancel() };
}

function greet({ url, tokenFile }: DaemonAddress, { real }: MainJobOptions, write: (text: string) => void): void {
  write(`ibkitd runs on ${real ? 'a real gateway' : 'the embedded simulator'}. API: ${url}\n`);
  write(`Dashboard: ${url}/ (it asks for a token once: ${tokenFile})\n`);
  write(`Try it: curl -H "Authorization: Bearer $(cat ${tokenFile})" ${url}/v1/status\n`);
  if (!real) write('A real paper gateway instead: npm start -- --paper --gateway --host 127.0.0.1 --port 4002\n');
  write('Ctrl-C ends it.\n\n');
}

interface ShowOptions {
  readonly options: MainJobOptions;
  readonly io: MainJobIo;
  readonly clock: Clock;
  readonly end: AbortSignal;
}

async function show(daemon: DaemonProcess, { options, io, clock, end }: ShowOptions): Promise<number> {
  try {
    const address = await daemon.listening;
    greet(address, options, (text) => {
      io.out.write(text);
    });
    const gone = new AbortController();
    void daemon.exited.then((code) => {
      gone.abort(new Error(`the daemon ended by itself (${code})`));
    });
    const client = await ApiClient.open(address);
    try {
      return await watch(client, { clock, out: io.out, symbols: options.symbols, signal: AbortSignal.any([end, gone.signal]) });
    } finally {
      await client.close();
    }
  } catch (error) {
    if (end.aborted) return 0;
    io.err(`npm start: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

async function runDaemon(options: MainJobOptions, stateDir: string, io: MainJobIo): Promise<number> {
  const clock = systemClock();
  const daemon = new DaemonProcess(clock, io.daemonCommand, await daemonArguments(options, stateDir));
  const end = endSignal(clock, io.stop, options.forMs);
  // It may be asked to stop before it listens: then it ends, and whoever waits for it is told.
  const stop = (): void => {
    void daemon.stop();
  };
  end.signal.addEventListener('abort', stop, { once: true });
  if (end.signal.aborted) stop();
  try {
    return await show(daemon, { options, io, clock, end: end.signal });
  } finally {
    end.cancel();
    await daemon.stop();
  }
}

/** Runs the daemon and shows it until it is asked to stop; resolves with the exit code: 0 when asked to stop, 1 when the daemon ended or could not start, 2 for arguments that make no sense. */
export async function runMainJob(argv: readonly string[], io: MainJobIo): Promise<number> {
  let options: MainJobOptions;
  try {
    options = parseOptions(argv);
  } catch (error) {
    if (!(error instanceof MainJobUsageError)) throw error;
    io.err(`npm start: ${error.message}\n`);
    return 2;
  }
  const stateDir = await mkdtemp(path.join(tmpdir(), 'ibkit-'));
  try {
    return await runDaemon(options, stateDir, io);
  } finally {
    await rm(stateDir, { recursive: true, force: true });
  }
}
