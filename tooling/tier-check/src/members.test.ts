import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The folders of all members that have sources. */
async function members(): Promise<readonly string[]> {
  const found = ['examples'];
  for (const group of ['packages', 'apps', 'tooling']) {
    for (const { name } of (await readdir(path.join(root, group), { withFileTypes: true })).filter((entry) => entry.isDirectory())) {
      const files = await readdir(path.join(root, group, name));
      if (files.includes('package.json') && files.includes('src')) found.push(path.join(group, name));
    }
  }
  return found;
}

async function scriptsOf(member: string): Promise<unknown> {
  const manifest: unknown = JSON.parse(await readFile(path.join(root, member, 'package.json'), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'scripts' in manifest ? manifest.scripts : undefined;
}

describe('every member', () => {
  it('has its types and rules checked', async () => {
    for (const member of await members()) {
      expect(await scriptsOf(member), member).toMatchObject({ 'check:code': 'node node_modules/@ibkit/presets/code-check/main.js' });
    }
  });

  it('that is published has tests', async () => {
    for (const member of (await members()).filter((name) => name.startsWith('packages') || name.startsWith('apps'))) {
      expect(await scriptsOf(member), member).toMatchObject({ test: expect.stringContaining('vitest run') as unknown });
    }
  });
});
