import type { GatewayError } from '../gateway-error.js';

/**
 * Where the gateway is.
 *
 * - `stopped`: no process of ours.
 * - `starting`: it was launched, or found running, and has said nothing yet.
 * - `login`: it is at its login dialog.
 * - `waiting2fa`: a person must confirm the second factor, by a deadline. Never automated.
 * - `apiDown`: the process runs and the API does not answer.
 * - `ready`: the API answered a full handshake.
 * - `softRestart`: it restarts itself and keeps its login.
 * - `coldRestart`: it is stopped and started again.
 * - `stopping`: it was asked to end.
 * - `lockedOut`: it is not started again before a person has acted.
 */
export type GatewayPhase = 'stopped' | 'starting' | 'login' | 'waiting2fa' | 'apiDown' | 'ready' | 'softRestart' | 'coldRestart' | 'stopping' | 'lockedOut';

/** Why nobody may start it. */
export type LockOutReason = 'credentials' | 'secondFactor';

/** What the machine knows. */
export interface GatewayState {
  readonly phase: GatewayPhase;
  /** Whether a process of ours runs, as far as we know. */
  readonly running: boolean;
  /** Whether a start is under way of which nobody knows yet what it comes to. */
  readonly launching: boolean;
  /** Why it is where it is, for people. */
  readonly cause: string;
  /** Whether it was ready since the last start: what comes after a start that succeeded is an outage, not a failed start. */
  readonly wasReady: boolean;
  /** Logins that the broker refused, in a row. */
  readonly failedLogins: number;
  /** Starts that were repeated because nobody confirmed the second factor, in a row. */
  readonly secondFactorRetries: number;
  readonly lockOut: LockOutReason | undefined;
  /** During `softRestart`: the old API was seen going, so that an answer is one of the new. */
  readonly sawDown: boolean;
  /** What its log said about a login while it was ready, or before it was found: true as soon as the API is seen away. */
  readonly hint: 'login' | 'waiting2fa' | undefined;
  /** What a stop that is under way leads to. */
  readonly afterStop: 'stay' | 'start' | 'lockOut';
}

/** What a probe of the API port found. */
export type ProbeFinding = 'ready' | 'refused' | 'mute' | 'notReady';

/** What the machine is told. */
export type GatewayInput =
  | { readonly type: 'start' }
  | { readonly type: 'stop' }
  | { readonly type: 'restart'; readonly how: 'soft' | 'cold' }
  | { readonly type: 'launched' }
  /** One that ran already was found; `hint`: where its log says that it was last. */
  | { readonly type: 'adopted'; readonly hint?: GatewayState['hint'] }
  | { readonly type: 'launchFailed'; readonly error: GatewayError }
  | { readonly type: 'loginDialog' }
  | { readonly type: 'secondFactor' }
  | { readonly type: 'secondFactorTimeout' }
  | { readonly type: 'loginFailed' }
  | { readonly type: 'loggedIn' }
  | { readonly type: 'probed'; readonly finding: ProbeFinding }
  | { readonly type: 'exited'; readonly cause: string; readonly reason?: 'secondFactor' | 'loginDialog' | undefined; readonly expected?: boolean | undefined; /** Whether it may be started again without being asked. */ readonly mayRelaunch: boolean }
  /** It was asked to restart itself, and cannot. */
  | { readonly type: 'restartRefused' }
  /** The time of the phase is over. */
  | { readonly type: 'deadline' }
  /** A person says that it may be tried again. */
  | { readonly type: 'unlock' };

/** What the owner of the machine must do, in this order. */
export type GatewayEffect =
  | { readonly type: 'launch' }
  | { readonly type: 'endProcess' }
  /** Nobody asked for the start that follows: it counts. */
  | { readonly type: 'countRestart' }
  | { readonly type: 'askSoftRestart' }
  /** A person is needed, by the deadline of the phase. */
  | { readonly type: 'askHuman'; readonly what: 'secondFactor' | 'credentials' }
  | { readonly type: 'alarm'; readonly problem: GatewayProblem; readonly cause: string }
  /** Whoever waits for `ready` gets this. */
  | { readonly type: 'startFailed'; readonly failure: StartFailure; readonly cause: string };

/** Why a start or a restart failed. */
export type StartFailure = 'exited' | 'timeout' | 'loginFailed' | 'secondFactor' | 'lockedOut' | 'stopped' | 'launch' | 'restart';

/** What somebody should look at. */
export type GatewayProblem = 'exited' | 'startFailed' | 'lockedOut' | 'restartFailed' | 'apiDown';

/** How careful the machine is. */
export interface GatewayRules {
  /** Refused logins after which a person must act. */
  readonly maxFailedLogins: number;
  /** How often a start is repeated by itself because nobody confirmed the second factor. */
  readonly secondFactorRetries: number;
  /** Whether the process is ours to end. */
  readonly mayEnd: boolean;
}
