// A process of the session store tests: writes ever newer states as fast as it can, and says each number that is surely on the disk.
import process from 'node:process';
import { SessionManager } from '../store/session-manager.js';

const [file = ''] = process.argv.slice(2);
const session = await SessionManager.open({ file });
process.stdout.write(`${session.recovery.outcome} ${session.watermark('stream')?.atMs ?? 0}\n`);
// Large enough that a write takes several steps.
const ballast = 'x'.repeat(100_000);
for (let n = (session.watermark('stream')?.atMs ?? 0) + 1; ; n += 1) {
  session.declare({ name: 'stream', contract: { symbol: 'SPY', ballast }, options: { n } });
  session.advance('stream', { atMs: n });
  await session.flush();
  process.stdout.write(`${n}\n`);
}
