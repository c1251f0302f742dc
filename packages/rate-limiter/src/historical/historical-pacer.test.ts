import { createTestClock } from '@ibkit/clock/testing';
import type { TestClock } from '@ibkit/clock/testing';
import { ConnectionError } from '@ibkit/error-codes';
import { describe, expect, it } from 'vitest';
import { HistoricalPacer } from '../index.js';
import type { HistoricalPacerOptions, HistoricalPermit, HistoricalQuery } from '../index.js';

/** The broker's own windows, so that the times below are those of its rules. */
const EXACT = { guardMs: 0 };

function createPacer(options?: HistoricalPacerOptions): { pacer: HistoricalPacer; clock: TestClock } {
  const clock = createTestClock();
  return { pacer: new HistoricalPacer({ clock, ...EXACT, ...options }), clock };
}

function query(number: number, more: Partial<HistoricalQuery> = {}): HistoricalQuery {
  return { contract: `${number}@SMART`, kind: 'TRADES', barSize: '5 secs', ...more };
}

function queries(count: number, more: Partial<HistoricalQuery> = {}): readonly HistoricalQuery[] {
  return Array.from({ length: count }, (_, index) => query(index, more));
}

interface Started {
  readonly query: HistoricalQuery;
  readonly atMs: number;
  readonly permit: HistoricalPermit;
}

/** Asks for queries, notes when each starts, and answers each at once unless told otherwise. */
function ask(pacer: HistoricalPacer, clock: TestClock, wanted: readonly HistoricalQuery[], { answered = true } = {}): Started[] {
  const started: Started[] = [];
  for (const one of wanted) {
    pacer.acquire(one).then(
      (permit) => {
        started.push({ query: one, atMs: clock.monotonic(), permit });
        if (answered) permit.release();
      },
      () => undefined,
    );
  }
  return started;
}

function times(started: readonly Started[]): readonly number[] {
  return started.map(({ atMs }) => atMs);
}

describe('HistoricalPacer, the rules', () => {
  it('lets 60 small-bar queries leave in ten minutes, and the 61st when the first one ages', async () => {
    const { pacer, clock } = createPacer();
    const started = ask(pacer, clock, queries(61));
    await clock.advance(599_999);
    expect(started).toHaveLength(60);
    await clock.advance(1);
    expect(times(started).at(-1)).toBe(600_000);
    expect(clock.pending).toBe(0);
  });

  it('counts BID_ASK double', async () => {
    const { pacer, clock } = createPacer();
    const started = ask(pacer, clock, queries(31, { kind: 'BID_ASK' }));
    await clock.settle();
    expect([started.length, pacer.stats().room]).toEqual([30, 0]);
    await pacer.close();
  });

  it('keeps identical queries 15 seconds apart and lets others pass meanwhile', async () => {
    const { pacer, clock } = createPacer();
    const started = ask(pacer, clock, [query(1), query(1), query(2), query(1, { range: 'yesterday' })]);
    await clock.settle();
    expect(times(started)).toEqual([0, 0, 0]);
    await clock.advance(15_000);
    expect(started.at(-1)).toMatchObject({ query: query(1), atMs: 15_000 });
  });

  it('lets fewer than six of one contract and kind leave within two seconds', async () => {
    const { pacer, clock } = createPacer();
    const same = Array.from({ length: 12 }, (_, index) => query(1, { range: String(index) }));
    const started = ask(pacer, clock, [...same, query(1, { kind: 'MIDPOINT' }), query(2)]);
    await clock.settle();
    expect(started).toHaveLength(7);
    await clock.advance(4000);
    expect(times(started)).toEqual([0, 0, 0, 0, 0, 0, 0, 2000, 2000, 2000, 2000, 2000, 4000, 4000]);
  });

  it.each(['1 min', '2 mins', '1 hour', '1 day', '1W', '1 month'])('holds bars of %s only to 50 open ones', async (barSize) => {
    const { pacer, clock } = createPacer();
    const started = ask(pacer, clock, Array.from({ length: 70 }, () => query(1, { barSize })), { answered: false });
    await clock.settle();
    expect([started.length, pacer.stats().open, pacer.stats().used]).toEqual([50, 50, 0]);
    started[7]?.permit.release();
    started[7]?.permit.release();
    await clock.settle();
    expect([started.length, clock.pending]).toEqual([51, 0]);
    await pacer.close();
  });

  it.each([undefined, '1 secs', '30 secs', 'a lunar cycle'])('counts a bar size of %s as small', async (barSize) => {
    const { pacer, clock } = createPacer();
    ask(pacer, clock, [query(1, { barSize })]);
    await clock.settle();
    expect(pacer.stats().used).toBe(1);
  });

  it('makes every window longer by the guard', async () => {
    const { pacer, clock } = createPacer({ guardMs: 200 });
    const started = ask(pacer, clock, [query(1), query(1)]);
    await clock.advance(15_199);
    expect(started).toHaveLength(1);
    await clock.advance(1);
    expect(started).toHaveLength(2);
  });
});

