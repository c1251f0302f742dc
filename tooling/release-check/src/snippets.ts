import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { step } from '@ibkit/pack-check/stranger';
import { createSimulator } from '@ibkit/simulator';
import ts from 'typescript';

/** A daemon that runs, for the snippets that talk to one. */
export interface DaemonAddress {
  readonly url: string;
  readonly token: string;
}

/**
 * Runs the `ts` blocks of an installed package's README beside it. They speak of the usual ports; a simulator and a daemon stand there.
 *
 * @returns how many there were
 */
export async function runSnippets(project: string, name: string, daemon: DaemonAddress): Promise<number> {
  const readme = await readFile(path.join(project, 'node_modules', name, 'README.md'), 'utf8');
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
