import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';

const REPOSITORY = 'git+https://github.com/ibkit/ibkit.git';

function field(value: unknown, ...keys: readonly string[]): unknown {
  return keys.reduce<unknown>((inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined), value);
}

/**
 * What an installed package lacks that a published one needs. The registry refuses a provenance statement when `repository` does not name
 * the repository that the workflow runs in.
 *
 * @param place the folder of the member in the repository
 */
export async function manifestFaults(dir: string, place: string, version: string): Promise<readonly string[]> {
  const text = await readFile(path.join(dir, 'package.json'), 'utf8');
  const manifest: unknown = JSON.parse(text);
  const faults: string[] = [];
  const demand = (holds: boolean, rule: string): void => {
    if (!holds) faults.push(rule);
  };
  const equal = (wanted: string, ...keys: readonly string[]): void => {
    demand(field(manifest, ...keys) === wanted, `${keys.join('.')} is ${JSON.stringify(field(manifest, ...keys))}, must be ${JSON.stringify(wanted)}`);
  };
  equal(version, 'version');
  equal('MIT', 'license');
  equal(REPOSITORY, 'repository', 'url');
  equal(place, 'repository', 'directory');
  equal(`https://github.com/ibkit/ibkit/tree/main/${place}#readme`, 'homepage');
  equal('https://github.com/ibkit/ibkit/issues', 'bugs', 'url');
  equal('public', 'publishConfig', 'access');
  equal('^20.19.0 || ^22.13.0 || >=24.0.0', 'engines', 'node');
  const keywords = field(manifest, 'keywords');
  demand(Array.isArray(keywords) && keywords.length >= 4, 'keywords must have four or more entries');
  const files = field(manifest, 'files');
  demand(Array.isArray(files) && files.includes('dist'), 'files must name what is published');
  const description = field(manifest, 'description');
  demand(typeof description === 'string' && description.length > 20, 'description must say what the package is for');
  for (const leak of ['workspace:', 'catalog:', '@ibkit/source', 'link:', 'file:']) demand(!text.includes(leak), `package.json still has ${leak}`);
  for (const hook of ['preinstall', 'install', 'postinstall', 'prepare']) demand(field(manifest, 'scripts', hook) === undefined, `scripts.${hook} would run on the machine of a user`);

  const present = await readdir(dir);
  for (const file of ['LICENSE', 'README.md']) demand(present.includes(file), `${file} is missing`);
  if (present.includes('LICENSE')) demand((await readFile(path.join(dir, 'LICENSE'), 'utf8')).startsWith('MIT License'), 'LICENSE is not the MIT licence');
  const others = present.filter((file) => !['LICENSE', 'README.md', 'package.json', 'node_modules'].includes(file) && !(Array.isArray(files) && files.includes(file)));
  demand(others.length === 0, `${others.join(', ')} should not be in the tarball`);
  return faults;
}

/** Bytes of the files of a package, without what it brings along. */
export async function ownBytes(dir: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    if (entry.name === 'node_modules') continue;
    const file = path.join(dir, entry.name);
    bytes += entry.isDirectory() ? await ownBytes(file) : (await stat(file)).size;
  }
  return bytes;
}
