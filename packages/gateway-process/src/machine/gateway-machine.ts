import type { GatewayEffect, GatewayInput, GatewayPhase, GatewayRules, GatewayState, LockOutReason } from './gateway-state.js';

/** A state and what must be done. */
export interface GatewayStep {
  readonly state: GatewayState;
  readonly effects: readonly GatewayEffect[];
}

/** Before anything. */
export const INITIAL_GATEWAY_STATE: GatewayState = Object.freeze({
  phase: 'stopped',
  running: false,
  launching: false,
  cause: 'not started',
  wasReady: false,
  failedLogins: 0,
  secondFactorRetries: 0,
  lockOut: undefined,
  sawDown: false,
  hint: undefined,
  afterStop: 'stay',
});

const BEFORE_READY: ReadonlySet<GatewayPhase> = new Set(['starting', 'login', 'waiting2fa', 'coldRestart']);

type Change = Partial<GatewayState> & Pick<GatewayState, 'phase' | 'cause'>;

function step(state: GatewayState, change: Change, ...effects: readonly GatewayEffect[]): GatewayStep {
  return { state: { ...state, ...change }, effects };
}

function stay(state: GatewayState): GatewayStep {
  return { state, effects: [] };
}

function onStart(state: GatewayState): GatewayStep {
  // Also when it is still on its way down for that.
  if (state.phase === 'lockedOut' || (state.phase === 'stopping' && state.lockOut !== undefined)) return { state, effects: [{ type: 'startFailed', failure: 'lockedOut', cause: state.cause }] };
  if (state.phase === 'stopping') return stay({ ...state, afterStop: 'start' });
  if (state.phase !== 'stopped') return stay(state);
  return step(state, { phase: 'starting', cause: 'asked to start', wasReady: false, secondFactorRetries: 0 }, { type: 'launch' });
}

function onStop(state: GatewayState): GatewayStep {
  const told: GatewayEffect = { type: 'startFailed', failure: 'stopped', cause: 'it was stopped' };
  // Locked out it stays, without a process.
  if (state.phase === 'lockedOut') return stay(state);
  if (state.phase === 'stopped') return stay({ ...state, cause: 'asked to stop' });
  if (!state.running) return step(state, { phase: 'stopped', cause: 'asked to stop', afterStop: 'stay' }, told);
  return step(state, { phase: 'stopping', cause: 'asked to stop', afterStop: 'stay' }, { type: 'endProcess' }, told);
}

function onRestart(state: GatewayState, how: 'soft' | 'cold'): GatewayStep {
  if (state.phase === 'stopped') return onStart(state);
  if (state.phase !== 'ready' && state.phase !== 'apiDown') return how === 'soft' || !BEFORE_READY.has(state.phase) ? stay(state) : relaunch(state, 'asked to restart');
  if (how === 'soft') return step(state, { phase: 'softRestart', cause: 'asked to restart itself', sawDown: state.phase === 'apiDown' }, { type: 'askSoftRestart' });
  return relaunch(state, 'asked to restart');
}

/** Ends the process if there is one, and starts another. */
function relaunch(state: GatewayState, cause: string): GatewayStep {
  if (!state.running) return step(state, { phase: 'coldRestart', cause, afterStop: 'stay' }, { type: 'launch' });
  return step(state, { phase: 'coldRestart', cause, afterStop: 'start' }, { type: 'endProcess' });
}

function lockOut(state: GatewayState, reason: LockOutReason, cause: string): GatewayStep {
  const effects: GatewayEffect[] = [
    { type: 'startFailed', failure: reason === 'credentials' ? 'loginFailed' : 'secondFactor', cause },
    { type: 'alarm', problem: 'lockedOut', cause },
    { type: 'askHuman', what: reason },
  ];
  if (!state.running) return step(state, { phase: 'lockedOut', cause, lockOut: reason, afterStop: 'stay' }, ...effects);
  return step(state, { phase: 'stopping', cause, lockOut: reason, afterStop: 'lockOut' }, { type: 'endProcess' }, ...effects);
}

function onSecondFactorTimeout(state: GatewayState, rules: GatewayRules): GatewayStep {
  const cause = 'nobody confirmed the second factor in time';
  if (state.secondFactorRetries >= rules.secondFactorRetries) return lockOut(state, 'secondFactor', cause);
  return relaunch({ ...state, secondFactorRetries: state.secondFactorRetries + 1 }, `${cause}: once more`);
}

