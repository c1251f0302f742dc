import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { createTestClock } from '@ibkit/clock/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ChildProgram } from '@ibkit/presets/child-program';
import { ClientIdLeases, DATA_CLIENT_IDS } from './client-id-leases.js';
import type { ClientIdLeasesOptions } from './client-id-leases.js';

const PROGRAM = path.join(import.meta.dirname, '..', 'testing', 'lease-program.ts');

let directory: string;
let clock = createTestClock();
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'ibkit-leases-'));
  clock = createTestClock();
});
afterEach(async () => {
  if (clock.pending !== 0) throw new Error(`${clock.pending} timers were left behind`);
  await rm(directory, { recursive: true });
});

const files = (port = 4002): Promise<string[]> => readdir(path.join(directory, 'client-ids', `127.0.0.1-${port}`));

const make = (options: Partial<ClientIdLeasesOptions> = {}): ClientIdLeases =>
  new ClientIdLeases({ stateDirectory: directory, host: '127.0.0.1', port: 4002, clock, random: { next: () => 0 }, ...options });

describe('ClientIdLeases', () => {
  it('hands out each id of the range once, and an id that was given back again', async () => {
    await using leases = make({ range: { first: 100, last: 102 } });
    await using others = make({ range: { first: 100, last: 102 } });
    const one = await leases.acquire();
    const two = await others.acquire();
    const three = await leases.acquire();
    expect([one.clientId, two.clientId, three.clientId]).toEqual([100, 101, 102]);
    expect(await leases.leased()).toEqual([100, 101, 102]);
    await expect(leases.acquire()).rejects.toMatchObject({ code: 'IBKR_CLIENT_IDS_EXHAUSTED', retryable: true });
    await two.close();
    expect((await leases.acquire()).clientId).toBe(101);
  });

  it('begins anywhere in the range, also at its very end', async () => {
    await using leases = make({ random: { next: () => 0.999_999 } });
    expect((await leases.acquire()).clientId).toBe(DATA_CLIENT_IDS.last);
    expect((await leases.acquire()).clientId).toBe(DATA_CLIENT_IDS.first);
  });

  it('keeps the ids of each gateway apart, and gives everything back at its close', async () => {
    const here = make();
    await using there = make({ port: 7497 });
    expect((await here.acquire()).clientId).toBe(100);
    expect((await there.acquire()).clientId).toBe(100);
    await Promise.all([here.close(), here.close()]);
    expect(await files()).toEqual([]);
    expect(await files(7497)).toEqual(['100.lease']);
    await expect(here.acquire()).rejects.toThrow('is closed');
  });

  it('leaves an id alone that somebody without a lease uses, for a while', async () => {
    await using leases = make({ range: { first: 100, last: 101 }, busyForMs: 1_000 });
    const lease = await leases.acquire();
    leases.markBusy(lease.clientId);
    await lease.close();
    expect((await leases.acquire()).clientId).toBe(101);
    await expect(leases.acquire()).rejects.toMatchObject({ code: 'IBKR_CLIENT_IDS_EXHAUSTED' });
    await clock.advance(1_000);
    expect((await leases.acquire()).clientId).toBe(100);
  });

  it('leases one id and no other where one is meant', async () => {
    await using leases = make();
    await using others = make();
    const lease = await leases.take(1);
    expect(lease.clientId).toBe(1);
    await expect(others.take(1)).rejects.toMatchObject({ code: 'IBKR_CLIENT_ID_LEASED', details: { clientId: 1, pid: process.pid } });
    await lease.close();
    expect((await others.take(1)).clientId).toBe(1);
  });

  it.each([
    { range: { first: 5, last: 4 } },
    { range: { first: -1, last: 4 } },
    { busyForMs: 0 },
    { silentAfterMs: 20_000 },
    { stateDirectory: '' },
  ])('checks its options: %j', (options) => {
    expect(() => make(options)).toThrow(/must/u);
  });
});

function textIn(line: string, name: string): string {
  const value: unknown = JSON.parse(line);
  const text: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  return String(text);
}

function numberIn(line: string, name: string): number {
  return Number(textIn(line, name));
}

function stampIn(line: string, name: string): bigint {
  return BigInt(textIn(line, name));
}

describe.skipIf(process.platform === 'win32')('client ids between processes', () => {
  const start = async (): Promise<ChildProgram> => {
    const program = new ChildProgram(PROGRAM, [directory, '100', '102']);
    expect(await program.next()).toBe('{"ready":true}');
    return program;
  };
  const lease = async (program: ChildProgram): Promise<number> => {
    program.say('lease');
    return numberIn(await program.next(), 'id');
  };

  it('never gives one to two at a time, whoever is faster', async () => {
    const programs = await Promise.all([start(), start(), start(), start()]);
    for (const program of programs) program.say('race 40');
    const uses: { readonly id: number; readonly from: bigint; readonly to: bigint }[] = [];
    await Promise.all(
      programs.map(async (program) => {
        for (let line = await program.next(); !line.includes('done'); line = await program.next()) {
          uses.push({ id: numberIn(line, 'id'), from: stampIn(line, 'from'), to: stampIn(line, 'to') });
        }
        await program.kill();
      }),
    );
    expect(uses.length).toBeGreaterThan(40);
    const inOrder = uses.sort((a, b) => (a.from < b.from ? -1 : 1));
    for (const id of [100, 101, 102]) {
      const ofId = inOrder.filter((use) => use.id === id);
      for (const [index, use] of ofId.entries()) expect(use.from >= (ofId[index - 1]?.to ?? 0n)).toBe(true);
    }
    // What they left when they were killed is in nobody's way.
    await using leases = make({ range: { first: 100, last: 102 } });
    const ids = [await leases.acquire(), await leases.acquire(), await leases.acquire()].map(({ clientId }) => clientId);
    expect(ids).toEqual([100, 101, 102]);
    expect(await files()).toEqual(['100.lease', '101.lease', '102.lease']);
  }, 60_000);

  it('takes the ids of a killed process back, and never those of one that is only stopped', async () => {
    await using stopped = await start();
    await using killed = await start();
    await using leases = make({ range: { first: 100, last: 102 } });
    const [first, second, third] = [await lease(stopped), await lease(killed), await lease(killed)];
    expect(new Set([first, second, third]).size).toBe(3);
    stopped.child.kill('SIGSTOP');
    await clock.advance(10_000_000);
    await expect(leases.acquire()).rejects.toMatchObject({ code: 'IBKR_CLIENT_IDS_EXHAUSTED' });
    await killed.kill();
    const free = [await leases.acquire(), await leases.acquire()].map(({ clientId }) => clientId);
    expect(new Set(free)).toEqual(new Set([second, third]));
    await expect(leases.acquire()).rejects.toMatchObject({ code: 'IBKR_CLIENT_IDS_EXHAUSTED' });
    stopped.child.kill('SIGCONT');
    stopped.say('free');
    expect(await stopped.next()).toBe('{"free":true}');
    expect((await leases.acquire()).clientId).toBe(first);
  }, 60_000);
});
