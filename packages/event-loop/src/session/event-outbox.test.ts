import { createTestClock } from '@ibkit/clock/testing';
import type { TestClock } from '@ibkit/clock/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventOutbox } from './event-outbox.js';

const LIMITS = { batchMs: 5, maxBatch: 3, maxInFlight: 4, maxBuffered: 8 };

function createOutbox(limits = LIMITS): { outbox: EventOutbox; clock: TestClock; posted: (readonly unknown[])[]; lost: unknown[] } {
  const clock = createTestClock();
  const posted: (readonly unknown[])[] = [];
  const lost: unknown[] = [];
  const post = (events: readonly unknown[]): void => {
    if (events.includes('bad')) throw new TypeError('cannot be cloned');
    posted.push(events);
  };
  return { outbox: new EventOutbox({ ...limits, clock, post, lost: (error) => lost.push(error) }), clock, posted, lost };
}

function emit(outbox: EventOutbox, ...events: readonly unknown[]): void {
  for (const event of events) outbox.emit(event);
}

describe('EventOutbox', () => {
  it('gathers for a moment, and sends a full batch at once', async () => {
    const { outbox, clock, posted } = createOutbox();
    emit(outbox, 1, 2);
    expect(posted).toEqual([]);
    await clock.advance(5);
    expect(posted).toEqual([[1, 2]]);
    emit(outbox, 3, 4, 5);
    expect(posted).toEqual([[1, 2], [3, 4, 5]]);
    expect(clock.pending).toBe(0);
  });

  it('holds back while the host is behind, and goes on when it is through', async () => {
    const { outbox, clock, posted } = createOutbox();
    emit(outbox, 1, 2, 3, 4, 5, 6, 7);
    await clock.advance(60_000);
    expect([posted.flat(), outbox.waiting, clock.pending]).toEqual([[1, 2, 3, 4, 5, 6], 1, 0]);
    outbox.acknowledged(3);
    await clock.advance(5);
    expect(posted.flat()).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('conflates what has a key while it waits, in its place, and drops nothing else', async () => {
    const { outbox, clock, posted } = createOutbox({ ...LIMITS, maxBatch: 100 });
    outbox.emit('quote 1', { key: 'AAPL' });
    outbox.emit('trade 1');
    outbox.emit('quote 2', { key: 'AAPL' });
    outbox.emit('quote 3', { key: 'MSFT' });
    await clock.advance(5);
    outbox.emit('quote 4', { key: 'AAPL' });
    await clock.advance(5);
    expect(posted).toEqual([['quote 2', 'trade 1', 'quote 3'], ['quote 4']]);
  });

  it('says when to slow down, when to go on, and throws rather than drop', async () => {
    const { outbox, clock } = createOutbox();
    emit(outbox, 1, 2, 3, 4, 5, 6);
    expect([outbox.emit(7), outbox.emit(8), outbox.emit(9), outbox.emit(10)]).toEqual([true, true, true, false]);
    let drained = false;
    void outbox.drained().then(() => {
      drained = true;
    });
    for (const event of [11, 12, 13, 14]) expect(outbox.emit(event)).toBe(false);
    expect(() => outbox.emit(15)).toThrow(expect.objectContaining({ code: 'IBKR_LOOP_BUFFER_FULL' }) as Error);
    await clock.settle();
    expect(drained).toBe(false);
    outbox.acknowledged(6);
    await clock.settle();
    expect(drained).toBe(true);
    await outbox.drained();
  });

  it('loses only the event that cannot travel, and says so', () => {
    const { outbox, posted, lost } = createOutbox();
    emit(outbox, 1, 'bad', 2);
    expect([posted, lost]).toEqual([[[1], [2]], [new TypeError('cannot be cloned')]]);
  });

  it('keeps every event without a key, in order, over any history, and never more in flight than it may', async () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.record({ kind: fc.constant('emit' as const), key: fc.option(fc.constantFrom('a', 'b'), { nil: undefined }) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: fc.integer({ min: 1, max: 9 }) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('ack' as const) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 200 }), async (steps) => {
        const { outbox, clock, posted } = createOutbox({ ...LIMITS, maxBuffered: 1000 });
        const latest = new Map<string, number>();
        let emitted: { readonly id: number; readonly key: string | undefined }[] = [];
        let acked = 0;
        let id = 0;
        for (const action of steps) {
          if (action.kind === 'emit') {
            id += 1;
            emitted = [...emitted, { id, key: action.key }];
            if (action.key !== undefined) latest.set(action.key, id);
            outbox.emit({ id, key: action.key }, { key: action.key });
          }
          if (action.kind === 'advance') await clock.advance(action.ms);
          if (action.kind === 'ack' && acked < posted.length) outbox.acknowledged(posted[acked++]?.length ?? 0);
          expect(posted.slice(acked).flat().length).toBeLessThan(LIMITS.maxInFlight + LIMITS.maxBatch);
        }
        outbox.flush();
        const arrived = posted.flat() as { readonly id: number; readonly key: string | undefined }[];
        expect(arrived.filter(({ key }) => key === undefined)).toEqual(emitted.filter(({ key }) => key === undefined));
        for (const [key, last] of latest) expect(arrived.filter((event) => event.key === key).at(-1)?.id).toBe(last);
        expect(clock.pending).toBe(0);
      }),
    );
  });
});
