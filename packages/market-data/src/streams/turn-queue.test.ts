import { afterEach, describe, expect, it, vi } from 'vitest';
import { TurnQueue } from './turn-queue.js';

describe('TurnQueue', () => {
  let nowMs = 100;
  const turns = new TurnQueue({ now: () => nowMs });
  afterEach(() => vi.restoreAllMocks());

  it('looks at the clock once per turn', async () => {
    nowMs = 100;
    expect(turns.now()).toBe(100);
    nowMs = 200;
    expect(turns.now()).toBe(100);
    await Promise.resolve();
    expect(turns.now()).toBe(200);
    await Promise.resolve();
  });

  it('calls in order at the end of the turn, and whatever is added then at the end of the next', async () => {
    const seen: string[] = [];
    turns.atEnd(() => {
      seen.push('a');
      turns.atEnd(() => seen.push('c'));
    });
    turns.atEnd(() => seen.push('b'));
    expect(seen).toEqual([]);
    await Promise.resolve();
    expect(seen).toEqual(['a', 'b']);
    await Promise.resolve();
    expect(seen).toEqual(['a', 'b', 'c']);
  });

  it('lets one that fails take nothing from the others', async () => {
    const later: (() => void)[] = [];
    const seen: string[] = [];
    turns.atEnd(() => {
      throw new Error('broken');
    });
    turns.atEnd(() => seen.push('b'));
    const microtask = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation((run) => later.push(run));
    await Promise.resolve();
    microtask.mockRestore();
    expect(seen).toEqual(['b']);
    expect(later.map((run) => () => { run(); })).toEqual([expect.any(Function)]);
    expect(later[0]).toThrow('broken');
  });
});
