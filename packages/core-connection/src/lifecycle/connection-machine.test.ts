import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { INITIAL_STATE, publicState, transition } from './connection-machine.js';
import type { Failure, MachineEffect, MachineInput, MachineRules, MachineState } from './connection-machine.js';
import { DEFAULT_RECONNECT_DELAYS, NO_BACKOFF } from './reconnect-delays.js';
import { END_KINDS } from '../session/session-end.js';

const rules: MachineRules = { autoReconnect: true, maxAttempts: Number.POSITIVE_INFINITY, delays: DEFAULT_RECONNECT_DELAYS };
const refused = { kind: 'refused', nearby: true, retryable: true } as const;

/** One state per row of the table in the README, with session 4 as the last one opened. */
const STATES = {
  disconnected: { status: 'disconnected', epoch: 4 },
  failed: { status: 'failed', epoch: 4, kind: 'refused' },
  'opening to connect': { status: 'opening', epoch: 4, purpose: { type: 'connect', retriesLeft: 1 }, backoff: NO_BACKOFF },
  'opening to recover': { status: 'opening', epoch: 4, purpose: { type: 'recover', failures: 2, sinceMs: 100 }, backoff: NO_BACKOFF },
  'waiting to connect': { status: 'waiting', epoch: 4, purpose: { type: 'connect', retriesLeft: 1 }, backoff: NO_BACKOFF, kind: 'refused' },
  'waiting to recover': { status: 'waiting', epoch: 4, purpose: { type: 'recover', failures: 2, sinceMs: 100 }, backoff: NO_BACKOFF, kind: 'refused' },
  ready: { status: 'ready', epoch: 4, readyAtMs: 500, backoff: NO_BACKOFF },
} as const satisfies Record<string, MachineState>;

const INPUTS = {
  connectRequested: { type: 'connectRequested', retries: 3 },
  reconnectRequested: { type: 'reconnectRequested', atMs: 1000 },
  disconnectRequested: { type: 'disconnectRequested' },
  'connectAbandoned by deadline': { type: 'connectAbandoned', reason: 'deadline' },
  'connectAbandoned by abort': { type: 'connectAbandoned', reason: 'aborted' },
  sessionReady: { type: 'sessionReady', epoch: 4, atMs: 1000 },
  sessionEnded: { type: 'sessionEnded', epoch: 4, atMs: 1000, failure: refused },
  'stale sessionEnded': { type: 'sessionEnded', epoch: 3, atMs: 1000, failure: refused },
  'stale sessionReady': { type: 'sessionReady', epoch: 3, atMs: 1000 },
  delayElapsed: { type: 'delayElapsed', epoch: 4 },
  'stale delayElapsed': { type: 'delayElapsed', epoch: 3 },
  portRefused: { type: 'portRefused', epoch: 4, atMs: 1000, inRestartWindow: false },
  'stale portRefused': { type: 'portRefused', epoch: 3, atMs: 1000, inRestartWindow: false },
  'fatal sessionEnded': { type: 'sessionEnded', epoch: 4, atMs: 1000, failure: { kind: 'accountsChanged', nearby: true, retryable: false, fatal: true } },
} as const satisfies Record<string, MachineInput>;

type Cell = readonly [status: MachineState['status'], ...effects: MachineEffect['type'][]];
const IGNORED = 'ignored';

