// Packs every published member, installs all tarballs into an empty npm project, and proves there, as a stranger would,
// that the tarballs keep the rules of publint and of Are The Types Wrong, that each entry loads by import and by require, that worker threads start, that its types hold under node16 and bundler, and that its programs start.
import { cp, mkdir, mkdtemp, readFile, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { publishedMembers } from './members.js';
import type { Member } from './members.js';
import { notWaitedFor } from './order.js';
import { consumer, importAll, requireAll, step } from './stranger.js';
import { tarballFaults } from './tarball-rules.js';
import { THREAD_MODULES, threadProgram } from './threads.js';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const pnpm = path.join(root, 'node_modules/pnpm/bin/pnpm.cjs');
const typescript = fileURLToPath(import.meta.resolve('typescript/lib/tsc.js'));

async function typeCheck(project: string, mode: { name: string; module: string; resolution: string; files: readonly string[]; skipLibCheck?: boolean }): Promise<void> {
  const config = {
    compilerOptions: {
      target: 'ES2022', lib: ['ES2023', 'ESNext.Disposable'], module: mode.module, moduleResolution: mode.resolution,
      strict: true, skipLibCheck: mode.skipLibCheck ?? false, noEmit: true, types: ['node'],
    },
    files: mode.files,
  };
  const file = `tsconfig.${mode.name}.json`;
  await writeFile(path.join(project, file), JSON.stringify(config));
  await step(`types under ${mode.name}`, process.execPath, [typescript, '-p', file], project);
}

/** Checks that the types of every entry hold in modules of both kinds and under a bundler. */
async function typeCheckAll(project: string, name: string, specifiers: readonly string[], skipLibCheck = false): Promise<void> {
  for (const ending of ['mts', 'cts', 'ts']) await writeFile(path.join(project, `${name}.${ending}`), consumer(specifiers));
  await Promise.all([
    typeCheck(project, { name: `${name}-node16`, module: 'Node16', resolution: 'Node16', files: [`${name}.mts`, `${name}.cts`], skipLibCheck }),
    typeCheck(project, { name: `${name}-bundler`, module: 'ESNext', resolution: 'Bundler', files: [`${name}.ts`], skipLibCheck }),
  ]);
}

/** Puts the optional peers beside the packages, as their own members have them, and checks the entries that want them. Their types are checked where they are used: what the peer declares is its own affair. */
async function checkWithPeers(project: string, members: readonly Member[], waiting: readonly string[]): Promise<void> {
  if (waiting.length === 0) return;
  for (const { dir, optionalPeers } of members) {
    for (const peer of optionalPeers) await symlink(await realpath(path.join(dir, 'node_modules', peer)), path.join(project, 'node_modules', peer));
  }
  const still = await importAll(project, members);
  if (still.length > 0) throw new Error(`${still.join(', ')} cannot be imported though the peers are there`);
  await typeCheckAll(project, 'peers', waiting, true);
  if (!members.some(({ optionalPeers }) => optionalPeers.includes('vitest'))) return;
  await cp(path.join(root, 'tooling/pack-check/peer-tests'), path.join(project, 'peer-tests'), { recursive: true });
  await step('tests of the entries with their peer', process.execPath, [path.join(project, 'node_modules/vitest/vitest.mjs'), 'run', '--root', project, '--dir', 'peer-tests'], project);
}

/** Packs all members at once; gives the tarball of each. */
async function pack(members: readonly Member[], target: string): Promise<ReadonlyMap<Member, string>> {
  const filters = members.flatMap(({ name }) => ['--filter', name]);
  const printed = await step('packing', process.execPath, [pnpm, '--recursive', ...filters, 'pack', '--json', '--pack-destination', target], root);
  const answer: unknown = JSON.parse(printed);
  const packed = new Map<unknown, unknown>((Array.isArray(answer) ? answer : [answer]).map((item: object) => [Reflect.get(item, 'name'), Reflect.get(item, 'filename')]));
  return new Map(
    members.map((member) => {
      const file = packed.get(member.name);
      if (typeof file !== 'string') throw new Error(`pnpm pack said nothing about ${member.name}`);
      return [member, path.resolve(target, file)];
    }),
  );
}

/** The version of Node's types that this workspace uses: the lowest Node line that is supported. */
async function ownNodeTypes(): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(fileURLToPath(import.meta.resolve('@types/node/package.json')), 'utf8'));
  if (typeof manifest !== 'object' || manifest === null || !('version' in manifest)) throw new Error('@types/node has no version');
  return String(manifest.version);
}

