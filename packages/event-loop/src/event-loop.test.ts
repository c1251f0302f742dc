import process from 'node:process';
import { systemClock } from '@ibkit/clock';
import { createTestClock } from '@ibkit/clock/testing';
import { describe, expect, it } from 'vitest';
import { IbkrEventLoop } from './index.js';
import type { IbkrEventLoopOptions, LoopProblem, SessionOptions } from './index.js';

const SESSION = new URL('./testing/sample-session.ts', import.meta.url);
const POOL = new URL('./testing/pool-processors.mjs', import.meta.url);

interface Made {
  readonly loop: IbkrEventLoop;
  readonly problems: LoopProblem[];
}

function make(options: Partial<IbkrEventLoopOptions> = {}): Made {
  const problems: LoopProblem[] = [];
  return { loop: new IbkrEventLoop({ onError: (problem) => problems.push(problem), ...options }), problems };
}

function hosting(data: unknown = {}, session: Partial<SessionOptions> = {}, options: Partial<IbkrEventLoopOptions> = {}): Made {
  return make({ session: { module: SESSION, data, ...session }, ...options });
}

/** Messages as they are processed, and a promise for the one that fits. */
function collect(loop: IbkrEventLoop): { readonly seen: unknown[]; readonly until: (fits: (seen: readonly unknown[]) => boolean) => Promise<void> } {
  const seen: unknown[] = [];
  let check = (): void => undefined;
  loop.addMessageProcessor((message) => {
    seen.push(message);
    check();
  });
  const until = (fits: (seen: readonly unknown[]) => boolean): Promise<void> =>
    new Promise((resolve) => {
      check = () => {
        if (fits(seen)) resolve();
      };
      check();
    });
  return { seen, until };
}