/** The whole table: what each input does in each state. */
const TABLE: Record<keyof typeof STATES, Record<keyof typeof INPUTS, Cell | typeof IGNORED>> = {
  disconnected: {
    connectRequested: ['opening', 'open'],
    reconnectRequested: ['opening', 'open'],
    disconnectRequested: ['disconnected'],
    'connectAbandoned by deadline': IGNORED,
    'connectAbandoned by abort': IGNORED,
    sessionReady: IGNORED,
    sessionEnded: IGNORED,
    'stale sessionEnded': IGNORED,
    'stale sessionReady': IGNORED,
    delayElapsed: IGNORED,
    'stale delayElapsed': IGNORED,
    portRefused: IGNORED,
    'stale portRefused': IGNORED,
    'fatal sessionEnded': IGNORED,
  },
  failed: {
    connectRequested: ['opening', 'open'],
    reconnectRequested: ['opening', 'open'],
    disconnectRequested: ['disconnected'],
    'connectAbandoned by deadline': IGNORED,
    'connectAbandoned by abort': IGNORED,
    sessionReady: IGNORED,
    sessionEnded: IGNORED,
    'stale sessionEnded': IGNORED,
    'stale sessionReady': IGNORED,
    delayElapsed: IGNORED,
    'stale delayElapsed': IGNORED,
    portRefused: IGNORED,
    'stale portRefused': IGNORED,
    'fatal sessionEnded': IGNORED,
  },
  'opening to connect': {
    connectRequested: IGNORED,
    reconnectRequested: IGNORED,
    disconnectRequested: ['disconnected', 'drop'],
    'connectAbandoned by deadline': ['failed', 'drop', 'announceGaveUp'],
    'connectAbandoned by abort': ['disconnected', 'drop'],
    sessionReady: ['ready', 'announceEstablished'],
    sessionEnded: ['waiting', 'wait'],
    'stale sessionEnded': IGNORED,
    'stale sessionReady': IGNORED,
    delayElapsed: IGNORED,
    'stale delayElapsed': IGNORED,
    portRefused: IGNORED,
    'stale portRefused': IGNORED,
    'fatal sessionEnded': ['failed', 'announceGaveUp'],
  },
  'opening to recover': {
    connectRequested: IGNORED,
    reconnectRequested: IGNORED,
    disconnectRequested: ['disconnected', 'drop'],
    'connectAbandoned by deadline': IGNORED,
    'connectAbandoned by abort': IGNORED,
    sessionReady: ['ready', 'announceRecovered'],
    sessionEnded: ['waiting', 'wait'],
    'stale sessionEnded': IGNORED,
    'stale sessionReady': IGNORED,
    delayElapsed: IGNORED,
    'stale delayElapsed': IGNORED,
    portRefused: IGNORED,
    'stale portRefused': IGNORED,
    'fatal sessionEnded': ['failed', 'announceGaveUp'],
  },
  'waiting to connect': {
    connectRequested: IGNORED,
    reconnectRequested: ['opening', 'stopWaiting', 'open'],
    disconnectRequested: ['disconnected', 'stopWaiting'],
    'connectAbandoned by deadline': ['failed', 'stopWaiting', 'announceGaveUp'],
    'connectAbandoned by abort': ['disconnected', 'stopWaiting'],
    sessionReady: IGNORED,
    sessionEnded: IGNORED,
    'stale sessionEnded': IGNORED,
    'stale sessionReady': IGNORED,
    delayElapsed: ['opening', 'open'],
    'stale delayElapsed': IGNORED,
    portRefused: ['waiting', 'stopWaiting', 'wait'],
    'stale portRefused': IGNORED,
    'fatal sessionEnded': IGNORED,
  },
  'waiting to recover': {
    connectRequested: IGNORED,
    reconnectRequested: ['opening', 'stopWaiting', 'open'],
    disconnectRequested: ['disconnected', 'stopWaiting'],
    'connectAbandoned by deadline': IGNORED,
    'connectAbandoned by abort': IGNORED,
    sessionReady: IGNORED,
    sessionEnded: IGNORED,
    'stale sessionEnded': IGNORED,
    'stale sessionReady': IGNORED,
    delayElapsed: ['opening', 'open'],
    'stale delayElapsed': IGNORED,
    portRefused: ['waiting', 'stopWaiting', 'wait'],
    'stale portRefused': IGNORED,
    'fatal sessionEnded': IGNORED,
  },
  ready: {
    connectRequested: IGNORED,
    reconnectRequested: ['opening', 'drop', 'announceLost', 'open'],
    disconnectRequested: ['disconnected', 'drop'],
    'connectAbandoned by deadline': IGNORED,
    'connectAbandoned by abort': IGNORED,
    sessionReady: IGNORED,
    sessionEnded: ['waiting', 'announceLost', 'wait'],
    'stale sessionEnded': IGNORED,
    'stale sessionReady': IGNORED,
    delayElapsed: IGNORED,
    'stale delayElapsed': IGNORED,
    portRefused: IGNORED,
    'stale portRefused': IGNORED,
    'fatal sessionEnded': ['failed', 'announceLost', 'announceGaveUp'],
  },
};