describe('HistoricalPacer, order of service', () => {
  it('lets long bars pass small ones that wait for the window', async () => {
    const { pacer, clock } = createPacer();
    ask(pacer, clock, queries(61));
    const long = ask(pacer, clock, [query(1, { barSize: '1 day' })]);
    await clock.settle();
    expect(times(long)).toEqual([0]);
    await pacer.close();
  });

  it('keeps the share of a query that waits for its twin, however many come after it', async () => {
    const { pacer, clock } = createPacer();
    const twins = ask(pacer, clock, [query(1), query(1)]);
    const others = ask(pacer, clock, queries(80).map(({ contract }) => query(0, { contract: `other ${contract}` })));
    await clock.advance(15_000);
    expect([times(twins), others.length]).toEqual([[0, 15_000], 58]);
    await pacer.close();
  });
});

describe('HistoricalPacer, giving up', () => {
  it('rejects at the deadline and says when the query would have started', async () => {
    const { pacer, clock } = createPacer();
    ask(pacer, clock, [query(1)]);
    const late = expect(pacer.acquire({ ...query(1), deadlineMs: 5000 })).rejects.toMatchObject({ code: 'IBKR_RATE_DEADLINE', details: { waitedMs: 5000, startsInMs: 10_000 } });
    await clock.advance(5000);
    await late;
    await expect(pacer.acquire({ ...query(1), deadlineMs: 0 })).rejects.toMatchObject({ code: 'IBKR_RATE_DEADLINE', retryable: true });
    expect([clock.pending, pacer.stats().queued]).toEqual([0, 0]);
  });

  it('rejects with the reason of the signal and serves those behind', async () => {
    const { pacer, clock } = createPacer({ mostInWindow: 3, bidAskWeight: 2, windowMs: 60_000 });
    ask(pacer, clock, queries(2));
    const stop = new AbortController();
    const heavy = pacer.acquire({ ...query(5, { kind: 'BID_ASK' }), signal: stop.signal });
    const behind = ask(pacer, clock, [query(6)]);
    await clock.settle();
    expect(behind).toHaveLength(0);
    stop.abort(new Error('enough'));
    await expect(heavy).rejects.toThrow('enough');
    await expect(pacer.acquire({ ...query(7), signal: stop.signal })).rejects.toThrow('enough');
    expect([behind.length, clock.pending]).toEqual([1, 0]);
  });

  it('refuses more than maxQueued, but never what may leave at once', async () => {
    const { pacer, clock } = createPacer({ maxQueued: 0 });
    const first = ask(pacer, clock, [query(1)]);
    await expect(pacer.acquire(query(1))).rejects.toMatchObject({ code: 'IBKR_RATE_QUEUE_FULL' });
    await clock.settle();
    expect([first.length, clock.pending]).toEqual([1, 0]);
  });

  it('forgets what was open and rejects what waits when the session ends, but not what the broker counted', async () => {
    const { pacer, clock } = createPacer({ maxOpen: 1 });
    const before = ask(pacer, clock, [query(1)], { answered: false });
    const waiting = pacer.acquire(query(2));
    await clock.settle();
    const reason = new ConnectionError({ code: 'IBKR_SESSION_CLOSED', message: 'The session ended.' });
    pacer.clear(reason);
    await expect(waiting).rejects.toBe(reason);
    const after = ask(pacer, clock, [query(3), query(4)], { answered: false });
    before[0]?.permit.release(); // of the old session: frees nothing
    await clock.settle();
    expect([after.length, pacer.stats()]).toMatchObject([1, { open: 1, used: 2, queued: 1 }]);
    await pacer.close();
  });

  it('rejects everything once it is closed', async () => {
    const { pacer, clock } = createPacer();
    ask(pacer, clock, [query(1)]);
    const waiting = pacer.acquire(query(1));
    await Promise.all([expect(waiting).rejects.toMatchObject({ code: 'IBKR_RATE_CLOSED', retryable: false }), pacer.close(), pacer.close()]);
    await expect(pacer.acquire(query(2))).rejects.toMatchObject({ code: 'IBKR_RATE_CLOSED' });
    expect(clock.pending).toBe(0);
  });
});

