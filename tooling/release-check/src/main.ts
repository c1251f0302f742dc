// Releases every published member for real, to a registry on loopback that nobody else sees, and looks at each as a stranger would who
// installs it from there. `--update` writes the list of licences anew. Nothing of the checkout changes otherwise.
import { rmSync } from 'node:fs';
import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { step } from '@ibkit/pack-check/stranger';
import { line, overBudget } from './budgets.js';
import type { Size } from './budgets.js';
import { Child } from './child.js';
import { isAllowed, licenseList, licensesBelow } from './licenses.js';
import type { Licensed } from './licenses.js';
import { typeFaults } from './lone-types.js';
import { manifestFaults, ownBytes } from './manifest-rules.js';
import { checkCli, startDaemon } from './programs.js';
import type { RunningDaemon } from './programs.js';
import { ReleaseClone, versionOf } from './release-clone.js';
import { runSnippets } from './snippets.js';
import { Stages } from './stages.js';
import { aloneByNpm, apartByPnpm, forAll, npmInstaller } from './strangers.js';
import type { LoneProject } from './strangers.js';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const own = path.join(root, 'tooling/release-check');
const FIRST_VERSION = '1.0.0';
/** Other stages run beside. */
const AT_ONCE = 2;
const LIST = 'docs/third-party-licenses.md';

/** npm settings with a cache that knows nothing of earlier registries, and yet has the contents that the machine's cache has. */
async function freshNpm(parent: string): Promise<Readonly<Record<string, string>>> {
  const cache = path.join(parent, 'npm-cache');
  const machine = path.join((await step('npm config get cache', 'npm', ['config', 'get', 'cache'], parent)).trim(), '_cacache');
  await mkdir(machine, { recursive: true });
  await mkdir(cache, { recursive: true });
  await symlink(machine, path.join(cache, '_cacache'), 'junction');
  return { npm_config_cache: cache };
}

async function publishAll(clone: ReleaseClone, registry: string, stages: Stages): Promise<void> {
  const names = clone.members.map(({ name }) => name);
  await stages.run('changeset version, programs built with their version', async () => {
    await clone.version();
    for (const { name, dir } of clone.members) {
      const version = await versionOf(dir);
      if (version !== FIRST_VERSION) stages.fault(`${name}: the first release would be ${version}; is its changeset missing?`);
    }
    await clone.buildPrograms();
  });
  await stages.run(`changeset publish of ${names.length} packages`, async () => {
    const said = await clone.publish(registry);
    for (const name of names) if (!said.includes(`${name}@${FIRST_VERSION}`)) stages.fault(`${name} was not published:\n${said}`);
  });
}

/** One more changeset, and what the release that follows it publishes. Last: from here on the registry has another version. */
async function publishAgain(clone: ReleaseClone, registry: string, stages: Stages): Promise<void> {
  await clone.change('@ibkit/clock', 'patch');
  await clone.version();
  const said = await clone.publish(registry);
  const published = [...said.matchAll(/New tag:\s+(\S+)/g)].map((match) => match[1]);
  if (published.join() !== '@ibkit/clock@1.0.1') stages.fault(`the second release should publish @ibkit/clock@1.0.1 and nothing else, but did ${published.join(', ')}\n${said}`);
}

