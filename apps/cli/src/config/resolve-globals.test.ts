import { readdir, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createSimulator } from '@ibkit/simulator';
import { describe, expect, it } from 'vitest';
import type { Globals } from './globals.js';
import { CommandInput } from '../program/command-input.js';
import { resolveGlobals } from './resolve-globals.js';
import { FakeSink, FakeSource, run, temporaryDirectory } from '../testing/fake-io.js';

async function resolved(env: Readonly<Record<string, string>>, flags: Readonly<Record<string, string | true>> = {}, cwd = temporaryDirectory()): Promise<Pick<Globals, 'logging' | 'stateDirectory'> & { readonly err: string }> {
  const err = new FakeSink();
  const { logging, stateDirectory } = await resolveGlobals({ in: new FakeSource(false, ''), out: new FakeSink(), err, env, cwd, stop: new AbortController().signal }, new CommandInput({ arguments: new Map(), options: new Map(Object.entries(flags)) }));
  return { logging, stateDirectory, err: err.text };
}

describe('the state directory', () => {
  it('is where the daemon looks, too: IBKIT_STATE_DIR, then the file, then the usual place', async () => {
    const cwd = temporaryDirectory();
    const config = path.join(cwd, 'ibkit.ini');
    await writeFile(config, '[daemon]\nstate_dir = /of/the/file\n', { mode: 0o600 });
    const all = { IBKIT_STATE_DIR: '/of/the/variable', XDG_STATE_HOME: '/xdg', HOME: cwd };
    expect(await resolved(all, { config })).toMatchObject({ stateDirectory: '/of/the/variable', err: '' });
    expect((await resolved({ XDG_STATE_HOME: '/xdg', HOME: cwd }, { config })).stateDirectory).toBe('/of/the/file');
    expect((await resolved({ XDG_STATE_HOME: '/xdg', HOME: cwd })).stateDirectory).toBe('/xdg/ibkit');
    expect((await resolved({ XDG_STATE_HOME: 'relative', HOME: '/home/me' })).stateDirectory).toBe('/home/me/.local/state/ibkit');
  });

  it('is not set by a .env file, nor is where a token goes', async () => {
    const cwd = temporaryDirectory();
    await writeFile(path.join(cwd, '.env'), 'IBKIT_STATE_DIR=/elsewhere\nIBKIT_DAEMON_URL=http://127.0.0.1:1\nIBKIT_TOKEN=t\n');
    const { stateDirectory, err } = await resolved({ HOME: '/home/me' }, {}, cwd);
    expect(stateDirectory).toBe('/home/me/.local/state/ibkit');
    for (const name of ['state_dir', 'daemon_url', 'token']) expect(err).toContain(`${name} is not taken from .env`);
  });
});

describe('what is logged', () => {
  it('is nothing when nobody asks', async () => {
    expect(await resolved({})).toMatchObject({ logging: undefined, err: '' });
    expect((await resolved({ IBKIT_LOG_ORDERS: 'yes' })).logging).toBeUndefined();
  });

  it('is what the configuration says, ages of files and orders included', async () => {
    const { logging } = await resolved({ IBKIT_LOG_FILE: 'a.log', IBKIT_LOG_FILE_ROTATE_AFTER: '24h', IBKIT_LOG_FILE_KEEP_FOR: '7d', IBKIT_LOG_ORDERS: 'yes' });
    expect(logging).toMatchObject({ logLevel: 'warn', logFile: 'a.log', logFileRotateAfterMs: 86_400_000, logFileKeepForMs: 604_800_000, logOrders: true, logAllMessages: false });
  });

  it('is told at level info when every message is asked for, and said to be hidden when the level hides it', async () => {
    const all = { IBKIT_LOG_ALL_MESSAGES: 'yes' };
    expect(await resolved(all)).toMatchObject({ logging: { logLevel: 'info', logAllMessages: true, logOrders: false, logAccounts: false }, err: '' });
    expect(await resolved(all, { debug: true })).toMatchObject({ logging: { logLevel: 'debug' }, err: '' });
    expect(await resolved(all, { 'log-level': 'warn' })).toMatchObject({ logging: { logLevel: 'warn' }, err: 'ibkit: note: log_all_messages writes at level info, which log_level warn hides\n' });
  });

  it('reaches the logger of a command: old files go when they are older than asked', async () => {
    await using simulator = await createSimulator({ port: 0 });
    const directory = temporaryDirectory();
    const file = path.join(directory, 'a.log');
    for (const number of [1, 2]) await writeFile(`${file}.${number}`, '');
    await utimes(`${file}.2`, 0, 0);
    const { exitCode } = await run(['check', '--port', simulator.port], { env: { IBKIT_LOG_FILE: file, IBKIT_LOG_FILE_KEEP_FOR: '7d' } });
    expect(exitCode).toBe(0);
    expect((await readdir(directory)).sort()).toEqual(['a.log', 'a.log.1']);
  });
});
