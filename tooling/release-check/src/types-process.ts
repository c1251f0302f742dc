// Checks the types of installed packages, each in a project of its own: a program that uses every entry, and the package's own declarations.
// Those of third parties are read, not judged. One program for all of a mode reads what they share once. A process of its own, because the
// compiler never yields. argv is a file with the question; it prints the faults in words.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { consumer } from '@ibkit/pack-check/stranger';
import ts from 'typescript';

/** A package to check. */
export interface TypedProject {
  readonly name: string;
  /** The project that it is installed in. */
  readonly dir: string;
  /** Where the package really is. */
  readonly packageDir: string;
  readonly specifiers: readonly string[];
}

/** What the process is asked. */
export interface TypesQuestion {
  /** The folder that has `node`. */
  readonly typeRoot: string;
  readonly projects: readonly TypedProject[];
}

const BASE: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
  strict: true,
  skipLibCheck: false,
  noEmit: true,
  types: ['node'],
};

const MODES = [
  { name: 'node16', endings: ['mts', 'cts'], options: { module: ts.ModuleKind.Node16, moduleResolution: ts.ModuleResolutionKind.Node16 } },
  { name: 'bundler', endings: ['ts'], options: { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler } },
] as const;

function isQuestion(value: unknown): value is TypesQuestion {
  return typeof value === 'object' && value !== null && 'typeRoot' in value && 'projects' in value && Array.isArray(value.projects);
}

async function faultsOf({ typeRoot, projects }: TypesQuestion): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const { name: mode, endings, options } of MODES) {
    const uses = projects.map(({ dir, specifiers }) => ({ files: endings.map((ending) => path.join(dir, `use.${ending}`)), text: consumer(specifiers) }));
    for (const { files, text } of uses) for (const file of files) await writeFile(file, text);
    const program = ts.createProgram(uses.flatMap(({ files }) => files), { ...BASE, ...options, typeRoots: [typeRoot] });
    const say = (whose: string, problem: ts.Diagnostic): string => `${whose}: ${mode}: ${path.basename(problem.file?.fileName ?? '')} ${ts.flattenDiagnosticMessageText(problem.messageText, ' ')}`;
    faults.push(...program.getOptionsDiagnostics().map((problem) => say('types', problem)));
    for (const [index, { name, packageDir }] of projects.entries()) {
      const files = uses[index]?.files ?? [];
      const declarations = program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(`${packageDir}/`) && !fileName.slice(packageDir.length).includes('/node_modules/'));
      if (declarations.length === 0) faults.push(`${name}: ${mode}: no declarations were found`);
      const used = files.flatMap((file) => program.getSourceFile(file) ?? []);
      if (used.length !== files.length) faults.push(`${name}: ${mode}: the program that uses it was not read`);
      for (const file of [...used, ...declarations]) faults.push(...[...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map((problem) => say(name, problem)));
    }
  }
  return faults;
}

const question: unknown = JSON.parse(await readFile(process.argv[2] ?? '', 'utf8'));
if (!isQuestion(question)) throw new Error('the question is none');
process.stdout.write(JSON.stringify(await faultsOf(question)));
