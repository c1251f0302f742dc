// A thread of the tests that logs as fast as it can into a file that others write, too.
import { workerData } from 'node:worker_threads';
import { register } from 'tsx/esm/api';

register();
const { createLogger } = await import('../create-logger.ts');
const { thread, lines, file } = workerData;
const log = createLogger({ destination: 'none', file });
for (let n = 0; n < lines; n += 1) log.info({ thread, n, filler: 'x'.repeat(n % 50) });
await log.close();
