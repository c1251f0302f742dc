import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UNPROVEN, authReasons, authStep } from './auth-state.js';
import type { AuthInput, AuthRules, AuthState, Moment } from './auth-state.js';

const ACCOUNTS = ['DU1', 'DU2', 'DF3', 'U1', 'U2', 'F3', 'DX9', ''];
const account = fc.constantFrom(...ACCOUNTS);
const list = fc.uniqueArray(account, { maxLength: 3 });

const rulesArbitrary: fc.Arbitrary<AuthRules> = fc.record({
  mode: fc.constantFrom('paper' as const, 'live' as const),
  allowLive: fc.boolean(),
  allowedAccounts: list,
  readOnly: fc.boolean(),
});

/** Inputs with how far both clocks move before them; the wall clock may go back. */
const step = fc.record({
  monotonicMs: fc.integer({ min: 0, max: 2_000 }),
  wallMs: fc.integer({ min: -3_000, max: 5_000 }),
  input: fc.oneof(
    fc.record({ type: fc.constant('accounts' as const), accounts: list }),
    fc.constant({ type: 'sessionEnded' } as const),
    fc.record({ type: fc.constant('arm' as const), account, forMs: fc.integer({ min: -10, max: 3_000 }) }),
    fc.record({
      type: fc.constant('restore' as const),
      arming: fc.record({ account, armedAtMs: fc.integer({ min: 0, max: 20_000 }), expiresAtMs: fc.integer({ min: 0, max: 20_000 }) }),
    }),
    fc.constant({ type: 'disarm' } as const),
  ),
});

type Step = { readonly monotonicMs: number; readonly wallMs: number; readonly input: AuthInput };

function walk(steps: readonly Step[], rules: AuthRules, visit: (state: AuthState, at: Moment, before: AuthState, input: AuthInput) => void): void {
  let state = UNPROVEN;
  let at: Moment = { monotonicMs: 0, wallMs: 10_000 };
  for (const { input, monotonicMs, wallMs } of steps) {
    at = { monotonicMs: at.monotonicMs + monotonicMs, wallMs: at.wallMs + wallMs };
    const before = state;
    state = authStep(state, input, rules, at);
    visit(state, at, before, input);
  }
}

function assertThat(holds: boolean, what: string): void {
  if (!holds) throw new Error(`does not hold: ${what}`);
}

function isNamed(account: string | undefined): account is string {
  return account !== undefined && account !== '';
}

const isPaper = (id: string): boolean => id.startsWith('DU') || id.startsWith('DF');
const isLive = (id: string): boolean => id !== '' && !id.startsWith('D');

describe('the state machine of the right to trade', () => {
  it('lets an order go only when the list of the session proves its account, on whichever path it came there', () => {
    fc.assert(
      fc.property(rulesArbitrary, fc.array(step, { maxLength: 30 }), fc.option(account, { nil: undefined }), (rules, steps, asked) => {
        walk(steps, rules, (state, at) => {
          if (authReasons(state, rules, at, { account: asked }).length > 0) return;
          const accounts = state.accounts ?? [];
          const named = isNamed(asked) ? asked : undefined;
          const meant = named ?? accounts[0];
          assertThat(!rules.readOnly, 'read-only');
          assertThat(accounts.length > 0 && accounts.every(rules.mode === 'paper' ? isPaper : isLive), 'the list fits the mode');
          assertThat(meant !== undefined && accounts.includes(meant), 'the account is listed');
          assertThat(rules.allowedAccounts.length === 0 || rules.allowedAccounts.includes(meant ?? ''), 'the account is allowed');
          assertThat(named !== undefined || (rules.mode === 'paper' && accounts.length === 1), 'the account is clear');
          const live = rules.allowLive && rules.allowedAccounts.includes(named ?? '') && state.arming?.account === named && at.wallMs < (state.arming?.expiresAtMs ?? 0);
          assertThat(rules.mode === 'paper' || live, 'live has everything it needs');
        });
      }),
      { numRuns: 2_000 },
    );
  });

  it('is armed by arming alone, for no longer than was said, and for no other list', () => {
    fc.assert(
      fc.property(rulesArbitrary, fc.array(step, { maxLength: 30 }), (rules, steps) => {
        let armedFor: { readonly list: string; readonly untilMonotonicMs: number } | undefined;
        walk(steps, rules, (state, at, before, input) => {
          if (state.arming !== undefined && state.arming !== before.arming) {
            assertThat(input.type === 'arm' || input.type === 'restore', 'armed by arming');
            const leftMs = input.type === 'arm' ? input.forMs : state.arming.expiresAtMs - at.wallMs;
            armedFor = { list: [...(state.accounts ?? [])].sort().join(), untilMonotonicMs: at.monotonicMs + leftMs };
          }
          assertThat(state.arming === undefined || (input.type !== 'disarm' && rules.mode === 'live'), 'disarmed, and never armed in paper mode');
          if (rules.mode === 'live' && !authReasons(state, rules, at).includes('NOT_ARMED')) {
            assertThat(at.monotonicMs < (armedFor?.untilMonotonicMs ?? 0), 'no longer than was said');
            assertThat(state.accounts === undefined || [...state.accounts].sort().join() === armedFor?.list, 'for the same list');
          }
        });
      }),
      { numRuns: 2_000 },
    );
  });

  it('can trade on both sides: the rules do not refuse everything', () => {
    const at = { monotonicMs: 0, wallMs: 10_000 };
    const paper: AuthRules = { mode: 'paper', allowLive: false, allowedAccounts: [], readOnly: false };
    const seen = authStep(UNPROVEN, { type: 'accounts', accounts: ['DF3', 'DU1'] }, paper, at);
    expect(authReasons(seen, paper, at, { account: 'DU1' })).toEqual([]);
    const live: AuthRules = { mode: 'live', allowLive: true, allowedAccounts: ['U1'], readOnly: false };
    const armed = authStep(authStep(UNPROVEN, { type: 'accounts', accounts: ['F3', 'U1'] }, live, at), { type: 'arm', account: 'U1', forMs: 5 }, live, at);
    expect(authReasons(armed, live, at, { account: 'U1' })).toEqual([]);
    expect(authReasons(armed, live, { monotonicMs: 5, wallMs: 10_001 }, { account: 'U1' })).toEqual(['NOT_ARMED']);
    expect(authReasons(armed, live, { monotonicMs: 1, wallMs: 10_005 }, { account: 'U1' })).toEqual(['NOT_ARMED']);
    expect(authReasons(armed, live, { monotonicMs: 1, wallMs: 9_999 }, { account: 'U1' })).toEqual(['NOT_ARMED']);
  });
});
