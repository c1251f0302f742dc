import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SystemError, asError } from '@ibkit/error-codes';
import type { Io } from '../terminal/io.js';
import type { Globals } from './globals.js';

/**
 * Runs `work` with the directory that it keeps its state in. An embedded simulator ends with its command, and so does what is known about it: with
 * `--simulate` the directory is a new one that is removed afterwards, and what the user has on disk about real gateways is neither read nor changed.
 * @throws SystemError `IBKR_STATE_DIR_TEMPORARY` when the directory cannot be made
 */
export async function withStateOf<T>({ env }: Pick<Io, 'env'>, globals: Globals, work: (globals: Globals) => Promise<T>): Promise<T> {
  if (!globals.simulate) return await work(globals);
  const stateDirectory = await newDirectory(env['TMPDIR'] ?? '');
  try {
    return await work({ ...globals, stateDirectory });
  } finally {
    await rm(stateDirectory, { recursive: true, force: true });
  }
}

async function newDirectory(named: string): Promise<string> {
  const parent = named === '' ? tmpdir() : named;
  try {
    return await mkdtemp(path.join(parent, 'ibkit-simulated-'));
  } catch (error) {
    throw new SystemError({
      code: 'IBKR_STATE_DIR_TEMPORARY',
      message: `--simulate keeps its state in a new directory below ${parent}, and that cannot be made: ${asError(error).message}`,
      tips: ['Set TMPDIR to a directory that can be written.'],
      cause: error,
    });
  }
}
