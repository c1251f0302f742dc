import { describe, expect, it } from 'vitest';
import { GapTracker } from './gap-tracker.js';

describe('GapTracker', () => {
  it('drops a doubt that was for nothing, and no certain hole', () => {
    const gaps = new GapTracker();
    gaps.doubt(10, 'doubt');
    gaps.trust();
    expect(gaps.end(20)).toBeUndefined();
    gaps.begin(30, 'hole');
    gaps.doubt(31, 'doubt');
    gaps.trust();
    expect(gaps.end(40)).toEqual({ fromMs: 30, toMs: 40, reason: 'hole' });
  });

  it('makes a doubt a hole that begins with the doubt, once the cause is certain', () => {
    const gaps = new GapTracker();
    gaps.doubt(10, 'doubt');
    gaps.begin(20, 'hole');
    gaps.trust();
    expect(gaps.end(30)).toEqual({ fromMs: 10, toMs: 30, reason: 'hole' });
    gaps.doubt(15, 'doubt');
    expect(gaps.end(40)).toEqual({ fromMs: 30, toMs: 40, reason: 'doubt' });
  });
});
