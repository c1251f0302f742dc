import { createTestClock } from '@ibkit/clock/testing';
import { ConnectionError } from '@ibkit/error-codes';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LANES, RateLimiter } from './index.js';
import type { Lane } from './index.js';
import { LateClock } from './late-clock.js';

type Outcome = 'waiting' | 'granted' | 'rejected';

interface Entry {
  readonly id: number;
  readonly lane: Lane;
  readonly deadlineAtMs: number;
  readonly stop: AbortController;
  outcome: Outcome;
}

interface Grant {
  readonly lane: Lane;
  readonly atMs: number;
}

const lane = fc.constantFrom(...LANES);
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('acquire' as const), lane, count: fc.integer({ min: 1, max: 12 }), deadlineMs: fc.option(fc.integer({ min: 0, max: 3000 }), { nil: undefined }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('try' as const), lane }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: fc.double({ min: 0, max: 700, noNaN: true }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stall' as const), ms: fc.double({ min: 0, max: 3000, noNaN: true }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('abort' as const), pick: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('throttle' as const), factor: fc.double({ min: 0.1, max: 0.9, noNaN: true }) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'clear' as const }) },
);
const schedules = fc.record({
  perSecond: fc.integer({ min: 1, max: 20 }),
  reservePerSecond: fc.integer({ min: 0, max: 4 }),
  steps: fc.array(step, { maxLength: 120, size: 'max' }),
});
type Step = (typeof schedules extends fc.Arbitrary<infer S> ? S : never)['steps'][number];

const urgent = (name: Lane): boolean => name === 'cancel' || name === 'order';

/** Drives a limiter through a schedule and keeps its own account of what each request may expect. */
class Run {
  readonly clock = new LateClock();
  readonly limiter: RateLimiter;
  readonly grants: Grant[] = [];
  readonly entries: Entry[] = [];
  readonly violations: string[] = [];
  readonly #limit: number;

  constructor(options: { perSecond: number; reservePerSecond: number }) {
    this.limiter = new RateLimiter({ clock: this.clock, ...options });
    this.#limit = options.perSecond + options.reservePerSecond;
  }

  async take(action: Step): Promise<void> {
    switch (action.kind) {
      case 'acquire':
        for (let index = 0; index < action.count; index += 1) this.#acquire(action.lane, action.deadlineMs);
        break;
      case 'try':
        // Grants of earlier calls are noted first, as they were made first.
        await this.clock.settle();
        if (this.limiter.tryAcquire(action.lane)) this.#note(action.lane, undefined);
        break;
      case 'advance':
        await this.clock.advance(action.ms);
        break;
      case 'stall':
        this.clock.stall(action.ms);
        break;
      case 'abort':
        this.entries[action.pick % (this.entries.length + 1)]?.stop.abort();
        break;
      case 'throttle':
        this.limiter.throttle({ factor: action.factor, forMs: 5000 });
        break;
      case 'clear':
        this.limiter.clear(new ConnectionError({ code: 'IBKR_SESSION_CLOSED', message: 'The session ended.' }));
        break;
    }
    await this.clock.settle();
  }

  waiting(filter: (entry: Entry) => boolean = () => true): Entry[] {
    return this.entries.filter((entry) => entry.outcome === 'waiting' && filter(entry));
  }

  /** How many grants are so young that they still count against the next one. */
  get recent(): number {
    return this.grants.filter(({ atMs }) => atMs > this.clock.monotonic() - 1020).length;
  }

  #acquire(name: Lane, deadlineMs: number | undefined): void {
    const stop = new AbortController();
    const nowMs = this.clock.monotonic();
    const entry: Entry = { id: this.entries.length, lane: name, deadlineAtMs: nowMs + (deadlineMs ?? Number.POSITIVE_INFINITY), stop, outcome: 'waiting' };
    this.entries.push(entry);
    this.limiter.acquire({ priority: name, signal: stop.signal, deadlineMs }).then(
      () => {
        this.#note(name, entry);
      },
      () => {
        entry.outcome = 'rejected';
      },
    );
  }

  #note(name: Lane, entry: Entry | undefined): void {
    const atMs = this.clock.monotonic();
    this.grants.push({ lane: name, atMs });
    if (entry !== undefined) {
      if (entry.outcome !== 'waiting') this.violations.push(`${entry.id} settled twice`);
      entry.outcome = 'granted';
      if (entry.stop.signal.aborted) this.violations.push(`${entry.id} granted after its abort`);
      if (atMs > entry.deadlineAtMs) this.violations.push(`${entry.id} granted after its deadline`);
    }
    const before = entry?.id ?? Number.POSITIVE_INFINITY;
    if (this.waiting((other) => other.lane === name && other.id < before).length > 0) this.violations.push(`${name} overtook its own lane`);
    if (!urgent(name) && this.waiting((other) => urgent(other.lane) && other.id < before).length > 0) this.violations.push(`${name} overtook an order or a cancel`);
  }

  /** An urgent request may only wait while the whole window, reserve included, is used (or cut). */
  get idleWhileUrgentWaits(): boolean {
    const cut = this.limiter.stats().headroom.urgent === 0;
    return this.waiting((entry) => urgent(entry.lane)).length > 0 && this.recent < this.#limit && !cut;
  }
}

/** No grant and the `count`th after it may be a second or less apart: the law for every position of the window. */
function tooClose(grants: readonly Grant[], count: number): boolean {
  return grants.some(({ atMs }, index) => {
    const later = grants[index + count];
    return later !== undefined && later.atMs - atMs <= 1000;
  });
}

describe('RateLimiter, for any schedule of requests, aborts, deadlines, stalls, throttles and clears', () => {
  it('keeps the window law, the ranks, first in first out, deadlines and aborts, and settles everything', async () => {
    let grants = 0;
    await fc.assert(
      fc.asyncProperty(schedules, async ({ perSecond, reservePerSecond, steps }) => {
        const run = new Run({ perSecond, reservePerSecond });
        for (const action of steps) {
          await run.take(action);
          expect(run.idleWhileUrgentWaits && !run.clock.overdue).toBe(false);
          expect(run.limiter.queued).toBe(run.waiting().length);
          expect(run.clock.pending).toBe(run.limiter.queued > 0 ? 1 : 0);
        }
        // One a second is the slowest that a throttle makes it, and it recovers.
        await run.clock.advance((run.limiter.queued + 10) * 1020);
        expect(run.violations).toEqual([]);
        expect(run.waiting()).toEqual([]);
        expect(run.clock.pending).toBe(0);
        expect(tooClose(run.grants.filter((grant) => !urgent(grant.lane)), perSecond)).toBe(false);
        expect(tooClose(run.grants, perSecond + reservePerSecond)).toBe(false);
        grants += run.grants.length;
      }),
      { numRuns: 200 },
    );
    expect(grants).toBeGreaterThan(1000);
  });

  it('keeps up its rate: with a full queue every window is used', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 400 }), async (perSecond, count) => {
        const clock = createTestClock();
        const limiter = new RateLimiter({ clock, perSecond });
        let granted = 0;
        for (let index = 0; index < count; index += 1) void limiter.acquire().then(() => (granted += 1));
        // The first window leaves at once, the rest one by one.
        await clock.advance(count <= perSecond ? 0 : 1020 + (Math.max(0, count - perSecond - 1) * 1020) / perSecond + 0.001);
        expect(granted).toBe(count);
      }),
    );
  });
});
