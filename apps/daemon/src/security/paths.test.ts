import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PAGE_POLICY, staticFiles } from '../http/static-files.js';
import { apiBench } from '../testing/api-bench.js';
import type { ApiBench } from '../testing/api-bench.js';
import { exchange } from '../testing/raw-http.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';

/** What the paths of the dashboard lead to. */
describe('paths of the dashboard', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let bench: ApiBench;
  beforeAll(async () => {
    directory = await temporaryDirectory();
    const pages = path.join(directory.path, 'dashboard');
    await mkdir(path.join(pages, 'assets'), { recursive: true });
    await writeFile(path.join(directory.path, 'secret.js'), 'SECRET');
    await writeFile(path.join(pages, 'index.html'), '<!doctype html>page');
    await writeFile(path.join(pages, 'assets', 'app.js'), 'code()');
    await writeFile(path.join(pages, 'assets', 'app.js.map'), 'SECRET');
    await writeFile(path.join(pages, 'notes.txt'), 'SECRET');
    await symlink(path.join(directory.path, 'secret.js'), path.join(pages, 'assets', 'link.js'));
    bench = await apiBench({ pages: await staticFiles(pages) });
  });
  afterAll(async () => {
    await bench[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  });

  it('are the files of the build, with a policy that runs nothing else', async () => {
    const page = await bench.call('GET', '/', { secret: null });
    expect([page.status, await page.text(), page.headers.get('content-type')]).toEqual([200, '<!doctype html>page', 'text/html; charset=utf-8']);
    expect(page.headers.get('content-security-policy')).toBe(PAGE_POLICY);
    expect(PAGE_POLICY).not.toMatch(/unsafe|\*|http:/);
    expect([page.headers.get('x-content-type-options'), page.headers.get('referrer-policy')]).toEqual(['nosniff', 'no-referrer']);
    const script = await bench.call('GET', '/assets/app.js', { secret: null });
    expect([await script.text(), script.headers.get('content-type')]).toEqual(['code()', 'text/javascript; charset=utf-8']);
    const again = await bench.call('GET', '/assets/app.js', { secret: null, headers: { 'if-none-match': script.headers.get('etag') ?? '' } });
    expect(again.status).toBe(304);
  });

  it('lead to nothing else, however they are written', async () => {
    const { host } = new URL(bench.url);
    const paths = [
      '/../secret.js', '/assets/../../secret.js', '/%2e%2e/secret.js', '/assets/%2e%2e%2f%2e%2e%2fsecret.js', '/assets/..%5c..%5csecret.js', '//etc/passwd', '/assets//app.js', '/assets/app.js/', '/assets/app.js%00.html', '/assets/app.js.map', '/notes.txt', '/assets/link.js',
      '/assets', '/assets/', '/index.html', '/file:///etc/passwd', '/..;/secret.js', '/.git/config', '/admin.token', '/tokens.json',
    ]; // prettier-ignore
    for (const one of paths) {
      const answer = await exchange(bench.url, `GET ${one} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      expect(answer, one).toMatch(/^HTTP\/1\.1 40[04] /);
      expect(answer, one).not.toContain('SECRET');
    }
  });

  it('say so when there is no dashboard', async () => {
    const table = await staticFiles(path.join(directory.path, 'nothing'));
    expect([...table.keys()]).toEqual(['/']);
    expect(table.get('/')?.bytes.toString()).toContain('not part of this build');
  });
});
