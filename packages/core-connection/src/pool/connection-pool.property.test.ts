import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTestClock } from '@ibkit/clock/testing';
import type { TestClock } from '@ibkit/clock/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ScriptedGateway } from '../testing/scripted-gateway.js';
import type { GatewayClient } from '../testing/scripted-gateway.js';
import { ConnectionPool } from './connection-pool.js';
import type { PooledConnection } from './connection-pool.js';
import type { PoolRole } from './pool-options.js';

type Step =
  | { readonly type: 'acquire'; readonly role: PoolRole }
  | { readonly type: 'release'; readonly which: number }
  | { readonly type: 'drop'; readonly which: number }
  | { readonly type: 'behave'; readonly as: 'normal' | 'hang-up' | 'id-in-use' }
  | { readonly type: 'wait'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant('acquire' as const), role: fc.constantFrom<PoolRole>('data', 'data', 'data', 'order') }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('release' as const), which: fc.nat(50) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('drop' as const), which: fc.nat(50) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('behave' as const), as: fc.constantFrom('normal', 'normal', 'hang-up', 'id-in-use') }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.constantFrom(100, 5_000, 61_000) }) },
);

const LIMITS = { maxDataConnections: 2, usersPerConnection: 2 } as const;

function assertWithinLimits(pool: ConnectionPool): void {
  const { connections } = pool.getStatus();
  const data = connections.filter(({ role }) => role === 'data');
  const order = connections.filter(({ role }) => role === 'order');
  const ids = connections.map(({ clientId }) => clientId);
  if (data.length > LIMITS.maxDataConnections || order.length > 1) throw new Error('too many connections');
  if (connections.some(({ users, limit }) => users < 0 || users > limit)) throw new Error('too many users');
  if (new Set(ids).size !== ids.length) throw new Error('two connections with one client id');
  if (order.some(({ clientId }) => clientId !== 1) || data.some(({ clientId }) => clientId < 100)) throw new Error('a client id of the other role');
}

/** Lets files and sockets get on, for so many turns at the most: what waits for the clock is not waited for. */
async function turns(pool: ConnectionPool, directory: string, most: number): Promise<void> {
  for (let turn = 0; turn < most && pool.getStatus().opening > 0; turn += 1) await readdir(directory);
}

/** Lets time go by until `work` is over, more slowly than files and sockets get on. */
async function untilOver<T>(work: Promise<T>, clock: TestClock, directory: string): Promise<T | Error> {
  let over = false;
  // A function, because the compiler cannot know that the promise below changes it.
  const isOver = (): boolean => over;
  const result = work
    .catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))))
    .finally(() => {
      over = true;
    });
  while (!isOver()) {
    for (let turn = 0; turn < 100 && !isOver(); turn += 1) await readdir(directory);
    if (!isOver()) await clock.advance(1_000);
  }
  return await result;
}

/** One life of a pool: every step, then everything is given back. @returns whether it still serves at the end */
async function live(steps: readonly Step[]): Promise<boolean> {
  const directory = await mkdtemp(path.join(tmpdir(), 'ibkit-pool-'));
  const clock = createTestClock();
  const gateway = await ScriptedGateway.start();
  const clients: GatewayClient[] = [];
  const welcome = async (): Promise<void> => {
    for (;;) clients.push(await gateway.next());
  };
  void welcome();
  const pool = new ConnectionPool({ stateDirectory: directory, ...LIMITS, connectTimeoutMs: 4_000, connection: { port: gateway.port, clock, random: { next: () => 0 }, maxAttempts: 2 } });
  const held: PooledConnection[] = [];
  const calls: Promise<unknown>[] = [];
  const take = async (role: PoolRole): Promise<void> => {
    const handle = await pool.acquire(role, { timeoutMs: 20_000 });
    if (!handle.connection.isConnected()) throw new Error('handed out without a session');
    held.push(handle);
  };
  for (const each of steps) {
    if (each.type === 'acquire') calls.push(take(each.role).catch((error: unknown) => error));
    else if (each.type === 'release') await held.splice(each.which % Math.max(1, held.length), 1)[0]?.release();
    else if (each.type === 'drop') clients.splice(each.which % Math.max(1, clients.length), 1)[0]?.reset();
    else if (each.type === 'behave') gateway.behaviour = each.as;
    else await clock.advance(each.ms);
    await turns(pool, directory, each.type === 'acquire' ? 60 : 10);
    assertWithinLimits(pool);
  }
  gateway.behaviour = 'normal';
  const results = await untilOver(Promise.all(calls), clock, directory);
  for (const result of Array.isArray(results) ? results : [results]) if (result instanceof Error && !('code' in result)) throw result;
  for (const handle of held) await handle.release();
  let serves = false;
  for (let attempt = 0; attempt < 20 && !serves; attempt += 1) {
    serves = !((await untilOver(pool.acquire('data', { timeoutMs: 120_000 }), clock, directory)) instanceof Error);
    assertWithinLimits(pool);
  }
  await pool.close();
  const folder = path.join(directory, 'client-ids', `127.0.0.1-${gateway.port}`);
  const left = await readdir(folder).catch((): string[] => []);
  await gateway.close();
  await rm(directory, { recursive: true });
  if (left.length > 0 || clock.pending > 0) throw new Error(`left behind: ${left.join(' ')} and ${clock.pending} timers`);
  return serves;
}

it('keeps its limits and its client ids, serves again, and leaves nothing behind, whatever callers and the gateway do', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      expect(await live(steps)).toBe(true);
    }),
    { numRuns: 12 },
  );
}, 60_000);
