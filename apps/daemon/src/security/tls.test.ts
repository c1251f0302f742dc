import { execFile } from 'node:child_process';
import { rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { connect } from 'node:tls';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { certificate } from '@ibkit/presets/certificate';
import { DaemonClient, DaemonStream } from '@ibkit/websocket-provider';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { apiBench } from '../testing/api-bench.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { startTestDaemon } from '../testing/test-daemon.js';
import type { TestDaemon } from '../testing/test-daemon.js';

const NAMES = { names: ['localhost', '127.0.0.1'] } as const;

/** What is said over TLS until the other side hangs up, or why nothing could be. */
function said(port: number, options: ConnectionOptions, text: string): Promise<string> {
  return new Promise((resolve) => {
    let heard = '';
    const socket = connect({ host: '127.0.0.1', port, ...options }, () => { socket.write(text); });
    socket.setEncoding('utf8').on('data', (part: string) => { heard += part; });
    socket.on('error', (error: Error) => { heard ||= `error ${error.message}`; });
    socket.on('close', () => { resolve(heard); });
  });
}

describe('TLS', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let daemon: TestDaemon;
  const authority = certificate({ commonName: 'an authority of our own', authority: true });
  const clients = certificate({ commonName: 'the authority of clients', authority: true });
  const strangers = certificate({ commonName: 'the authority of clients', authority: true });
  const first = certificate({ commonName: 'first', ...NAMES, issuer: authority });
  const second = certificate({ commonName: 'second', ...NAMES, issuer: authority });
  const friend = certificate({ commonName: 'a friend', issuer: clients });
  const stranger = certificate({ commonName: 'a friend', issuer: strangers });
  let port = 0;
  const file = (name: string): string => path.join(directory.path, name);
  const healthz = (): string => `GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`;
  const replace = async ({ cert, key }: { readonly cert: string; readonly key: string }): Promise<void> => {
    for (const [name, text] of [['cert.pem', cert], ['key.pem', key]] as const) {
      await writeFile(file(`${name}.new`), text, { mode: 0o600 });
      await rename(file(`${name}.new`), file(name));
    }
  };
  beforeAll(async () => {
    directory = await temporaryDirectory();
    await replace(first);
    await writeFile(file('clients.pem'), clients.cert);
    await writeFile(file('authority.pem'), authority.cert);
    daemon = await startTestDaemon('--simulate', '--tls-cert', file('cert.pem'), '--tls-key', file('key.pem'), '--tls-client-ca', file('clients.pem'));
    port = Number(new URL(daemon.parts.url).port);
  });
  afterAll(async () => {
    await daemon[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  });
  const mine = (): ConnectionOptions => ({ ca: authority.cert, cert: friend.cert, key: friend.key });

  it('is spoken with clients that have a certificate of the authority, and with nobody else, and not below 1.2', async () => {
    expect(await said(port, mine(), healthz())).toMatch(/^HTTP\/1\.1 200 /u);
    for (const options of [{ ca: authority.cert }, { ca: authority.cert, cert: stranger.cert, key: stranger.key }, { ca: authority.cert, maxVersion: 'TLSv1.2' }, { ...mine(), minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }] satisfies ConnectionOptions[]) expect(await said(port, options, healthz())).not.toContain('HTTP/1.1');
    expect(await said(port, { ...mine(), maxVersion: 'TLSv1.2' }, healthz())).toMatch(/^HTTP\/1\.1 200 /u);
  });

  it('takes another certificate without a restart: new connections get it, those that there are stay; a broken one changes nothing', async () => {
    const open = await new Promise<TLSSocket>((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, ...mine() }, () => { resolve(socket); });
      socket.on('error', reject);
    });
    const shown = async (): Promise<string> => new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, ...mine() }, () => {
        resolve(String(socket.getPeerCertificate().subject.CN));
        socket.destroy();
      });
      socket.on('error', reject);
    });
    expect(await shown()).toBe('first');
    await replace(second);
    expect(await daemon.parts.reload()).toBe(true);
    expect(await shown()).toBe('second');
    await writeFile(file('key.pem'), first.key);
    expect(await daemon.parts.reload()).toBe(false);
    expect(daemon.logged.join('')).toContain('the new certificate of the API cannot be used');
    expect(await shown()).toBe('second');
    // Others are still refused, and the old socket still talks.
    expect(await said(port, { ca: authority.cert }, healthz())).not.toContain('HTTP/1.1');
    const answer = new Promise<string>((resolve) => { open.setEncoding('utf8').once('data', resolve); });
    open.write(healthz());
    expect(await answer).toMatch(/^HTTP\/1\.1 200 /u);
    await replace(second);
    expect(await daemon.parts.reload()).toBe(true);
    expect(daemon.logged.join('')).not.toContain('PRIVATE KEY');
  });

  it('takes other authorities of clients as well: who was a friend is one no more', async () => {
    await writeFile(file('clients.pem'), strangers.cert);
    expect(await daemon.parts.reload()).toBe(true);
    expect(await said(port, mine(), healthz())).not.toContain('HTTP/1.1');
    for (const text of ['', 'no certificate', friend.cert]) {
      await writeFile(file('clients.pem'), text);
      expect([text, await daemon.parts.reload()]).toEqual([text, false]);
    }
    await writeFile(file('clients.pem'), clients.cert);
    expect(await daemon.parts.reload()).toBe(true);
    expect(await said(port, mine(), healthz())).toMatch(/^HTTP\/1\.1 200 /u);
  });

  it('is spoken by the clients of the daemon, with an authority and a certificate of their own', async () => {
    const endpoint = { url: daemon.parts.url, token: daemon.token, ca: authority.cert };
    await using client = new DaemonClient({ ...endpoint, cert: friend.cert, key: friend.key });
    expect((await client.status({})).simulated).toBe(true);
    await using stream = new DaemonStream({ ...endpoint, cert: friend.cert, key: friend.key });
    const heard: string[] = [];
    stream.subscribe('health', 'health', ({ type }) => { heard.push(type); });
    await vi.waitFor(() => { expect(heard).toContain('snapshot'); }, { timeout: 20_000, interval: 5 });
    for (const other of [endpoint, { ...endpoint, ca: undefined, cert: friend.cert, key: friend.key }]) {
      await using nobody = new DaemonClient({ ...other, timeoutMs: 5000 });
      await expect(nobody.status({})).rejects.toMatchObject({ code: 'IBKR_DAEMON_UNREACHABLE' });
    }
    expect(() => new DaemonClient({ ...endpoint, cert: friend.cert })).toThrow(/key must be given together/u);
  });

  it('is spoken by plain programs of Node that are told of the authority in NODE_EXTRA_CA_CERTS', async () => {
    const own = await startTestDaemon('--simulate', '--tls-cert', file('cert.pem'), '--tls-key', file('key.pem'));
    try {
      const script = `fetch(${JSON.stringify(`${own.parts.url}/healthz`)}).then((answer) => console.log(answer.status), (error) => console.log(error.cause.code))`;
      const run = async (env: Readonly<Record<string, string>>): Promise<string> => (await promisify(execFile)(process.execPath, ['-e', script], { env: { PATH: process.env['PATH'] ?? '', ...env } })).stdout.trim();
      expect(await run({ NODE_EXTRA_CA_CERTS: file('authority.pem') })).toBe('200');
      expect(await run({})).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    } finally {
      await own[Symbol.asyncDispose]();
    }
  });

  it('needs its certificate for the rest', async () => {
    await expect(startTestDaemon('--simulate', '--tls-client-ca', file('clients.pem'))).rejects.toThrow('--tls-client-ca needs --tls-cert and --tls-key');
    await expect(startTestDaemon('--simulate', '--tls-cert', file('cert.pem'), '--tls-key', file('key.pem'), '--tls-client-ca', file('key.pem'))).rejects.toThrow(/--tls-client-ca must hold certificates of authorities/u);
  });
});

describe.skipIf(process.platform === 'win32')('a Unix socket', () => {
  it('is spoken by the clients of the daemon under its own name', async () => {
    const directory = await temporaryDirectory();
    const bench = await apiBench({ target: { unix: path.join(directory.path, 'd.sock') } });
    try {
      await using client = new DaemonClient({ url: bench.url, token: bench.secret });
      expect(await client.healthz({})).toMatchObject({ status: 'ok' });
    } finally {
      await bench[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    }
  });
});
