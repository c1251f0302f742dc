import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { edited } from '../source/edit.js';
import type { Edit } from '../source/edit.js';

const run = promisify(execFile);

/** An entry of a package's exports as its source, whoever asks for it. */
function ofSources(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('@ibkit/source' in value)) return value;
  const source = value['@ibkit/source'];
  return { '@ibkit/source': source, default: source };
}

/** A clone of the repository in a temporary folder, as it was committed last, with dependencies of its own: nobody sees what is taken out of it. */
export class PrivateCopy implements Disposable {
  readonly root: string;
  readonly #held = new Map<string, string>();

  /** @param root of the copy, which is removed at the end */
  constructor(root: string) {
    this.root = root;
  }

  /** Clones and installs from the local store. */
  static async of(repository: string): Promise<PrivateCopy> {
    const root = mkdtempSync(path.join(tmpdir(), 'take-out-'));
    const copy = new PrivateCopy(root);
    await run('git', ['clone', '--quiet', '--local', repository, root]);
    const pnpm = path.join(repository, 'node_modules', 'pnpm', 'bin', 'pnpm.cjs');
    await run(process.execPath, [pnpm, 'install', '--frozen-lockfile', '--prefer-offline', '--reporter=silent'], { cwd: root, env: { ...process.env, CI: 'true' } });
    return copy;
  }

  /**
   * Lets programs and packages that are used as they are built run from the sources: what is taken out of those is missing at once, and nothing has to be built.
   * @param loader the module that reads TypeScript
   */
  runFromSources(loader: string): void {
    for (const area of ['packages', 'apps']) {
      for (const name of readdirSync(path.join(this.root, area))) {
        const file = `${area}/${name}/package.json`;
        if (existsSync(path.join(this.root, file))) writeFileSync(path.join(this.root, file), JSON.stringify(JSON.parse(this.read(file), ofSources), undefined, 2));
        const main = `${area}/${name}/src/main.ts`;
        if (!existsSync(path.join(this.root, main))) continue;
        mkdirSync(path.join(this.root, area, name, 'dist'), { recursive: true });
        writeFileSync(path.join(this.root, area, name, 'dist', 'main.js'), `import { register } from ${JSON.stringify(loader)};\nregister();\nawait import('../src/main.ts');\n`);
      }
    }
  }

  /** Writes edits. Returns the files that changed. */
  change(edits: readonly Edit[]): readonly string[] {
    const files = [...new Set(edits.map(({ file }) => file))];
    for (const file of files) {
      const text = this.read(file);
      this.#held.set(file, text);
      writeFileSync(path.join(this.root, file), edited(text, edits.filter((edit) => edit.file === file)));
    }
    return files;
  }

  /** Writes everything back as it was. Returns the files that changed. */
  restore(): readonly string[] {
    const files = [...this.#held.keys()];
    for (const [file, text] of this.#held) writeFileSync(path.join(this.root, file), text);
    this.#held.clear();
    return files;
  }

  read(file: string): string {
    return readFileSync(path.join(this.root, file), 'utf8');
  }

  [Symbol.dispose](): void {
    for (const folder of [this.root, `${this.root}.t`]) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
