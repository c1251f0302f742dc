import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Io } from '../terminal/io.js';
import type { Globals } from './globals.js';

/**
 * Runs `work` with the directory that it keeps its state in. An embedded simulator ends with its command, and so does what is known about it: with
 * `--simulate` the directory is a new one that is removed afterwards, and what the user has on disk about real gateways is neither read nor changed.
 */
export async function withStateOf<T>({ env }: Pick<Io, 'env'>, globals: Globals, work: (globals: Globals) => Promise<T>): Promise<T> {
  if (!globals.simulate) return await work(globals);
  const temporary = env['TMPDIR'] ?? '';
  const stateDirectory = await mkdtemp(path.join(temporary === '' ? tmpdir() : temporary, 'ibkit-simulated-'));
  try {
    return await work({ ...globals, stateDirectory });
  } finally {
    await rm(stateDirectory, { recursive: true, force: true });
  }
}
