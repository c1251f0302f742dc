import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { Application } from 'typedoc';
import type { TypeDocOptions } from 'typedoc';
import type { PluginOptions } from 'typedoc-plugin-markdown';
import * as z from 'zod';
import { ROOT } from '../repository.js';
import { STAGE } from './stage.js';

const manifest = z.object({ name: z.string(), private: z.boolean().optional(), exports: z.record(z.string(), z.union([z.string(), z.record(z.string(), z.unknown())])).optional() });

/** A way into a package, such as `@ibkit/clock/testing`, and the source behind it. */
interface EntryPoint {
  readonly name: string;
  readonly source: string;
}

function entryPointsOf(folder: string): readonly EntryPoint[] {
  const { name, exports = {} } = manifest.parse(JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')));
  return Object.entries(exports).flatMap(([key, conditions]) => {
    const source = typeof conditions === 'string' ? undefined : conditions['@ibkit/source'];
    if (typeof source !== 'string' || !source.endsWith('.ts')) return [];
    return [{ name: path.posix.join(name, key), source: path.join(folder, source) }];
  });
}

/** Every way into every published package, by name. */
export function entryPoints(): readonly EntryPoint[] {
  const packages = path.join(ROOT, 'packages');
  return readdirSync(packages)
    .map((name) => path.join(packages, name))
    .filter((folder) => existsSync(path.join(folder, 'package.json')))
    .flatMap(entryPointsOf)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Writes the API reference into the stage, one page per way into a package, from the sources' docstrings.
 * @throws Error when the sources cannot be read
 */
export async function stageApiReference(): Promise<number> {
  const entries = entryPoints();
  const options: TypeDocOptions & Partial<PluginOptions> = {
    plugin: ['typedoc-plugin-markdown'],
    entryPoints: entries.map(({ source }) => source),
    tsconfig: path.resolve(import.meta.dirname, '..', '..', 'typedoc.tsconfig.json'),
    out: path.join(STAGE, 'api'),
    basePath: ROOT,
    readme: 'none',
    name: 'API reference',
    disableGit: true,
    sourceLinkTemplate: 'https://github.com/ibkit/ibkit/blob/main/{path}#L{line}',
    excludePrivate: true,
    excludeInternal: true,
    excludeExternals: true,
    // The sources are type-checked by npm test.
    skipErrorChecking: true,
    validation: false,
    logLevel: 'Error',
    router: 'module',
    entryFileName: 'index',
    excludeScopesInPaths: true,
    hidePageHeader: true,
    hideBreadcrumbs: true,
    parametersFormat: 'table',
    sanitizeComments: true,
    useHTMLEncodedBrackets: true,
  };
  const app = await Application.bootstrapWithPlugins(options);
  const project = await app.convert();
  if (project === undefined) throw new Error('The API reference could not be made: the lines above say why');
  const names = new Map(entries.map(({ source, name }) => [source, name]));
  for (const module of project.children ?? []) {
    const file = project.files.getReflectionPath(module) ?? module.sources?.[0]?.fullFileName;
    const name = file === undefined ? undefined : names.get(path.resolve(ROOT, file));
    if (name !== undefined) module.name = name;
  }
  await app.generateOutputs(project);
  return entries.length;
}
