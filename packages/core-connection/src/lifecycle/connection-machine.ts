import { NO_BACKOFF, nextDelay } from './reconnect-delays.js';
import type { Backoff, Delay, FailureForDelay, ResolvedReconnectDelays } from './reconnect-delays.js';
import type { EndKind } from '../session/session-end.js';

/** The public state of a connection. */
export type ConnectionState = 'disconnected' | 'connecting' | 'connected' | 'reconnecting' | 'failed';

/** Why sessions are being opened: somebody waits in `connect`, or a session was lost. */
export type Purpose =
  | { readonly type: 'connect'; readonly retriesLeft: number }
  | { readonly type: 'recover'; readonly failures: number; readonly sinceMs: number };

/** Where the connection is; `epoch` is the number of the last session that was opened. Times are monotonic milliseconds. */
export type MachineState =
  | { readonly status: 'disconnected'; readonly epoch: number }
  | { readonly status: 'opening'; readonly epoch: number; readonly purpose: Purpose; readonly backoff: Backoff }
  | { readonly status: 'waiting'; readonly epoch: number; readonly purpose: Purpose; readonly backoff: Backoff; readonly kind: EndKind }
  | { readonly status: 'ready'; readonly epoch: number; readonly readyAtMs: number; readonly backoff: Backoff }
  | { readonly status: 'failed'; readonly epoch: number; readonly kind: EndKind | 'deadline' };

/** How a session ended, as far as the machine cares. */
export interface Failure extends FailureForDelay {
  /** Whether the same attempt may work later unchanged. */
  readonly retryable: boolean;
  /** Whether going on would be dangerous: the connection stays down until somebody calls `connect`. @defaultValue false */
  readonly fatal?: boolean | undefined;
}

/** What happens to the machine. */
export type MachineInput =
  | { readonly type: 'connectRequested'; readonly retries: number }
  | { readonly type: 'reconnectRequested'; readonly atMs: number }
  | { readonly type: 'disconnectRequested' }
  /** Everybody who waited in `connect` has left: the time was up, or they aborted. */
  | { readonly type: 'connectAbandoned'; readonly reason: 'deadline' | 'aborted' }
  | { readonly type: 'sessionReady'; readonly epoch: number; readonly atMs: number }
  | { readonly type: 'sessionEnded'; readonly epoch: number; readonly atMs: number; readonly failure: Failure }
  | { readonly type: 'delayElapsed'; readonly epoch: number }
  /** While waiting, the port was seen to refuse: the gateway is gone, and its return will be seen by asking often. */
  | { readonly type: 'portRefused'; readonly epoch: number; readonly atMs: number; readonly inRestartWindow: boolean };

/** What the shell has to do, in order. */
export type MachineEffect =
  | { readonly type: 'open'; readonly epoch: number }
  | { readonly type: 'drop'; readonly epoch: number }
  | { readonly type: 'wait'; readonly epoch: number; readonly delay: Delay }
  | { readonly type: 'stopWaiting' }
  | { readonly type: 'announceEstablished' }
  | { readonly type: 'announceRecovered'; readonly downMs: number; readonly attempts: number }
  | { readonly type: 'announceLost'; readonly kind: EndKind; readonly willReconnect: boolean }
  | { readonly type: 'announceGaveUp'; readonly kind: EndKind | 'deadline'; readonly attempts: number };

/** The rules that the options set. */
export interface MachineRules {
  readonly autoReconnect: boolean;
  /** Failed attempts in a row after which a recovery gives up. */
  readonly maxAttempts: number;
  readonly delays: ResolvedReconnectDelays;
}

/** The next state and what to do. */
export interface Transition {
  readonly state: MachineState;
  readonly effects: readonly MachineEffect[];
}

/** Before the first `connect`. */
export const INITIAL_STATE: MachineState = Object.freeze({ status: 'disconnected', epoch: 0 });

/** The state that users see. */
export function publicState(state: MachineState): ConnectionState {
  switch (state.status) {
    case 'disconnected':
    case 'failed':
      return state.status;
    case 'ready':
      return 'connected';
    case 'opening':
    case 'waiting':
      return state.purpose.type === 'connect' ? 'connecting' : 'reconnecting';
  }
}

