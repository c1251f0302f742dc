import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT, documents } from '../repository.js';

/** Where the pages of the site are put together; nothing in it is kept. */
export const STAGE = path.resolve(import.meta.dirname, '..', '..', '.stage');

const REPOSITORY = 'https://github.com/ibkit/ibkit';

/** A link as the site has it: pages stay pages, everything else of the repository is shown where it is kept. */
export function siteLink(page: string, target: string): string {
  if (/^(?:[a-z][a-z0-9+.-]*:|#|\/)/i.test(target)) return target;
  const [file = '', anchor] = target.split('#', 2);
  const found = path.posix.normalize(path.posix.join(path.posix.dirname(page), file)).replace(/\/$/, '');
  const full = path.join(ROOT, found);
  if (!existsSync(full)) return target;
  const suffix = anchor === undefined ? '' : `#${anchor}`;
  if (!statSync(full).isDirectory()) return /\.(?:md|png|svg)$/.test(found) ? target : `${REPOSITORY}/blob/main/${found}${suffix}`;
  const readme = path.posix.join(found, 'README.md');
  if (!existsSync(path.join(ROOT, readme))) return `${REPOSITORY}/tree/main/${found}`;
  return `${path.posix.relative(path.posix.dirname(page), readme)}${suffix}`;
}

/** A page for the site: links rewritten outside of blocks of code. */
export function sitePage(page: string, markdown: string): string {
  return markdown
    .split(/(^`{3,}[^\n]*\n[\s\S]*?^`{3,}\s*$)/m)
    .map((part) => (part.startsWith('```') ? part : part.replaceAll(/\]\(([^)\s]+)\)/g, (_, target: string) => `](${siteLink(page, target)})`)))
    .join('');
}

function imagesOf(page: string, markdown: string): readonly string[] {
  return [...markdown.matchAll(/!\[[^\]]*\]\(([^)\s]+)\)/g)].map(([, target = '']) => path.posix.normalize(path.posix.join(path.posix.dirname(page), target))).filter((file) => existsSync(path.join(ROOT, file)));
}

function put(file: string, text: string): void {
  const full = path.join(STAGE, file);
  mkdirSync(path.dirname(full), { recursive: true });
  writeFileSync(full, text);
}

/** Begins with an empty stage and puts every document on it, under the path that it has in the repository. */
export function stageDocuments(): readonly string[] {
  rmSync(STAGE, { recursive: true, force: true });
  const pages = documents();
  for (const page of pages) {
    const markdown = readFileSync(path.join(ROOT, page), 'utf8');
    put(page, sitePage(page, markdown));
    for (const image of imagesOf(page, markdown)) {
      mkdirSync(path.dirname(path.join(STAGE, image)), { recursive: true });
      copyFileSync(path.join(ROOT, image), path.join(STAGE, image));
    }
  }
  put('.vitepress/config.mjs', "import { siteConfig } from '../../src/site/site-config.ts';\n\nexport default siteConfig();\n");
  return pages;
}
