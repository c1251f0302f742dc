import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GapTracker } from '../streams/gap-tracker.js';
import { IDLE_LINE, lineTransition } from './line-machine.js';
import type { LineInput, LineState, LineWants } from './line-machine.js';

const wants = (ticks: readonly number[] = [], mode: LineWants['mode'] = 'live'): LineWants => ({ ticks, mode });

function run(...inputs: readonly LineInput[]): { readonly state: LineState; readonly effects: readonly string[] } {
  let state = IDLE_LINE;
  const effects: string[] = [];
  for (const input of inputs) {
    const step = lineTransition(state, input);
    state = step.state;
    effects.push(...step.effects);
  }
  return { state, effects };
}

const acquire = (more?: LineWants): LineInput => ({ type: 'acquire', wants: more ?? wants() });
const release: LineInput = { type: 'release' };

describe('lineTransition', () => {
  it('opens for the first holder, lingers after the last, and closes when nobody came', () => {
    expect(run(acquire(), acquire(), release, release, { type: 'lingerElapsed' })).toEqual({ state: { status: 'closed' }, effects: ['open', 'startLinger', 'close'] });
  });

  it('is taken up again while it lingers', () => {
    expect(run(acquire(), release, acquire()).effects).toEqual(['open', 'startLinger', 'cancelLinger']);
  });

  it('asks again when a holder wants more, and not when it wants less', () => {
    expect(run(acquire(wants([233])), acquire(wants([])), acquire(wants([100, 233])), acquire(wants([], 'delayed')))).toEqual({
      state: { status: 'held', holders: 4, wants: wants([100, 233], 'delayed') },
      effects: ['open', 'reopen', 'reopen'],
    });
  });

  it('answers every input in every state', () => {
    const states: readonly LineState[] = [IDLE_LINE, { status: 'held', holders: 1, wants: wants() }, { status: 'lingering', wants: wants() }, { status: 'closed' }];
    const inputs: readonly LineInput[] = [acquire(), release, { type: 'lingerElapsed' }, { type: 'close' }, { type: 'narrow', wants: wants() }];
    const table = states.map((state) => inputs.map((input) => lineTransition(state, input).state.status));
    expect(table).toEqual([
      ['held', 'idle', 'idle', 'closed', 'idle'],
      ['held', 'lingering', 'held', 'closed', 'held'],
      ['held', 'lingering', 'closed', 'closed', 'lingering'],
      ['closed', 'closed', 'closed', 'closed', 'closed'],
    ]);
  });

  it('in any order keeps one line open exactly while somebody holds it or it lingers', () => {
    const input: fc.Arbitrary<LineInput> = fc.oneof(
      { weight: 4, arbitrary: fc.record({ type: fc.constant('acquire' as const), wants: fc.record({ ticks: fc.constantFrom([], [100], [100, 233]), mode: fc.constantFrom('live' as const, 'frozen' as const, 'delayed' as const) }) }) },
      { weight: 4, arbitrary: fc.constant(release) },
      { weight: 2, arbitrary: fc.constant<LineInput>({ type: 'lingerElapsed' }) },
      { weight: 1, arbitrary: fc.constant<LineInput>({ type: 'close' }) },
      { weight: 1, arbitrary: fc.constant<LineInput>({ type: 'narrow', wants: wants([100]) }) },
    );
    fc.assert(
      fc.property(fc.array(input, { maxLength: 40 }), (inputs) => {
        let state = IDLE_LINE;
        let holders = 0;
        let open = 0;
        let lingers = 0;
        for (const next of inputs) {
          const before = state.status;
          const step = lineTransition(state, next);
          state = step.state;
          if (before !== 'closed') holders = Math.max(0, holders + (next.type === 'acquire' ? 1 : next.type === 'release' ? -1 : 0));
          for (const effect of step.effects) {
            if (effect === 'open') open += 1;
            if (effect === 'close') open -= 1;
            if (effect === 'startLinger') lingers += 1;
            if (effect === 'cancelLinger') lingers -= 1;
          }
          if (next.type === 'lingerElapsed' && before === 'lingering') lingers -= 1;
          expect(open).toBe(state.status === 'held' || state.status === 'lingering' ? 1 : 0);
          expect(lingers).toBe(state.status === 'lingering' ? 1 : 0);
          expect(state.status === 'held' ? state.holders : 0).toBe(state.status === 'closed' ? 0 : holders);
        }
      }),
    );
  });
});

describe('GapTracker', () => {
  it('reports a hole once, whoever notices it, from the earlier beginning', () => {
    const gaps = new GapTracker();
    gaps.begin(100, 'lost');
    expect(gaps.told({ fromMs: 90, toMs: 200, reason: 'session' })).toEqual({ fromMs: 90, toMs: 200, reason: 'session' });
    expect(gaps.end(201)).toBeUndefined();
    gaps.begin(300, 'upstream');
    expect(gaps.end(400)).toEqual({ fromMs: 300, toMs: 400, reason: 'upstream' });
    expect(gaps.told({ fromMs: 310, toMs: 420, reason: 'late' })).toBeUndefined();
  });

  it('in any order reports holes that do not overlap and do not run backwards', () => {
    const step = fc.record({ kind: fc.constantFrom('begin' as const, 'end' as const, 'told' as const), later: fc.nat(50), back: fc.nat(80) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const gaps = new GapTracker();
        let nowMs = 1000;
        let last = 0;
        for (const { kind, later, back } of steps) {
          nowMs += later;
          if (kind === 'begin') gaps.begin(nowMs, 'cut');
          const gap = kind === 'end' ? gaps.end(nowMs) : kind === 'told' ? gaps.told({ fromMs: nowMs - back, toMs: nowMs, reason: 'told' }) : undefined;
          if (gap === undefined) continue;
          expect(gap.fromMs).toBeGreaterThanOrEqual(last);
          expect(gap.toMs).toBeGreaterThanOrEqual(gap.fromMs);
          last = gap.toMs;
        }
      }),
    );
  });
});