/** One step. Pure: an input that means nothing in a state, such as news of an older session, changes nothing. */
export function transition(state: MachineState, input: MachineInput, rules: MachineRules): Transition {
  switch (state.status) {
    case 'disconnected':
    case 'failed':
      return whenDown(state, input);
    case 'opening':
      return whenOpening(state, input, rules);
    case 'waiting':
      return whenWaiting(state, input, rules);
    case 'ready':
      return whenReady(state, input, rules);
  }
}

function stay(state: MachineState): Transition {
  return { state, effects: [] };
}

function open(from: MachineState, purpose: Purpose, backoff: Backoff): Transition {
  const epoch = from.epoch + 1;
  return { state: { status: 'opening', epoch, purpose, backoff }, effects: [{ type: 'open', epoch }] };
}

function andFirst(effects: readonly MachineEffect[], then: Transition): Transition {
  return { state: then.state, effects: [...effects, ...then.effects] };
}

function whenDown(state: MachineState, input: MachineInput): Transition {
  switch (input.type) {
    case 'connectRequested':
      return open(state, { type: 'connect', retriesLeft: input.retries }, NO_BACKOFF);
    case 'reconnectRequested':
      return open(state, { type: 'connect', retriesLeft: Number.POSITIVE_INFINITY }, NO_BACKOFF);
    case 'disconnectRequested':
      return { state: { status: 'disconnected', epoch: state.epoch }, effects: [] };
    case 'connectAbandoned':
    case 'sessionReady':
    case 'sessionEnded':
    case 'delayElapsed':
    case 'portRefused':
      return stay(state);
  }
}

type Opening = Extract<MachineState, { status: 'opening' }>;
type Waiting = Extract<MachineState, { status: 'waiting' }>;
type Ready = Extract<MachineState, { status: 'ready' }>;

function whenOpening(state: Opening, input: MachineInput, rules: MachineRules): Transition {
  switch (input.type) {
    case 'connectRequested':
    case 'reconnectRequested':
    case 'delayElapsed':
    case 'portRefused':
      return stay(state);
    case 'disconnectRequested':
      return { state: { status: 'disconnected', epoch: state.epoch }, effects: [{ type: 'drop', epoch: state.epoch }] };
    case 'connectAbandoned':
      return abandon(state, [{ type: 'drop', epoch: state.epoch }], input.reason);
    case 'sessionReady':
      return input.epoch === state.epoch ? becomeReady(state, input.atMs) : stay(state);
    case 'sessionEnded':
      return input.epoch === state.epoch ? attemptFailed(state, input, rules) : stay(state);
  }
}

function abandon(state: Opening | Waiting, cleanUp: readonly MachineEffect[], reason: 'deadline' | 'aborted'): Transition {
  if (state.purpose.type === 'recover') return stay(state);
  if (reason === 'aborted') return { state: { status: 'disconnected', epoch: state.epoch }, effects: cleanUp };
  const kind = state.status === 'waiting' ? state.kind : 'deadline';
  return andFirst(cleanUp, giveUp(state, kind, state.backoff.steps));
}

function giveUp(state: MachineState, kind: EndKind | 'deadline', attempts: number): Transition {
  return { state: { status: 'failed', epoch: state.epoch, kind }, effects: [{ type: 'announceGaveUp', kind, attempts }] };
}

function becomeReady(state: Opening, atMs: number): Transition {
  const { purpose, epoch, backoff } = state;
  const announcement: MachineEffect =
    purpose.type === 'connect'
      ? { type: 'announceEstablished' }
      : { type: 'announceRecovered', downMs: atMs - purpose.sinceMs, attempts: purpose.failures + 1 };
  return { state: { status: 'ready', epoch, readyAtMs: atMs, backoff: { ...backoff, refusedSinceMs: undefined } }, effects: [announcement] };
}

