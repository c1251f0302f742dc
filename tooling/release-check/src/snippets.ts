import { access, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { step } from '@ibkit/pack-check/stranger';
import { createSimulator } from '@ibkit/simulator';
import ts from 'typescript';
import type { Installer } from './strangers.js';

/** A daemon that runs, for the snippets that talk to one. */
export interface DaemonAddress {
  readonly url: string;
  readonly token: string;
}

/** What a README tells to install: the packages of the first `npm i` line that has no options. */
export function namedPackages(readme: string): readonly string[] {
  return /^npm i ([^-\s].*)$/m.exec(readme)?.[1]?.trim().split(/\s+/) ?? [];
}

/**
 * Runs the `ts` blocks of an installed package's README beside it, after what its install line names is there, too. They speak of the usual
 * ports; a simulator and a daemon stand there.
 *
 * @returns how many there were
 */
export async function runSnippets(project: string, name: string, daemon: DaemonAddress, install: Installer): Promise<number> {
  const readme = await readFile(path.join(project, 'node_modules', name, 'README.md'), 'utf8');
  for (const other of namedPackages(readme)) {
    const there = await access(path.join(project, 'node_modules', other)).then(() => true, () => false);
    if (!there) await install(project, other);
  }
  const snippets = [...readme.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? '');
  for (const [index, snippet] of snippets.entries()) {
    await using simulator = await createSimulator();
    const code = snippet.replaceAll(/\b(4002|7497)\b/g, String(simulator.port)).replaceAll('http://127.0.0.1:8787', daemon.url);
    const { outputText } = ts.transpileModule(code, { compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 } });
    const file = `readme-${index + 1}.mjs`;
    await writeFile(path.join(project, file), outputText);
    await step(`README snippet ${index + 1} of ${name}`, process.execPath, [file], project, { IBKIT_TOKEN: daemon.token });
  }
  return snippets.length;
}
