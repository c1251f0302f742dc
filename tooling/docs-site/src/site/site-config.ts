import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { DefaultTheme, UserConfig } from 'vitepress';
import { slugOf } from '../markdown/anchors.js';

// This file is read through a bundle of VitePress: its own place is not known here, that of the stage is.
const STAGE = path.resolve(process.cwd(), '.stage');

function pagesIn(folder: string): readonly string[] {
  const full = path.join(STAGE, folder);
  if (!existsSync(full)) return [];
  return readdirSync(full, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => path.relative(STAGE, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .sort();
}

/** The sidebar of the documents: the tables of docs/README.md, group by group, in their order. */
function groups(): DefaultTheme.SidebarItem[] {
  const index = readFileSync(path.join(STAGE, 'docs', 'README.md'), 'utf8');
  return index.split(/^##+ /m).slice(1).map((section) => ({
    text: section.slice(0, section.indexOf('\n')).trim(),
    collapsed: false,
    items: [...section.matchAll(/\[([^\]]+)\]\(([^)\s]+\.md)\)/g)].map(([, text = '', target = '']) => ({ text: text.charAt(0).toUpperCase() + text.slice(1), link: `/${path.posix.normalize(path.posix.join('docs', target))}` })),
  }));
}

/** The configuration of the site. */
export function siteConfig(): UserConfig<DefaultTheme.Config> {
  const packages = pagesIn('packages').map((page) => ({ text: page.split('/')[1] ?? page, link: `/${page}` }));
  const api = pagesIn('api').filter((page) => page !== 'api/index.md').map((page) => ({ text: page.replace(/^api\//, '').replace(/\.md$/, ''), link: `/${page}` }));
  return {
    title: 'ibkit',
    description: 'The TypeScript toolkit for running against Interactive Brokers for months without babysitting.',
    outDir: '../dist',
    // As in the repository, so that an address of one is an address of the other.
    rewrites: { 'README.md': 'index.md', 'docs/README.md': 'docs/index.md', 'docs/decisions/README.md': 'docs/decisions/index.md' },
    markdown: { anchor: { slugify: slugOf }, headers: { slugify: slugOf }, toc: { slugify: slugOf } },
    themeConfig: {
      nav: [
        { text: 'Documentation', link: '/docs/' },
        { text: 'Packages', link: '/packages/core-connection/README.md' },
        ...(api.length === 0 ? [] : [{ text: 'API', link: '/api/' }]),
      ],
      sidebar: {
        '/packages/': [{ text: 'Packages', items: packages }],
        '/api/': [{ text: 'API reference', items: api }],
        '/': groups(),
      },
      outline: [2, 3],
      socialLinks: [{ icon: 'github', link: 'https://github.com/ibkit/ibkit' }],
      search: {
        provider: 'local',
        // The reference would outweigh everything else in the index that a browser has to load.
        options: { _render: (source, env, md) => (env.relativePath.startsWith('api/') ? '' : md.render(source, env)) },
      },
    },
  };
}
