import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/** A parsed file. */
export interface Source {
  /** From the root of the repository, with forward slashes. */
  readonly file: string;
  readonly tree: ts.SourceFile;
  readonly text: string;
  /** Of a folder `testing`: something that only tests use, or that is for tests of others. */
  readonly forTests: boolean;
}

const AREAS = ['packages', 'apps', 'tooling'];

/** The sources of a repository without their tests, read and parsed when they are first asked for. */
export class Sources {
  readonly root: string;
  readonly #members = new Map<string, readonly Source[]>();

  constructor(root: string) {
    this.root = root;
  }

  /** The sources of a member, those for tests last. */
  of(member: string): readonly Source[] {
    const known = this.#members.get(member);
    if (known !== undefined) return known;
    const folder = path.join(this.root, member, 'src');
    const files = existsSync(folder) ? this.below(path.join(member, 'src')) : [];
    const sources = [...files.filter(({ forTests }) => !forTests), ...files.filter(({ forTests }) => forTests)];
    this.#members.set(member, sources);
    return sources;
  }

  /** The sources below a folder, or the one file. */
  below(folder: string): readonly Source[] {
    const full = path.join(this.root, folder);
    if (!existsSync(full)) return [];
    const names = statSync(full).isDirectory() ? readdirSync(full, { recursive: true, encoding: 'utf8' }).map((name) => path.join(folder, name)) : [folder];
    return names
      .filter((name) => /\.tsx?$/.test(name) && !/\.(?:test|e2e)\.tsx?$/.test(name) && !name.endsWith('.d.ts') && !name.split(path.sep).includes('node_modules'))
      .sort()
      .map((name) => this.#parsed(name.split(path.sep).join('/')));
  }

  /** All published members. */
  packages(): readonly string[] {
    return AREAS.flatMap((area) => {
      const folder = path.join(this.root, area);
      return existsSync(folder) ? readdirSync(folder).sort().map((name) => `${area}/${name}`) : [];
    });
  }

  #parsed(file: string): Source {
    const text = readFileSync(path.join(this.root, file), 'utf8');
    const tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true, file.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS);
    return { file, tree, text, forTests: /(?:^|\/)testing(?:\/|\.ts$)/.test(file) };
  }
}
