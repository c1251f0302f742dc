import { request } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serveFolder } from './serve.js';
import { siteLink, sitePage } from './stage.js';

describe('a link on the site', () => {
  it('stays what it is when it leads to a page, an anchor or elsewhere', () => {
    expect(['docs/cli.md', 'cli.md#options-of-every-command', '#a', 'https://example.com/x'].map((target) => siteLink('docs/daemon.md', target))).toEqual(['docs/cli.md', 'cli.md#options-of-every-command', '#a', 'https://example.com/x']);
  });

  it('to a folder leads to its README, and to the repository where it has none', () => {
    expect(siteLink('docs/daemon.md', '../packages/clock')).toBe('../packages/clock/README.md');
    expect(siteLink('README.md', 'docs/schemas')).toBe('https://github.com/ibkit/ibkit/tree/main/docs/schemas');
  });

  it('to a file that is no page leads to the repository', () => {
    expect(siteLink('docs/cli.md', 'schemas/error.json')).toBe('https://github.com/ibkit/ibkit/blob/main/docs/schemas/error.json');
  });

  it('in a block of code is left alone', () => {
    expect(sitePage('README.md', '[a](LICENSE)\n\n```md\n[a](LICENSE)\n```\n')).toBe('[a](https://github.com/ibkit/ibkit/blob/main/LICENSE)\n\n```md\n[a](LICENSE)\n```\n');
  });
});

describe('the server of the site', () => {
  let folder = '';

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'ibkit-docs-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  /** The status of a path that is sent as it is: fetch would clean it up. */
  async function statusOf(url: string, rawPath: string): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      request(url, { path: rawPath, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
  }

  it('listens on loopback, finds pages, and nothing outside of its folder', async () => {
    await writeFile(path.join(folder, 'index.html'), 'hello');
    await writeFile(`${folder}-secret`, 'no');
    const { server, url } = await serveFolder(folder, 0);
    try {
      expect([new URL(url).hostname, server.address()]).toMatchObject(['127.0.0.1', { address: '127.0.0.1' }]);
      expect(await (await fetch(url)).text()).toBe('hello');
      expect(await (await fetch(`${url}index`)).text()).toBe('hello');
      const name = path.basename(folder);
      for (const wanted of [`/../${name}-secret`, `/%2e%2e/${name}-secret`, `/..%2f${name}-secret`, '/%zz', '/nothing']) expect(await statusOf(url, wanted), wanted).toBe(404);
    } finally {
      server.close();
      server.closeAllConnections();
      await rm(`${folder}-secret`, { force: true });
    }
  });
});
