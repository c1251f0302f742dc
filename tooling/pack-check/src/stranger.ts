import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import type { Member } from './members.js';

const run = promisify(execFile);

const KEPT = new Set(['registry', 'userconfig', 'globalconfig', 'cache', 'proxy', 'https_proxy', 'noproxy', 'ca', 'cafile', 'strict_ssl'].map((name) => `npm_config_${name}`));

/** The environment of a stranger: without what the package manager around this script hands down, such as this workspace's strictness about engines. */
export function strangersEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm|pnpm)_/i.test(name) || KEPT.has(name.toLowerCase())));
}

/** What hangs is a fault, and told as one. */
const LONGEST_STEP_MS = 600_000;

/** Runs a command to its end as a stranger; gives what it printed. @throws {Error} with both outputs when it fails. @param extra beside the stranger's environment */
export async function step(name: string, command: string, args: readonly string[], cwd: string, extra: Readonly<Record<string, string>> = {}): Promise<string> {
  try {
    const { stdout } = await run(command, args, { cwd, env: { ...strangersEnvironment(), ...extra }, maxBuffer: 64 * 1024 * 1024, timeout: LONGEST_STEP_MS, killSignal: 'SIGKILL' });
    return stdout;
  } catch (error) {
    const output = typeof error === 'object' && error !== null && 'stdout' in error && 'stderr' in error ? `${String(error.stdout)}\n${String(error.stderr)}` : String(error);
    throw new Error(`${name} failed\n${output}`, { cause: error });
  }
}

/** A compile-time and run-time use of every entry that fails when an entry is empty or untyped. */
export function consumer(specifiers: readonly string[]): string {
  const lines = specifiers.map((specifier, index) => `import * as m${index} from '${specifier}';`);
  const names = specifiers.map((specifier, index) => `  ['${specifier}', Object.keys(m${index}).length],`);
  return [
    ...lines,
    `const counts: [string, number][] = [\n${names.join('\n')}\n];`,
    `for (const [name, count] of counts) if (count === 0) throw new Error(name + ' exports nothing');`,
    '',
  ].join('\n');
}

/** Imports every entry; gives those that want an optional peer, which is not there. */
export async function importAll(project: string, members: readonly Member[]): Promise<readonly string[]> {
  const wishes = members.flatMap(({ specifiers, optionalPeers }) => specifiers.map((specifier) => [specifier, optionalPeers]));
  const lines = [
    'const waiting = [];',
    `for (const [s, peers] of ${JSON.stringify(wishes)}) {`,
    '  try {',
    "    if (Object.keys(await import(s)).length === 0) throw new Error(s + ' exports nothing');",
    '  } catch (error) {',
    "    if (error.code !== 'ERR_MODULE_NOT_FOUND' || !peers.some((peer) => error.message.includes(`'${peer}'`))) throw error;",
    '    waiting.push(s);',
    '  }',
    '}',
    'process.stdout.write(JSON.stringify(waiting));',
  ];
  await writeFile(path.join(project, 'load.mjs'), `${lines.join('\n')}\n`);
  const waiting: unknown = JSON.parse(await step('import', process.execPath, ['load.mjs'], project));
  return Array.isArray(waiting) ? waiting.map(String) : [];
}

/** Requires entries, in one process. */
export async function requireAll(project: string, specifiers: readonly string[]): Promise<void> {
  const loads = specifiers.map((specifier) => `'${specifier}'`).join(', ');
  await writeFile(path.join(project, 'load.cjs'), `for (const s of [${loads}]) if (Object.keys(require(s)).length === 0) throw new Error(s + ' exports nothing');\n`);
  await step('require', process.execPath, ['load.cjs'], project);
}
