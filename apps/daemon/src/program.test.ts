import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { main } from './program.js';
import { temporaryDirectory } from './testing/temporary-directory.js';

interface Run {
  readonly exitCode: Promise<number>;
  readonly said: () => { readonly out: string; readonly err: string };
  /** Resolves with the first thing that it prints, or when it ends. */
  readonly started: Promise<unknown>;
  /** Resolves once what it said on stderr is as wanted. */
  readonly untilLogged: (found: (err: string) => boolean) => Promise<void>;
  readonly stop: () => void;
  readonly endInput: () => void;
}

function run(...argv: readonly string[]): Run {
  let out = '';
  let err = '';
  const looking = new Set<() => void>();
  const stop = new AbortController();
  const input = new AbortController();
  let tell: (text: string) => void = () => undefined;
  const printed = new Promise((resolve) => {
    tell = resolve;
  });
  const exitCode = main(argv, {
    out: (text) => {
      out += text;
      tell(text);
    },
    err: (text) => {
      err += text;
      for (const look of looking) look();
    },
    env: {},
    stop: stop.signal,
    inputEnd: (signal) => new Promise((resolve) => {
      AbortSignal.any([signal, input.signal]).addEventListener('abort', () => {
        resolve();
      });
    }),
  });
  return {
    exitCode,
    said: () => ({ out, err }),
    started: Promise.race([printed, exitCode]),
    untilLogged: (found) => new Promise((resolve) => {
      const look = (): void => {
        if (found(err)) resolve();
      };
      looking.add(look);
      look();
    }),
    stop: () => {
      stop.abort(new Error('received SIGTERM'));
    },
    endInput: () => {
      input.abort();
    },
  };
}

describe('main', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let common: readonly string[];
  beforeEach(async () => {
    directory = await temporaryDirectory();
    common = ['--simulate', '--listen', '127.0.0.1:0', '--state-dir', directory.path, '--log-level', 'info'];
  });
  afterEach(async () => {
    await directory[Symbol.asyncDispose]();
  });

  it.each([
    [['--port', '0'], 'connection.port must be a whole number from 1 to 65535'],
    [['--client-id', '-1'], '--client-id'],
    [['--nope'], "unknown option '--nope'"],
    [['extra'], 'too many arguments'],
    [['--log-level', 'loud'], 'Allowed choices'],
    [['--listen', '0.0.0.0:8787'], 'must name a loopback address'],
    [['--listen', '[::]:8787'], 'must name a loopback address'],
    [['--listen', 'example.org:8787'], 'must name a loopback address'],
  ])('refuses %j with exit code 2', async (argv, text) => {
    const refused = run(...argv);
    expect(await refused.exitCode).toBe(2);
    expect(refused.said().err).toContain(text);
    expect(refused.said().out).toBe('');
  });

  it.each([['--help', 'Usage: ibkitd'], ['--version', '\n']])('prints %s and ends', async (flag, text) => {
    const printing = run(flag);
    expect(await printing.exitCode).toBe(0);
    expect(printing.said().out).toContain(text);
    expect(printing.said().err).toBe('');
  });

  it('says where it listens, stops when asked, frees its port, and never shows the token or an account', async () => {
    const daemon = run(...common, '--json');
    await daemon.started;
    expect(JSON.parse(daemon.said().out)).toMatchObject({ event: 'listening', tokenFile: path.join(directory.path, 'admin.token'), gateway: { host: '127.0.0.1', simulated: true } });
    const url = /"url":"(http:\/\/127\.0\.0\.1:\d+)"/.exec(daemon.said().out)?.[1] ?? '';
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const token = (await readFile(path.join(directory.path, 'admin.token'), 'utf8')).trim();
    expect(JSON.parse(await readFile(path.join(directory.path, 'daemon.json'), 'utf8'))).toEqual({ url, pid: process.pid, startedAtMs: expect.any(Number) as number });
    daemon.stop();
    expect(await daemon.exitCode).toBe(0);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
    const { out, err } = daemon.said();
    expect(out + err).not.toContain(token);
    expect(out + err).not.toMatch(/\bDU\d/);
    expect((await readdir(directory.path)).sort()).toEqual(['admin.token', 'tokens.json']);
  });

  it('logs every message of both directions when asked, without an account, and none otherwise', async () => {
    const loud = run(...common, '--log-all-messages');
    await loud.untilLogged((err) => err.includes('"type":"managedAccounts"') && err.includes('"type":"reqPositions"') && err.includes('"type":"positionEnd"'));
    loud.stop();
    expect(await loud.exitCode).toBe(0);
    const lines = loud.said().err.split('\n');
    const lineOf = (type: string): unknown => JSON.parse(lines.find((line) => line.includes(`"type":"${type}"`)) ?? 'null');
    expect(lineOf('reqPositions')).toMatchObject({ level: 'info', name: 'messages', direction: 'sent' });
    expect(lineOf('managedAccounts')).toMatchObject({ level: 'info', name: 'messages', direction: 'received', message: { accountsList: 'DU***567' } });
    expect(loud.said().err).not.toMatch(/\bD?[UF]\d{4}/);
    const quiet = run(...common, '--log-level', 'debug');
    await quiet.untilLogged((err) => err.includes('connected'));
    quiet.stop();
    expect(await quiet.exitCode).toBe(0);
    expect(quiet.said().err).not.toContain('"name":"messages"');
  });

  it('speaks to people when nobody wants JSON', async () => {
    const daemon = run(...common);
    await daemon.started;
    daemon.stop();
    expect(await daemon.exitCode).toBe(0);
    expect(daemon.said().out).toMatch(/^ibkitd \S+: API on http:\/\/127\.0\.0\.1:\d+, embedded simulator on 127\.0\.0\.1:\d+\nAdmin token: .*admin\.token\n$/);
  });

  it('stops with its input when asked to', async () => {
    const daemon = run(...common, '--stop-with-input');
    await daemon.started;
    daemon.endInput();
    expect(await daemon.exitCode).toBe(0);
  });

  it('ends with exit code 1 and a clear word when the port is taken', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const address = holder.address();
    const port = address === null || typeof address === 'string' ? 0 : address.port;
    const refused = run(...common, '--listen', `127.0.0.1:${port}`);
    expect(await refused.exitCode).toBe(1);
    expect(refused.said().err).toContain(`Cannot listen on port ${port} of 127.0.0.1: it is taken`);
    // What was opened before the port is closed again.
    expect(await readdir(directory.path)).not.toContain('owner.lock');
    holder.close();
    await once(holder, 'close');
  });

  it('refuses a state directory that another daemon has', async () => {
    const first = run(...common);
    await first.started;
    const second = run(...common);
    expect(await second.exitCode).toBe(1);
    expect(second.said().err).toMatch(/state directory .* is in use by the daemon with process id \d+.*IBKR_STATE_DIR_IN_USE/);
    first.stop();
    expect(await first.exitCode).toBe(0);
    const third = run(...common);
    await third.started;
    third.stop();
    expect(await third.exitCode).toBe(0);
  });
});
