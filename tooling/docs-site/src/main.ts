import { rmSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { writePages } from './write-pages.js';

const USAGE = `usage: npm run docs -- [--pages | --serve] [--port N] [--no-api]

Builds the site from the documents and docstrings of this repository into tooling/docs-site/dist.

  --serve    build it, then show it on 127.0.0.1 until Ctrl-C
  --port N   with --serve: the port (8788; 0 picks a free one)
  --no-api   without the API reference, which takes most of the time
  --pages    only write the pages of docs/ that are made from the sources
`;

const HOME = path.resolve(import.meta.dirname, '..');

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { serve: { type: 'boolean' }, pages: { type: 'boolean' }, api: { type: 'boolean', default: true }, port: { type: 'string', default: '8788' }, help: { type: 'boolean' } }, allowNegative: true });
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
  const pages = stageDocuments();
  const entries = values.api ? await stageApiReference() : 0;
  try {
    await build(STAGE);
  } finally {
    rmSync(STAGE, { recursive: true, force: true });
  }
  process.stdout.write(`site: ${path.join(HOME, 'dist')}: ${pages.length} documents, ${entries} entry points of the API\n`);
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
