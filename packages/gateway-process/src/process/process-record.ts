import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { parseIdentity } from '@ibkit/process-lock';
import type { ProcessIdentity } from '@ibkit/process-lock';

/** What is written down about a process, so that whoever comes after us finds it. */
export interface ProcessRecord {
  readonly identity: ProcessIdentity;
  /** Where its output goes. */
  readonly logFile: string;
  /** When it was started, epoch milliseconds. */
  readonly startedAtMs: number;
  /** What the driver wants to know again, such as a command port. */
  readonly facts: Readonly<Record<string, string | number>>;
}

const FILE = 'process.json';

function fileOf(directory: string): string {
  return path.join(directory, FILE);
}

function factsOf(value: unknown): Readonly<Record<string, string | number>> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, string | number] => typeof entry[1] === 'string' || typeof entry[1] === 'number'));
}

/** The record in a directory; `undefined` when there is none, or none that can be understood. */
export async function readRecord(directory: string): Promise<ProcessRecord | undefined> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(fileOf(directory), 'utf8'));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('identity' in value) || !('logFile' in value) || !('startedAtMs' in value)) return undefined;
  const identity = parseIdentity(JSON.stringify(value.identity));
  const { logFile, startedAtMs } = value;
  if (identity === undefined || typeof logFile !== 'string' || typeof startedAtMs !== 'number') return undefined;
  return { identity, logFile, startedAtMs, facts: factsOf('facts' in value ? value.facts : undefined) };
}

/** Writes the record; it appears whole or not at all. */
export async function writeRecord(directory: string, record: ProcessRecord): Promise<void> {
  await writePrivate(fileOf(directory), `${JSON.stringify(record, undefined, 2)}\n`);
}

/** Removes the record, if there is one. */
export async function removeRecord(directory: string): Promise<void> {
  await rm(fileOf(directory), { force: true });
}

/** Writes a file that only this user can read (0600), whole or not at all. */
export async function writePrivate(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const draft = draftOf(file);
  await rm(draft, { force: true });
  const handle = await open(draft, 'wx', 0o600);
  try {
    // The mode of the call is subject to the umask.
    await handle.chmod(0o600);
    await handle.writeFile(text);
    // Otherwise a machine that loses its power may keep the name and not the text.
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
}

/** Removes a file of {@link writePrivate}, and what a process that was killed in the middle of that left. */
export async function removePrivate(file: string): Promise<void> {
  for (const name of [file, draftOf(file)]) await rm(name, { force: true });
}

function draftOf(file: string): string {
  return `${file}.draft`;
}
