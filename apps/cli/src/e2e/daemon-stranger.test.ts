import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import path from 'node:path';
import process from 'node:process';
import { thisProcess } from '@ibkit/process-lock';
import type { ProcessIdentity } from '@ibkit/process-lock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readTrusted } from '../backend/trusted-file.js';
import { run, temporaryDirectory } from '../testing/fake-io.js';
import type { RunOptions } from '../testing/fake-io.js';

const SECRET = 'secret-of-the-daemon';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** What a daemon says without a token: whoever listens there can say it, too. */
const likeADaemon: Answer = (_request, response) => {
  response.setHeader('content-type', 'application/json').end('{"status":"ok","version":"1.0.0","uptimeMs":1}');
};
const website: Answer = (_request, response) => {
  response.end('<html>');
};
const mute: Answer = () => undefined;

let stranger: Server;
let url: string;
let answer: Answer;
let asked: IncomingMessage[];
let state: string;
let options: RunOptions;
let self: ProcessIdentity;

beforeEach(async () => {
  answer = likeADaemon;
  asked = [];
  stranger = createServer((request, response) => {
    asked.push(request);
    answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(stranger, 'listening');
  const address = stranger.address();
  url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  state = temporaryDirectory();
  options = { env: { IBKIT_STATE_DIR: state } };
  await writeFile(path.join(state, 'admin.token'), `${SECRET}\n`, { mode: 0o600 });
  self = await thisProcess();
});

afterEach(async () => {
  const closed = once(stranger, 'close');
  stranger.close();
  stranger.closeAllConnections();
  await closed;
});

/** What a daemon of this process would have written. */
async function leave({ pid = process.pid, owner = self }: { readonly pid?: number; readonly owner?: ProcessIdentity | undefined } = {}): Promise<void> {
  await writeFile(path.join(state, 'daemon.json'), JSON.stringify({ url, pid, startedAtMs: 1 }), { mode: 0o600 });
  await writeFile(path.join(state, 'owner.lock'), JSON.stringify(owner), { mode: 0o600 });
}

function dead(): number {
  return spawnSync(process.execPath, ['--version']).pid;
}

function tokensSent(): readonly (string | undefined)[] {
  return asked.map(({ headers }) => headers.authorization).filter((header) => header !== undefined);
}

/** Nothing listens there: a command that goes on without a daemon says so at once. */
const CHECK = ['check', '--host', '127.0.0.1', '--port', 1, '--timeout', '5s'] as const;

describe('the token of a daemon', () => {
  it.each<[string, () => Promise<void>]>([
    ['that has ended as it should', () => Promise.resolve()],
    ['whose process is gone', async () => { const pid = dead(); await leave({ pid, owner: { ...self, pid } }); }],
    ['whose process id another program has by now', () => leave({ owner: { ...self, startedAt: '1' } })],
    ['from before the last boot', () => leave({ owner: { ...self, boot: 'another' } })],
    ['that left no proof of its process', async () => { await leave(); await rm(path.join(state, 'owner.lock')); }],
    ['whose proof is of another process', () => leave({ pid: process.ppid })],
    ['of another machine', () => leave({ owner: { ...self, host: 'elsewhere' } })],
    ['whose file anybody can change', async () => { await leave(); await chmod(path.join(state, 'daemon.json'), 0o666); }],
    ['whose proof anybody can change', async () => { await leave(); await chmod(path.join(state, 'owner.lock'), 0o622); }],
    ['whose file is a directory', async () => { await leave(); await rm(path.join(state, 'daemon.json')); await mkdir(path.join(state, 'daemon.json')); }],
    ['whose file is half written', async () => { await leave(); await writeFile(path.join(state, 'daemon.json'), `{"url":"${url}","pi`); }],
    ['whose file is endless', async () => { await leave(); await writeFile(path.join(state, 'daemon.json'), `{"url":"${url}","pid":${process.pid},"x":"${'x'.repeat(70_000)}"}`); }],
  ])('%s goes to nobody, and nothing hangs', async (_what, prepare) => {
    await prepare();
    expect((await run(CHECK, options)).exitCode).toBe(3);
    const through = await run(['quote', 'SPY', '--via', 'daemon'], options);
    expect([through.exitCode, through.err.text]).toEqual([3, expect.stringMatching(/^ibkit: There is no daemon/)]);
    expect((await run(['daemon', 'status'], options)).exitCode).toBe(3);
    expect(asked).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')('whose file is a pipe goes to nobody, and nobody waits for the pipe', async () => {
    await leave();
    await rm(path.join(state, 'daemon.json'));
    spawnSync('mkfifo', [path.join(state, 'daemon.json')]);
    expect((await run(['quote', 'SPY', '--via', 'daemon'], options)).err.text).toContain('is no small file');
  });

  it('is not given by a file that another user owns', async () => {
    await leave();
    const file = path.join(state, 'daemon.json');
    const me = process.getuid?.();
    // Only root can give files away; what root owns is believed by everybody.
    if (me === 0) await chown(file, 12_345, 12_345);
    expect(await readTrusted(file, me === 0 ? 54_321 : (me ?? 0) + 1)).toEqual({ kind: 'doubted', why: 'belongs to another user' });
    expect((await readTrusted(file, me === 0 ? 12_345 : me)).kind).toBe('text');
  });

  it.each<[string, Answer]>([
    ['is mute', mute],
    ['is a website', website],
    ['hangs up', (request) => { request.socket.destroy(); }],
    ['sends you elsewhere', (_request, response) => { response.writeHead(302, { location: '/healthz' }).end(); }],
    ['never ends its answer', (_request, response) => { response.writeHead(200, { 'content-type': 'application/json' }).write('{"status"'); }],
  ])('is kept while who listens in its place %s, and the command goes on without', async (_what, how) => {
    await leave();
    answer = how;
    const { exitCode, err } = await run(CHECK, options);
    expect([exitCode, err.text]).toEqual([3, expect.stringContaining('Nothing listens on 127.0.0.1:1')]);
    const through = await run(['check', '--via', 'daemon', '--timeout', '5s'], options);
    expect([through.exitCode, through.err.text]).toEqual([3, expect.stringContaining(`No daemon answers at ${url}`)]);
    expect([asked.length > 0, tokensSent()]).toEqual([true, []]);
  });

  it('that was given goes where its user says, and to no usual place', async () => {
    const given = { env: { ...options.env, IBKIT_TOKEN: 'given' } };
    const { exitCode, err } = await run(CHECK, given);
    expect([exitCode, err.text]).toEqual([3, expect.stringContaining('IBKIT_TOKEN is given, and no daemon runs in the state directory')]);
    expect((await run(['check', '--via', 'daemon'], given)).err.text).toContain('IBKIT_DAEMON_URL names the one that it is for');
    expect(tokensSent()).toEqual([]);
    await run(['check', '--daemon-url', url], given);
    expect(tokensSent()).toEqual(['Bearer given']);
  });

  it('goes to the process that is proven to hold the state directory', async () => {
    await leave();
    await run(['check'], options);
    expect(tokensSent()).toEqual([`Bearer ${SECRET}`]);
  });
});

describe('stopping the daemon', () => {
  it('ends no process that only an old file names', async () => {
    await leave({ owner: { ...self, startedAt: '1' } });
    answer = (request, response) => {
      if (request.url === '/healthz') likeADaemon(request, response);
      else response.writeHead(404).end();
    };
    const { exitCode, out } = await run(['daemon', 'stop'], options);
    expect([exitCode, out.text]).toEqual([0, 'The daemon does not run.\n']);
  });

  it('does not call one stopped that lives and does not answer', async () => {
    await leave();
    stranger.closeAllConnections();
    await new Promise((resolve) => stranger.close(resolve));
    const stopped = await run(['daemon', 'stop'], options);
    expect([stopped.exitCode, stopped.err.text]).toEqual([1, expect.stringContaining('runs and does not answer')]);
    const status = await run(['daemon', 'status'], options);
    expect([status.exitCode, status.err.text]).toEqual([3, expect.stringContaining(`process ${process.pid} holds the state directory`)]);
    stranger = createServer().listen(0, '127.0.0.1');
    await once(stranger, 'listening');
  });
});
