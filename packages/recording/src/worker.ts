import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { isIbkrError } from '@ibkit/error-codes';
import { compactRecording } from './export/compact-recording.js';
import { isCompactTask } from './export/compact-task.js';
import type { CompactAnswer, CompactTask } from './export/compact-task.js';

/**
 * Compacts a recording once and tells what came of it; any message stops it between two row groups. Called by the thread that a `Compactor` starts; loading
 * this file elsewhere does nothing.
 */
export async function runCompactWorker({ directory, into, kinds }: CompactTask, port: MessagePort): Promise<void> {
  const stop = new AbortController();
  port.once('message', () => {
    stop.abort(new Error('the compactor was closed'));
  });
  let answer: CompactAnswer;
  try {
    answer = { type: 'done', report: await compactRecording(directory, { into, kinds, signal: stop.signal }) };
  } catch (error) {
    answer = { type: 'failed', code: isIbkrError(error) ? error.code : 'IBKR_RECORDING_COMPACT_FAILED', message: error instanceof Error ? error.message : String(error) };
  }
  port.postMessage(answer);
  port.close();
}

if (!isMainThread && parentPort !== null && isCompactTask(workerData)) void runCompactWorker(workerData, parentPort);