function onLoginFailed(state: GatewayState, rules: GatewayRules): GatewayStep {
  const failedLogins = state.failedLogins + 1;
  const next = { ...state, failedLogins };
  if (failedLogins >= rules.maxFailedLogins) return lockOut(next, 'credentials', `the broker refused the login ${failedLogins} times`);
  const failed: GatewayEffect = { type: 'startFailed', failure: 'loginFailed', cause: 'the broker refused the login' };
  if (!state.running) return step(next, { phase: 'stopped', cause: failed.cause }, failed);
  return step(next, { phase: 'stopping', cause: failed.cause, afterStop: 'stay' }, { type: 'endProcess' }, failed);
}

function onProbed(state: GatewayState, finding: string): GatewayStep {
  const { phase } = state;
  if (!state.running) return stay(state);
  if (finding === 'ready') {
    // What is on its way down answers to its last moment.
    if (phase === 'stopping' || phase === 'ready' || (phase === 'softRestart' && !state.sawDown) || (phase === 'coldRestart' && state.afterStop === 'start')) return stay(state);
    return step(state, { phase: 'ready', cause: 'the API answers', wasReady: true, failedLogins: 0, secondFactorRetries: 0, lockOut: undefined, sawDown: false, hint: undefined });
  }
  if (phase === 'softRestart') return stay(state.sawDown ? state : { ...state, sawDown: true });
  if (phase === 'ready') {
    const down = step({ ...state, hint: undefined }, { phase: 'apiDown', cause: probeCause(finding) });
    return state.hint === undefined ? down : onSign(down.state, state.hint, SIGN_CAUSES[state.hint]);
  }
  if (phase === 'starting' && state.hint !== undefined) return onSign({ ...state, hint: undefined }, state.hint, SIGN_CAUSES[state.hint]);
  return stay(state);
}

function probeCause(finding: string): string {
  if (finding === 'refused') return 'nothing listens at the API port';
  return finding === 'mute' ? 'the API port is open and does not answer' : 'the API answers and is not ready';
}

function onExited(state: GatewayState, input: Extract<GatewayInput, { type: 'exited' }>, rules: GatewayRules): GatewayStep {
  const gone = { ...state, running: false, hint: undefined };
  if (!state.running) return stay(gone);
  const { phase, afterStop } = state;
  if (afterStop === 'lockOut') return step(gone, { phase: 'lockedOut', cause: state.cause, afterStop: 'stay' });
  // What ran on after a lock-out and never came up: still nobody may log in.
  if (state.lockOut !== undefined) return step(gone, { phase: 'lockedOut', cause: state.cause, afterStop: 'stay' }, { type: 'startFailed', failure: 'lockedOut', cause: state.cause });
  if (afterStop === 'start') return step(gone, { phase: phase === 'coldRestart' ? 'coldRestart' : 'starting', cause: state.cause, afterStop: 'stay' }, { type: 'launch' });
  if (phase === 'stopping') return step(gone, { phase: 'stopped', cause: state.cause });
  // IBC says so with its exit code where no line of its log was understood.
  if (input.reason === 'secondFactor') return onSecondFactorTimeout(gone, rules);
  if (BEFORE_READY.has(phase) && !state.wasReady) {
    return step(gone, { phase: 'stopped', cause: input.cause }, { type: 'startFailed', failure: 'exited', cause: input.cause });
  }
  // A window excuses what was up, not what ends on its way up again and again.
  if ((input.expected === true && !BEFORE_READY.has(phase)) || phase === 'softRestart') return relaunch(gone, `${input.cause}, as a restart does`);
  const alarm: GatewayEffect = { type: 'alarm', problem: 'exited', cause: input.cause };
  if (!input.mayRelaunch) return step(gone, { phase: 'stopped', cause: input.cause }, alarm, { type: 'startFailed', failure: 'exited', cause: input.cause });
  const next = relaunch(gone, input.cause);
  return { state: next.state, effects: [alarm, { type: 'countRestart' }, ...next.effects] };
}

function onDeadline(state: GatewayState, rules: GatewayRules): GatewayStep {
  const { phase } = state;
  if (phase === 'waiting2fa') return onSecondFactorTimeout(state, rules);
  if (phase === 'softRestart') {
    const next = relaunch(state, 'it did not come back from its own restart');
    return { state: next.state, effects: [{ type: 'alarm', problem: 'restartFailed', cause: next.state.cause }, ...next.effects] };
  }
  if (phase === 'apiDown') return { state, effects: [{ type: 'alarm', problem: 'apiDown', cause: state.cause }] };
  if (!BEFORE_READY.has(phase)) return stay(state);
  const cause = phase === 'login' ? 'it stayed at its login dialog' : 'the API did not answer in time';
  if (!rules.mayEnd) return step(state, { phase: 'apiDown', cause }, { type: 'startFailed', failure: 'timeout', cause });
  const effects: GatewayEffect[] = [{ type: 'startFailed', failure: state.wasReady ? 'restart' : 'timeout', cause }];
  if (state.wasReady) effects.push({ type: 'alarm', problem: 'restartFailed', cause });
  if (!state.running) return step(state, { phase: 'stopped', cause, afterStop: 'stay' }, ...effects);
  return step(state, { phase: 'stopping', cause, afterStop: 'stay' }, { type: 'endProcess' }, ...effects);
}

