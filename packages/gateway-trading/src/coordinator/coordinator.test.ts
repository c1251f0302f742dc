import { createTestClock } from '@ibkit/clock/testing';
import { describe, expect, it } from 'vitest';
import type { Coordinator } from './coordinator.js';
import { memoryCoordinator } from './memory-coordinator.js';
import { memoryJournal } from '../journal/memory-journal.js';
import { COORDINATOR_RULES, createSlowCoordinator } from '../testing.js';
import type { SlowCoordinator } from '../testing.js';
import { FakeConnection } from '../testing/fake-connection.js';
import { BUY, recordsOf, rigOn } from '../testing/rig.js';
import type { Rig } from '../testing/rig.js';

describe.each([
  ['the memory coordinator', undefined],
  ['the memory coordinator with leases that expire', 9_000],
])('%s', (_name, leaseMs) => {
  it.each(COORDINATOR_RULES)('$name', async (rule) => {
    const clock = createTestClock();
    const coordinator = memoryCoordinator({ clock, leaseMs });
    const journal = memoryJournal();
    await expect(
      rule.check({ coordinator, other: () => Promise.resolve(coordinator), journal: () => Promise.resolve(journal), settle: () => clock.settle() }),
    ).resolves.toBeUndefined();
  });
});

describe('the rules of a coordinator', () => {
  /** The names of the rules that a coordinator breaks. */
  async function broken(change: (coordinator: Coordinator) => Partial<Coordinator>): Promise<readonly string[]> {
    const names: string[] = [];
    for (const { name, check } of COORDINATOR_RULES) {
      const clock = createTestClock();
      const sound = memoryCoordinator({ clock });
      const coordinator: Coordinator = { ...sound, ...change(sound) };
      const journal = memoryJournal();
      await check({ coordinator, other: () => Promise.resolve(coordinator), journal: () => Promise.resolve(journal), settle: () => clock.settle() }).catch(() => names.push(name));
    }
    return names;
  }

  it('find one that lets a second owner in, and one that grants a term twice', async () => {
    expect(await broken(() => ({}))).toEqual([]);
    expect(await broken((coordinator) => ({ acquire: (options) => coordinator.acquire({ ...options, takeOver: true }) }))).toContain('refuses everybody else while somebody holds it, and leaves the holder alone');
    expect(await broken((coordinator) => ({ acquire: async (options) => ({ ...(await coordinator.acquire(options)), term: 1 }) }))).toContain('is free after a release, which may come twice, and never grants a term again');
  });
});

describe('the slow coordinator', () => {
  it.each(COORDINATOR_RULES)('$name', async (rule) => {
    const clock = createTestClock();
    const coordinator = createSlowCoordinator({ clock, coordinator: memoryCoordinator(), answerMs: 10 });
    const journal = memoryJournal();
    const state = { over: false };
    const check = rule
      .check({ coordinator, other: () => Promise.resolve(coordinator), journal: () => Promise.resolve(journal), settle: () => clock.settle() })
      .finally(() => {
        state.over = true;
      });
    for (let turn = 0; turn < 1_000 && !state.over; turn += 1) await clock.advance(10);
    await expect(check).resolves.toBeUndefined();
  });
});

describe('a lease that expires', () => {
  it('is not held any more some time before others may have it, and cannot be renewed after its end', async () => {
    const clock = createTestClock();
    const coordinator = memoryCoordinator({ clock, leaseMs: 9_000 });
    const lease = await coordinator.acquire();
    await clock.advance(5_999);
    expect([lease.isHeld(), await lease.renew()]).toEqual([true, true]);
    await clock.advance(6_000);
    expect(lease.isHeld()).toBe(false);
    await expect(coordinator.acquire()).rejects.toMatchObject({ code: 'IBKR_LEASE_HELD' });
    await clock.advance(3_000);
    expect((await coordinator.acquire()).term).toBe(2);
    expect([lease.isHeld(), await lease.renew()]).toEqual([false, false]);
  });

  it('is refused when it has no duration, and without a clock', () => {
    expect(() => memoryCoordinator({ leaseMs: 0 })).toThrow(/leaseMs must be a number of milliseconds above 0, got 0/u);
    expect(() => memoryCoordinator({ leaseMs: 5 })).toThrow(/clock must be given/u);
  });
});

interface LeasedRig extends Rig {
  readonly coordinator: SlowCoordinator;
  readonly lost: string[];
}

async function leasedRig({ answerMs = 0, leaseMs = undefined as number | undefined } = {}): Promise<LeasedRig> {
  const connection = new FakeConnection();
  const { clock } = connection;
  const coordinator = createSlowCoordinator({ clock, coordinator: memoryCoordinator({ clock, leaseMs }), answerMs });
  const rig = rigOn(connection, { coordinator, journal: memoryJournal() });
  const lost: string[] = [];
  rig.trading.events.on('lease.lost', ({ error }) => lost.push(error.code));
  connection.up();
  const ready = rig.trading.ready();
  await clock.advance(2 * answerMs);
  await ready;
  return { ...rig, coordinator, lost };
}

