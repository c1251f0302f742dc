import { isIbkrError } from '@ibkit/error-codes';
import { describe, expect, it } from 'vitest';
import { EventBus } from './index.js';
import type { EventBusOptions } from './index.js';

type Events = { 'quote.updated': number; 'order.filled': string; 'session.ended': undefined };

function createBus(options?: EventBusOptions): { bus: EventBus<Events>; reported: [string, unknown][] } {
  const reported: [string, unknown][] = [];
  const bus = new EventBus<Events>({ onListenerError: (error, type) => reported.push([type, error]), ...options });
  return { bus, reported };
}

describe('on and emit', () => {
  it('calls the listeners of the type, in the order of their registration', () => {
    const { bus } = createBus();
    const seen: string[] = [];
    bus.on('quote.updated', (price) => seen.push(`first ${price}`));
    bus.on('order.filled', () => seen.push('other type'));
    bus.on('quote.updated', (price) => seen.push(`second ${price}`));
    bus.emit('quote.updated', 7);
    expect(seen).toEqual(['first 7', 'second 7']);
  });

  it('counts each registration of the same function', () => {
    const { bus } = createBus();
    let calls = 0;
    const listener = (): number => (calls += 1);
    const off = bus.on('quote.updated', listener);
    bus.on('quote.updated', listener);
    bus.emit('quote.updated', 1);
    off();
    off();
    bus.emit('quote.updated', 1);
    expect(calls).toBe(3);
  });

  it('reports what a listener throws and still calls the others', () => {
    const { bus, reported } = createBus();
    const seen: number[] = [];
    const failure = new Error('broken listener');
    bus.on('quote.updated', () => {
      throw failure;
    });
    bus.on('quote.updated', (price) => seen.push(price));
    bus.emit('quote.updated', 1);
    expect(seen).toEqual([1]);
    expect(reported).toEqual([['quote.updated', failure]]);
    expect(bus.listenerErrors).toBe(1);
  });

  it('survives a reporter that throws, and having none', () => {
    const throwing = createBus({
      onListenerError: () => {
        throw new Error('broken reporter');
      },
    }).bus;
    for (const bus of [throwing, new EventBus<Events>()]) {
      let called = false;
      bus.on('quote.updated', () => {
        throw new Error('broken listener');
      });
      bus.on('quote.updated', () => (called = true));
      bus.emit('quote.updated', 1);
      expect(called).toBe(true);
      expect(bus.listenerErrors).toBe(1);
    }
  });

  it('reports the rejection of a listener that returned a promise to a plain emit', async () => {
    const { bus, reported } = createBus();
    const failure = new Error('async listener');
    bus.on('quote.updated', () => Promise.reject(failure));
    bus.emit('quote.updated', 1);
    await Promise.resolve();
    await Promise.resolve();
    expect(reported).toEqual([['quote.updated', failure]]);
  });

  it('does not call a listener that an earlier one removed during the emit', () => {
    const { bus } = createBus();
    const seen: string[] = [];
    bus.on('quote.updated', () => {
      offSecond();
    });
    const offSecond = bus.on('quote.updated', () => seen.push('second'));
    bus.on('quote.updated', () => seen.push('third'));
    bus.emit('quote.updated', 1);
    expect(seen).toEqual(['third']);
  });

  it('first calls a listener that was added during an emit at the next one', () => {
    const { bus } = createBus();
    const seen: number[] = [];
    bus.on('quote.updated', (price) => {
      if (price === 1) bus.on('quote.updated', (later) => seen.push(later));
    });
    bus.emit('quote.updated', 1);
    bus.emit('quote.updated', 2);
    expect(seen).toEqual([2]);
  });

  it('runs an emit from inside a listener to its end first', () => {
    const { bus } = createBus();
    const seen: string[] = [];
    bus.on('quote.updated', (price) => {
      if (price === 1) bus.emit('quote.updated', 2);
    });
    bus.on('quote.updated', (price) => seen.push(String(price)));
    bus.emit('quote.updated', 1);
    expect(seen).toEqual(['2', '1']);
  });

  it('refuses a wildcard listener', () => {
    const bus = new EventBus<Record<string, number>>();
    expect(() => bus.on('*', () => undefined)).toThrow(/type must name one event.*"\*"/u);
  });

  it('keeps nothing of a name whose listeners are gone', () => {
    const bus = new EventBus<Record<string, number>>();
    const offs = Array.from({ length: 50 }, (_, index) => bus.on(`custom.fact${index}`, () => undefined));
    for (const off of offs) off();
    expect(bus.listenerCount('custom.fact0')).toBe(0);
  });
});

