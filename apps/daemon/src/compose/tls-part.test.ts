import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createTestClock } from '@ibkit/clock/testing';
import { certificate } from '@ibkit/presets/certificate';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkTls } from '../http/server-tls.js';
import type { ServerTls } from '../http/server-tls.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { TlsPart, readTls, tlsFileState } from './tls-part.js';

const LOG = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

describe('TlsPart', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let part: TlsPart;
  let alarms: string[];
  let renewed: ServerTls[];
  const first = certificate({ commonName: 'one', names: ['localhost'] });
  const second = certificate({ commonName: 'two', names: ['localhost'] });
  let clock = createTestClock();
  const files = (): { readonly certFile: string; readonly keyFile: string } => ({ certFile: path.join(directory.path, 'cert.pem'), keyFile: path.join(directory.path, 'key.pem') });
  const write = async ({ cert, key }: { readonly cert?: string; readonly key?: string }): Promise<void> => {
    if (cert !== undefined) await writeFile(files().certFile, cert);
    if (key !== undefined) await writeFile(files().keyFile, key);
  };
  /** A look at the files, whatever comes of it. */
  const look = async (): Promise<void> => {
    const before = clock.pending;
    await clock.advance(5000);
    await vi.waitFor(() => { expect(clock.pending).toBe(before); }, { timeout: 5000, interval: 1 });
  };
  const begin = async (facts = checkTls(first)): Promise<void> => {
    part = new TlsPart({
      clock, log: LOG, files: files(), facts,
      alarms: { raise: ({ key }) => { alarms.push(key); return true; }, resolve: (key) => { alarms.push(`not ${key}`); return true; } },
      renew: (tls) => { const found = checkTls(tls); renewed.push(tls); return found; },
    }); // prettier-ignore
    await part.begin(await tlsFileState(files()));
  };
  beforeEach(async () => {
    directory = await temporaryDirectory();
    clock = createTestClock({ nowMs: Date.UTC(2026, 10, 20) });
    [alarms, renewed] = [[], []];
    await write(first);
  });
  afterEach(async () => {
    await part.close();
    await directory[Symbol.asyncDispose]();
  });

  it('reads files that have changed once they have stayed so, and nothing while they are the same', async () => {
    await begin();
    await look();
    expect(renewed).toEqual([]);
    await write({ cert: second.cert });
    await look();
    // The key has not been written yet.
    expect(renewed).toEqual([]);
    await write({ key: second.key });
    await look();
    await look();
    expect(renewed.map(({ cert }) => cert.toString())).toEqual([second.cert]);
    await look();
    expect(renewed).toHaveLength(1);
    expect(alarms.filter((one) => !one.startsWith('not'))).toEqual([]);
  });

  it('keeps what it has when the new ones are none, says so, and takes the next good ones', async () => {
    await begin();
    await write({ cert: second.cert });
    await look();
    await look();
    expect([renewed, alarms.filter((one) => one.includes('tls-certificate') && !one.includes('-ends') && !one.includes('-over'))]).toEqual([[], ['tls-certificate']]);
    expect(await part.reload()).toBe(false);
    await write({ key: second.key });
    expect(await part.reload()).toBe(true);
    expect(renewed).toHaveLength(1);
    expect(alarms).toContain('not tls-certificate');
    for (const cert of ['', 'nonsense', first.cert.slice(0, 100)]) {
      await write({ cert });
      expect([cert, await part.reload()]).toEqual([cert, false]);
    }
    expect(renewed).toHaveLength(1);
  });

  it('says that a certificate ends soon, and that it is over', async () => {
    const endsAtMs = clock.now() + 7 * 86_400_000 + 2500;
    await begin({ endsAtMs, fingerprint: 'x' });
    expect(alarms).not.toContain('tls-certificate-ends');
    await look();
    expect(alarms).toContain('tls-certificate-ends');
    clock.setNow(endsAtMs + 1);
    await look();
    expect(alarms).toContain('tls-certificate-over');
    clock.setNow(Date.UTC(2026, 10, 20));
    await part.reload();
    expect(alarms.slice(-2)).toEqual(['not tls-certificate-over', 'not tls-certificate-ends']);
  });

  it('names the file that cannot be read', async () => {
    await begin();
    await expect(readTls({ ...files(), clientCaFile: path.join(directory.path, 'none') })).rejects.toThrow(/--tls-client-ca.*must be a file that can be read/u);
  });
});
