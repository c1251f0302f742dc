import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NEW_STREAM, livenessTransition } from './liveness-machine.js';
import type { LivenessEffect, LivenessInput, LivenessState } from './liveness-machine.js';

const cause = fc.constantFrom('linkDown', 'farmDown', 'competingSession', 'noPermission', 'halted', 'lineLimit', 'unknown');
const input: fc.Arbitrary<LivenessInput> = fc.oneof(
  fc.constant({ type: 'heard' } as const),
  fc.record({ type: fc.constant('due' as const), verdict: fc.oneof(fc.constantFrom('open', 'closed'), cause) }),
  fc.record({ type: fc.constant('looked' as const), finding: fc.oneof(fc.constantFrom('moved', 'quiet', 'unanswered'), cause) }),
  fc.record({ type: fc.constant('blocked' as const), cause }),
  fc.constant({ type: 'unblocked' } as const),
);

const WAITS: ReadonlySet<LivenessEffect> = new Set<LivenessEffect>(['waitForSilence', 'waitForSession', 'waitToSettle', 'waitForData', 'waitForCause', 'waitToRetry']);

/** What must hold of every walk, whatever happens in which order. */
function check(inputs: readonly LivenessInput[]): void {
  let state: LivenessState = NEW_STREAM.state;
  let [armed, looking, told, alarmed] = [true, false, false, false];
  for (const next of inputs) {
    // A timer that was not set does not fire, and a look that was not begun finds nothing.
    if ((next.type === 'due' && !armed) || (next.type === 'looked' && !looking)) continue;
    const { state: after, effects } = livenessTransition(state, next);
    if (next.type === 'due') armed = false;
    if (next.type === 'looked') looking = false;
    for (const effect of effects) {
      if (WAITS.has(effect)) armed = true;
      if (effect === 'look') looking = true;
      if (effect === 'stopLook') looking = false;
      if (effect === 'stale') {
        expect(told).toBe(false);
        told = true;
      }
      if (effect.startsWith('recovered')) {
        expect(told).toBe(true);
        [told, alarmed] = [false, false];
      }
      if (effect === 'alarm') {
        expect(told).toBe(true);
        alarmed = true;
      }
    }
    // Nothing is forgotten: a timer or a look will bring the next step.
    expect(armed || looking).toBe(true);
    expect(after.status === 'stale').toBe(told);
    if (after.status === 'stale') expect(after.alarmed).toBe(alarmed);
    // Everything is tried before the alarm without a cause.
    if (after.status === 'stale' && after.step === 'silent') expect(after.resubscribed).toBe(true);
    state = after;
  }
  expect(livenessTransition(state, { type: 'heard' }).state.status).toBe('fresh');
  expect(livenessTransition(livenessTransition(state, { type: 'end' }).state, { type: 'heard' })).toEqual({ state: { status: 'ended' }, effects: [] });
}

it('in any order of events never waits for nothing, tells a doubt once, and never forgets an alarm', () => {
  fc.assert(fc.property(fc.array(input, { maxLength: 40 }), check));
});
