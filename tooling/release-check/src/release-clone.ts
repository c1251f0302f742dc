import { cp, mkdir, mkdtemp, readFile, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { publishedMembers } from '@ibkit/pack-check/members';
import type { Member } from '@ibkit/pack-check/members';
import { step } from '@ibkit/pack-check/stranger';

const GROUPS = ['packages', 'apps', 'tooling', 'examples'];

/** Who tags a release here; nobody sees it. */
const IDENTITY = { GIT_AUTHOR_NAME: 'release check', GIT_AUTHOR_EMAIL: 'release-check@localhost', GIT_COMMITTER_NAME: 'release check', GIT_COMMITTER_EMAIL: 'release-check@localhost' };

/** What a checkout has beside its sources. */
const NO_SOURCES = new Set(['node_modules', 'dist', '.git', '.turbo', 'coverage']);

/**
 * The sources in a folder and a history of their own, where a release may change manifests and set tags: whatever the checkout's history is like (shallow,
 * of another user, none). The dependencies are those of the checkout, by links; what was built is a copy of what the checkout built.
 */
export class ReleaseClone {
  readonly dir: string;
  readonly #root: string;
  readonly #path: string;

  private constructor(dir: string, root: string) {
    this.dir = dir;
    this.#root = root;
    this.#path = `${path.join(root, 'node_modules/.bin')}${path.delimiter}${process.env['PATH'] ?? ''}`;
  }

  static async make(root: string): Promise<ReleaseClone> {
    const dir = path.join(await mkdtemp(path.join(tmpdir(), 'ibkit-release-')), 'clone');
    await cp(root, dir, { recursive: true, filter: (from) => !NO_SOURCES.has(path.basename(from)) });
    for (const args of [['init', '--quiet', '--initial-branch=main'], ['add', '--all'], ['-c', 'commit.gpgsign=false', 'commit', '--quiet', '--message=The sources']]) await step(`git ${args.join(' ')}`, 'git', args, dir, IDENTITY);
    const clone = new ReleaseClone(dir, root);
    await symlink(path.join(root, 'node_modules'), path.join(dir, 'node_modules'), 'junction');
    for (const member of await clone.#members()) await clone.#linkDependencies(member);
    for (const { dir: member } of publishedMembers(dir)) {
      const place = path.relative(dir, member);
      await cp(path.join(root, place, 'dist'), path.join(member, 'dist'), { recursive: true });
    }
    await cp(path.join(root, 'apps/dashboard/dist'), path.join(dir, 'apps/dashboard/dist'), { recursive: true });
    return clone;
  }

  get members(): readonly Member[] {
    return publishedMembers(this.dir);
  }

  /** `changeset version`, as it is run before a release. */
  async version(): Promise<void> {
    await this.#changeset('version');
  }

  /** A further change of one package, as somebody would describe it. */
  async change(name: string, size: 'patch' | 'minor'): Promise<void> {
    await writeFile(path.join(this.dir, '.changeset/second.md'), `---\n"${name}": ${size}\n---\n\nA second release.\n`);
  }

  /** Builds the programs once more: they carry their version. Declarations do not, and take long. */
  async buildPrograms(): Promise<void> {
    for (const { dir, bins } of this.members) {
      if (bins.length === 0) continue;
      const declarations = await mkdtemp(path.join(tmpdir(), 'ibkit-types-'));
      for (const file of await readdir(path.join(dir, 'dist'))) {
        if (/\.d\.c?ts$/.test(file)) await cp(path.join(dir, 'dist', file), path.join(declarations, file));
      }
      await step(`building ${path.basename(dir)}`, process.execPath, [path.join(this.#root, path.relative(this.dir, dir), 'node_modules/tsup/dist/cli-default.js'), '--no-dts'], dir);
      await cp(declarations, path.join(dir, 'dist'), { recursive: true });
      await rm(declarations, { recursive: true });
    }
  }

  /** `changeset publish` to a registry and to no other. @returns what it printed */
  async publish(registry: string): Promise<string> {
    const userconfig = path.join(path.dirname(this.dir), 'publish.npmrc');
    await writeFile(userconfig, `registry=${registry}\n@ibkit:registry=${registry}\n//${new URL(registry).host}/:_authToken=loopback\n`);
    return this.#changeset('publish', { npm_config_userconfig: userconfig, npm_config_registry: registry, 'npm_config_@ibkit:registry': registry, npm_config_cache: path.join(path.dirname(this.dir), 'publish-cache') });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(path.dirname(this.dir), { recursive: true, force: true });
  }

  async #changeset(command: string, extra: Readonly<Record<string, string>> = {}): Promise<string> {
    return step(`changeset ${command}`, process.execPath, [path.join(this.#root, 'node_modules/@changesets/cli/bin.js'), command], this.dir, { PATH: this.#path, CI: 'true', ...IDENTITY, ...extra });
  }

  /** The folders of all members, relative to the clone. */
  async #members(): Promise<readonly string[]> {
    const places: string[] = [];
    for (const group of GROUPS) {
      const entries = await readdir(path.join(this.dir, group));
      if (entries.includes('package.json')) places.push(group);
      else places.push(...entries.filter((entry) => !entry.includes('.')).map((entry) => path.join(group, entry)));
    }
    return places;
  }

  /** Links what a member depends on: other members to the clone, everything else to the checkout's. */
  async #linkDependencies(member: string): Promise<void> {
    const modules = path.join(this.#root, member, 'node_modules');
    const names: string[] = [];
    for (const entry of await readdir(modules).catch(() => [])) {
      if (entry.startsWith('.')) continue;
      if (entry.startsWith('@')) names.push(...(await readdir(path.join(modules, entry))).map((name) => path.join(entry, name)));
      else names.push(entry);
    }
    for (const name of names) {
      const real = await realpath(path.join(modules, name));
      const inside = path.relative(this.#root, real);
      const target = inside.split(path.sep).includes('node_modules') ? real : path.join(this.dir, inside);
      const link = path.join(this.dir, member, 'node_modules', name);
      await mkdir(path.dirname(link), { recursive: true });
      await symlink(target, link, 'junction');
    }
  }
}

/** The version in a manifest. */
export async function versionOf(dir: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(path.join(dir, 'package.json'), 'utf8'));
  if (typeof manifest !== 'object' || manifest === null || !('version' in manifest)) throw new Error(`${dir} has no version`);
  return String(manifest.version);
}