describe('emitAsync', () => {
  it('resolves after the promises of all listeners, side by side', async () => {
    const { bus } = createBus();
    const steps: string[] = [];
    const releases: (() => void)[] = [];
    for (const name of ['a', 'b']) {
      bus.on('order.filled', async () => {
        steps.push(`${name} starts`);
        await new Promise<void>((resolve) => releases.push(resolve));
        steps.push(`${name} ends`);
      });
    }
    const sent = bus.emitAsync('order.filled', 'x').then(() => {
      steps.push('resolved');
    });
    expect(steps).toEqual(['a starts', 'b starts']);
    for (const release of releases) release();
    await sent;
    expect(steps).toEqual(['a starts', 'b starts', 'a ends', 'b ends', 'resolved']);
  });

  it('reports rejections and throws, awaits the others, and never rejects', async () => {
    const { bus, reported } = createBus();
    const failures = [new Error('thrown'), new Error('rejected')];
    let ended = false;
    bus.on('order.filled', () => {
      throw failures[0] ?? new Error('unreachable');
    });
    bus.on('order.filled', () => Promise.reject(failures[1] ?? new Error('unreachable')));
    bus.on('order.filled', async () => {
      await Promise.resolve();
      ended = true;
    });
    await bus.emitAsync('order.filled', 'x');
    expect(ended).toBe(true);
    expect(reported.map(([, error]) => error)).toEqual(failures);
  });

  it('does not wait for the promises of an emit that a listener started', async () => {
    const { bus } = createBus();
    let inner = 0;
    bus.on('order.filled', () => {
      bus.emit('quote.updated', 1);
    });
    bus.on('quote.updated', () => new Promise(() => {
      inner += 1;
    }));
    await bus.emitAsync('order.filled', 'x');
    expect(inner).toBe(1);
  });
});

describe('once', () => {
  it('resolves with the next event and lets go of the bus', async () => {
    const { bus } = createBus();
    const stop = new AbortController();
    const next = bus.once('quote.updated', { signal: stop.signal });
    bus.emit('quote.updated', 1);
    bus.emit('quote.updated', 2);
    stop.abort();
    expect(await next).toBe(1);
    expect(bus.listenerCount('quote.updated')).toBe(0);
  });

  it('resolves with an event that is undefined', async () => {
    const { bus } = createBus();
    const next = bus.once('session.ended');
    bus.emit('session.ended', undefined);
    await expect(next).resolves.toBeUndefined();
  });

  it('rejects with the reason of its signal, aborted before or while waiting', async () => {
    const { bus } = createBus();
    const stop = new AbortController();
    const waiting = bus.once('quote.updated', { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(bus.once('quote.updated', { signal: stop.signal })).rejects.toThrow('enough');
    expect(bus.listenerCount('quote.updated')).toBe(0);
  });

  it('rejects when the bus is closed, before or while waiting', async () => {
    const { bus } = createBus();
    const waiting = bus.once('quote.updated');
    bus.close();
    await expect(waiting).rejects.toMatchObject({ name: 'EventBusClosedError', code: 'IBKR_EVENT_BUS_CLOSED', details: { type: 'quote.updated' } });
    await expect(bus.once('quote.updated')).rejects.toSatisfy(isIbkrError);
  });
});

describe('close', () => {
  it('releases all listeners, also in the middle of an emit', () => {
    const { bus } = createBus();
    const seen: string[] = [];
    bus.on('quote.updated', () => {
      bus.close();
    });
    bus.on('quote.updated', () => seen.push('after close'));
    bus.emit('quote.updated', 1);
    bus.emit('quote.updated', 2);
    const off = bus.on('quote.updated', () => seen.push('registered after close'));
    bus.emit('quote.updated', 3);
    off();
    bus.close();
    expect(seen).toEqual([]);
    expect(bus.listenerCount('quote.updated')).toBe(0);
  });

  it('is what await using does', async () => {
    const { bus } = createBus();
    {
      await using owned = bus;
      owned.on('quote.updated', () => undefined);
    }
    expect(bus.listenerCount('quote.updated')).toBe(0);
  });
});
