import { createTestClock } from '@ibkit/clock/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LiveSource } from './live-source.js';
import type { LiveStream } from './live-stream.js';

interface Counted {
  readonly count: number;
}

/** What can happen to a value: it changes, is complete, is interrupted, time passes, a reader reads once. */
const step = fc.constantFrom('touch', 'complete', 'interrupt', 'wait', 'read');

async function readOnce(loop: AsyncIterator<Counted & { readonly stale: boolean }>, settle: () => Promise<void>): Promise<number | undefined> {
  let seen: number | undefined;
  void loop.next().then(({ done, value }) => {
    if (done !== true) seen = value.count;
  });
  await settle();
  return seen;
}

describe('a value that is kept up to date', () => {
  it('is stale exactly between a break and the next complete value, counts those breaks, and its reader never goes back', async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const clock = createTestClock();
      const model = { count: 0, complete: false, broken: false, gaps: 0 };
      const source = new LiveSource<Counted>({ clock, read: () => ({ count: model.count }), onIdle: () => Promise.resolve() });
      const stream: LiveStream<Counted> = source.open();
      const gaps: number[] = [];
      stream.on('gap', ({ fromMs, toMs }) => gaps.push(toMs - fromMs));
      const loop = stream[Symbol.asyncIterator]();
      const reads: number[] = [];
      let isReading = false;
      for (const what of steps) {
        if (what === 'touch') {
          model.count += 1;
          source.touched();
        } else if (what === 'complete') {
          model.count += 1;
          if (model.broken && model.complete) model.gaps += 1;
          model.complete = true;
          model.broken = false;
          source.completed();
        } else if (what === 'interrupt') {
          model.broken = true;
          source.interrupted('why', clock.now());
        } else if (what === 'wait') {
          await clock.advance(10);
        } else if (!isReading) {
          // A read that finds nothing goes on until there is something.
          isReading = true;
          void loop.next().then(({ done, value }) => {
            isReading = false;
            if (done !== true) reads.push(value.count);
          });
          await clock.settle();
        }
        await clock.settle();
        const { count, stale, gaps: counted } = stream.current ?? {};
        expect({ count, stale, counted }).toEqual(model.complete ? { count: model.count, stale: model.broken, counted: model.gaps } : { count: undefined, stale: undefined, counted: undefined });
      }
      expect(gaps.length).toBe(model.gaps);
      expect(gaps.every((length) => length >= 0 && length % 10 === 0)).toBe(true);
      expect([...reads].sort((a, b) => a - b)).toEqual(reads);
      await stream.close();
    }));
  });

  it('gives a reader that comes late the latest value at once, and the end to all', async () => {
    const clock = createTestClock();
    let count = 0;
    let idle = 0;
    const source = new LiveSource<Counted>({ clock, read: () => ({ count }), onIdle: () => {
      idle += 1;
      return Promise.resolve();
    } });
    const [early, late] = [source.open(), source.open()];
    const updates: number[] = [];
    early.on('update', (value) => updates.push(value.count));
    count = 3;
    source.completed();
    const loop = late[Symbol.asyncIterator]();
    expect(await readOnce(loop, () => clock.settle())).toBe(3);
    const ends: unknown[] = [];
    early.on('end', ({ error }) => ends.push(error));
    await early.close();
    expect([idle, updates, ends, early.current, early.status]).toEqual([0, [3], [undefined], undefined, 'ended']);
    const waiting = loop.next();
    source.end(new Error('over'));
    await expect(waiting).rejects.toThrow('over');
    await expect(late.waitFor(() => true)).rejects.toThrow('over');
    expect((await loop.next()).done).toBe(true);
  });
});