function namesOf<Name extends string>(record: Record<Name, unknown>): Name[] {
  const names: Name[] = [];
  for (const name in record) names.push(name);
  return names;
}

type Planned =
  | Extract<MachineInput, { type: 'connectRequested' | 'disconnectRequested' | 'connectAbandoned' }>
  | { readonly type: 'reconnectRequested' | 'sessionReady' | 'delayElapsed' | 'portRefused' }
  | ({ readonly type: 'sessionEnded' } & Failure);

function inputOf(planned: Planned, at: { readonly epoch: number; readonly atMs: number }): MachineInput {
  switch (planned.type) {
    case 'sessionEnded':
      return { type: 'sessionEnded', ...at, failure: planned };
    case 'sessionReady':
    case 'reconnectRequested':
      return { type: planned.type, ...at };
    case 'delayElapsed':
      return { type: 'delayElapsed', epoch: at.epoch };
    case 'portRefused':
      return { type: 'portRefused', ...at, inRestartWindow: false };
    case 'connectRequested':
    case 'disconnectRequested':
    case 'connectAbandoned':
      return planned;
  }
}

/** A shell that only keeps count of sessions and timers, and of effects that would be wrong. */
class ModelShell {
  state: MachineState = INITIAL_STATE;
  open: number | undefined;
  timer = false;
  readonly faults: string[] = [];
  readonly #rules: MachineRules;
  #atMs = 0;

  constructor(ofRules: MachineRules) {
    this.#rules = ofRules;
  }

  tick(): number {
    this.#atMs += 700;
    return this.#atMs;
  }

  feed(input: MachineInput): void {
    if (input.type === 'sessionEnded' && input.epoch === this.open) this.open = undefined;
    if (input.type === 'delayElapsed' && input.epoch === this.state.epoch) this.timer = false;
    const { state, effects } = transition(this.state, input, this.#rules);
    for (const effect of effects) this.#run(effect);
    this.state = state;
  }

  #run(effect: MachineEffect): void {
    switch (effect.type) {
      case 'open':
        if (this.open !== undefined) this.faults.push('a second session');
        if (effect.epoch !== this.state.epoch + 1) this.faults.push('an epoch out of order');
        this.open = effect.epoch;
        break;
      case 'drop':
        if (this.open !== effect.epoch) this.faults.push('a drop of nothing');
        this.open = undefined;
        break;
      case 'wait':
        if (this.timer) this.faults.push('a second timer');
        if (effect.delay.baseMs > 60_000) this.faults.push('too long a wait');
        this.timer = true;
        break;
      case 'stopWaiting':
        this.timer = false;
        break;
      case 'announceEstablished':
      case 'announceRecovered':
      case 'announceLost':
      case 'announceGaveUp':
        break;
    }
  }
}

