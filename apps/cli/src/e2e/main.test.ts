import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '..', '..');

/** Every package that loading a source file loads at once, through its static imports. */
function loadedBy(file: string, seen = new Set<string>()): Set<string> {
  const packages = new Set<string>();
  if (seen.has(file)) return packages;
  seen.add(file);
  for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(/^(?:import|export) (?!type )(?:[^;']* from )?'([^']+)'/gm)) {
    if (!specifier.startsWith('.')) packages.add(specifier);
    else if (specifier.endsWith('.js')) for (const name of loadedBy(path.resolve(path.dirname(file), specifier.replace(/\.js$/, '.ts')), seen)) packages.add(name);
  }
  return packages;
}

it('loads no broker package for its help', () => {
  expect([...loadedBy(path.join(ROOT, 'src/main.ts'))].sort()).toEqual(['commander', 'node:process', 'node:readline']);
});
