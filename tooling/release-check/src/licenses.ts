import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';

/** Licences that may be in what a user installs: permissive, without conditions on the user's own code. */
const ALLOWED = new Set(['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'CC0-1.0', 'ISC', 'MIT', 'MIT-0', 'Unlicense', 'Python-2.0']);

/** A third-party package and its licence. */
export interface Licensed {
  readonly name: string;
  readonly license: string;
}

/** Whether an SPDX expression can be met by allowed licences alone. Understands AND, OR and parentheses around the whole. */
export function isAllowed(expression: string): boolean {
  const bare = expression.replace(/^\((.*)\)$/, '$1');
  return bare.split(' OR ').some((choice) => choice.split(' AND ').every((license) => ALLOWED.has(license.trim())));
}

/** What a manifest says about its licence; old ones have an object or a list. */
function licenseOf(manifest: object): string {
  const own: unknown = Reflect.get(manifest, 'license') ?? Reflect.get(manifest, 'licenses');
  if (typeof own === 'string') return own;
  const list = Array.isArray(own) ? own : [own];
  const names = list.flatMap((item: unknown) => (typeof item === 'object' && item !== null && 'type' in item ? [String(item.type)] : []));
  return names.length === 0 ? 'none' : names.join(' OR ');
}

/** Every package below a `node_modules` folder, nested ones included; ours left out. */
export async function licensesBelow(modules: string): Promise<readonly Licensed[]> {
  const found: Licensed[] = [];
  const entries = await readdir(modules, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const dir = path.join(modules, entry.name);
    if (entry.name.startsWith('@')) {
      found.push(...(await licensesBelow(dir)));
      continue;
    }
    const manifest: unknown = JSON.parse(await readFile(path.join(dir, 'package.json'), 'utf8'));
    if (typeof manifest !== 'object' || manifest === null) throw new Error(`${dir} has no manifest`);
    const name = String(Reflect.get(manifest, 'name'));
    if (!name.startsWith('@ibkit/')) found.push({ name, license: licenseOf(manifest) });
    found.push(...(await licensesBelow(path.join(dir, 'node_modules'))));
  }
  return found;
}

/** The list for people, sorted, one line per package. */
export function licenseList(all: readonly Licensed[], bundled: readonly Licensed[]): string {
  const table = (items: readonly Licensed[]): string => [...new Set(items.map(({ name, license }) => `| ${name} | ${license} |`))].sort().join('\n');
  return `# Licences of third-party packages

Checked by \`npm run release:check\`, written by \`npm run release:check -- --update\`. Versions are left out: they follow from the ranges.

## What installing a package of ibkit brings along

| package | licence |
|---|---|
${table(all)}

## What the build may put into the web page of \`@ibkit/daemon\`

| package | licence |
|---|---|
${table(bundled)}
`;
}
