import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { MarketDataError } from '@ibkit/error-codes';
import { readStored } from './contract-store.js';
import type { ContractStore, StoredContract } from './contract-store.js';

const FORMAT = 'ibkit-contracts';
const VERSION = 1;
/** How a file of ours begins, also one that was torn. */
const OUR_START = `{"format":"${FORMAT}"`;
/** Ten thousand contracts with a month of hours each have a third of it. */
const LARGEST_BYTES = 64 * 2 ** 20;

/** What a file turned out to be. */
type FileContent =
  | { readonly kind: 'ours'; readonly entries: readonly StoredContract[]; readonly unreadable: number }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'damaged' }
  /** Not for us to replace. */
  | { readonly kind: 'foreign'; readonly why: string };

/**
 * Contracts in one file, for its owner only. Written aside and renamed, so that a reader sees all of the old or all of the new. Several processes may
 * share it: each adds to what is there; of two that write at the same moment one wins, and the other's news are looked up again some time.
 */
export class ContractFile implements ContractStore {
  readonly #file: string;
  readonly #capacity: number;
  readonly #onProblem: (error: MarketDataError) => void;
  #told = '';

  constructor(options: { readonly file: string; readonly capacity: number; readonly onProblem: (error: MarketDataError) => void }) {
    this.#file = options.file;
    this.#capacity = options.capacity;
    this.#onProblem = options.onProblem;
  }

  async load(): Promise<readonly StoredContract[]> {
    const content = await this.#read();
    this.#report(content);
    return content.kind === 'ours' ? content.entries : [];
  }

  async save(entries: readonly StoredContract[], keptFromMs: number): Promise<void> {
    const content = await this.#read();
    if (content.kind === 'foreign') {
      this.#report(content);
      return;
    }
    const merged = new Map<string, StoredContract>();
    for (const entry of [...(content.kind === 'ours' ? content.entries : []), ...entries]) {
      const known = merged.get(entry.key);
      if (entry.storedAtMs >= keptFromMs && entry.storedAtMs >= (known?.storedAtMs ?? 0)) merged.set(entry.key, entry);
    }
    const newest = [...merged.values()].sort((a, b) => b.storedAtMs - a.storedAtMs).slice(0, this.#capacity);
    await this.#write(`{"format":"${FORMAT}","version":${VERSION},"entries":[\n${newest.map((entry) => JSON.stringify(entry)).join(',\n')}\n]}\n`);
  }

  async #read(): Promise<FileContent> {
    try {
      if ((await stat(this.#file)).size > LARGEST_BYTES) return { kind: 'foreign', why: `it is larger than ${LARGEST_BYTES} bytes` };
      return contentOf(await readFile(this.#file, 'utf8'));
    } catch (error) {
      if (isMissing(error)) return { kind: 'nothing' };
      throw error;
    }
  }

  async #write(text: string): Promise<void> {
    await mkdir(path.dirname(this.#file), { recursive: true, mode: 0o700 });
    const draft = `${this.#file}.${randomUUID()}.draft`;
    try {
      const handle = await open(draft, 'wx', 0o600);
      try {
        await handle.writeFile(text);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(draft, this.#file);
    } catch (error) {
      await unlink(draft).catch(() => {
        // It was never made, or the disk is in trouble: the error itself says which.
      });
      throw error;
    }
  }

  /** Tells each trouble once, not with every write. */
  #report(content: FileContent): void {
    const said = messageOf(content, this.#file);
    if (said === undefined || said === this.#told) return;
    this.#told = said;
    this.#onProblem(new MarketDataError({ code: 'IBKR_CONTRACT_CACHE_UNREADABLE', message: said, tips: ['Contracts are looked up at the broker instead; remove the file, or name another one.'] }));
  }
}

function messageOf(content: FileContent, file: string): string | undefined {
  const what = `The contract cache ${file}`;
  switch (content.kind) {
    case 'damaged':
      return `${what} is damaged; it is written anew`;
    case 'foreign':
      return `${what} is left as it is and not used: ${content.why}`;
    case 'ours':
      return content.unreadable === 0 ? undefined : `${what} has ${content.unreadable} entries that cannot be read; they are dropped`;
    case 'nothing':
      return undefined;
  }
}

function contentOf(text: string): FileContent {
  if (text.trim() === '') return { kind: 'nothing' };
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return text.startsWith(OUR_START) || OUR_START.startsWith(text) ? { kind: 'damaged' } : { kind: 'foreign', why: 'it is no contract cache' };
  }
  if (!hasFormat(parsed)) return { kind: 'foreign', why: 'it is no contract cache' };
  if (parsed.version !== VERSION) return { kind: 'foreign', why: `its version is ${JSON.stringify(parsed.version)}, and this program knows ${VERSION}` };
  if (!Array.isArray(parsed.entries)) return { kind: 'damaged' };
  const entries = parsed.entries.map(readStored);
  const readable = entries.filter((entry) => entry !== undefined);
  return { kind: 'ours', entries: readable, unreadable: entries.length - readable.length };
}

function hasFormat(value: unknown): value is { readonly version?: unknown; readonly entries?: unknown } {
  return typeof value === 'object' && value !== null && 'format' in value && value.format === FORMAT;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
