import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { writePages } from './write-pages.js';

const USAGE = `usage: npm run docs -- [--pages | --serve | --check] [--port N] [--no-api]

Builds the site from the documents and docstrings of this repository into tooling/docs-site/dist.

  --serve    build it, then show it on 127.0.0.1 until Ctrl-C
  --port N   with --serve: the port (8788; 0 picks a free one)
  --no-api   without the API reference, which takes most of the time
  --check    only see whether it can be built, without a dead link, and keep nothing
  --pages    only write the pages of docs/ that are made from the sources
`;

const HOME = path.resolve(import.meta.dirname, '..');

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { serve: { type: 'boolean' }, pages: { type: 'boolean' }, check: { type: 'boolean' }, api: { type: 'boolean', default: true }, port: { type: 'string', default: '8788' }, help: { type: 'boolean' } }, allowNegative: true });
  if (values.help === true) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (values.pages === true) {
    process.stdout.write(`written: ${writePages().join(', ')}\n`);
    return 0;
  }
  // Both take their time to load, and --pages must not.
  const [{ STAGE, stageDocuments }, { stageApiReference }, { build }, { serveFolder }] = await Promise.all([import('./site/stage.js'), import('./site/api-reference.js'), import('vitepress'), import('./site/serve.js')]);
  process.chdir(HOME);
  const kept = path.join(HOME, 'dist');
  const outDir = values.check === true ? mkdtempSync(path.join(tmpdir(), 'ibkit-site-')) : kept;
  const pages = stageDocuments();
  const entries = values.api ? await stageApiReference() : 0;
  try {
    // A dead link ends it.
    await build(STAGE, { outDir });
    const built = readdirSync(outDir, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.html') && file !== '404.html').length;
    if (built < pages.length + entries) throw new Error(`${pages.length} documents and ${entries} entry points of the API became ${built} pages`);
  } finally {
    rmSync(STAGE, { recursive: true, force: true });
    if (outDir !== kept) rmSync(outDir, { recursive: true, force: true });
  }
  process.stdout.write(`site: ${values.check === true ? 'whole' : kept}: ${pages.length} documents, ${entries} entry points of the API\n`);
  if (values.check === true) return 0;
  if (values.serve !== true) return 0;
  const { server, url } = await serveFolder(path.join(HOME, 'dist'), Number(values.port));
  process.stdout.write(`${url}\n`);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => { resolve(); });
  });
  server.close();
  server.closeAllConnections();
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`docs: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
