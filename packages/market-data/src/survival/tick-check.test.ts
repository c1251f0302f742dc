import { describe, expect, it } from 'vitest';
import { checkTicks } from './tick-check.js';
import type { Seen } from './tick-check.js';

const made = 'a b c d e f g h'.split(' ').map((tick, index) => ({ tick, atMs: index * 100_000 }));
const ticks = (text: string): Seen[] =>
  Array.from(text, (letter, index) => (letter === '|' ? { gap: true, fromMs: 'abcdefgh'.indexOf(text[index - 1] ?? '') * 100_000, toMs: 'abcdefgh'.indexOf(text[index + 1] ?? '') * 100_000 } : { tick: letter, atMs: 0 }));

describe('checkTicks', () => {
  it.each([['abcdefgh', 0], ['cdef', 0], ['ab|gh', 4], ['ab|c', 0], ['a|b|cd|h', 3]])('finds %s right', (text, missed) => {
    expect(checkTicks(ticks(text), made)).toMatchObject({ faults: [], missed });
  });

  it.each([['abd'], ['abbc'], ['abxc'], ['bac'], ['ab|dfg'], ['ab|bc']])('finds %s wrong', (text) => {
    expect(checkTicks(ticks(text), made).faults).not.toEqual([]);
  });

  it('finds a gap wrong that is somewhere else in time', () => {
    expect(checkTicks([{ tick: 'a', atMs: 0 }, { gap: true, fromMs: 0, toMs: 100_000 }, { tick: 'd', atMs: 0 }], made).faults).toEqual(['c was missed at 200000, outside of the gap 0 to 100000']);
  });
});
