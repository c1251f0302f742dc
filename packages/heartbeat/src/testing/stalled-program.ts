// A program that blocks its own loop for some seconds while a heartbeat thread watches its peer. Run by the tests.
// argv: port of the peer, milliseconds to block. Prints one JSON line per fact.
import { createConnection } from 'node:net';
import process from 'node:process';
import { Worker } from 'node:worker_threads';
import { HeartbeatMonitor } from '../index.js';

const [port, blockMs] = process.argv.slice(2).map(Number);
const seen = new Int32Array(new SharedArrayBuffer(4));
const listener = new Worker(
  `const { BroadcastChannel, workerData } = require('node:worker_threads');
   new BroadcastChannel('stalls').onmessage = ({ data }) => { if (data.phase === 'began') Atomics.store(workerData, 0, 1); };`,
  { eval: true, workerData: seen },
);
listener.unref();

const say = (fact: Record<string, unknown>): void => {
  process.stdout.write(`${JSON.stringify(fact)}\n`);
};

/** More than the answer window of 2 s, at 50 ms each. */
const ALIVE_AFTER = 42;
let chunksAfter = 0;
let blocked = false;
const socket = createConnection({ port: port ?? 0, host: '127.0.0.1' });
const monitor = new HeartbeatMonitor({
  mode: 'thread',
  intervalMs: 500,
  timeoutMs: 2500,
  stallToleranceMs: 500,
  stallChannel: 'stalls',
  probe: () => socket.write('?'),
  onTimeout: ({ probes }) => {
    say({ type: 'timeout', probes });
    socket.destroy();
  },
  onStall: ({ stalledMs }) => {
    say({ type: 'stall', stalledMs });
  },
  onThreadLost: (error) => {
    say({ type: 'lost', message: error.message });
  },
});

function block(): void {
  blocked = true;
  say({ type: 'blocking' });
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, blockMs);
  // Before the loop turned again: only another thread can have noticed.
  say({ type: 'blocked', noticedMeanwhile: Atomics.load(seen, 0) === 1 });
}

socket.on('connect', () => {
  monitor.start();
});
socket.on('data', (bytes) => {
  monitor.receivedHeartbeat();
  // "b" tells it to block; the rest is life.
  if (!blocked && bytes.includes('b')) block();
  else if (blocked) chunksAfter += 1;
  if (chunksAfter === ALIVE_AFTER) {
    say({ type: 'alive', running: monitor.running });
    void monitor.close().then(() => socket.end());
  }
});
socket.on('close', () => {
  void listener.terminate();
});