function attemptFailed(state: Opening, input: Extract<MachineInput, { type: 'sessionEnded' }>, rules: MachineRules): Transition {
  const { failure, atMs } = input;
  const { purpose } = state;
  if (purpose.type === 'connect') {
    if (purpose.retriesLeft <= 0 || !failure.retryable) return giveUp(state, failure.kind, 1);
    return waitFor(state, { type: 'connect', retriesLeft: purpose.retriesLeft - 1 }, { ...failure, atMs }, rules);
  }
  // A gateway that restarts may look wrong in every way for a while, so a recovery never takes one failure as final.
  const failures = purpose.failures + 1;
  if (failure.fatal === true || failures >= rules.maxAttempts) return giveUp(state, failure.kind, failures);
  return waitFor(state, { ...purpose, failures }, { ...failure, atMs }, rules);
}

function waitFor(
  state: Opening | Waiting | Ready,
  purpose: Purpose,
  failure: FailureForDelay & { readonly atMs: number },
  rules: MachineRules,
): Transition {
  const { delay, backoff } = nextDelay(state.backoff, failure, rules.delays);
  return {
    state: { status: 'waiting', epoch: state.epoch, purpose, backoff, kind: failure.kind },
    effects: [{ type: 'wait', epoch: state.epoch, delay }],
  };
}

function whenWaiting(state: Waiting, input: MachineInput, rules: MachineRules): Transition {
  switch (input.type) {
    case 'connectRequested':
    case 'sessionReady':
    case 'sessionEnded':
      return stay(state);
    case 'reconnectRequested':
      return andFirst([{ type: 'stopWaiting' }], open(state, state.purpose, state.backoff));
    case 'disconnectRequested':
      return { state: { status: 'disconnected', epoch: state.epoch }, effects: [{ type: 'stopWaiting' }] };
    case 'connectAbandoned':
      return abandon(state, [{ type: 'stopWaiting' }], input.reason);
    case 'delayElapsed':
      return input.epoch === state.epoch ? open(state, state.purpose, state.backoff) : stay(state);
    case 'portRefused': {
      if (input.epoch !== state.epoch) return stay(state);
      const { atMs, inRestartWindow } = input;
      return andFirst([{ type: 'stopWaiting' }], waitFor(state, state.purpose, { kind: 'refused', nearby: true, inRestartWindow, atMs }, rules));
    }
  }
}

function whenReady(state: Ready, input: MachineInput, rules: MachineRules): Transition {
  switch (input.type) {
    case 'connectRequested':
    case 'connectAbandoned':
    case 'sessionReady':
    case 'delayElapsed':
    case 'portRefused':
      return stay(state);
    case 'disconnectRequested':
      return {
        state: { status: 'disconnected', epoch: state.epoch },
        effects: [{ type: 'drop', epoch: state.epoch }],
      };
    case 'reconnectRequested': {
      const purpose: Purpose = rules.autoReconnect
        ? { type: 'recover', failures: 0, sinceMs: input.atMs }
        : { type: 'connect', retriesLeft: Number.POSITIVE_INFINITY };
      return andFirst(
        [
          { type: 'drop', epoch: state.epoch },
          { type: 'announceLost', kind: 'requested', willReconnect: true },
        ],
        open(state, purpose, NO_BACKOFF),
      );
    }
    case 'sessionEnded':
      return input.epoch === state.epoch ? sessionLost(state, input, rules) : stay(state);
  }
}

function sessionLost(state: Ready, input: Extract<MachineInput, { type: 'sessionEnded' }>, rules: MachineRules): Transition {
  const { failure, atMs } = input;
  const willReconnect = rules.autoReconnect && failure.fatal !== true;
  const lost: MachineEffect = { type: 'announceLost', kind: failure.kind, willReconnect };
  if (failure.fatal === true) return andFirst([lost], giveUp(state, failure.kind, 1));
  if (!rules.autoReconnect) return { state: { status: 'disconnected', epoch: state.epoch }, effects: [lost] };
  const backoff = atMs - state.readyAtMs >= rules.delays.resetAfterMs ? NO_BACKOFF : state.backoff;
  return andFirst([lost], waitFor({ ...state, backoff }, { type: 'recover', failures: 0, sinceMs: atMs }, { ...failure, atMs }, rules));
}