describe('IbkrEventLoop with a session', () => {
  it('gets every event in order, also far more than may be in flight', async () => {
    const { loop, problems } = hosting({ emits: 20_000 }, { maxInFlight: 1000, maxBuffered: 4000 });
    const { seen, until } = collect(loop);
    await loop.start();
    await until(({ length }) => length === 20_000);
    expect(seen).toEqual(Array.from({ length: 20_000 }, (_, index) => ({ index })));
    expect(await loop.stop()).toEqual({ forced: false, unfinished: [] });
    expect([seen.slice(-2), problems, loop.state]).toEqual([[{ type: 'aborted' }, { type: 'last words' }], [], 'stopped']);
  });

  it('holds the session back while a processor is slow, and the session is told', async () => {
    const { loop } = hosting({}, { maxInFlight: 10, maxBatch: 10, maxBuffered: 100 });
    let letGo = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    let count = 0;
    loop.addMessageProcessor(async () => {
      await gate;
      count += 1;
    });
    await loop.start();
    expect(await loop.request('flood')).toBe('110 IBKR_LOOP_BUFFER_FULL');
    expect(count).toBe(0);
    letGo();
    await loop.stop();
    expect(count).toBe(112); // and what it says at its end
  });

  it('asks the session, and gets its answers and errors', async () => {
    const { loop } = hosting();
    await expect(loop.request('double')).rejects.toThrow('needs a session');
    await loop.start();
    expect(await loop.request('double')).toBe(2);
    expect(await loop.request({ any: [1] })).toEqual({ any: [1] });
    await expect(loop.request('fail')).rejects.toMatchObject({ code: 'IBKR_LOOP_SESSION_FAILED', cause: { name: 'TypeError', message: 'not like this' } });
    await expect(loop.request(() => undefined)).rejects.toThrow('could not be cloned');
    await loop.stop();
    await expect(loop.request('double')).rejects.toMatchObject({ code: 'IBKR_LOOP_SESSION_LOST' });
  });

  it('gives up on an answer at the deadline or by the signal, and the session hears of it', async () => {
    const { loop } = hosting();
    const { until } = collect(loop);
    await loop.start();
    await expect(loop.request('hang', { deadlineMs: 20 })).rejects.toMatchObject({ code: 'IBKR_LOOP_REQUEST_TIMEOUT', retryable: true });
    const stop = new AbortController();
    const hanging = loop.request('hang', { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(hanging).rejects.toThrow('enough');
    await until(({ length }) => length === 2);
    await loop.stop();
  });

  it('passes on what the start threw, and can be stopped all the same', async () => {
    const { loop } = hosting({ failsToStart: true });
    await expect(loop.start()).rejects.toMatchObject({ code: 'IBKR_DATA_SAMPLE', message: 'No data today.', details: { farm: 'usfarm' } });
    expect(loop.state).toBe('failed');
    expect(await loop.stop()).toEqual({ forced: false, unfinished: [] });
    const late = hosting({ neverStarts: true }, { startTimeoutMs: 50 }).loop;
    await expect(late.start()).rejects.toMatchObject({ code: 'IBKR_LOOP_START_TIMEOUT' });
    await late.close();
    const wrong = hosting({}, { module: POOL }).loop;
    await expect(wrong.start()).rejects.toThrow('must export a function named startSession');
    await wrong.close();
  });

  it('says when the session’s thread dies, and rejects what waits for it', async () => {
    const { loop, problems } = hosting();
    await loop.start();
    const hanging = loop.request('hang');
    const dying = loop.request('die').catch(() => undefined);
    await expect(hanging).rejects.toMatchObject({ code: 'IBKR_LOOP_SESSION_LOST', cause: { message: 'the session broke' } });
    await dying;
    expect([loop.state, problems.map(({ source, error }) => [source, error.name])]).toEqual(['failed', [['session', 'SystemError']]]);
    expect(await loop.stop()).toEqual({ forced: false, unfinished: [] });
  });

  it('loses only an event that cannot travel, and reports it', async () => {
    const { loop, problems } = hosting();
    const { seen, until } = collect(loop);
    await loop.start();
    await loop.request('uncloneable');
    await until(({ length }) => length === 2);
    expect([seen, problems.length]).toEqual([[{ fine: 1 }, { fine: 2 }], 1]);
    await loop.stop();
  });

  it('cuts a stop short at its deadline and says what had not ended', async () => {
    const { loop } = hosting({ neverCloses: true });
    await loop.start();
    await new Promise<void>((began) => {
      loop.scheduleTask(() => {
        began();
        return new Promise(() => undefined);
      }, { name: 'stuck task' });
    });
    loop.addMessageProcessor(() => new Promise(() => undefined), { name: 'stuck processor' });
    const published = loop.publish('anything');
    const report = await loop.stop({ deadlineMs: 50 });
    expect(report).toEqual({ forced: true, unfinished: ['stuck task', 'session', 'stuck processor'] });
    expect(await loop.stop()).toBe(report);
    await published;
  });

  it('is closed by await using, and starts once', async () => {
    const { loop } = make();
    {
      await using owned = loop;
      await owned.start();
      expect(owned.state).toBe('running');
    }
    expect(loop.state).toBe('stopped');
    await expect(loop.start()).rejects.toThrow('can be called once, and the loop is stopped');
  });
});

describe('IbkrEventLoop, processors', () => {
  it('lets each see every message in order, and none suffer from another', async () => {
    const { loop, problems } = make();
    const { seen } = collect(loop);
    const slow: unknown[] = [];
    const remove = loop.addMessageProcessor(
      async (message) => {
        await Promise.resolve();
        if (message === 2) throw new Error('not two');
        slow.push(message);
      },
      { name: 'picky' },
    );
    await Promise.all([loop.publish(1, 2), loop.publish(3)]);
    remove();
    await loop.publish(4);
    expect([seen, slow, problems]).toEqual([[1, 2, 3, 4], [1, 3], [{ source: 'processor', name: 'picky', error: new Error('not two') }]]);
    await loop.stop();
  });

  it('goes on although onError throws, which becomes an uncaught exception', async () => {
    const uncaught: unknown[] = [];
    // vitest listens, too: for this test alone the exception is ours.
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException').on('uncaughtException', (error) => uncaught.push(error));
    try {
      const loop = new IbkrEventLoop({
        onError: ({ error }) => {
          throw error;
        },
      });
      const seen: unknown[] = [];
      loop.addMessageProcessor((message) => {
        seen.push(message);
        throw new Error(`no ${String(message)}`);
      });
      await loop.publish(1, 2);
      await loop.publish(3);
      await new Promise((resolve) => loop.scheduleTask(resolve, { afterMs: 5 }));
      expect([seen, uncaught.map(String)]).toEqual([[1, 2, 3], ['Error: no 1', 'Error: no 2', 'Error: no 3']]);
      expect(await loop.stop()).toEqual({ forced: false, unfinished: [] });
    } finally {
      process.removeAllListeners('uncaughtException');
      for (const listener of others) process.on('uncaughtException', listener);
    }
  });

  it('leaves one behind that takes too long, and gives it the next message', async () => {
    const clock = createTestClock();
    const { loop, problems } = make({ clock, processorTimeoutMs: 1000 });
    const taken: unknown[] = [];
    loop.addMessageProcessor((message) => {
      taken.push(message);
      return message === 'hang' ? new Promise(() => undefined) : undefined;
    });
    const published = loop.publish('hang', 'next');
    await clock.advance(1000);
    await published;
    expect([taken, problems.map(({ error }) => 'code' in error && error.code)]).toEqual([['hang', 'next'], ['IBKR_LOOP_PROCESSOR_TIMEOUT']]);
    await loop.stop();
  });

  it('runs modules in the pool, on at most maxWorkers threads', async () => {
    const { loop, problems } = make({ maxWorkers: 2 });
    const results: { sum: number; threadId: number }[] = [];
    const onResult = (result: unknown): void => {
      results.push(result as { sum: number; threadId: number });
    };
    loop.addMessageProcessor({ module: POOL, onResult });
    loop.addMessageProcessor({ module: POOL, onResult, parallel: true });
    await Promise.all(Array.from({ length: 20 }, (_, value) => loop.publish({ value }, { value: 1 })));
    expect(results.reduce((total, { sum }) => total + sum, 0)).toBe(2 * (190 + 20));
    const threads = new Set(results.map(({ threadId }) => threadId));
    expect([threads.size <= 2, threads.has(0), problems]).toEqual([true, false, []]);
    await loop.stop();
  });

  it('runs as many threads side by side as maxWorkers says', async () => {
    const { loop, problems } = make({ maxWorkers: 3 });
    const threads = new Set<unknown>();
    loop.addMessageProcessor({ module: POOL, exportName: 'meet', parallel: true, onResult: (result) => threads.add((result as { threadId: number }).threadId) });
    // Each holds its thread until the third one is there.
    const message = { counter: new SharedArrayBuffer(4), threads: 3 };
    await Promise.all([1, 2, 3].map(() => loop.publish(message)));
    expect([threads.size, problems]).toEqual([3, []]);
    await loop.stop();
  });

  it('reports what a module in the pool throws, and ends one that hangs', async () => {
    // The time to start a thread is within the deadline, which is long on a busy machine.
    const { loop, problems } = make({ maxWorkers: 1, processorTimeoutMs: 3_000 });
    const results: unknown[] = [];
    loop.addMessageProcessor({ module: POOL, exportName: 'fail' }, { name: 'failing' });
    await loop.publish({ value: 1 });
    const remove = loop.addMessageProcessor({ module: POOL, exportName: 'hang' }, { name: 'hanging' });
    await loop.publish({ value: 1 });
    remove();
    loop.addMessageProcessor({ module: POOL, onResult: (result) => results.push(result) });
    await loop.publish({ value: 7 });
    expect(results).toMatchObject([{ sum: 7 }]);
    expect(problems.map(({ name, error }) => `${name}: ${error.message}`)).toEqual([
      'failing: cannot add up',
      expect.stringContaining('failing'),
      expect.stringContaining('hanging: hanging did not finish within 3000 ms'),
      expect.stringContaining('failing'),
    ]);
    await loop.stop();
  });
});

describe('IbkrEventLoop, options', () => {
  it.each([
    [{ maxWorkers: 0 }, 'maxWorkers must be an integer from 1 to 256, got 0'],
    [{ maxWorkers: Number.NaN }, 'maxWorkers'],
    [{ shutdownTimeoutMs: Number.NaN }, 'shutdownTimeoutMs must be a finite number of milliseconds of at least 0, got NaN'],
    [{ processorTimeoutMs: -1 }, 'processorTimeoutMs'],
    [{ session: { module: SESSION, maxInFlight: 0 } }, 'session.maxInFlight'],
    [{ session: { module: SESSION, batchMs: Number.NaN } }, 'session.batchMs'],
  ])('refuses %o', (options, message) => {
    expect(() => make(options)).toThrow(message);
  });

  it('refuses a deadline that is no number', () => {
    const { loop } = make({ clock: systemClock() });
    expect(() => loop.request(1, { deadlineMs: Number.NaN })).toThrow('deadlineMs');
  });
});
