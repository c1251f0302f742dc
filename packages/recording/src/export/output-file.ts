import { randomBytes } from 'node:crypto';
import { link, open, rename, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { UsageError } from '@ibkit/error-codes';

const BUFFER_BYTES = 256 * 1024;

/** A file that is written aside and appears whole under its name, or not at all. */
export class OutputFile {
  readonly #file: string;
  readonly #draft: string;
  readonly #handle: FileHandle;
  #text: string[] = [];
  #waiting = 0;
  #bytes = 0;

  private constructor(file: string, draft: string, handle: FileHandle) {
    this.#file = file;
    this.#draft = draft;
    this.#handle = handle;
  }

  static async create(file: string): Promise<OutputFile> {
    const draft = `${file}.${randomBytes(6).toString('hex')}.draft`;
    return new OutputFile(file, draft, await open(draft, 'wx', 0o600));
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Appends text; it may be on its way for a while. */
  async text(text: string): Promise<void> {
    this.#text.push(text);
    this.#waiting += text.length;
    if (this.#waiting >= BUFFER_BYTES) await this.#flush();
  }

  async raw(bytes: Uint8Array): Promise<void> {
    await this.#flush();
    this.#bytes += bytes.length;
    await this.#handle.writeFile(bytes);
  }

  /**
   * Gives the file its name, if it passes the check.
   * @throws UsageError `IBKR_RECORDING_EXISTS` when there is a file of that name and `overwrite` is off.
   */
  async finish(overwrite: boolean, check?: (draft: string) => Promise<void>): Promise<void> {
    await this.#flush();
    await this.#handle.sync();
    await this.#handle.close();
    await check?.(this.#draft);
    if (overwrite) await rename(this.#draft, this.#file);
    else {
      try {
        // Unlike a renaming this never replaces a file that somebody made meanwhile.
        await link(this.#draft, this.#file);
      } catch (cause) {
        if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause;
        throw new UsageError({ code: 'IBKR_RECORDING_EXISTS', field: 'file', value: this.#file, rule: 'must not exist yet, unless overwrite is true', cause });
      }
      await unlink(this.#draft);
    }
  }

  /** Leaves nothing behind. */
  async discard(): Promise<void> {
    await this.#handle.close().catch(() => undefined);
    await unlink(this.#draft).catch(() => {
      // It has its name already, or the disk is in trouble: the error that led here says which.
    });
  }

  async #flush(): Promise<void> {
    if (this.#text.length === 0) return;
    const bytes = Buffer.from(this.#text.join(''));
    this.#text = [];
    this.#waiting = 0;
    this.#bytes += bytes.length;
    await this.#handle.writeFile(bytes);
  }
}

/** What comes of making a file: whatever `fill` says, and its size. */
export type Filled<T> = T & { readonly file: string; readonly bytes: number };

/** Makes a file with `fill`; when that or the check fails nothing is left behind. */
export async function withOutput<T extends object>(
  options: { readonly file: string; readonly overwrite?: boolean | undefined },
  fill: (output: OutputFile) => Promise<T>,
  check?: (draft: string, filled: T) => Promise<void>,
): Promise<Filled<T>> {
  const output = await OutputFile.create(options.file);
  try {
    const filled = await fill(output);
    await output.finish(options.overwrite ?? false, (draft) => check?.(draft, filled) ?? Promise.resolve());
    return { ...filled, file: options.file, bytes: output.bytes };
  } catch (error) {
    await output.discard();
    throw error;
  }
}