describe('trading with a coordinator', () => {
  it('writes in the term of its lease, refuses a second owner, and gives the lease back at the end', async () => {
    const coordinator = memoryCoordinator();
    const journal = memoryJournal();
    await journal.append([{ type: 'term', atMs: 1, term: 5 }], { term: 5, expectedSeq: 0 });
    const first = rigOn(new FakeConnection(), { coordinator, journal });
    await first.trading.start();
    expect((await journal.head()).term).toBe(6);
    const second = rigOn(new FakeConnection(), { coordinator, journal });
    await expect(second.trading.start()).rejects.toMatchObject({ code: 'IBKR_LEASE_HELD' });
    await first.trading.close();
    await second.trading.start();
    expect((await journal.head()).term).toBe(7);
    await second.trading.close();
    expect(first.connection.clock.pending + second.connection.clock.pending).toBe(0);
  });

  it('takes the journal over from a writer that goes on for a moment, and knows what it wrote', async () => {
    const coordinator = memoryCoordinator();
    const stored = memoryJournal();
    const first = rigOn(new FakeConnection(), { coordinator, journal: stored });
    first.connection.up();
    await first.trading.ready();
    // Written between the second one's reading and its first append, as by a process that does not know yet that it was replaced.
    let isLate = true;
    const journal: typeof stored = {
      ...stored,
      async append(records, guard) {
        if (isLate) {
          isLate = false;
          await first.trading.kill('late').catch(() => undefined);
        }
        return stored.append(records, guard);
      },
    };
    const second = rigOn(new FakeConnection(), { journal, coordinator: { ...coordinator, acquire: (options) => coordinator.acquire({ ...options, takeOver: true }) } });
    await second.trading.start();
    expect(second.trading.gate()).toContain('KILL_SWITCH');
    expect((await stored.head()).term).toBe(2);
    await first.trading.close();
    await second.trading.close();
  });

  it('gives the lease back when the journal cannot be read', async () => {
    const coordinator = memoryCoordinator();
    const journal = { ...memoryJournal(), read: (): never => { throw new Error('damaged'); } };
    const { trading } = rigOn(new FakeConnection(), { coordinator, journal });
    await expect(trading.start()).rejects.toThrow('damaged');
    await (await coordinator.acquire()).release();
    await trading.close();
  });

  it('sends nothing after a takeover that it slept through, not even in the tick in which it wakes', async () => {
    const { connection, trading, coordinator, lost } = await leasedRig();
    await coordinator.takeOver();
    await expect(trading.place(BUY)).rejects.toMatchObject({ code: 'IBKR_ORDER_GATE_REFUSED', details: { reasons: ['LEASE_LOST'] } });
    expect([connection.placed, lost, trading.gate()]).toEqual([[], ['IBKR_LEASE_LOST'], ['LEASE_LOST']]);
    await trading.close();
    expect(connection.clock.pending).toBe(0);
  });

  it('sends no cancel when it is replaced between the journal and the bytes', async () => {
    const connection = new FakeConnection();
    const coordinator = memoryCoordinator();
    const stored = memoryJournal();
    let paused = async (): Promise<void> => Promise.resolve();
    const journal: typeof stored = {
      ...stored,
      async append(records, guard) {
        const result = await stored.append(records, guard);
        await paused();
        return result;
      },
    };
    const { trading, broker } = rigOn(connection, { coordinator, journal });
    connection.up();
    await trading.ready();
    const handle = await trading.place(BUY);
    broker().work();
    paused = async () => {
      await coordinator.acquire({ takeOver: true });
    };
    await expect(trading.cancel(handle)).rejects.toMatchObject({ code: 'IBKR_CANCEL_NOT_SENT' });
    expect(connection.sent.filter(({ type }) => type === 'cancelOrder')).toEqual([]);
    await trading.close();
  });

  it('takes an order back that was journalled when it is replaced before the bytes', async () => {
    const connection = new FakeConnection();
    const coordinator = memoryCoordinator();
    const stored = memoryJournal();
    const journal: typeof stored = {
      ...stored,
      async append(records, guard) {
        const result = await stored.append(records, guard);
        if (records.some(({ type }) => type === 'order.staged')) await coordinator.acquire({ takeOver: true });
        return result;
      },
    };
    const { trading } = rigOn(connection, { coordinator, journal });
    connection.up();
    await trading.ready();
    await expect(trading.place(BUY)).rejects.toMatchObject({ code: 'IBKR_ORDER_UNSENT' });
    expect(connection.placed).toEqual([]);
    await trading.close();
    expect((await recordsOf(stored)).map(({ type }) => type).slice(-1)).toEqual(['order.unsent']);
  });

  it('notices a takeover within a second also when it does nothing', async () => {
    const { connection, trading, coordinator, lost } = await leasedRig();
    await coordinator.takeOver();
    await connection.clock.advance(1_000);
    expect([lost, trading.gate()]).toEqual([['IBKR_LEASE_LOST'], ['LEASE_LOST']]);
    await trading.close();
  });

  it('keeps a lease that expires by renewing it, slow answers and a failure included', async () => {
    const { connection, trading, coordinator, lost } = await leasedRig({ answerMs: 400, leaseMs: 9_000 });
    await connection.clock.advance(60_000);
    coordinator.break(new Error('one bad moment'));
    await connection.clock.advance(4_000);
    coordinator.heal();
    await connection.clock.advance(60_000);
    expect([lost, trading.gate()]).toEqual([[], []]);
    await trading.close();
    await connection.clock.advance(400);
    expect(connection.clock.pending).toBe(0);
  });

  it('closes the gate before a lease ends that it cannot renew', async () => {
    const { connection, trading, coordinator, lost } = await leasedRig({ leaseMs: 9_000 });
    coordinator.partition();
    await connection.clock.advance(5_000);
    expect(trading.gate()).toEqual([]);
    await connection.clock.advance(3_000);
    expect(trading.gate()).toEqual(['LEASE_LOST']);
    coordinator.heal();
    await connection.clock.advance(20_000);
    expect([lost, trading.gate()]).toEqual([['IBKR_LEASE_LOST'], ['LEASE_LOST']]);
    await trading.close();
    expect(connection.clock.pending).toBe(0);
  });
});
