import { access, readFile, readdir } from 'node:fs/promises';
import { expect, it } from 'vitest';

const root = new URL('../', import.meta.url);

it('README.md links to every example, and to nothing that is not there', async () => {
  const readme = await readFile(new URL('README.md', root), 'utf8');
  const links = new Set([...readme.matchAll(/\]\(((?:src|plain)[^)#]*)\)/gu)].map(([, link]) => link ?? ''));
  for (const link of links) await expect(access(new URL(link, root)), link).resolves.toBeUndefined();

  const files = (await readdir(new URL('src', root), { recursive: true })).filter((name) => name.endsWith('.ts') && !name.startsWith('testing'));
  const texts = await Promise.all(files.map(async (name) => ({ name: `src/${name}`, text: await readFile(new URL(`src/${name}`, root), 'utf8') })));
  const programs = texts.filter(({ name, text }) => !name.endsWith('.test.ts') && /^if \(isProgram|process\.argv\.slice/mu.test(text)).map(({ name }) => name);
  expect(programs.length).toBeGreaterThan(10);
  expect(programs.filter((name) => !links.has(name))).toEqual([]);
});
