import process from 'node:process';
import { Worker } from 'node:worker_threads';
import { SystemError } from '@ibkit/error-codes';
import type { CompactOptions, CompactReport } from './compact-recording.js';
import type { CompactAnswer, CompactTask } from './compact-task.js';

/** The thread could not start, or died: somebody else has to do its work. */
export class ThreadLostError extends SystemError {}

const ENTRIES: Readonly<Record<string, string>> = { '.ts': '../worker-from-source.mjs', '.cjs': './worker.cjs' };

/** Where the code of the thread lies: beside the file that this is in, in the form that this build has. */
function workerEntry(): URL {
  const [ending = ''] = /\.[cm]?[jt]s$/u.exec(import.meta.url) ?? [];
  return new URL(ENTRIES[ending] ?? './worker.js', import.meta.url);
}

/** A program from `--eval` or standard input has a flag that no file may have; other flags go on to the thread by themselves. */
function threadFlags(flags: readonly string[]): { readonly execArgv?: string[] } {
  if (!flags.some((flag) => flag.startsWith('--input-type'))) return {};
  return { execArgv: flags.filter((flag) => /^--(conditions|import)=/u.test(flag)) };
}

/**
 * Compacts a recording in a thread of its own; an abort lets it come to the end of a row group and clean up.
 * @throws ThreadLostError, and SystemError with the code and message of what failed in the thread.
 */
export function compactInThread(directory: string, { into, kinds, signal }: CompactOptions, entry: URL = workerEntry()): Promise<CompactReport> {
  const task: CompactTask = { task: '@ibkit/recording/compact', directory, into, kinds };
  return new Promise((resolve, reject) => {
    const worker = new Worker(entry, { name: 'ibkit-compactor', workerData: task, ...threadFlags(process.execArgv) });
    const onAbort = (): void => {
      worker.postMessage('stop');
    };
    const lost = (cause: Error): void => {
      reject(new ThreadLostError({ code: 'IBKR_RECORDING_THREAD_LOST', message: `The thread that compacts ${directory} ended before its work: ${cause.message}`, cause }));
    };
    let answer: CompactAnswer | undefined;
    worker.once('message', (message: CompactAnswer) => {
      answer = message;
    });
    worker.once('error', lost);
    worker.once('exit', (exitCode) => {
      signal?.removeEventListener('abort', onAbort);
      if (answer?.type === 'done') resolve(answer.report);
      else if (answer?.type === 'failed') reject(new SystemError({ code: answer.code, message: answer.message }));
      else lost(new Error(`it ended with code ${exitCode}`));
    });
    if (signal?.aborted === true) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
  });
}
