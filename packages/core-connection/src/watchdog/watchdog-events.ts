import type { IbkrError } from '@ibkit/error-codes';
import type { WatchdogProblem, WatchdogProblemKind } from './health-judge.js';

/** What every event carries: when it was emitted, epoch milliseconds. */
interface At {
  readonly atMs: number;
}

/** Something is wrong for too long: once per trouble. */
export type WatchdogUnhealthy = At & { readonly problem: WatchdogProblem };

/** A trouble that was told is over. */
export type WatchdogHealthy = At & { readonly kind: WatchdogProblemKind };

/** No stream said anything for too long, and the gateway is asked whether it still answers. */
export type WatchdogSoftTimeout = At & { readonly silentMs: number };

/** It does not: the session is dropped and made again. */
export type WatchdogHardTimeout = At & { readonly error: IbkrError };

/** The gateway's process is being started or restarted, and what came of it. */
export type WatchdogGatewayAction = At & {
  readonly action: 'start' | 'restart';
  readonly phase: 'begun' | 'done' | 'failed' | 'refused';
  /** What it is for: a trouble, the beginning of the watch, or the time of the day. */
  readonly reason: WatchdogProblemKind | 'probeFailed' | 'startup' | 'daily';
  /** Why it failed or was refused. */
  readonly detail: string | undefined;
};

/** Nobody tries any more: `maxAttempts` is used up, or going on could reach the wrong account. `start()` begins anew. */
export type WatchdogGaveUp = At & { readonly error: string };

/** The events of a `Watchdog`. */
export interface WatchdogEvents {
  'watchdog.started': At;
  'watchdog.stopped': At;
  'watchdog.checked': At & { readonly problems: readonly WatchdogProblem[] };
  'watchdog.unhealthy': WatchdogUnhealthy;
  'watchdog.healthy': WatchdogHealthy;
  'watchdog.softTimeout': WatchdogSoftTimeout;
  'watchdog.hardTimeout': WatchdogHardTimeout;
  'watchdog.gateway': WatchdogGatewayAction;
  'watchdog.gaveUp': WatchdogGaveUp;
}
