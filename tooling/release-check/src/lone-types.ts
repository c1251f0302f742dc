import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { consumer } from '@ibkit/pack-check/stranger';
import ts from 'typescript';

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

/**
 * Checks the types of one installed package at a time: a program that uses every entry, and the package's own declarations. Those of third
 * parties are read, not judged. One process and one parsed standard library for all packages make it quick.
 */
export class LoneTypes {
  readonly #parsed = new Map<string, ts.SourceFile>();
  readonly #typeRoot: string;

  /** @param typeRoot the folder that has `node` */
  constructor(typeRoot: string) {
    this.#typeRoot = typeRoot;
  }

  /** @returns faults in words */
  async check(project: string, packageDir: string, specifiers: readonly string[]): Promise<readonly string[]> {
    const faults: string[] = [];
    for (const { name, endings, options } of MODES) {
      const files = endings.map((ending) => path.join(project, `use.${ending}`));
      for (const file of files) await writeFile(file, consumer(specifiers));
      const program = ts.createProgram(files, { ...BASE, ...options, typeRoots: [this.#typeRoot] }, this.#host({ ...BASE, ...options }));
      const own = program.getSourceFiles().filter(({ fileName }) => files.includes(fileName) || (fileName.startsWith(`${packageDir}/`) && !fileName.slice(packageDir.length).includes('/node_modules/')));
      if (!own.some(({ fileName }) => fileName.startsWith(packageDir))) faults.push(`${name}: no declarations were found`);
      const problems = [...program.getOptionsDiagnostics(), ...own.flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)])];
      faults.push(...problems.map((problem) => `${name}: ${path.basename(problem.file?.fileName ?? '')} ${ts.flattenDiagnosticMessageText(problem.messageText, ' ')}`));
    }
    return faults;
  }

  #host(options: ts.CompilerOptions): ts.CompilerHost {
    const host = ts.createCompilerHost(options);
    const read = host.getSourceFile.bind(host);
    host.getSourceFile = (file, language, ...rest) => {
      // What differs by mode is the format of a file in a package; the standard library has none.
      if (!/\/typescript\/lib\/lib\.|\/@types\/node\//.test(file)) return read(file, language, ...rest);
      const key = `${file} ${String(options.moduleResolution)}`;
      const known = this.#parsed.get(key) ?? read(file, language, ...rest);
      if (known !== undefined) this.#parsed.set(key, known);
      return known;
    };
    return host;
  }
}
