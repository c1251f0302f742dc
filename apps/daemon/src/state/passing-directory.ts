import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { livenessOf, parseIdentity, thisProcess } from '@ibkit/process-lock';

const PREFIX = 'ibkitd-simulated-';
const OWNER = 'owner.json';

/** Whether the daemon that made a directory is gone; what cannot be known for sure, such as a directory of another user, is not. */
async function isLeftBehind(directory: string): Promise<boolean> {
  const owner = parseIdentity(await readFile(path.join(directory, OWNER), 'utf8').catch(() => ''));
  return owner !== undefined && (await livenessOf(owner, await thisProcess())) === 'dead';
}

/**
 * A directory for what ends with this process: orders of an embedded simulator are not kept. A process that was killed leaves it behind, with its
 * name in it, and the next one removes it.
 */
export class PassingDirectory implements AsyncDisposable {
  readonly path: string;

  private constructor(directory: string) {
    this.path = directory;
  }

  /** Makes one in `parent`, and removes those of processes that are gone. @defaultValue parent: the system's directory for temporary files */
  static async make(parent = tmpdir()): Promise<PassingDirectory> {
    for (const name of await readdir(parent)) {
      const directory = path.join(parent, name);
      // One that cannot be removed is left for the next time.
      if (name.startsWith(PREFIX) && (await isLeftBehind(directory))) await rm(directory, { recursive: true, force: true }).catch(() => undefined);
    }
    const made = await mkdtemp(path.join(parent, PREFIX));
    await writeFile(path.join(made, OWNER), JSON.stringify(await thisProcess()), { mode: 0o600 });
    return new PassingDirectory(made);
  }

  /** Removes it. Idempotent. */
  close(): Promise<void> {
    return rm(this.path, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
