import { createTestClock } from '@ibkit/clock/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HistoricalPacer } from '../index.js';
import type { HistoricalPermit, HistoricalQuery } from '../index.js';

interface Sent {
  readonly query: HistoricalQuery;
  readonly atMs: number;
}

const RULES = { mostInWindow: 12, windowMs: 60_000, identicalMs: 15_000, mostPerContract: 5, contractWindowMs: 2000, bidAskWeight: 2, maxOpen: 6, smallBarSeconds: 30 };

const weight = (query: HistoricalQuery): number => (query.kind === 'BID_ASK' ? 2 : 1);
const isSmall = (query: HistoricalQuery): boolean => query.barSize !== '1 min';
const sameContract = (a: HistoricalQuery, b: HistoricalQuery): boolean => a.contract === b.contract && a.kind === b.kind;
const identical = (a: HistoricalQuery, b: HistoricalQuery): boolean => sameContract(a, b) && a.barSize === b.barSize && a.range === b.range;

/** The broker's rules as its manual states them, held against everything that was sent; knows nothing of how the pacer works. */
function violations(sent: readonly Sent[]): string[] {
  const small = sent.filter(({ query }) => isSmall(query));
  return small.flatMap(({ query, atMs }, index) => {
    const before = small.slice(0, index + 1);
    const within = (ms: number): readonly Sent[] => before.filter((other) => other.atMs > atMs - ms);
    const sum = (of: readonly Sent[]): number => of.reduce((total, other) => total + weight(other.query), 0);
    const found: string[] = [];
    if (sum(within(RULES.windowMs)) > RULES.mostInWindow) found.push(`too many in the window at ${atMs}`);
    if (within(RULES.identicalMs).filter((other) => identical(other.query, query)).length > 1) found.push(`identical at ${atMs}`);
    if (sum(within(RULES.contractWindowMs).filter((other) => sameContract(other.query, query))) >= 6) found.push(`six of one contract at ${atMs}`);
    return found;
  });
}

const queries: fc.Arbitrary<HistoricalQuery> = fc.record({
  contract: fc.constantFrom('A@SMART', 'B@SMART', 'C@NYSE'),
  kind: fc.constantFrom('TRADES', 'BID_ASK'),
  barSize: fc.constantFrom('5 secs', '1 min', undefined),
  range: fc.constantFrom('1', '2', '3', '4'),
});
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('ask' as const), queries: fc.array(queries, { minLength: 1, maxLength: 8 }), deadlineMs: fc.option(fc.integer({ min: 0, max: 90_000 }), { nil: undefined }) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: fc.double({ min: 0, max: 20_000, noNaN: true }) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('answer' as const), count: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('abort' as const), pick: fc.nat() }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'violation' as const }) },
);

it('keeps the broker’s rules over any schedule of queries, answers, aborts, deadlines and violations, and settles everything', async () => {
  let granted = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
      const clock = createTestClock();
      // A guard above the rounding of fractions of a millisecond.
      const pacer = new HistoricalPacer({ clock, guardMs: 0.001, ...RULES });
      const sent: Sent[] = [];
      const open: HistoricalPermit[] = [];
      const stops: AbortController[] = [];
      const problems: string[] = [];
      let waiting = 0;
      const ask = (query: HistoricalQuery, deadlineMs: number | undefined): void => {
        const stop = new AbortController();
        const deadlineAtMs = clock.monotonic() + (deadlineMs ?? Number.POSITIVE_INFINITY);
        stops.push(stop);
        waiting += 1;
        pacer.acquire({ ...query, deadlineMs, signal: stop.signal }).then(
          (permit) => {
            waiting -= 1;
            sent.push({ query, atMs: clock.monotonic() });
            open.push(permit);
            if (open.length > RULES.maxOpen) problems.push('too many open');
            if (clock.monotonic() > deadlineAtMs) problems.push('granted after its deadline');
          },
          () => (waiting -= 1),
        );
      };
      const answer = (count: number): void => {
        for (const permit of open.splice(0, count)) permit.release();
      };
      for (const action of steps) {
        if (action.kind === 'ask') for (const query of action.queries) ask(query, action.deadlineMs);
        if (action.kind === 'advance') await clock.advance(action.ms);
        if (action.kind === 'answer') answer(action.count);
        if (action.kind === 'abort') stops[action.pick % (stops.length + 1)]?.abort();
        if (action.kind === 'violation') pacer.reportError(162, 'pacing violation');
        await clock.settle();
        expect(pacer.stats()).toMatchObject({ queued: waiting, open: open.length, granted: sent.length });
      }
      for (let turn = 0; waiting > 0 && turn < 2000; turn += 1) {
        answer(open.length);
        await clock.advance(15_000);
      }
      answer(open.length);
      expect([waiting, clock.pending, problems, violations(sent)]).toEqual([0, 0, [], []]);
      granted += sent.length;
    }),
    { numRuns: 80 },
  );
  expect(granted).toBeGreaterThan(300);
});

it('starts each query exactly when the plan said, if answers take what the plan assumed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(queries, { maxLength: 40, size: 'max' }), fc.array(queries, { maxLength: 10, size: 'max' }), fc.integer({ min: 1, max: 5000 }), async (first, then, answerMs) => {
      const clock = createTestClock();
      const pacer = new HistoricalPacer({ clock, guardMs: 0, ...RULES });
      const startedAtMs: number[] = [];
      const ask = (query: HistoricalQuery, index: number): void => {
        void pacer.acquire(query).then((permit) => {
          startedAtMs[index] = clock.monotonic();
          clock.setTimer(answerMs, () => {
            permit.release();
          });
        });
      };
      first.forEach((query, index) => {
        ask(query, index);
      });
      const plan = pacer.plan(then, { answerMs });
      then.forEach((query, index) => {
        ask(query, first.length + index);
      });
      await clock.advance(40 * 60_000);
      expect(startedAtMs.slice(first.length)).toEqual(plan.startsInMs);
    }),
    { numRuns: 60 },
  );
});
