import { mkdir, realpath, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import type { Member } from '@ibkit/pack-check/members';
import { step } from '@ibkit/pack-check/stranger';

/** An empty project that has one package of ours from the registry, and what that brings along. */
export interface LoneProject {
  readonly member: Member;
  readonly dir: string;
  /** Entries that work without an optional peer. */
  readonly specifiers: readonly string[];
}

/** Installs one more package into a project. */
export type Installer = (dir: string, name: string) => Promise<unknown>;

/** Strict about engines: what wants a newer Node than this one warns every user of this one. */
export function npmInstaller(env: Readonly<Record<string, string>>): Installer {
  return (dir, name) => step(`npm install ${name}`, 'npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--engine-strict', '--loglevel=error', name], dir, env);
}

async function emptyProject(dir: string, manifest: Readonly<Record<string, unknown>>): Promise<void> {
  await mkdir(dir, { recursive: true });
  await writeFile(path.join(dir, 'package.json'), JSON.stringify({ private: true, version: '1.0.0', ...manifest }));
}

/** Loads every entry of a package by import and by require when it is imported; gives those that do not wait for an optional peer, which is not there. */
function loader({ specifiers, optionalPeers }: Member): string {
  return [
    "import { createRequire } from 'node:module';",
    'const require = createRequire(import.meta.url);',
    'export const loaded = [];',
    `for (const s of ${JSON.stringify(specifiers)}) {`,
    '  try {',
    "    if (Object.keys(await import(s)).length === 0) throw new Error(s + ' exports nothing');",
    '  } catch (error) {',
    `    if (error.code !== 'ERR_MODULE_NOT_FOUND' || !${JSON.stringify(optionalPeers)}.some((peer) => error.message.includes(\`'\${peer}'\`))) throw error;`,
    '    continue;',
    '  }',
    "  if (Object.keys(require(s)).length === 0) throw new Error(s + ' exports nothing when it is required');",
    '  loaded.push(s);',
    '}',
    '',
  ].join('\n');
}

type Loaded = { readonly loaded: readonly string[] } | { readonly fault: string };

function isLoaded(value: unknown): value is readonly Loaded[] {
  return Array.isArray(value) && value.every((item: unknown) => typeof item === 'object' && item !== null && ('loaded' in item || 'fault' in item));
}

/** Loads projects one after the other in one process, which ends by itself, so nothing is left running by an import. A project that fails does not keep the others from being tried. */
async function load(parent: string, projects: readonly { readonly member: Member; readonly dir: string }[]): Promise<readonly PromiseSettledResult<LoneProject>[]> {
  for (const { member, dir } of projects) await writeFile(path.join(dir, 'load.mjs'), loader(member));
  const files = projects.map(({ dir }) => `./${path.relative(parent, path.join(dir, 'load.mjs')).split(path.sep).join('/')}`);
  const lines = [
    'const answers = [];',
    `for (const file of ${JSON.stringify(files)}) {`,
    '  try {',
    '    answers.push({ loaded: (await import(file)).loaded });',
    '  } catch (error) {',
    '    answers.push({ fault: error.stack ?? String(error) });',
    '  }',
    '}',
    'process.stdout.write(JSON.stringify(answers));',
  ];
  await writeFile(path.join(parent, 'load-all.mjs'), `${lines.join('\n')}\n`);
  const answers: unknown = JSON.parse(await step('loading by import and by require', process.execPath, ['load-all.mjs'], parent));
  if (!isLoaded(answers) || answers.length !== projects.length) throw new Error('loading gave no answer for every package');
  return projects.map(({ member, dir }, index) => {
    const answer = answers[index];
    if (answer === undefined || 'fault' in answer) return { status: 'rejected', reason: new Error(`${member.name} cannot be loaded alone: ${answer?.fault ?? 'no answer'}`) };
    return { status: 'fulfilled', value: { member, dir, specifiers: answer.loaded } };
  });
}

/** Installs a member alone in an empty project by npm, which puts everything side by side, and loads it. */
export async function aloneByNpm(parent: string, member: Member, npmrc: string, install: Installer): Promise<LoneProject> {
  const dir = path.join(parent, path.basename(member.name));
  await emptyProject(dir, { name: 'stranger' });
  await writeFile(path.join(dir, '.npmrc'), npmrc);
  await install(dir, member.name);
  const [result] = await load(dir, [{ member, dir }]);
  if (result?.status !== 'fulfilled') throw result?.reason;
  return result.value;
}

/**
 * Installs every member in a project of its own by pnpm, where a package sees what it declares and nothing else: one workspace, so that what
 * they share is laid out once, and nothing hoisted, so that nothing is found by chance. Then loads all of them.
 *
 * @param cacheDir for what is known about packages: a registry on the same port had other ones before. The store is the machine's
 */
export async function apartByPnpm(parent: string, members: readonly Member[], npmrc: string, pnpm: string, cacheDir: string): Promise<readonly PromiseSettledResult<LoneProject>[]> {
  await mkdir(parent, { recursive: true });
  await writeFile(path.join(parent, 'pnpm-workspace.yaml'), "packages: ['*']\nhoist: false\nlinkWorkspacePackages: false\n");
  await writeFile(path.join(parent, '.npmrc'), npmrc);
  await emptyProject(parent, { name: 'strangers' });
  const projects = members.map((member) => ({ member, dir: path.join(parent, path.basename(member.name)) }));
  for (const { member, dir } of projects) await emptyProject(dir, { name: `stranger-${path.basename(member.name)}`, dependencies: { [member.name]: 'latest' } });
  await step('pnpm install', process.execPath, [pnpm, 'install', '--prefer-offline', '--no-frozen-lockfile', `--cache-dir=${cacheDir}`, '--reporter=silent'], parent, { CI: 'true' });
  for (const { member, dir } of projects) {
    const place = await realpath(path.join(dir, 'node_modules', member.name));
    if (!place.includes(`${path.sep}.pnpm${path.sep}`)) throw new Error(`${member.name} was not installed from the registry, but from ${place}`);
  }
  return load(parent, projects);
}

/** Runs `work` for all items, a few at a time; what fails does not keep the others from being tried. */
export async function forAll<T, R>(items: readonly T[], atOnce: number, work: (item: T) => Promise<R>): Promise<readonly PromiseSettledResult<R>[]> {
  const results: PromiseSettledResult<R>[] = [];
  const queue = [...items.entries()];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, item] = next;
      const [result] = await Promise.allSettled([work(item)]);
      results[index] = result;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}
