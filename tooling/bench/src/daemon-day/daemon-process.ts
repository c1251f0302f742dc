import process from 'node:process';
import { createScaledClock, systemClock } from '@ibkit/clock';
import { parseInvocation, startDaemon } from '@ibkit/daemon';

// The daemon as `ibkitd` starts it, in a process of its own that also tells its heap after a collection: node runs it with --expose-gc.

const [speed = '', ...argv] = process.argv.slice(2);
const invocation = await parseInvocation(argv, {}, '0.0.0');
if (invocation.kind !== 'run') throw new Error('this command line prints and ends');
const quiet = (): void => undefined;
let [warnings, errors] = [0, 0];
const daemon = await startDaemon(invocation.settings, {
  clock: Number(speed) === 1 ? systemClock() : createScaledClock(systemClock(), { speed: Number(speed) }),
  log: {
    debug: quiet,
    info: quiet,
    warn: () => {
      warnings += 1;
    },
    error: () => {
      errors += 1;
    },
  },
});

process.on('message', () => {
  if (typeof globalThis.gc !== 'function') throw new Error('run it with node --expose-gc');
  globalThis.gc();
  globalThis.gc();
  const { user, system } = process.cpuUsage();
  process.send?.({ heapUsed: process.memoryUsage().heapUsed, cpuMs: (user + system) / 1000, warnings, errors });
});
process.once('disconnect', () => {
  void daemon.close().then(() => {
    process.exit(0);
  });
});
process.send?.({ url: daemon.url, tokenFile: daemon.tokenFile });
