import { request as httpsRequest } from 'node:https';
import { request as httpRequest } from 'node:http';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { certificate } from '@ibkit/presets/certificate';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addressList } from '../settings/listen-address.js';
import { apiBench } from '../testing/api-bench.js';
import type { ApiBench, ApiBenchOptions } from '../testing/api-bench.js';
import { rawSocket, untilClosed } from '../testing/raw-http.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';

/** One request over a Unix socket, or over TLS. */
function ask(options: { readonly socketPath?: string; readonly url?: string; readonly ca?: string; readonly headers?: Readonly<Record<string, string>> }): Promise<{ readonly status: number; readonly hsts: string | undefined }> {
  return new Promise((resolve, reject) => {
    const { headers = {} } = options;
    const sent = options.socketPath === undefined
      ? httpsRequest(`${options.url ?? ''}/healthz`, { headers, ca: options.ca, agent: false })
      : httpRequest({ socketPath: options.socketPath, path: '/healthz', headers: { host: 'ibkitd', ...headers }, agent: false });
    sent.on('response', (answer) => {
      answer.resume();
      resolve({ status: answer.statusCode ?? 0, hsts: answer.headers['strict-transport-security'] });
    });
    sent.on('error', reject);
    sent.end();
  });
}

describe('how the API is reached', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  const opened: ApiBench[] = [];
  beforeEach(async () => {
    directory = await temporaryDirectory();
  });
  afterEach(async () => {
    for (const bench of opened.splice(0)) await bench[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  });
  const open = async (options: ApiBenchOptions): Promise<ApiBench> => {
    const bench = await apiBench(options);
    opened.push(bench);
    return bench;
  };

  it('is TLS where a certificate is given, and never plain then', async () => {
    const { cert, key } = certificate({ commonName: 'localhost', names: ['localhost', '127.0.0.1'], authority: true });
    const bench = await open({ tls: { cert, key } });
    expect(bench.url).toMatch(/^https:/);
    expect(await ask({ url: bench.url, ca: cert })).toEqual({ status: 200, hsts: 'max-age=31536000' });
    const plain = await rawSocket(bench.url);
    const answer = untilClosed(plain);
    plain.write(`GET /healthz HTTP/1.1\r\nHost: ${new URL(bench.url).host}\r\n\r\n`);
    expect(await answer).not.toContain('200');
    await expect(apiBench({ tls: { cert: 'no', key: 'no' } })).rejects.toThrow(/--tls-cert and --tls-key must be a certificate/);
  });

  it('is hung up on from addresses that are not listed', async () => {
    const bench = await open({ addresses: addressList(['10.0.0.0/8', '::1']) });
    expect(await untilClosed(await rawSocket(bench.url))).toBe('');
    const listed = await open({ addresses: addressList(['127.0.0.0/8']) });
    expect((await listed.call('GET', '/healthz')).status).toBe(200);
  });

  describe.skipIf(process.platform === 'win32')('over a Unix socket', () => {
    it('is for this user alone, under one name, and not for what comes from a browser', async () => {
      const socketPath = path.join(directory.path, 'api.sock');
      const bench = await open({ target: { unix: socketPath } });
      expect(bench.url).toBe(`unix:${socketPath}`);
      expect((await stat(socketPath)).mode & 0o777).toBe(0o600);
      expect((await ask({ socketPath })).status).toBe(200);
      expect((await ask({ socketPath, headers: { host: 'localhost' } })).status).toBe(421);
      for (const name of ['origin', 'referer', 'sec-fetch-site']) expect((await ask({ socketPath, headers: { [name]: name === 'sec-fetch-site' ? 'none' : 'http://ibkitd' } })).status, name).toBe(403);
      await bench.server.close();
      await expect(stat(socketPath)).rejects.toThrow('ENOENT');
    });

    it('replaces the socket of a dead daemon, leaves the one of a living one, and touches no file', async () => {
      const socketPath = path.join(directory.path, 'api.sock');
      const dead = createServer().listen(`${socketPath}.x`);
      await once(dead, 'listening');
      const first = await open({ target: { unix: socketPath } });
      await expect(apiBench({ target: { unix: socketPath } })).rejects.toMatchObject({ code: 'IBKR_HTTP_LISTEN' });
      expect((await ask({ socketPath })).status).toBe(200);
      await first.server.close();
      dead.close();
      const file = path.join(directory.path, 'file');
      await writeFile(file, 'mine');
      await chmod(file, 0o600);
      await expect(apiBench({ target: { unix: file } })).rejects.toThrow('no socket');
      expect(await readFile(file, 'utf8')).toBe('mine');
      await expect(apiBench({ target: { unix: path.join(directory.path, 'x'.repeat(100)) } })).rejects.toThrow(/--unix must be a path of at most/);
    });
  });
});
