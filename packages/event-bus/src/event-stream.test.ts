import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_STREAM_CAPACITY, EventBus, StreamOverflowError } from './index.js';
import type { EventStream } from './index.js';

type Events = { 'quote.updated': number };

async function readAll(stream: EventStream<number>): Promise<number[]> {
  const seen: number[] = [];
  for await (const price of stream) seen.push(price);
  return seen;
}

describe('stream', () => {
  it('delivers every event since the call, in order, however late it is read', async () => {
    const bus = new EventBus<Events>();
    const stream = bus.stream('quote.updated');
    for (const price of [1, 2, 3]) bus.emit('quote.updated', price);
    bus.close();
    expect(await readAll(stream)).toEqual([1, 2, 3]);
  });

  it('holds 1,024 events unless told otherwise', async () => {
    const bus = new EventBus<Events>();
    const stream = bus.stream('quote.updated');
    for (let n = 1; n <= 1025; n += 1) bus.emit('quote.updated', n);
    let held = 0;
    await expect(async () => {
      for await (const price of stream) held = price;
    }).rejects.toThrow(StreamOverflowError);
    expect([held, DEFAULT_STREAM_CAPACITY]).toEqual([1024, 1024]);
  });

  it('serves several waiting reads in the order of their calls', async () => {
    const bus = new EventBus<Events>();
    const stream = bus.stream('quote.updated');
    const reads = Promise.all([stream.next(), stream.next(), stream.next()]);
    bus.emit('quote.updated', 1);
    bus.emit('quote.updated', 2);
    bus.close();
    expect(await reads).toEqual([{ done: false, value: 1 }, { done: false, value: 2 }, { done: true, value: undefined }]);
  });

  it('releases its listener when the loop is left', async () => {
    const bus = new EventBus<Events>();
    const stream = bus.stream('quote.updated');
    bus.emit('quote.updated', 1);
    bus.emit('quote.updated', 2);
    for await (const price of stream) {
      expect(price).toBe(1);
      break;
    }
    expect(bus.listenerCount('quote.updated')).toBe(0);
    expect([stream.held, await stream.next()]).toEqual([0, { done: true, value: undefined }]);
  });

  it('releases its listener when it is disposed', async () => {
    const bus = new EventBus<Events>();
    {
      await using stream = bus.stream('quote.updated');
      bus.emit('quote.updated', 1);
      expect(stream.held).toBe(1);
    }
    expect(bus.listenerCount('quote.updated')).toBe(0);
  });

  it('ends quietly at once when its signal aborts, before or while it is read', async () => {
    const bus = new EventBus<Events>();
    const stop = new AbortController();
    const stream = bus.stream('quote.updated', { signal: stop.signal });
    const waiting = stream.next();
    stop.abort(new Error('enough'));
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await readAll(bus.stream('quote.updated', { signal: stop.signal }))).toEqual([]);
    expect(bus.listenerCount('quote.updated')).toBe(0);
  });

  it('discards what it holds when its signal aborts', async () => {
    const bus = new EventBus<Events>();
    const stop = new AbortController();
    const stream = bus.stream('quote.updated', { signal: stop.signal });
    bus.emit('quote.updated', 1);
    stop.abort();
    expect(await readAll(stream)).toEqual([]);
  });

  it('is over at once on a closed bus', async () => {
    const bus = new EventBus<Events>();
    bus.close();
    expect(await readAll(bus.stream('quote.updated'))).toEqual([]);
  });

  it('fails loudly after the held events when it overflows, once', async () => {
    const bus = new EventBus<Events>();
    const stream = bus.stream('quote.updated', { capacity: 2 });
    for (const price of [1, 2, 3, 4]) bus.emit('quote.updated', price);
    expect(bus.listenerCount('quote.updated')).toBe(0);
    expect([await stream.next(), await stream.next()]).toEqual([{ done: false, value: 1 }, { done: false, value: 2 }]);
    await expect(stream.next()).rejects.toMatchObject({
      name: 'StreamOverflowError',
      code: 'IBKR_STREAM_OVERFLOW',
      details: { type: 'quote.updated', capacity: 2 },
    });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it('forgets the oldest and counts it with overflow dropOldest', async () => {
    const bus = new EventBus<Events>();
    const stream = bus.stream('quote.updated', { capacity: 2, overflow: 'dropOldest' });
    for (const price of [1, 2, 3, 4]) bus.emit('quote.updated', price);
    expect([stream.dropped, stream.held]).toEqual([2, 2]);
    bus.close();
    expect(await readAll(stream)).toEqual([3, 4]);
  });

  it('refuses an overflow that does not exist', () => {
    const bus = new EventBus<Events>();
    const odd: object = { overflow: 'drop' };
    expect(() => bus.stream('quote.updated', { ...odd })).toThrow('overflow must be one of fail, dropOldest, got "drop"');
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses a capacity of %s', (capacity) => {
    const bus = new EventBus<Events>();
    expect(() => bus.stream('quote.updated', { capacity })).toThrow(/capacity must be an integer of at least 1/u);
    expect(bus.listenerCount('quote.updated')).toBe(0);
  });
});

describe('stream, for any schedule of events and reads', () => {
  const schedule = fc.array(fc.constantFrom('emit', 'emit', 'read'), { maxLength: 1500, size: 'max' });

  it('loses nothing, or exactly the oldest and counts them, and keeps the order', async () => {
    await fc.assert(
      fc.asyncProperty(schedule, fc.integer({ min: 1, max: 300 }), async (steps, capacity) => {
        const bus = new EventBus<Events>();
        const stream = bus.stream('quote.updated', { capacity, overflow: 'dropOldest' });
        const expected: number[] = [];
        const unread: number[] = [];
        const reads: Promise<IteratorResult<number, undefined>>[] = [];
        let waiting = 0;
        let dropped = 0;
        for (const [index, step] of steps.entries()) {
          if (step === 'read') {
            reads.push(stream.next());
            const held = unread.shift();
            if (held === undefined) waiting += 1;
            else expected.push(held);
          } else {
            bus.emit('quote.updated', index);
            if (waiting > 0) {
              waiting -= 1;
              expected.push(index);
            } else {
              unread.push(index);
              if (unread.length > capacity) {
                unread.shift();
                dropped += 1;
              }
            }
          }
        }
        expect([stream.held, stream.dropped]).toEqual([unread.length, dropped]);
        bus.close();
        const rest = await readAll(stream);
        const read = (await Promise.all(reads)).flatMap((result) => (result.done === true ? [] : [result.value]));
        expect([...read, ...rest]).toEqual([...expected, ...unread]);
      }),
    );
  });

  it('delivers everything before the overflow, then the error, with overflow fail', async () => {
    await fc.assert(
      fc.asyncProperty(schedule, fc.integer({ min: 1, max: 20 }), async (steps, capacity) => {
        const bus = new EventBus<Events>();
        const stream = bus.stream('quote.updated', { capacity });
        const accepted: number[] = [];
        const read: number[] = [];
        let overflowed = false;
        for (const [index, step] of steps.entries()) {
          if (step === 'emit') {
            overflowed ||= stream.held === capacity;
            if (!overflowed) accepted.push(index);
            bus.emit('quote.updated', index);
          } else if (stream.held > 0) {
            const result = await stream.next();
            if (result.done !== true) read.push(result.value);
          }
        }
        bus.close();
        let failed = false;
        try {
          for await (const price of stream) read.push(price);
        } catch {
          failed = true;
        }
        expect([read, failed]).toEqual([accepted, overflowed]);
      }),
    );
  });
});

describe('listeners, for any sequence of additions, removals and emits', () => {
  it('calls exactly the registered ones, in the order of registration', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('add' as const) }),
      fc.record({ kind: fc.constant('remove' as const), pick: fc.nat() }),
      fc.record({ kind: fc.constant('emit' as const) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const bus = new EventBus<Events>();
        const live: { id: number; off: () => void }[] = [];
        const seen: number[] = [];
        const expected: number[] = [];
        for (const [id, action] of steps.entries()) {
          if (action.kind === 'add') live.push({ id, off: bus.on('quote.updated', () => seen.push(id)) });
          else if (action.kind === 'remove') for (const { off } of live.splice(action.pick % (live.length + 1), 1)) off();
          else {
            bus.emit('quote.updated', id);
            expected.push(...live.map((listener) => listener.id));
          }
        }
        expect(seen).toEqual(expected);
        expect(bus.listenerCount('quote.updated')).toBe(live.length);
      }),
    );
  });
});
