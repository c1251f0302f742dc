import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiBench } from '../testing/api-bench.js';
import type { ApiBench } from '../testing/api-bench.js';
import { exchange } from '../testing/raw-http.js';

/** What no browser page of another place, and no name of somebody else's DNS, may get through. */
describe('pages and names', () => {
  let bench: ApiBench;
  let host: string;
  beforeAll(async () => {
    bench = await apiBench({ hosts: ['box.lan', 'localhost:9999'] });
    ({ host } = new URL(bench.url));
  });
  afterAll(async () => {
    await bench[Symbol.asyncDispose]();
  });
  const raw = (head: string): Promise<string> => exchange(bench.url, `GET /healthz HTTP/1.1\r\n${head}\r\nConnection: close\r\n\r\n`);

  it('refuses every name that is not its own, also on routes without a token', async () => {
    const { port } = new URL(bench.url);
    for (const name of ['evil.example', `evil.example:${port}`, `127.0.0.1.evil.example:${port}`, `localhost.evil:${port}`, '127.0.0.1', '127.0.0.1:1', `localhost.:${port}`, `0.0.0.0:${port}`, '', `127.0.0.1:${port}@evil.example`]) {
      expect(await raw(`Host: ${name}`), name).toMatch(/^HTTP\/1\.1 (?:421|400) /);
    }
    expect(await raw('X-No-Host: 1')).toMatch(/^HTTP\/1\.1 400 /);
    for (const name of [host, `localhost:${port}`, `LOCALHOST:${port}`, `[::1]:${port}`, `box.lan:${port}`, 'localhost:9999']) expect(await raw(`Host: ${name}`), name).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('refuses the pages of every origin but its own', async () => {
    for (const origin of ['https://evil.example', 'null', 'http://127.0.0.1:9999', `https://${host}`, `http://${host}.evil.example`, 'file://', 'chrome-extension://abc', '']) {
      expect(await raw(`Host: ${host}\r\nOrigin: ${origin}`), origin).toMatch(/^HTTP\/1\.1 403 [\s\S]*IBKR_HTTP_ORIGIN/);
    }
    expect(await raw(`Host: ${host}\r\nOrigin: http://${host}`)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('refuses what a browser says comes from another site, even without an origin', async () => {
    for (const site of ['cross-site', 'same-site']) expect(await raw(`Host: ${host}\r\nSec-Fetch-Site: ${site}`)).toMatch(/^HTTP\/1\.1 403 /);
    for (const site of ['none', 'same-origin']) expect(await raw(`Host: ${host}\r\nSec-Fetch-Site: ${site}`)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('answers no preflight, allows no other origin and keeps no cookie', async () => {
    const preflight = await fetch(`${bench.url}/v1/orders`, { method: 'OPTIONS', headers: { 'access-control-request-method': 'POST' } });
    expect(preflight.status).toBe(405);
    const answers = [preflight, await bench.call('GET', '/healthz'), await bench.call('GET', '/v1/status', { secret: null, headers: { cookie: `token=${bench.secret}` } })];
    for (const { headers } of answers) expect([...headers.keys()].filter((name) => name.startsWith('access-control-') || name === 'set-cookie')).toEqual([]);
    expect(answers.at(-1)?.status).toBe(401);
    expect(answers[1]?.headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
  });

  it('takes no header twice that decides something', async () => {
    for (const [name, value] of [['Host', host], ['Authorization', `Bearer ${bench.secret}`], ['Origin', `http://${host}`], ['Idempotency-Key', 'k1'], ['Content-Type', 'application/json']] as const) {
      const once = name === 'Host' ? '' : `Host: ${host}\r\n`;
      expect(await raw(`${once}${name}: ${value}\r\n${name}: ${value}`), name).toMatch(/^HTTP\/1\.1 400 /);
    }
    expect(await raw(`Host: ${host}\r\nContent-Length: 0\r\nContent-Length: 5`)).toMatch(/^HTTP\/1\.1 400 /);
    expect(await raw(`Host: ${host}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked`)).toMatch(/^HTTP\/1\.1 400 /);
  });
});
