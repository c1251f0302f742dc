import process from 'node:process';
import { checkCode } from './check.js';

/** Heap above which a worker is replaced. */
const LARGE_BYTES = 1_000_000_000;

process.on('message', async ({ dir }) => {
  let verdict;
  try {
    verdict = await checkCode(dir);
  } catch (error) {
    verdict = { passed: false, output: `${error instanceof Error ? error.stack : String(error)}\n` };
  }
  // Nobody waits for it any more when the workshop was closed meanwhile.
  if (process.connected) process.send({ ...verdict, large: process.memoryUsage().heapUsed > LARGE_BYTES }, () => undefined);
});