describe('the connection machine', () => {
  for (const stateName of namesOf(STATES)) {
    for (const inputName of namesOf(INPUTS)) {
      const cell = TABLE[stateName][inputName];
      const outcome = cell === IGNORED ? 'changes nothing' : `becomes ${cell.join(', ')}`;
      it(`${stateName}: ${inputName} ${outcome}`, () => {
        const before: MachineState = STATES[stateName];
        const result = transition(before, INPUTS[inputName], rules);
        const seen = result.state === before ? IGNORED : [result.state.status, ...result.effects.map((effect) => effect.type)];
        expect(seen).toEqual(cell);
        expect(result.state === before && result.effects.length > 0).toBe(false);
      });
    }
  }

  it('gives up a connect when no retry is left or the failure is final', () => {
    const opening: MachineState = { ...STATES['opening to connect'], purpose: { type: 'connect', retriesLeft: 0 } };
    expect(transition(opening, INPUTS.sessionEnded, rules).state).toEqual({ status: 'failed', epoch: 4, kind: 'refused' });
    const final = { ...INPUTS.sessionEnded, failure: { kind: 'notTws', nearby: true, retryable: false } } as const;
    expect(transition(STATES['opening to connect'], final, rules).state).toMatchObject({ status: 'failed', kind: 'notTws' });
  });

  it('never takes one failure of a recovery as final', () => {
    const final = { ...INPUTS.sessionEnded, failure: { kind: 'notTws', nearby: true, retryable: false } } as const;
    expect(transition(STATES['opening to recover'], final, rules).state.status).toBe('waiting');
  });

  it('gives a recovery up after maxAttempts failures in a row', () => {
    const result = transition(STATES['opening to recover'], INPUTS.sessionEnded, { ...rules, maxAttempts: 3 });
    expect(result.state.status).toBe('failed');
    expect(result.effects).toEqual([{ type: 'announceGaveUp', kind: 'refused', attempts: 3 }]);
  });

  it('stays down after a loss without autoReconnect', () => {
    const result = transition(STATES.ready, INPUTS.sessionEnded, { ...rules, autoReconnect: false });
    expect(result).toEqual({
      state: { status: 'disconnected', epoch: 4 },
      effects: [{ type: 'announceLost', kind: 'refused', willReconnect: false }],
    });
  });

  it('forgets the back-off once a session has been ready for a minute, and not before', () => {
    const drop = { kind: 'reset', nearby: true, retryable: true } as const;
    const worn: MachineState = { ...STATES.ready, backoff: { steps: 4, refusedSinceMs: undefined } };
    const early = transition(worn, { type: 'sessionEnded', epoch: 4, atMs: 500 + 59_999, failure: drop }, rules);
    const late = transition(worn, { type: 'sessionEnded', epoch: 4, atMs: 500 + 60_000, failure: drop }, rules);
    expect(early.effects[1]).toEqual({ type: 'wait', epoch: 4, delay: { baseMs: 32_000, jitter: 'full' } });
    expect(late.effects[1]).toEqual({ type: 'wait', epoch: 4, delay: { baseMs: 2_000, jitter: 'full' } });
  });

  it('maps every status to a public state', () => {
    expect(Object.fromEntries(namesOf(STATES).map((name) => [name, publicState(STATES[name])]))).toEqual({
      disconnected: 'disconnected',
      failed: 'failed',
      'opening to connect': 'connecting',
      'opening to recover': 'reconnecting',
      'waiting to connect': 'connecting',
      'waiting to recover': 'reconnecting',
      ready: 'connected',
    });
  });

  it('never has two sessions or two timers, whatever the order of inputs', () => {
    const kind = fc.constantFrom(...END_KINDS);
    const epochShift = fc.constantFrom(0, 0, 0, 1);
    const step = fc.oneof(
      fc.record({ type: fc.constant('connectRequested' as const), retries: fc.integer({ min: 0, max: 3 }) }),
      fc.record({ type: fc.constant('reconnectRequested' as const) }),
      fc.record({ type: fc.constant('disconnectRequested' as const) }),
      fc.record({ type: fc.constant('connectAbandoned' as const), reason: fc.constantFrom('deadline' as const, 'aborted' as const) }),
      fc.record({ type: fc.constant('sessionReady' as const), epochShift }),
      fc.record({ type: fc.constant('sessionEnded' as const), epochShift, kind, nearby: fc.boolean(), retryable: fc.boolean(), fatal: fc.boolean() }),
      fc.record({ type: fc.constant('delayElapsed' as const), epochShift }),
      fc.record({ type: fc.constant('portRefused' as const), epochShift }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.boolean(), fc.constantFrom(1, 3, Number.POSITIVE_INFINITY), (steps, autoReconnect, maxAttempts) => {
        const shell = new ModelShell({ ...rules, autoReconnect, maxAttempts });
        for (const planned of steps) {
          const epoch = shell.state.epoch - ('epochShift' in planned ? planned.epochShift : 0);
          const input = inputOf(planned, { epoch, atMs: shell.tick() });
          if (input.type === 'delayElapsed' && !shell.timer) continue;
          shell.feed(input);
          expect(shell.faults).toEqual([]);
          expect(shell.open !== undefined).toBe(shell.state.status === 'opening' || shell.state.status === 'ready');
          expect(shell.timer).toBe(shell.state.status === 'waiting');
        }
      }),
    );
  });
});