async function checkSizes(clone: ReleaseClone, projects: readonly LoneProject[], storage: string, stages: Stages): Promise<void> {
  const lines: string[] = [];
  for (const { member, dir } of projects) {
    const installedDir = path.join(dir, 'node_modules', member.name);
    const version = await versionOf(member.dir);
    stages.fault(...(await manifestFaults(installedDir, path.relative(clone.dir, member.dir), version)).map((fault) => `${member.name}: ${fault}`));
    const tarball = path.join(storage, member.name, `${path.basename(member.name)}-${version}.tgz`);
    const size: Size = { packed: (await stat(tarball)).size, installed: await ownBytes(installedDir) };
    stages.fault(...overBudget(member.name, size));
    lines.push(`  ${member.name.padEnd(28)} ${String(Math.round(size.packed / 1_000)).padStart(6)} kB packed ${String(Math.round(size.installed / 1_000)).padStart(6)} kB installed`);
    if (process.argv.includes('--budgets')) process.stdout.write(`  ${line(member.name, size)}\n`);
  }
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** What the build may put into the page: what its member depends on, and what the packages of ours among that bring along. */
async function bundledInPage(pnpm: string, projects: readonly LoneProject[]): Promise<readonly Licensed[]> {
  const byLicense: unknown = JSON.parse(await step('pnpm licenses', process.execPath, [pnpm, '--filter', '@ibkit/dashboard', 'licenses', 'list', '--prod', '--json'], root));
  if (typeof byLicense !== 'object' || byLicense === null) throw new Error('pnpm licenses said nothing');
  const direct = Object.entries(byLicense).flatMap(([license, packages]: [string, unknown]) => (Array.isArray(packages) ? packages.map((item: object) => ({ name: String(Reflect.get(item, 'name')), license })) : []));
  const manifest = await readFile(path.join(root, 'apps/dashboard/package.json'), 'utf8');
  const ours = projects.filter(({ member }) => manifest.includes(`"${member.name}"`));
  return [...direct, ...(await Promise.all(ours.map(({ dir }) => licensesBelow(path.join(dir, 'node_modules'))))).flat()];
}

async function checkLicenses(projects: readonly LoneProject[], pnpm: string, stages: Stages): Promise<void> {
  const all = (await Promise.all(projects.map(({ dir }) => licensesBelow(path.join(dir, 'node_modules'))))).flat();
  const bundled = await bundledInPage(pnpm, projects);
  for (const { name, license } of new Map([...all, ...bundled].map((item) => [item.name, item])).values()) {
    if (!isAllowed(license)) stages.fault(`${name} has the licence ${license}, which is not on the list of allowed ones in tooling/release-check/src/licenses.ts`);
  }
  const list = licenseList(all, bundled);
  const file = path.join(root, LIST);
  if (process.argv.includes('--update')) await writeFile(file, list);
  else if ((await readFile(file, 'utf8')) !== list) stages.fault(`${LIST} is not what is installed; look at what changed after npm run release:check -- --update`);
}

async function unused(stages: Stages): Promise<void> {
  const [result] = await Promise.allSettled([step('knip', process.execPath, [path.join(own, 'node_modules/knip/bin/knip.js'), '--directory', root, '--config', path.join(own, 'knip.json'), '--no-progress', '--no-config-hints'], root)]);
  if (result.status === 'rejected') stages.sort([result]);
}

async function checkRelease(stages: Stages): Promise<void> {
  await using clone = await stages.run('a copy of the sources', () => ReleaseClone.make(root));
  const parent = path.dirname(clone.dir);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // What was started ends when its input does, and so with this process.
    process.once(signal, () => {
      rmSync(parent, { recursive: true, force: true });
      process.exit(1);
    });
  }
  await using registry = await Child.start('the registry', process.execPath, ['--import', 'tsx', path.join(own, 'src/registry-process.ts'), path.join(parent, 'registry')], own);
  const url = `http://127.0.0.1:${String(registry.hello['port'])}/`;
  const npmrc = `@ibkit:registry=${url}\n`;
  await publishAll(clone, url, stages);

  const { members } = clone;
  const pnpm = path.join(root, 'node_modules/pnpm/bin/pnpm.cjs');
  const npmEnv = await freshNpm(parent);
  const version = (name: string): Promise<string> => {
    const member = members.find((candidate) => candidate.name === name);
    if (member === undefined) throw new Error(`${name} is not published`);
    return versionOf(member.dir);
  };
  const byNpm = async (): Promise<readonly LoneProject[]> => {
    const projects = await stages.run('each alone by npm: installed, imported, required', async () =>
      stages.sort(await forAll(members, AT_ONCE, (member) => aloneByNpm(path.join(parent, 'npm'), member, npmrc, npmInstaller(npmEnv)))));
    await stages.run('manifests, sizes, licences', async () => {
      await checkSizes(clone, projects, path.join(parent, 'registry/storage'), stages);
      await checkLicenses(projects, pnpm, stages);
    });
    return projects;
  };
  const byPnpm = async (): Promise<void> => {
    const projects = await stages.run('each apart by pnpm: installed, imported, required', async () => stages.sort(await apartByPnpm(path.join(parent, 'pnpm'), members, npmrc, pnpm, path.join(parent, 'pnpm-cache'))));
    await stages.run('types of each under node16 and bundler', async () => {
      stages.fault(...(await typeFaults(own, parent, projects)));
    });
  };
  const programs = async (): Promise<RunningDaemon> => {
    await stages.run('npx @ibkit/cli', async () => checkCli(parent, npmrc, npmEnv, await version('@ibkit/cli')));
    return stages.run('npx @ibkit/daemon', async () => startDaemon(parent, npmrc, npmEnv, await version('@ibkit/daemon')));
  };
  const [npm, strict, started] = await Promise.allSettled([byNpm(), byPnpm(), programs()]);
  stages.sort([strict]);
  if (started.status === 'rejected' || npm.status === 'rejected') {
    stages.sort<unknown>([npm, started]);
    if (started.status === 'fulfilled') await started.value[Symbol.asyncDispose]();
    return;
  }
  await using daemon = started.value;
  const snippets = async (): Promise<void> => {
    const counts = stages.sort(await forAll(npm.value, AT_ONCE, ({ member, dir }) => runSnippets(dir, member.name, daemon.address, npmInstaller(npmEnv))));
    if (counts.reduce((sum, count) => sum + count, 0) === 0) stages.fault('no README has a snippet');
  };
  stages.sort(await Promise.allSettled([stages.run('README snippets', snippets), stages.run('a second release of one package', () => publishAgain(clone, url, stages))]));
}

const stages = new Stages();
stages.sort(await Promise.allSettled([stages.run('unused files, exports and dependencies', () => unused(stages)), checkRelease(stages)]));
stages.close();
if (stages.faults.length > 0) {
  process.stderr.write(`release check: ${stages.faults.length} faults\n${stages.faults.join('\n')}\n`);
  process.exitCode = 1;
}
