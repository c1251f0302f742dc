import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { anchorsOf } from '../markdown/anchors.js';
import { relativeLinks } from '../markdown/links.js';
import { ROOT, documents } from '../repository.js';

const PAGES = documents();

function textOf(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8');
}

function faultsOf(page: string): readonly string[] {
  return relativeLinks(textOf(page)).flatMap(({ target, file, anchor }) => {
    const full = file === undefined ? path.join(ROOT, page) : path.resolve(ROOT, path.dirname(page), file);
    if (!full.startsWith(ROOT)) return [`${target} leads out of the repository`];
    if (!existsSync(full)) return [`${target}: there is no such file`];
    if (anchor === undefined || !full.endsWith('.md')) return [];
    return anchorsOf(readFileSync(full, 'utf8')).has(anchor) ? [] : [`${target}: that page has no heading for #${anchor}`];
  });
}

/** The pages that somebody finds who begins at a page and follows links. */
function reachedFrom(start: string): ReadonlySet<string> {
  const reached = new Set([start]);
  for (const page of reached) {
    for (const { file } of relativeLinks(textOf(page))) {
      if (file === undefined) continue;
      const found = path.posix.normalize(path.posix.join(path.posix.dirname(page), file));
      const target = existsSync(path.join(ROOT, found)) && statSync(path.join(ROOT, found)).isDirectory() ? path.posix.join(found, 'README.md') : found;
      if (target.endsWith('.md') && existsSync(path.join(ROOT, target))) reached.add(target);
    }
  }
  return reached;
}

describe('the links of the documents', () => {
  it.each(PAGES)('of %s lead to files and headings that exist', (page) => {
    expect(faultsOf(page)).toEqual([]);
  });

  it('lead from docs/README.md to every page of docs/ and to every README of a package', () => {
    const reached = reachedFrom('docs/README.md');
    const wanted = PAGES.filter((page) => page.startsWith('docs/') || /^(?:packages|apps)\/[^/]+\/README\.md$/.test(page));
    expect(wanted.filter((page) => !reached.has(page))).toEqual([]);
  });

  it('are found in text, and not in code', () => {
    const page = '# One `two` three\n\n[a](b.md#c "t") ![p](p.png) [web](https://example.com) `[no](no.md)`\n\n```sh\n[no](no.md)\n```\n\n## Same\n\n## Same\n';
    expect(relativeLinks(page).map(({ target }) => target)).toEqual(['b.md#c', 'p.png']);
    expect([...anchorsOf(page)]).toEqual(['one-two-three', 'same', 'same-1']);
  });
});
