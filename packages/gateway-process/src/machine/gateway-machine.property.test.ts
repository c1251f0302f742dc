import fc from 'fast-check';
import { it } from 'vitest';
import { GatewayError } from '../gateway-error.js';
import { INITIAL_GATEWAY_STATE, gatewayStep } from './gateway-machine.js';
import type { GatewayInput } from './gateway-state.js';

const plain = fc.constantFrom<GatewayInput>(
  { type: 'start' },
  { type: 'stop' },
  { type: 'loginDialog' },
  { type: 'secondFactor' },
  { type: 'secondFactorTimeout' },
  { type: 'loginFailed' },
  { type: 'loggedIn' },
  { type: 'restartRefused' },
  { type: 'deadline' },
  { type: 'unlock' },
  { type: 'restart', how: 'soft' },
  { type: 'restart', how: 'cold' },
  { type: 'probed', finding: 'ready' },
  { type: 'probed', finding: 'refused' },
);
/** The world: what a launch comes to, and when a process ends, is not the machine's to say. */
const event = fc.oneof({ weight: 4, arbitrary: plain }, { weight: 2, arbitrary: fc.constantFrom('launched' as const, 'launchFailed' as const, 'exited' as const) });

it('starts one process at a time, never one that is locked out, and forgets none', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      let state = INITIAL_GATEWAY_STATE;
      let launching = false;
      let runs = false;
      for (const each of events) {
        let input: GatewayInput;
        if (each === 'launched' || each === 'launchFailed') {
          if (!launching) continue;
          launching = false;
          runs = each === 'launched';
          input = runs ? { type: 'launched' } : { type: 'launchFailed', error: new GatewayError({ code: 'IBKR_GATEWAY_NOT_EXECUTABLE', message: 'no such file' }) };
        } else if (each === 'exited') {
          if (!runs) continue;
          runs = false;
          input = { type: 'exited', cause: 'it ended', mayRelaunch: true };
        } else input = each;
        const before = state;
        const { state: next, effects } = gatewayStep(before, input, { maxFailedLogins: 2, secondFactorRetries: 1, mayEnd: true });
        state = next;
        for (const effect of effects) {
          if (effect.type === 'launch') {
            if (runs || launching) throw new Error(`two processes after ${input.type} in ${before.phase}`);
            if (state.phase === 'lockedOut' || state.lockOut !== undefined) throw new Error(`started while locked out, after ${input.type} in ${before.phase}`);
            launching = true;
          }
          if (effect.type === 'endProcess' && !runs) throw new Error(`ends nothing after ${input.type} in ${before.phase}`);
        }
        if (runs !== state.running) throw new Error(`it ${runs ? 'runs' : 'does not run'}, and ${state.phase} says otherwise`);
        // Whatever runs is either wanted or on its way down.
        if (runs && (state.phase === 'stopped' || state.phase === 'lockedOut')) throw new Error(`${state.phase} with a process`);
      }
    }),
    { numRuns: 2_000 },
  );
});
