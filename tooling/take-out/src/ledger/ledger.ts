import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** What is known of one row. */
export interface Entry {
  readonly row: string;
  readonly member: string;
  readonly what: string;
  readonly verdict: 'proved' | 'not proved';
  /** How each name was taken out, or why that proved nothing. */
  readonly by: readonly string[];
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

function readEntry(value: unknown): readonly Entry[] {
  if (!isRecord(value)) return [];
  const { row, member, what, verdict, by } = value;
  if (typeof row !== 'string' || typeof member !== 'string' || typeof what !== 'string' || (verdict !== 'proved' && verdict !== 'not proved') || !Array.isArray(by)) return [];
  return [{ row, member, what, verdict, by: by.filter((item) => typeof item === 'string') }];
}

/** The entries of the file, by the fingerprint of their row. */
export function readLedger(file: string): ReadonlyMap<string, Entry> {
  if (!existsSync(file)) return new Map();
  const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return new Map((Array.isArray(value) ? value : []).flatMap(readEntry).map((entry) => [entry.row, entry]));
}

const order = (a: Entry, b: Entry): number => (a.member === b.member ? (a.what < b.what ? -1 : a.what > b.what ? 1 : a.row < b.row ? -1 : 1) : a.member < b.member ? -1 : 1);

/** Writes entries, one a line, sorted. */
export function writeLedger(file: string, entries: Iterable<Entry>): void {
  const lines = [...entries].sort(order).map((entry) => JSON.stringify(entry));
  writeFileSync(file, `[\n${lines.join(',\n')}\n]\n`);
}
