import type { SilenceCause } from './silence-cause.js';

/**
 * Where a stream that should not be silent stands.
 * `looking`: a second look at the market is under way. `settling`: the look saw more than the stream did, which may only be late. `asked`: it
 * was asked for again, or its cause is over, and its first word is awaited. `blocked`: the cause is known and lasts. `silent`: everything was
 * tried; it is asked for again from time to time.
 */
export type StaleStep = 'looking' | 'settling' | 'asked' | 'blocked' | 'silent';

/** The life of one stream. `closed`: the market is closed, and silence is normal. */
export type LivenessState =
  | { readonly status: 'fresh' }
  | { readonly status: 'closed' }
  | {
      readonly status: 'stale';
      readonly step: StaleStep;
      readonly cause: SilenceCause;
      /** Whether it has been asked for again since it fell silent. */
      readonly resubscribed: boolean;
      readonly alarmed: boolean;
    }
  | { readonly status: 'ended' };

type Stale = Extract<LivenessState, { readonly status: 'stale' }>;

/** How things are when a time is up. */
export type Verdict = 'open' | 'closed' | SilenceCause;

/** What a second look found: the market moved and the stream did not tell; nothing happened; no answer; or why there is none. */
export type LookFinding = 'moved' | 'quiet' | 'unanswered' | SilenceCause;

/** What can happen. */
export type LivenessInput =
  | { readonly type: 'heard' }
  /** The time of the present state is up. */
  | { readonly type: 'due'; readonly verdict: Verdict }
  | { readonly type: 'looked'; readonly finding: LookFinding }
  /** Somebody said why nothing comes. */
  | { readonly type: 'blocked'; readonly cause: SilenceCause }
  /** The link or the farm is back. */
  | { readonly type: 'unblocked' }
  | { readonly type: 'end' };

/** What is to be done, in this order. */
export type LivenessEffect =
  | 'waitForSilence' | 'waitForSession' | 'waitToSettle' | 'waitForData' | 'waitForCause' | 'waitToRetry'
  | 'stale' | 'look' | 'stopLook' | 'resubscribe' | 'alarm' | 'learnQuiet'
  | 'recoveredByData' | 'recoveredAsQuiet' | 'recoveredAsClosed' | 'stop'; // prettier-ignore

/** The next state and what is to be done. */
export interface LivenessStep {
  readonly state: LivenessState;
  readonly effects: readonly LivenessEffect[];
}

const FRESH: LivenessState = { status: 'fresh' };
const CLOSED: LivenessState = { status: 'closed' };

/** The state of a stream that was just asked for. */
export const NEW_STREAM: LivenessStep = { state: FRESH, effects: ['waitForSilence'] };

/** Decides what a silence means and what is tried, in a fixed order: look, ask again once, alarm. Data ends every trouble. */
export function livenessTransition(state: LivenessState, input: LivenessInput): LivenessStep {
  if (state.status === 'ended') return { state, effects: [] };
  switch (input.type) {
    case 'heard':
      return heard(state);
    case 'due':
      return due(state, input.verdict);
    case 'looked':
      return state.status === 'stale' && state.step === 'looking' ? looked(state, input.finding) : { state, effects: [] };
    case 'blocked':
      return blocked(state, input.cause);
    case 'unblocked':
      return unblocked(state);
    case 'end':
      return { state: { status: 'ended' }, effects: ['stop'] };
  }
}

function heard(state: LivenessState): LivenessStep {
  if (state.status === 'fresh') return { state, effects: [] };
  return { state: FRESH, effects: state.status === 'stale' ? ['stopLook', 'recoveredByData', 'waitForSilence'] : ['waitForSilence'] };
}

function due(state: LivenessState, verdict: Verdict): LivenessStep {
  switch (state.status) {
    case 'fresh':
      if (verdict === 'closed') return { state: CLOSED, effects: ['waitForSession'] };
      if (verdict === 'open') return { state: staleWith('looking', 'unknown'), effects: ['stale', 'look'] };
      return { state: { ...staleWith('blocked', verdict), alarmed: true }, effects: ['stale', 'alarm', 'waitForCause'] };
    case 'closed':
      return verdict === 'closed' ? { state, effects: ['waitForSession'] } : { state: FRESH, effects: ['waitForSilence'] };
    case 'stale':
      return verdict === 'closed' ? { state: CLOSED, effects: ['stopLook', 'recoveredAsClosed', 'waitForSession'] } : staleDue(state, verdict);
    case 'ended':
      return { state, effects: [] };
  }
}

