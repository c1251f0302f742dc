import { mkdir, open, readFile, rename, truncate } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { SystemError } from '@ibkit/error-codes';
import type { AppendResult, Journal, JournalEntry, JournalHead } from '@ibkit/gateway-trading';

/** Whose orders a journal holds, and where it lies. */
export interface OrderJournalOptions {
  /** Made when it is not there, readable by its owner only. */
  readonly directory: string;
  readonly host: string;
  readonly port: number;
  readonly clientId: number;
  /** The lowest order id that the gateway still accepts from this client id. */
  readonly nextOrderId: number;
}

/** A journal in a file. */
export interface FileJournal extends Journal, AsyncDisposable {
  /** Where the orders of an earlier gateway were put aside; absent when there was no need. */
  readonly archivedAs: string | undefined;
}

function isEntry(value: unknown, seq: number): value is JournalEntry {
  if (typeof value !== 'object' || value === null) return false;
  const entry: Partial<JournalEntry> = value;
  return entry.seq === seq && typeof entry.term === 'number' && typeof entry.record?.type === 'string';
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // Told by isEntry, with the file and the line.
    return undefined;
  }
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}

/** Every whole line. What follows the last line break was cut off by a crash before anything was sent, and is removed. */
async function readEntries(file: string): Promise<JournalEntry[]> {
  const text = await textOf(file);
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) await truncate(file, Buffer.byteLength(whole));
  return whole.split('\n').slice(0, -1).map((line, index) => {
    const entry = parsed(line);
    if (isEntry(entry, index + 1)) return entry;
    throw new SystemError({
      code: 'IBKR_JOURNAL_CORRUPT',
      message: `The order journal ${file} is damaged at line ${index + 1}; no order is sent with it`,
      tips: ['Look at the orders in TWS, then move the file away: keys of earlier orders are forgotten with it.'],
    });
  });
}

/**
 * A gateway that has never seen an order of this client id, although one was acknowledged: it is another one, or was reset, and what the
 * journal tells is not about it.
 */
function isOfAnotherGateway(entries: readonly JournalEntry[], { clientId, nextOrderId }: OrderJournalOptions): boolean {
  if (nextOrderId > 1) return false;
  const ours = new Set(entries.flatMap(({ record }) => (record.type === 'order.staged' && record.clientId === clientId ? [record.intentId] : [])));
  return entries.some(({ record }) => record.type === 'order.acked' && ours.has(record.intentId));
}

/** One gateway, one file, whichever of its names was typed. */
function fileOf({ directory, host, port, clientId }: OrderJournalOptions): string {
  const name = /^(localhost|::1|127(\.\d+){3})$/i.test(host) ? '127.0.0.1' : host.toLowerCase().replaceAll(/[^\w.-]/g, '_');
  return path.join(directory, `orders-${name}-${port}-${clientId}.jsonl`);
}

async function putAside(file: string): Promise<string> {
  for (let number = 1; ; number += 1) {
    const target = `${file}.${number}`;
    if ((await textOf(target)) === '') {
      await rename(file, target);
      return target;
    }
  }
}

class JsonLinesJournal implements FileJournal {
  readonly archivedAs: string | undefined;
  readonly #handle: FileHandle;
  readonly #entries: JournalEntry[];

  constructor(handle: FileHandle, entries: JournalEntry[], archivedAs: string | undefined) {
    this.#handle = handle;
    this.#entries = entries;
    this.archivedAs = archivedAs;
  }

  async append(records: Parameters<Journal['append']>[0], guard: Parameters<Journal['append']>[1]): Promise<AppendResult> {
    const head = this.#head();
    if (guard.term < head.term || guard.expectedSeq !== head.seq) return { status: 'fenced', head };
    const added = records.map((record, index) => ({ seq: head.seq + index + 1, term: guard.term, record }));
    await this.#handle.appendFile(added.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    await this.#handle.datasync();
    this.#entries.push(...added);
    return { status: 'ok', seq: head.seq + added.length };
  }

  async *read(fromSeq: number): AsyncGenerator<JournalEntry> {
    for (const entry of this.#entries.slice(Math.max(0, fromSeq - 1))) yield await Promise.resolve(entry);
  }

  head(): Promise<JournalHead> {
    return Promise.resolve(this.#head());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#handle.close();
  }

  #head(): JournalHead {
    return { seq: this.#entries.length, term: this.#entries.at(-1)?.term ?? 0 };
  }
}

/**
 * Opens the journal of the orders that this user sends to one gateway with one client id: what makes a key known to the next command.
 * The session with that client id is the lock, so open it only while connected.
 * @throws SystemError when it is damaged or cannot be written.
 */
export async function openOrderJournal(options: OrderJournalOptions): Promise<FileJournal> {
  const { directory } = options;
  const file = fileOf(options);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    let entries = await readEntries(file);
    const archivedAs = isOfAnotherGateway(entries, options) ? await putAside(file) : undefined;
    if (archivedAs !== undefined) entries = [];
    return new JsonLinesJournal(await open(file, 'a', 0o600), entries, archivedAs);
  } catch (error) {
    if (error instanceof SystemError) throw error;
    throw new SystemError({
      code: 'IBKR_JOURNAL_FAILED',
      message: `The order journal ${file} cannot be used: ${error instanceof Error ? error.message : String(error)}`,
      tips: ['Orders are written down before they are sent. Set IBKIT_STATE_DIR to a directory that can be written.'],
      cause: error,
    });
  }
}
