import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { manifestFaults, ownBytes } from './manifest-rules.js';

const GOOD = {
  name: '@ibkit/x', version: '1.0.0', description: 'What this package is good for.', keywords: ['a', 'b', 'c', 'd'], license: 'MIT',
  homepage: 'https://github.com/ibkit/ibkit/tree/main/packages/x#readme', bugs: { url: 'https://github.com/ibkit/ibkit/issues' },
  repository: { type: 'git', url: 'git+https://github.com/ibkit/ibkit.git', directory: 'packages/x' },
  files: ['dist'], publishConfig: { access: 'public' }, engines: { node: '^20.19.0 || ^22.13.0 || >=24.0.0' },
};

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'ibkit-rules-'));
  await writeFile(path.join(dir, 'LICENSE'), 'MIT License\n');
  await writeFile(path.join(dir, 'README.md'), '# x\n');
});

afterEach(() => rm(dir, { recursive: true }));

async function faultsOf(manifest: object): Promise<readonly string[]> {
  await writeFile(path.join(dir, 'package.json'), JSON.stringify(manifest));
  return manifestFaults(dir, 'packages/x', '1.0.0');
}

it('has nothing against a good package', async () => {
  expect(await faultsOf(GOOD)).toEqual([]);
});

it.each([
  ['version', { version: '0.0.0' }],
  ['license', { license: 'ISC' }],
  ['repository.directory', { repository: { ...GOOD.repository, directory: 'packages/y' } }],
  ['homepage', { homepage: undefined }],
  ['bugs.url', { bugs: undefined }],
  ['publishConfig.access', { publishConfig: {} }],
  ['engines.node', { engines: { node: '>=22' } }],
  ['keywords', { keywords: ['a'] }],
  ['files', { files: undefined }],
  ['workspace:', { dependencies: { '@ibkit/clock': 'workspace:^' } }],
  ['catalog:', { dependencies: { zod: 'catalog:' } }],
  ['scripts.postinstall', { scripts: { postinstall: 'node x.js' } }],
])('finds what is wrong with %s', async (what, change) => {
  expect(await faultsOf({ ...GOOD, ...change })).toEqual([expect.stringContaining(what)]);
});

it('misses the licence file, and finds a file too many', async () => {
  await rm(path.join(dir, 'LICENSE'));
  await writeFile(path.join(dir, 'notes.txt'), 'not for users');
  expect(await faultsOf(GOOD)).toEqual(['LICENSE is missing', 'notes.txt should not be in the tarball']);
});

it('counts own bytes only', async () => {
  expect(await ownBytes(dir)).toBe('MIT License\n'.length + '# x\n'.length);
});
