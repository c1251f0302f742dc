import { describe, expect, it } from 'vitest';
import { ErrorHandler } from './error-handler.js';
import type { ErrorHandlerOptions, HandledError } from './error-handler.js';

function handlerAt(start: number, options: Partial<ErrorHandlerOptions> = {}): { handler: ErrorHandler; tick: () => void } {
  let nowMs = start;
  return { handler: new ErrorHandler({ clock: { now: () => nowMs }, ...options }), tick: () => (nowMs += 1) };
}

describe('ErrorHandler', () => {
  it('tells the callbacks for the code before those for the category, until they are taken back', () => {
    const { handler } = handlerAt(0);
    const heard: string[] = [];
    const offCategory = handler.on({ category: 'order' }, ({ code }) => heard.push(`order ${code}`));
    handler.on({ code: 201 }, ({ code }) => heard.push(`code ${code}`));
    handler.handle({ code: 201, message: 'no' });
    handler.handle({ code: 354, message: 'no' });
    offCategory();
    offCategory();
    handler.handle({ code: 201, message: 'no' });
    expect(heard).toEqual(['code 201', 'order 201', 'code 201']);
  });

  it('runs every callback although one throws', () => {
    const thrown: unknown[] = [];
    const { handler } = handlerAt(0, { onCallbackError: (error) => thrown.push(error) });
    const heard: number[] = [];
    handler.on({ code: 100 }, () => {
      throw new Error('listener broke');
    });
    handler.on({ code: 100 }, ({ code }) => heard.push(code));
    expect(handler.handle({ code: 100, message: '' }).name).toBe('messageRateExceeded');
    expect(heard).toEqual([100]);
    expect(thrown).toHaveLength(1);
    expect(handler.callbackFailures).toBe(1);
  });

  it('keeps the newest errors with their times', () => {
    const { handler, tick } = handlerAt(10, { historyLimit: 2 });
    for (const code of [100, 200, 201]) {
      handler.handle({ code, message: `m${code}`, id: code });
      tick();
    }
    expect(handler.history().map(({ atMs, code, message, id }): Partial<HandledError> => ({ atMs, code, message, id }))).toEqual([
      { atMs: 11, code: 200, message: 'm200', id: 200 },
      { atMs: 12, code: 201, message: 'm201', id: 201 },
    ]);
    handler.clearHistory();
    expect(handler.history()).toEqual([]);
  });

  it('keeps nothing with a limit of 0', () => {
    const { handler } = handlerAt(0, { historyLimit: 0 });
    handler.handle({ code: 100, message: '' });
    expect(handler.history()).toEqual([]);
  });

  it('follows overrides made at construction and at run time, and undoes them', () => {
    const { handler } = handlerAt(0, { overrides: { 2104: { effect: 'info' } } });
    expect(handler.handle({ code: 2104, message: '' }).effect).toBe('info');
    handler.override(2104, { retryable: true });
    expect(handler.describe(2104)).toMatchObject({ effect: 'info', retryable: true, code: 2104 });
    handler.override(2104, undefined);
    expect(handler.describe(2104).effect).toBe('restored');
  });

  it('sends an overridden category to its callbacks', () => {
    const { handler } = handlerAt(0, { overrides: { 98_765: { category: 'order', effect: 'orderRejected' } } });
    const heard: number[] = [];
    handler.on({ category: 'order' }, ({ code }) => heard.push(code));
    expect(handler.handle({ code: 98_765, message: '' })).toMatchObject({ known: false, effect: 'orderRejected' });
    expect(heard).toEqual([98_765]);
  });

  it('lets the strategy of a code be changed at run time, and refuses what is none', () => {
    const { handler } = handlerAt(0);
    handler.override(162, { strategy: { kind: 'throttleAndRetry', waitMs: 60_000, maxRetries: 1 } });
    expect(handler.handle({ code: 162, message: 'pacing violation' }).strategy).toEqual({ kind: 'throttleAndRetry', waitMs: 60_000, maxRetries: 1 });
    const changes: readonly [object, string][] = [
      [{ strategy: { kind: 'resubscribe', waitMs: Number.NaN } }, 'strategy.waitMs must be a finite number of milliseconds of at least 0, got NaN'],
      [{ strategy: { kind: 'throttleAndRetry', waitMs: 1, maxRetries: Number.NaN } }, 'strategy.maxRetries must be a whole number of at least 0, got NaN'],
      [{ strategy: { kind: 'panic' } }, 'strategy.kind must be one of throttleAndRetry'],
      [{ effect: 'constructor' }, 'effect must be one of info'],
      [{ category: 'orders' }, 'category must be one of'],
      [{ scope: 'all' }, 'scope must be one of'],
    ];
    for (const [change, message] of changes) {
      expect(() => {
        handler.override(162, change);
      }).toThrow(message);
      expect(() => handlerAt(0, { overrides: { 162: change } })).toThrow(message);
    }
    expect(handler.describe(162).strategy.kind).toBe('throttleAndRetry');
  });

  it('refuses options that make no sense', () => {
    expect(() => handlerAt(0, { historyLimit: -1 })).toThrow('historyLimit must be a whole number from 0 to 1000000, got -1');
    expect(() => {
      handlerAt(0).handler.override(1.5, {});
    }).toThrow('code must be a whole number');
  });
});
