import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTestClock } from '@ibkit/clock/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ConnectionOptions } from '../options.js';
import { ScriptedGateway, closedPort } from '../testing/scripted-gateway.js';
import { ClientIdLeases } from './client-id-leases.js';
import { ConnectionPool } from './connection-pool.js';
import type { ConnectionPoolOptions } from './pool-options.js';

let directory: string;
let clock = createTestClock();
let gateway: ScriptedGateway;
const pools: ConnectionPool[] = [];

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'ibkit-pool-'));
  clock = createTestClock();
  gateway = await ScriptedGateway.start();
});
afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.close();
  await gateway.close();
  if (clock.pending !== 0) throw new Error(`${clock.pending} timers were left behind`);
  await rm(directory, { recursive: true });
});

function make(options: Partial<ConnectionPoolOptions> = {}, connection: ConnectionOptions = {}): ConnectionPool {
  const pool = new ConnectionPool({
    stateDirectory: directory,
    connection: { port: gateway.port, clock, random: { next: () => 0 }, ...connection },
    ...options,
  });
  pools.push(pool);
  return pool;
}

const leases = async (): Promise<string[]> => {
  const files = await readdir(path.join(directory, 'client-ids', `127.0.0.1-${gateway.port}`));
  return files.sort();
};

describe('ConnectionPool', () => {
  it('makes data connections as they are needed, shares each up to its limit, and keeps the order role apart', async () => {
    const pool = make({ usersPerConnection: 2, maxDataConnections: 2 });
    const first = await pool.acquire('data');
    const second = await pool.acquire('data');
    const third = await pool.acquire('data');
    expect([first.clientId, second.clientId, third.clientId]).toEqual([100, 100, 101]);
    expect(second.connection).toBe(first.connection);
    await using order = await pool.acquire('order');
    expect(order.clientId).toBe(1);
    expect(order.connection.isConnected()).toBe(true);
    expect(pool.getStatus()).toMatchObject({
      connections: [
        { role: 'data', clientId: 100, users: 2, limit: 2, healthy: true, state: 'connected', leaseLost: false },
        { role: 'data', clientId: 101, users: 1 },
        { role: 'order', clientId: 1, users: 1, limit: 1 },
      ],
      opening: 0,
      waiting: 0,
    });
    expect(await leases()).toEqual(['1.lease', '100.lease', '101.lease']);
    expect(gateway.accepted).toBe(3);
  });

  it('makes callers wait in order when everything is full, and forgets those who left', async () => {
    const pool = make({ usersPerConnection: 1, maxDataConnections: 1 });
    const holder = await pool.acquire('data');
    const stop = new AbortController();
    const aborted = pool.acquire('data', { signal: stop.signal });
    const late = pool.acquire('data', { timeoutMs: 1_000 });
    const next = pool.acquire('data');
    const after = pool.acquire('data');
    expect(pool.getStatus().waiting).toBe(4);
    stop.abort(new Error('changed my mind'));
    await expect(aborted).rejects.toThrow('changed my mind');
    const timedOut = expect(late).rejects.toMatchObject({ code: 'IBKR_POOL_TIMEOUT', details: { role: 'data', connections: 1, unhealthy: 0 } });
    await clock.advance(1_000);
    await timedOut;
    await Promise.all([holder.release(), holder.release()]);
    const got = await next;
    expect(pool.getStatus()).toMatchObject({ waiting: 1, connections: [{ users: 1 }] });
    await got.release();
    await after;
    expect(gateway.accepted).toBe(1);
  });

  it('hands out healthy connections only', async () => {
    const pool = make({ maxDataConnections: 2 });
    const first = await pool.acquire('data');
    const client = await gateway.next();
    const degraded = first.connection.events.once('connection.degraded');
    client.send({ type: 'errMsg', id: -1, code: 1100, msg: 'Connectivity between IB and TWS has been lost.' });
    await degraded;
    const second = await pool.acquire('data');
    expect(second.clientId).toBe(101);
    (await gateway.next()).reset();
    await second.connection.events.once('connection.lost');
    const third = pool.acquire('data');
    expect(pool.getStatus()).toMatchObject({ waiting: 1, connections: [{ healthy: false }, { healthy: false, state: 'reconnecting' }] });
    client.send({ type: 'errMsg', id: -1, code: 1102, msg: 'Connectivity between IB and TWS has been restored - data maintained.' });
    expect((await third).clientId).toBe(100);
  });

  it('leases the next id for data when a stranger uses one, and leaves that alone', async () => {
    gateway.behaviour = 'id-in-use';
    const pool = make();
    const acquiring = pool.acquire('data');
    await gateway.next();
    gateway.behaviour = 'normal';
    const connected = await acquiring;
    expect(connected.clientId).toBe(101);
    expect(await leases()).toEqual(['101.lease']);
  });

  it('never does so for the order role: it asks for the same id until the time is up', async () => {
    gateway.behaviour = 'id-in-use';
    const pool = make({ connectTimeoutMs: 12_000 });
    const failed = expect(pool.acquire('order')).rejects.toMatchObject({ code: 'IBKR_CONNECT_CLIENT_ID_IN_USE', brokerCode: 326 });
    const seen: unknown[] = [];
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const start = await (await gateway.next()).next('startApi');
      seen.push(start.clientId);
      await vi.waitFor(() => {
        expect(gateway.clients).toBe(0);
      }, { timeout: 20_000 });
      await clock.advance(5_000);
    }
    await failed;
    expect(seen).toEqual([1, 1, 1]);
    expect(await leases()).toEqual([]);
  });

  it('has one order connection with one user at a time, and one such pool per gateway and directory', async () => {
    const pool = make();
    const other = make();
    const trader = await pool.acquire('order');
    await expect(other.acquire('order')).rejects.toMatchObject({ code: 'IBKR_CLIENT_ID_LEASED' });
    const next = pool.acquire('order');
    await trader.release();
    expect((await next).connection).toBe(trader.connection);
    await pool.close();
    expect((await other.acquire('order')).clientId).toBe(1);
  });

  it('lets a data connection go after nobody has used it for a while, with its id', async () => {
    const pool = make({ idleMs: 1_000 });
    const first = await pool.acquire('data');
    await first.release();
    await clock.advance(999);
    const again = await pool.acquire('data');
    expect(again.connection).toBe(first.connection);
    await clock.advance(2_000);
    expect(pool.getStatus().connections).toHaveLength(1);
    await again.release();
    await clock.advance(1_000);
    await vi.waitFor(async () => {
      expect(pool.getStatus()).toMatchObject({ connections: [], opening: 0 });
      expect(await leases()).toEqual([]);
    }, { timeout: 20_000 });
  });

  it('replaces a connection that gave up, once nobody holds it', async () => {
    const pool = make({ maxDataConnections: 1 }, { maxAttempts: 1 });
    const first = await pool.acquire('data');
    gateway.behaviour = 'hang-up';
    const gaveUp = first.connection.events.once('connection.gaveUp');
    (await gateway.next()).reset();
    await first.connection.events.once('connection.lost');
    await clock.advance(2_000);
    await gaveUp;
    gateway.behaviour = 'normal';
    const waiting = pool.acquire('data');
    expect(pool.getStatus()).toMatchObject({ waiting: 1, connections: [{ state: 'failed', healthy: false }] });
    await first.release();
    const second = await waiting;
    expect(second.connection).not.toBe(first.connection);
    expect(second.connection.isConnected()).toBe(true);
  });

  it('tells each caller why no connection could be made, and keeps no lease', async () => {
    const pool = make({}, { port: await closedPort() });
    await expect(Promise.allSettled([pool.acquire('data'), pool.acquire('data')])).resolves.toMatchObject([
      { status: 'rejected', reason: { code: 'IBKR_CONNECT_REFUSED' } },
      { status: 'rejected', reason: { code: 'IBKR_CONNECT_REFUSED' } },
    ]);
    expect(pool.getStatus()).toEqual({ connections: [], opening: 0, waiting: 0 });
  });

  it('closes with everything: users, callers that wait, attempts that are under way', async () => {
    const pool = make({ usersPerConnection: 1, maxDataConnections: 2 });
    const held = await pool.acquire('data');
    gateway.behaviour = 'mute';
    const opening = pool.acquire('data');
    await vi.waitFor(() => {
      expect(gateway.accepted).toBe(2);
    }, { timeout: 20_000 });
    const waiting = pool.acquire('data');
    const refused = Promise.allSettled([opening, waiting]);
    await Promise.all([pool.close(), pool.close()]);
    await expect(refused).resolves.toMatchObject([{ reason: { message: expect.stringContaining('is closed') as string } }, { status: 'rejected' }]);
    expect(held.connection.isConnected()).toBe(false);
    expect(await leases()).toEqual([]);
    await expect(pool.acquire('data')).rejects.toThrow('is closed');
    await held.release();
  });

  it('shares its leases with everybody else on the directory', async () => {
    const others = new ClientIdLeases({ stateDirectory: directory, host: '127.0.0.1', port: gateway.port, clock, random: { next: () => 0 } });
    expect((await others.acquire()).clientId).toBe(100);
    expect((await make().acquire('data')).clientId).toBe(101);
    await others.close();
  });

  it.each([
    { orderClientId: 100 },
    { orderClientId: -1 },
    { maxDataConnections: 32 },
    { usersPerConnection: 0 },
    { idleMs: 0 },
    { dataClientIds: { first: 9, last: 8 } },
  ])('checks its options: %j', (options) => {
    expect(() => new ConnectionPool({ stateDirectory: directory, ...options })).toThrow(/must/u);
  });

  it('checks what callers ask for', async () => {
    await expect(make().acquire('data', { timeoutMs: 0 })).rejects.toThrow('timeoutMs');
  });
});
