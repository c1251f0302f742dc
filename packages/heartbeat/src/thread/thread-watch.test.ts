import { systemClock } from '@ibkit/clock';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { HeartbeatMonitor } from '../index.js';
import type { HeartbeatTimeout } from '../index.js';

const clock = systemClock();
const PROGRAM = fileURLToPath(new URL('../testing/stalled-program.ts', import.meta.url));

const BEAT_MS = 50;
/** Two programs start, block for 5 s and judge; a machine that has other things to do takes its time for that. */
const PATIENCE_MS = 60_000;

/** Says nothing until it is asked, which shows that the thread is there; then beats, tells the program to block, and goes on or falls silent. */
class Peer {
  readonly #diesThen: boolean;
  readonly #server = createServer((socket) => {
    this.#sockets.push(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => {
      this.#beat(socket, 0);
    });
  });
  readonly #sockets: Socket[] = [];

  constructor(diesThen: boolean) {
    this.#diesThen = diesThen;
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    return (address as AddressInfo).port;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #beat(socket: Socket, beats: number): void {
    if (socket.destroyed) return;
    socket.write(beats === 10 ? 'b' : '.');
    if (beats === 10 && this.#diesThen) return;
    clock.setTimer(BEAT_MS, () => {
      this.#beat(socket, beats + 1);
    }, { keepAlive: false });
  }
}

interface Fact {
  readonly type: string;
  readonly stalledMs?: number;
}

async function blockedProgram(peerDies: boolean): Promise<{ readonly facts: readonly Fact[]; readonly stderr: string }> {
  const peer = new Peer(peerDies);
  const port = await peer.listen();
  const child = spawn(process.execPath, ['--conditions=@ibkit/source', '--import', 'tsx', PROGRAM, String(port), '5000'], { stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    await once(child, 'close');
    return { facts: stdout.trim().split('\n').map((line) => JSON.parse(line) as Fact), stderr };
  } finally {
    peer.close();
    child.kill('SIGKILL');
  }
}

describe('HeartbeatMonitor in a thread', () => {
  // A busy machine may add stalls of its own; the one of 5 s must be among them.
  const stallsOf = (facts: readonly Fact[]): readonly number[] => facts.flatMap(({ type, stalledMs }) => (type === 'stall' ? [stalledMs ?? 0] : []));
  const othersOf = (facts: readonly Fact[]): readonly Fact[] => facts.filter(({ type }) => type !== 'stall');

  it.concurrent('does not blame a living peer while the main loop is blocked for 5 s, and reports the stall', async () => {
    const { facts, stderr } = await blockedProgram(false);
    expect({ facts: othersOf(facts), stderr }).toEqual({ facts: [{ type: 'blocking' }, { type: 'blocked', noticedMeanwhile: true }, { type: 'alive', running: true }], stderr: '' });
    expect(Math.max(...stallsOf(facts))).toBeGreaterThan(4000);
  }, PATIENCE_MS);

  it.concurrent('gives up on a peer that died meanwhile, after it was asked again', async () => {
    const { facts, stderr } = await blockedProgram(true);
    expect({ facts: othersOf(facts), stderr }).toEqual({ facts: [{ type: 'blocking' }, { type: 'blocked', noticedMeanwhile: true }, { type: 'timeout', probes: expect.any(Number) as number }], stderr: '' });
    expect(Math.max(...stallsOf(facts))).toBeGreaterThan(4000);
  }, PATIENCE_MS);

  it('reports a silent peer, with the probes and their failure, and leaves no thread', async () => {
    const timeout = await new Promise<HeartbeatTimeout>((resolve) => {
      new HeartbeatMonitor({
        mode: 'thread',
        intervalMs: 50,
        timeoutMs: 200,
        probe: () => Promise.reject(new Error('not connected')),
        onTimeout: resolve,
      }).start();
    });
    expect(timeout.silentMs).toBeGreaterThanOrEqual(150);
    expect(timeout.probes).toBeGreaterThanOrEqual(1);
    expect(timeout.probeError).toEqual(new Error('not connected'));
  });

  it('goes on in the loop when the thread cannot start', async () => {
    const facts: unknown[] = [];
    await new Promise<void>((resolve) => {
      const monitor = new HeartbeatMonitor({
        mode: 'thread',
        intervalMs: 50,
        timeoutMs: 200,
        worker: new URL('file:///nowhere/worker.js'),
        probe: () => undefined,
        onThreadLost: ({ name, message }) => facts.push(name, message.includes('watched from the main loop now'), monitor.running),
        onTimeout: () => {
          resolve();
        },
      });
      monitor.start();
    });
    expect(facts).toEqual(['SystemError', true, true]);
  });

  it('can be stopped, started again and closed', async () => {
    const monitor = new HeartbeatMonitor({ mode: 'thread', probe: () => undefined, onTimeout: () => undefined });
    monitor.start();
    monitor.receivedHeartbeat();
    monitor.stop();
    monitor.start();
    expect(monitor.running).toBe(true);
    await monitor.close();
    await monitor.close();
    expect([monitor.running, monitor.silentMs]).toEqual([false, 0]);
  });

  it.each([
    [{ clock }, 'clock cannot be given in mode "thread"'],
    [{ stallToleranceMs: Number.POSITIVE_INFINITY }, 'stallToleranceMs must be finite in mode "thread", got Infinity'],
  ])('refuses %o', (options, message) => {
    expect(() => new HeartbeatMonitor({ mode: 'thread', probe: () => undefined, onTimeout: () => undefined, ...options })).toThrow(message);
  });
});
