import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import type { Coordinator, Lease, Leadership } from '../coordinator/coordinator.js';
import type { Journal } from '../journal/journal.js';
import type { JournalRecord } from '../journal/journal-record.js';

/** Makes a coordinator that never granted anything, and further views of the same one as other processes have them. */
export interface CoordinatorFixture {
  readonly coordinator: Coordinator;
  /** A view of the same coordinator from another process. */
  readonly other: () => Promise<Coordinator>;
  /** The journal that its terms protect, empty; each call gives a view of its own. */
  readonly journal: () => Promise<Journal>;
  /** Lets time pass until watchers have seen what happened before. */
  readonly settle: () => Promise<void>;
}

/** One rule of the port, with the code that checks it. */
export interface CoordinatorRule {
  /** A sentence, for the title of a test. */
  readonly name: string;
  readonly check: (fixture: CoordinatorFixture) => Promise<void>;
}

const HELD = { code: 'IBKR_LEASE_HELD', retryable: true } as const;

function floor(value: number): JournalRecord {
  return { type: 'idFloor', atMs: value, clientId: 7, floor: value };
}

function term(value: number): JournalRecord {
  return { type: 'term', atMs: value, term: value };
}

/** What every implementation of {@link Coordinator} must do; run each rule on a fresh fixture. Fails by throwing an AssertionError. */
export const COORDINATOR_RULES: readonly CoordinatorRule[] = Object.freeze([
  {
    name: 'begins in term 0 and grants term 1 first',
    async check({ coordinator }: CoordinatorFixture): Promise<void> {
      equal(await coordinator.term(), 0);
      const lease = await coordinator.acquire();
      deepEqual([lease.term, lease.isHeld(), await lease.renew(), await coordinator.term()], [1, true, true, 1]);
      ok(lease.durationMs > 0);
      await lease.release();
    },
  },
  {
    name: 'refuses everybody else while somebody holds it, and leaves the holder alone',
    async check({ coordinator, other }: CoordinatorFixture): Promise<void> {
      const lease = await coordinator.acquire();
      const second = await other();
      await rejects(second.acquire(), HELD);
      await rejects(coordinator.acquire(), HELD);
      deepEqual([lease.isHeld(), await lease.renew(), await second.term()], [true, true, 1]);
      await lease.release();
    },
  },
  {
    name: 'is free after a release, which may come twice, and never grants a term again',
    async check({ coordinator, other }: CoordinatorFixture): Promise<void> {
      const first = await coordinator.acquire();
      await Promise.all([first.release(), first.release()]);
      deepEqual([first.isHeld(), await first.renew()], [false, false]);
      const second = await (await other()).acquire();
      equal(second.term, 2);
      await first.release();
      ok(second.isHeld());
      await second.release();
      const third = await coordinator.acquire();
      equal(third.term, 3);
      await third.release();
    },
  },
  {
    name: 'lets exactly one of many in',
    async check({ coordinator, other }: CoordinatorFixture): Promise<void> {
      const views = [coordinator, await other(), await other(), await other()];
      const results = await Promise.allSettled(views.map((view) => view.acquire()));
      const won = results.flatMap((result): readonly Lease[] => (result.status === 'fulfilled' ? [result.value] : []));
      deepEqual(won.map((lease) => lease.isHeld()), [true]);
      for (const lease of won) await lease.release();
    },
  },
  {
    name: 'grants a term above the one that it is told of',
    async check({ coordinator }: CoordinatorFixture): Promise<void> {
      const lease = await coordinator.acquire({ above: 41 });
      deepEqual([lease.term, await coordinator.term()], [42, 42]);
      await lease.release();
      const next = await coordinator.acquire({ above: 7 });
      equal(next.term, 43);
      await next.release();
    },
  },
  {
    name: 'takes over from a holder only when told to, which then holds nothing ever again',
    async check({ coordinator, other }: CoordinatorFixture): Promise<void> {
      const paused = await coordinator.acquire();
      const next = await (await other()).acquire({ takeOver: true });
      deepEqual([next.term, next.isHeld(), paused.isHeld(), await paused.renew(), paused.isHeld()], [2, true, false, false, false]);
      await paused.release();
      deepEqual([next.isHeld(), await next.renew()], [true, true]);
      await rejects(coordinator.acquire(), HELD);
      await next.release();
    },
  },
  {
    name: 'fences the journal against a holder that was replaced, once the next one has written its term',
    async check({ coordinator, other, journal }: CoordinatorFixture): Promise<void> {
      const [before, after] = [await journal(), await journal()];
      const paused = await coordinator.acquire();
      await before.append([term(paused.term)], { term: paused.term, expectedSeq: 0 });
      const next = await (await other()).acquire({ takeOver: true, above: (await after.head()).term });
      await after.append([term(next.term)], { term: next.term, expectedSeq: 1 });
      for (const expectedSeq of [1, 2]) equal((await before.append([floor(9)], { term: paused.term, expectedSeq })).status, 'fenced');
      equal((await after.append([floor(1)], { term: next.term, expectedSeq: 2 })).status, 'ok');
      await next.release();
    },
  },
  {
    name: 'tells watchers the present leadership at once and every change that follows, until they stop',
    async check({ coordinator, other, settle }: CoordinatorFixture): Promise<void> {
      const seen: Leadership[] = [];
      const stop = coordinator.watch((leadership) => seen.push(leadership));
      deepEqual(seen, [{ term: 0, held: false }]);
      const second = await other();
      const lease = await second.acquire();
      await settle();
      deepEqual(seen.at(-1), { term: 1, held: true });
      await lease.release();
      await settle();
      deepEqual(seen.at(-1), { term: 1, held: false });
      stop();
      const known = seen.length;
      await (await second.acquire()).release();
      await settle();
      equal(seen.length, known);
    },
  },
]);