/** What can be read off an installed package: nothing of the workspace in its manifest, and every exported data file there. */
async function checkInstalled(member: Member, dir: string): Promise<void> {
  const manifest = await readFile(path.join(dir, 'package.json'), 'utf8');
  if (manifest.includes('workspace:') || manifest.includes('@ibkit/source')) throw new Error(`${member.name}: the tarball leaks workspace details into its package.json`);
  for (const target of member.data) {
    const [folder = '', rest] = target.split('*');
    const found = rest === undefined ? [target] : (await readdir(path.join(dir, folder))).filter((file) => file.endsWith(rest));
    if (found.length === 0) throw new Error(`${member.name}: nothing in the tarball fits ${target}`);
    if (rest === undefined) await readFile(path.join(dir, target));
  }
}

async function check(): Promise<void> {
  const members = publishedMembers(root);
  const specifiers = members.flatMap((member) => member.specifiers);
  const early = await notWaitedFor(path.join(root, 'tooling/pack-check/turbo.json'), members.map(({ name }) => name));
  if (early.length > 0) throw new Error(`add ${early.map((name) => `"${name}#build"`).join(', ')} to the dependsOn of tooling/pack-check/turbo.json`);
  const project = await mkdtemp(path.join(tmpdir(), 'ibkit-pack-'));
  try {
    const packed = path.join(project, 'tarballs');
    await mkdir(packed);
    await writeFile(path.join(project, 'package.json'), JSON.stringify({ name: 'stranger', private: true, version: '1.0.0' }));
    const tarballs = await pack(members, packed);
    const faults: string[] = [];
    for (const [{ name }, tarball] of tarballs) faults.push(...(await tarballFaults(tarball)).map((fault) => `${name}: ${fault}`));
    if (faults.length > 0) throw new Error(`the tarballs break rules\n${faults.join('\n')}`);

    await step('npm install', 'npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', `@types/node@${await ownNodeTypes()}`, ...tarballs.values()], project);

    for (const member of members) await checkInstalled(member, path.join(project, 'node_modules', member.name));

    const waiting = await importAll(project, members);
    const alone = specifiers.filter((specifier) => !waiting.includes(specifier));
    await requireAll(project, alone);

    for (const [file, text] of Object.entries(THREAD_MODULES)) await writeFile(path.join(project, file), text);
    for (const format of ['mjs', 'cjs'] as const) {
      await writeFile(path.join(project, `threads.${format}`), threadProgram(format));
      await step(`worker entries by ${format}`, process.execPath, [`threads.${format}`], project);
    }
    await typeCheckAll(project, 'types', alone);

    for (const bin of members.flatMap((member) => member.bins)) {
      await step(`${bin} --version`, path.join(project, 'node_modules/.bin', bin), ['--version'], project);
    }
    await checkWithPeers(project, members, waiting);
    const peers = waiting.length === 0 ? '' : ` (${waiting.join(', ')} with its peer)`;
    process.stdout.write(`pack check: ${members.length} packages, ${specifiers.length} entries${peers}: publint, are-the-types-wrong, import, require, types (node16, bundler) and programs are fine\n`);
  } finally {
    await rm(project, { recursive: true, force: true });
  }
}

try {
  await check();
} catch (error) {
  process.stderr.write(`pack check: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
