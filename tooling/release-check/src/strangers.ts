import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import type { Member } from '@ibkit/pack-check/members';
import { importAll, requireAll, step } from '@ibkit/pack-check/stranger';

/** An empty project that has one package of ours from the registry, and what that brings along. */
export interface LoneProject {
  readonly member: Member;
  readonly dir: string;
  /** Entries that work without an optional peer. */
  readonly specifiers: readonly string[];
}

/** Who installs: npm, which puts everything side by side, or pnpm, where a package sees what it declares and nothing else. */
export type Installer = (dir: string, name: string) => Promise<unknown>;

export function npmInstaller(env: Readonly<Record<string, string>>): Installer {
  return (dir, name) => step(`npm install ${name}`, 'npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error', name], dir, env);
}

/** @param cacheDir for what is known about packages: a registry on the same port had other ones before. The store is the machine's */
export function pnpmInstaller(pnpm: string, cacheDir: string): Installer {
  return (dir, name) => step(`pnpm add ${name}`, process.execPath, [pnpm, 'add', '--prefer-offline', `--cache-dir=${cacheDir}`, '--ignore-workspace', '--reporter=silent', name], dir, { CI: 'true' });
}

/** Installs a member alone in an empty project and loads every entry by import and by require. The processes end by themselves, so nothing is left running by an import. */
export async function installAlone(parent: string, member: Member, npmrc: string, install: Installer): Promise<LoneProject> {
  const dir = path.join(parent, path.basename(member.name));
  await mkdir(dir, { recursive: true });
  await writeFile(path.join(dir, 'package.json'), JSON.stringify({ name: 'stranger', private: true, version: '1.0.0' }));
  await writeFile(path.join(dir, '.npmrc'), npmrc);
  await install(dir, member.name);
  const waiting = await importAll(dir, [member]);
  const specifiers = member.specifiers.filter((specifier) => !waiting.includes(specifier));
  await requireAll(dir, specifiers);
  return { member, dir, specifiers };
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