describe('HistoricalPacer, violations that the broker reports', () => {
  const PACING = 'Historical Market Data Service error message:Historical data request pacing violation';

  it('pauses, and twice as long when it happens again', async () => {
    const { pacer, clock } = createPacer();
    expect(pacer.reportError(162, PACING)).toBe(true);
    expect(pacer.reportError(162, PACING)).toBe(true);
    const first = ask(pacer, clock, [query(1), query(2, { barSize: '1 day' })]);
    await clock.advance(15_000);
    expect([times(first), pacer.stats().violations]).toEqual([[15_000, 15_000], 1]);
    pacer.reportError(162, PACING);
    expect(pacer.stats()).toMatchObject({ pausedForMs: 30_000, violations: 2 });
    await clock.advance(30_000 + 600_000);
    pacer.reportError(162, PACING);
    expect(pacer.stats().pausedForMs).toBe(15_000);
  });

  it('ends the doubling at maxPauseMs', async () => {
    const { pacer, clock } = createPacer({ pauseMs: 1000, maxPauseMs: 3000 });
    const pauses: number[] = [];
    for (let index = 0; index < 4; index += 1) {
      pacer.reportError(162, PACING);
      pauses.push(pacer.stats().pausedForMs);
      await clock.advance(5000);
    }
    expect(pauses).toEqual([1000, 2000, 3000, 3000]);
  });

  it.each([
    [162, 'Historical Market Data Service error message:HMDS query returned no data: X@SMART Trades'],
    [200, 'No security definition has been found for the request'],
    [100, 'Max rate of messages per second has been exceeded'],
  ])('does not take %i "%s" for one', (code, text) => {
    const { pacer } = createPacer();
    expect([pacer.reportError(code, text), pacer.stats().pausedForMs]).toEqual([false, 0]);
  });

  it('takes the pacing text of real-time bars for one', () => {
    expect(createPacer().pacer.reportError(420, 'Invalid Real-time Query: pacing violation')).toBe(true);
  });
});

describe('HistoricalPacer, plan', () => {
  it('says when each query starts and when everything is there', () => {
    const { pacer, clock } = createPacer();
    const plan = pacer.plan([...queries(121), query(1, { barSize: '1 day' })], { answerMs: 2000 });
    expect(plan.startsInMs.slice(0, 50)).toEqual(Array.from({ length: 50 }, () => 0));
    expect(plan.startsInMs.slice(50, 60)).toEqual(Array.from({ length: 10 }, () => 2000));
    expect(plan.startsInMs[60]).toBe(600_000);
    expect(plan.startsInMs[120]).toBe(1_200_000);
    expect(plan.startsInMs[121]).toBe(2000);
    expect(plan).toMatchObject({ totalMs: 1_202_000, etaMs: clock.now() + 1_202_000 });
    expect(pacer.stats()).toMatchObject({ used: 0, queued: 0, granted: 0 });
    expect(pacer.plan([]).totalMs).toBe(0);
  });

  it('is of one moment: time that passes while it is made is in none of its numbers', async () => {
    const clock = createTestClock();
    let nowMs = 1000;
    const hasty = { now: () => clock.now(), monotonic: () => (nowMs += 3), setTimer: clock.setTimer.bind(clock) };
    await using pacer = new HistoricalPacer({ clock: hasty, ...EXACT });
    expect(pacer.plan([query(1), query(1, { barSize: '1 day' })])).toEqual({ startsInMs: [0, 0], totalMs: 1000, etaMs: clock.now() + 1000 });
  });

  it('reckons with what was sent, what waits, what is open and the pause', async () => {
    const { pacer, clock } = createPacer({ maxOpen: 2 });
    ask(pacer, clock, [query(1), query(1), query(2)], { answered: false });
    await clock.settle();
    pacer.reportError(162, 'pacing violation');
    expect(pacer.plan([query(1), query(3)], { answerMs: 100 }).startsInMs).toEqual([30_000, 15_000]);
    await pacer.close();
  });

  it('takes thousands of queries', () => {
    const { pacer } = createPacer();
    expect(pacer.plan(Array.from({ length: 3000 }, (_, index) => query(1, { range: String(index) }))).totalMs).toBe(49 * 600_000 + 22_000 + 1000);
  });
});

