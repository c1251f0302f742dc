import process from 'node:process';
import { createScaledClock, systemClock } from '@ibkit/clock';
import { parseInvocation, startDaemon } from '@ibkit/daemon';
import type { DaemonLogger } from '@ibkit/daemon';

// The daemon as `ibkitd` starts it, but for its clock, which is so many times faster than ours: what takes half a minute in earnest takes a second or two in a test.

const [speed = '', ...argv] = process.argv.slice(2);
const invocation = await parseInvocation(argv, {}, '0.0.0');
if (invocation.kind !== 'run') throw new Error('this command line prints and ends');

const complain = (fields: Readonly<Record<string, unknown>>, message: string): void => {
  process.stderr.write(`${message} ${JSON.stringify(fields)}\n`);
};
const quiet = (): void => undefined;
const log: DaemonLogger = { debug: quiet, info: quiet, warn: complain, error: complain };
const daemon = await startDaemon(invocation.settings, { clock: createScaledClock(systemClock(), { speed: Number(speed) }), log });
process.stdout.write(`${JSON.stringify({ event: 'listening', url: daemon.url })}\n`);

const stop = (): void => {
  void daemon.close().then(() => {
    process.exit(0);
  });
};
process.once('SIGTERM', stop);
// The parent is gone.
process.stdin.on('end', stop).resume();
