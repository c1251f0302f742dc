import { readFile, rename } from 'node:fs/promises';
import { SystemError } from '@ibkit/error-codes';
import type { JournalEntry } from '@ibkit/gateway-trading';

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

/**
 * Reads the journal of an earlier version, one JSON object per line. What follows the last line break was cut off by a crash before
 * anything was sent.
 * @returns `undefined` when there is none
 * @throws SystemError `IBKR_JOURNAL_CORRUPT` that names the line.
 */
export async function readOldJournal(file: string): Promise<readonly JournalEntry[] | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined;
    throw error;
  }
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
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

/** Marks an old journal as taken over, and keeps it. */
export async function retireOldJournal(file: string): Promise<void> {
  await rename(file, `${file}.migrated`);
}