describe('HistoricalPacer, over a restart', () => {
  it('counts what the former process sent', async () => {
    const { pacer, clock } = createPacer();
    ask(pacer, clock, [query(0), ...queries(59).map(({ contract }) => query(0, { contract: `other ${contract}`, kind: 'MIDPOINT' })), query(0, { barSize: '1 day' })]);
    await clock.advance(10_000);
    const past = JSON.parse(JSON.stringify(pacer.past())) as ReturnType<HistoricalPacer['past']>;
    expect(past).toHaveLength(60);
    const later = createTestClock({ nowMs: clock.now() + 2000 });
    await later.advance(0);
    const next = new HistoricalPacer({ clock: later, ...EXACT, past });
    const started = ask(next, later, [query(0)]);
    expect(next.stats()).toMatchObject({ used: 60, room: 0 });
    await later.advance(588_000 - 1);
    expect(started).toHaveLength(0);
    await later.advance(1);
    expect(times(started)).toEqual([588_000]);
    expect([next.past().length, pacer.past().length]).toEqual([1, 60]);
  });

  it('takes what lies in the future for sent now, and forgets what is too old', () => {
    const clock = createTestClock();
    const pastQuery = { identity: 'i', contract: 'c', weight: 1 };
    const pacer = new HistoricalPacer({ clock, ...EXACT, past: [{ ...pastQuery, sentAtMs: clock.now() + 86_400_000 }, { ...pastQuery, sentAtMs: 0 }] });
    expect([pacer.stats().used, pacer.past()]).toEqual([1, [{ ...pastQuery, sentAtMs: clock.now() }]]);
  });
});

describe('HistoricalPacer, options', () => {
  it.each([
    [{ mostInWindow: 1 }, 'mostInWindow must be an integer from 2 to 1000000, got 1'],
    [{ mostPerContract: Number.NaN }, 'mostPerContract must be an integer from 2 to 1000000, got NaN'],
    [{ windowMs: Number.NaN }, 'windowMs must be a finite number of milliseconds of at least 0, got NaN'],
    [{ maxOpen: 0 }, 'maxOpen'],
    [{ maxPauseMs: 1 }, 'maxPauseMs must be a finite number of milliseconds of at least 15000, got 1'],
    [{ smallBarSeconds: Number.NaN }, 'smallBarSeconds'],
    [{ guardMs: -1 }, 'guardMs'],
    [{ past: [{ sentAtMs: Number.NaN, identity: '', contract: '', weight: 1 }] }, 'past.sentAtMs'],
  ])('refuses %o', (options, message) => {
    expect(() => new HistoricalPacer(options)).toThrow(message);
  });

  it('refuses a deadline that is no number', () => {
    const { pacer } = createPacer();
    expect(() => pacer.acquire({ ...query(1), deadlineMs: Number.NaN })).toThrow('deadlineMs must be at least 0 milliseconds, got NaN');
    expect(() => pacer.plan([], { answerMs: Number.NaN })).toThrow('answerMs');
  });
});
