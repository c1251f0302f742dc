import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ConnectionOptions } from '../options.js';
import { ConnectionManager } from '../connection-manager.js';
import { ConnectionMonitor } from '../monitor/connection-monitor.js';
import { ConnectionPool } from '../pool/connection-pool.js';
import { Simulated } from '../testing/simulated.js';

/** Threads run from source start slowly on a busy machine; nothing here waits for a time, only for what must happen. */
const PATIENCE_MS = 60_000;

const world = new Simulated();
const threads: Worker[] = [];
const noteThread = (thread: Worker): void => {
  threads.push(thread);
};

beforeEach(() => {
  process.on('worker', noteThread);
});
afterEach(async () => {
  process.off('worker', noteThread);
  threads.length = 0;
  await world.close();
});

/** Node: the id of a thread that has ended is -1. */
const running = (): number => threads.filter(({ threadId }) => threadId !== -1).length;

function connectionTo(port: number, heartbeat: ConnectionOptions['heartbeat'], others: ConnectionOptions = {}): ConnectionManager {
  return new ConnectionManager({ port, autoReconnect: false, heartbeat, ...others });
}

describe('a heartbeat on the clock of the machine', () => {
  it('in a thread: asks a silent gateway, notices one that went mute, and leaves no thread behind', { timeout: PATIENCE_MS }, async () => {
    const server = await world.simulator();
    await using connection = connectionTo(server.port, { mode: 'thread', intervalMs: 100, timeoutMs: 1_000 });
    const lost = connection.events.once('connection.lost');
    const probed = new Promise<void>((resolve) => {
      let asked = 0;
      connection.onSent(({ type }) => {
        // The first question is for the clock, at readiness.
        if (type === 'reqCurrentTime' && (asked += 1) === 2) resolve();
      });
    });
    await connection.connect();
    await probed;
    expect([connection.state, running()]).toEqual(['connected', 1]);
    server.control.inject({ type: 'half-open' });
    expect(await lost).toMatchObject({ reason: 'silent', error: { code: 'IBKR_SESSION_SILENT' } });
    await connection.close();
    expect([threads.length, running()]).toEqual([1, 0]);
  });

  it('in a thread that is still starting: it is gone when disconnect returns', { timeout: PATIENCE_MS }, async () => {
    const server = await world.simulator();
    await using connection = connectionTo(server.port, { mode: 'thread' });
    await connection.connect();
    expect(running()).toBe(1);
    await connection.disconnect();
    expect([threads.length, running()]).toEqual([1, 0]);
  });

  it('in a thread that cannot start: says so, and the loop notices the mute gateway', { timeout: PATIENCE_MS }, async () => {
    const server = await world.simulator();
    const warnings: string[] = [];
    const logger = { debug: () => undefined, info: () => undefined, error: () => undefined, warn: (_: object, text: string) => warnings.push(text) };
    const worker = new URL('not-there.mjs', import.meta.url);
    await using connection = connectionTo(server.port, { mode: 'thread', worker, intervalMs: 100, timeoutMs: 1_000 }, { logger });
    const told = connection.events.once('error.occurred');
    const lost = connection.events.once('connection.lost');
    await connection.connect();
    expect(await told).toMatchObject({ error: { code: 'IBKR_HEARTBEAT_THREAD_LOST' } });
    expect(warnings).toEqual([expect.stringMatching(/worker thread is lost/u)]);
    expect(connection.state).toBe('connected');
    server.control.inject({ type: 'half-open' });
    expect(await lost).toMatchObject({ reason: 'silent' });
  });

  it('tells and counts a stall of our own loop, and does not blame the gateway', { timeout: PATIENCE_MS }, async () => {
    const server = await world.simulator();
    await using connection = connectionTo(server.port, { intervalMs: 1_000, timeoutMs: 1_200 });
    await using monitor = new ConnectionMonitor({ connection });
    await connection.connect();
    const stalled = connection.events.once('connection.loopStalled');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
    expect((await stalled).stalledMs).toBeGreaterThan(100);
    expect(connection.state).toBe('connected');
    expect(monitor.snapshot().loopStalls).toBeGreaterThanOrEqual(1);
    expect(monitor.toPrometheus()).toMatch(/^ibkit_connection_loop_stalls_total\{.*\} [1-9]/mu);
  });

  it('works for a pool, too, which gives its connections no clock of its own', { timeout: PATIENCE_MS }, async () => {
    const server = await world.simulator();
    const stateDirectory = await mkdtemp(path.join(tmpdir(), 'ibkit-thread-'));
    const pool = new ConnectionPool({ stateDirectory, connection: { port: server.port, heartbeat: { mode: 'thread' } } });
    await pool.acquire('data');
    expect(running()).toBe(1);
    await pool.close();
    expect(running()).toBe(0);
    await rm(stateDirectory, { recursive: true });
  });
});
