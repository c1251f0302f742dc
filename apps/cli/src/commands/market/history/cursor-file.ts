import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { ConfigurationError } from '@ibkit/error-codes';

/** How far a download is: what was asked, what was answered last, and how long the file was then. */
export interface DownloadState {
  readonly version: 1;
  /** The question, so that another one does not go on in the same file. */
  readonly query: string;
  /** Fixed at the first start: "until now" means the same after a pause. */
  readonly to: string;
  readonly cursor: string;
  readonly bytes: number;
  readonly bars: number;
  readonly gaps: number;
}

function isState(value: unknown): value is DownloadState {
  if (typeof value !== 'object' || value === null) return false;
  const state: Partial<Record<keyof DownloadState, unknown>> = value;
  return state.version === 1 && [state.query, state.to, state.cursor].every((text) => typeof text === 'string') && [state.bytes, state.bars, state.gaps].every((count) => typeof count === 'number' && count >= 0);
}

/** The cursor file beside a download. */
export function cursorFileOf(file: string): string {
  return `${file}.cursor`;
}

/** Reads how far a download is; `undefined` when none was begun. @throws ConfigurationError for a file that is none */
export async function readCursorFile(file: string): Promise<DownloadState | undefined> {
  let text: string;
  try {
    text = await readFile(cursorFileOf(file), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  let state: unknown;
  try {
    state = JSON.parse(text);
  } catch {
    state = undefined;
  }
  if (isState(state)) return state;
  throw new ConfigurationError({ problems: [{ path: cursorFileOf(file), rule: 'must be the cursor of an earlier download; remove it and the file to begin anew' }] });
}

/** Writes it aside and puts it in place, so that nobody ever reads half of one. */
export async function writeCursorFile(file: string, state: DownloadState): Promise<void> {
  const draft = `${cursorFileOf(file)}.new`;
  await writeFile(draft, `${JSON.stringify(state)}\n`);
  await rename(draft, cursorFileOf(file));
}

/** The download is whole. */
export async function removeCursorFile(file: string): Promise<void> {
  await rm(cursorFileOf(file), { force: true });
}
