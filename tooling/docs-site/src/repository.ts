import { readdirSync } from 'node:fs';
import path from 'node:path';

/** The folder that the repository lies in. */
export const ROOT = path.resolve(import.meta.dirname, '..', '..', '..');

/** Folders that hold nothing of the repository itself. */
const SKIPPED = new Set(['node_modules', 'dist', '.stage', '.git', '.turbo', 'coverage']);

function below(folder: string, wanted: (name: string) => boolean): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const full = path.join(folder, entry.name);
      if (entry.isDirectory()) return SKIPPED.has(entry.name) || entry.name.startsWith('snippets-') ? [] : below(full, wanted);
      return wanted(entry.name) ? [full] : [];
    });
}

/** The TypeScript sources of packages and apps, without tests. */
export function sourceFiles(): readonly string[] {
  return ['packages', 'apps'].flatMap((area) =>
    readdirSync(path.join(ROOT, area))
      .sort()
      .flatMap((member) => below(path.join(ROOT, area, member, 'src'), (name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name)))
      .filter((file) => !/[\\/]testing[\\/]/.test(file)),
  );
}

/** Every document that is kept in the repository, as a path from its root with forward slashes: `docs/cli.md`. */
export function documents(): readonly string[] {
  const root = readdirSync(ROOT).filter((name) => name.endsWith('.md')).map((name) => path.join(ROOT, name));
  const nested = ['docs', 'packages', 'apps', 'deploy', 'examples', 'tooling'].flatMap((area) => below(path.join(ROOT, area), (name) => name.endsWith('.md') && name !== 'CHANGELOG.md'));
  return [...root, ...nested].map((file) => path.relative(ROOT, file).split(path.sep).join('/')).sort();
}
