import { open } from 'node:fs/promises';
import { sleep } from '@ibkit/clock';
import { ConfigurationError } from '@ibkit/error-codes';
import type { CommandContext } from '../../config/globals.js';
import { EXIT } from '../../output/exit-codes.js';
import type { ExitCode } from '../../output/exit-codes.js';
import type { CommandInput } from '../../program/command-input.js';
import { daemonLogFile } from './daemon-state.js';

const LINES = 50;
const LOOK_MS = 250;
/** How much of the end of a log is read for its last lines, bytes. */
const TAIL_BYTES = 1024 * 1024;

async function chunk(file: string, from: number, most: number): Promise<{ readonly text: string; readonly size: number }> {
  await using handle = await open(file, 'r');
  const { size } = await handle.stat();
  // A log that was made anew begins at its beginning.
  const start = from > size ? 0 : from;
  const buffer = Buffer.alloc(Math.min(most, size - start));
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, start);
  return { text: buffer.toString('utf8', 0, bytesRead), size: start + bytesRead };
}

async function sizeOf(file: string): Promise<number> {
  try {
    await using handle = await open(file, 'r');
    return (await handle.stat()).size;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    throw new ConfigurationError({ problems: [{ path: file, rule: 'is not there: only a daemon that ibkit daemon start started has a log here' }] });
  }
}

function isStopped({ io }: CommandContext): boolean {
  return io.stop.aborted;
}

/** `ibkit daemon logs`: the end of its log, and with `--follow` what comes. */
export async function daemonLogs(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  const { globals, io, clock } = context;
  const lines = input.whole('lines', 1, 100_000) ?? LINES;
  const file = daemonLogFile(globals.stateDirectory);
  const begin = Math.max(0, (await sizeOf(file)) - TAIL_BYTES);
  const last = await chunk(file, begin, TAIL_BYTES);
  io.out.write(last.text.split('\n').slice(-lines - 1).join('\n'));
  let at = last.size;
  while (input.on('follow') && !isStopped(context) && !io.out.closed) {
    const next = await chunk(file, at, TAIL_BYTES);
    if (next.text !== '') io.out.write(next.text);
    at = next.size;
    try {
      await sleep(clock, LOOK_MS, { signal: io.stop });
    } catch (error) {
      if (!isStopped(context)) throw error;
    }
  }
  return EXIT.ok;
}