const SIGN_CAUSES = { login: 'it is at its login dialog', waiting2fa: 'a person must confirm the second factor', apiDown: 'it has logged in' } as const;

/** What a sign of the log means: only for a process that is on its way up. */
function onSign(state: GatewayState, phase: 'login' | 'waiting2fa' | 'apiDown', cause: string): GatewayStep {
  // A line may be old: the API decides.
  if (state.phase === 'ready') return stay({ ...state, hint: phase === 'apiDown' ? undefined : phase });
  const onItsWay = BEFORE_READY.has(state.phase) || state.phase === 'softRestart' || state.phase === 'apiDown';
  if (!state.running || !onItsWay || state.phase === phase || state.afterStop !== 'stay') return stay(state);
  // Logged in is no step back for one that is up already, and no phase of its own before the API answers.
  if (phase === 'apiDown') return state.phase === 'login' || state.phase === 'waiting2fa' ? step(state, { phase: 'starting', cause }) : stay({ ...state, hint: undefined });
  return step(state, { phase, cause, hint: undefined }, ...(phase === 'waiting2fa' ? [{ type: 'askHuman', what: 'secondFactor' } as const] : []));
}

/** The state after an input, and what must be done. Pure: the same state and input always give the same step. */
export function gatewayStep(state: GatewayState, input: GatewayInput, rules: GatewayRules): GatewayStep {
  const known = input.type === 'launched' || input.type === 'launchFailed' ? { ...state, launching: false } : state;
  const next = takeInput(known, input, rules);
  if (!next.effects.some(({ type }) => type === 'launch')) return next;
  // The start that is under way will do.
  const effects = next.state.launching ? next.effects.filter(({ type }) => type !== 'launch') : next.effects;
  return { state: { ...next.state, launching: true }, effects };
}

function takeInput(state: GatewayState, input: GatewayInput, rules: GatewayRules): GatewayStep {
  switch (input.type) {
    case 'start':
      return onStart(state);
    case 'stop':
      return onStop(state);
    case 'restart':
      return onRestart(state, input.how);
    case 'launched':
      // Nobody wants it any more.
      if (state.phase === 'stopped') return step({ ...state, running: true }, { phase: 'stopping', cause: state.cause, afterStop: 'stay' }, { type: 'endProcess' });
      return stay({ ...state, running: true });
    case 'adopted':
      return step(state, { phase: 'starting', cause: 'found running', running: true, wasReady: true, hint: input.hint });
    case 'launchFailed': {
      if (state.phase === 'stopped' || state.phase === 'lockedOut') return stay(state);
      const cause = input.error.message;
      return step({ ...state, running: false }, { phase: 'stopped', cause, afterStop: 'stay' }, { type: 'startFailed', failure: 'launch', cause });
    }
    case 'loginDialog':
      return onSign(state, 'login', SIGN_CAUSES.login);
    case 'secondFactor':
      return onSign(state, 'waiting2fa', SIGN_CAUSES.waiting2fa);
    case 'loggedIn':
      return onSign(state, 'apiDown', SIGN_CAUSES.apiDown);
    case 'secondFactorTimeout':
      return state.running && state.afterStop === 'stay' && state.phase !== 'stopping' && state.phase !== 'ready' ? onSecondFactorTimeout(state, rules) : stay(state);
    case 'loginFailed':
      return state.running && state.afterStop === 'stay' && state.phase !== 'stopping' && state.phase !== 'ready' ? onLoginFailed(state, rules) : stay(state);
    case 'probed':
      return onProbed(state, input.finding);
    case 'exited':
      return onExited(state, input, rules);
    case 'restartRefused':
      return state.phase === 'softRestart' ? step(state, { phase: 'apiDown', cause: 'it was asked to restart itself, and cannot', sawDown: false }) : stay(state);
    case 'deadline':
      return onDeadline(state, rules);
    case 'unlock':
      return state.phase === 'lockedOut' ? step(state, { phase: 'stopped', cause: 'unlocked', lockOut: undefined, failedLogins: 0, secondFactorRetries: 0 }) : stay({ ...state, failedLogins: 0 });
  }
}