function staleDue(state: Stale, verdict: Exclude<Verdict, 'closed'>): LivenessStep {
  if (state.step === 'looking') return { state, effects: [] };
  // What somebody said about the cause is looked into: nobody says when it is over. Only a link that is down can be seen.
  if (verdict !== 'open' && (verdict === 'linkDown' || state.cause !== verdict)) return block(state, verdict);
  switch (state.step) {
    case 'settling':
      return askAgain(state);
    case 'asked':
      return state.resubscribed ? giveUp(state, []) : { state: { ...state, step: 'looking' }, effects: ['look'] };
    case 'blocked':
      if (state.cause === 'linkDown') return { state: { ...state, step: 'asked', resubscribed: false }, effects: ['waitForData'] };
      return { state: { ...state, step: 'looking' }, effects: ['look'] };
    case 'silent':
      return { state: { ...state, step: 'looking', cause: 'unknown' }, effects: ['look'] };
  }
}

/** Causes that owners of streams wait out by themselves: they ask again every now and then. */
const WAITED_OUT: ReadonlySet<SilenceCause> = new Set<SilenceCause>(['competingSession', 'lineLimit']);

function looked(state: Stale, finding: LookFinding): LivenessStep {
  if ((finding === 'moved' || finding === 'unanswered') && WAITED_OUT.has(state.cause)) return { state: { ...state, step: 'blocked' }, effects: ['waitForCause'] };
  switch (finding) {
    case 'quiet':
      return { state: FRESH, effects: ['learnQuiet', 'recoveredAsQuiet', 'waitForSilence'] };
    case 'moved':
      if (state.resubscribed) return giveUp(state, ['resubscribe']);
      return { state: { ...state, step: 'settling', cause: 'unknown' }, effects: ['waitToSettle'] };
    case 'unanswered':
      return state.resubscribed ? giveUp(state, ['resubscribe']) : askAgain(state);
    default:
      return block(state, finding);
  }
}

/** Known causes are told at once, but a link that is down has an alarm of its own: it is told when it lasts. */
function blocked(state: LivenessState, cause: SilenceCause): LivenessStep {
  if (state.status === 'closed' && cause === 'linkDown') return { state, effects: [] };
  if (state.status === 'stale') {
    if (state.step === 'blocked' && state.cause === cause) return { state, effects: [] };
    if (cause !== 'linkDown') return block(state, cause);
    return { state: { ...state, step: 'blocked', cause, resubscribed: false }, effects: ['stopLook', 'waitForCause'] };
  }
  const isLoud = cause !== 'linkDown';
  return { state: { ...staleWith('blocked', cause), alarmed: isLoud }, effects: ['stale', ...(isLoud ? (['alarm'] as const) : []), 'waitForCause'] };
}

function unblocked(state: LivenessState): LivenessStep {
  if (state.status !== 'stale' || state.step !== 'blocked' || (state.cause !== 'linkDown' && state.cause !== 'farmDown')) return { state, effects: [] };
  return { state: { ...state, step: 'asked', resubscribed: false }, effects: ['waitForData'] };
}

function block(state: Stale, cause: SilenceCause): LivenessStep {
  return { state: { ...state, step: 'blocked', cause, alarmed: true }, effects: ['stopLook', 'alarm', 'waitForCause'] };
}

function askAgain(state: Stale): LivenessStep {
  return { state: { ...state, step: 'asked', cause: 'unknown', resubscribed: true }, effects: ['resubscribe', 'waitForData'] };
}

function giveUp(state: Stale, effects: readonly LivenessEffect[]): LivenessStep {
  return { state: { ...state, step: 'silent', cause: 'unknown', alarmed: true }, effects: [...effects, 'alarm', 'waitToRetry'] };
}

function staleWith(step: StaleStep, cause: SilenceCause): Stale {
  return { status: 'stale', step, cause, resubscribed: false, alarmed: false };
}
