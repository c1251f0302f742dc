import type { GatewayCommand } from '../drivers/driver.js';
import type { GatewayPhase, GatewayProblem, LockOutReason } from '../machine/gateway-state.js';
import type { ScheduledEvent } from '../schedule/schedule.js';

/** How the gateway is. Accounts and credentials are not in it. */
export interface GatewayStatus {
  readonly phase: GatewayPhase;
  /** Since when, epoch milliseconds. */
  readonly sinceMs: number;
  /** Why, for people. */
  readonly cause: string;
  readonly driver: string;
  readonly host: string;
  readonly port: number;
  /** Its process id; `undefined` without a process of ours. */
  readonly pid: number | undefined;
  /** When that was started, epoch milliseconds. */
  readonly startedAtMs: number | undefined;
  readonly serverVersion: number | undefined;
  /** When the phase is over, epoch milliseconds: how long a person has, how long a start may take. */
  readonly deadlineMs: number | undefined;
  readonly lockOut: LockOutReason | undefined;
  /** When it is tried again by itself, epoch milliseconds. */
  readonly retryAtMs: number | undefined;
  readonly failedLogins: number;
  /** Restarts in the last hour. */
  readonly restartsLastHour: number;
  readonly nextRestart: ScheduledEvent | undefined;
  readonly nextLogin: ScheduledEvent | undefined;
}

/** What the process of a gateway tells. */
export interface GatewayEvents {
  'gateway.stateChanged': GatewayStatus & { readonly previous: GatewayPhase };
  /** Only a person can go on: at the phone, at the credentials, or at the login of the week that comes. */
  'gateway.humanNeeded': { readonly what: 'secondFactor' | 'credentials' | 'weeklyLogin'; readonly cause: string; readonly deadlineMs: number | undefined; readonly atMs: number };
  'gateway.alarm': { readonly problem: GatewayProblem | 'stopFailed' | 'leftover' | 'notOwner'; readonly cause: string; readonly atMs: number };
  /** A restart comes: time to close the gate for orders. */
  'gateway.restartAhead': ScheduledEvent & { readonly leadMs: number };
  'gateway.exited': { readonly code: number | undefined; readonly signal: string | undefined; readonly cause: string; readonly atMs: number };
  'gateway.command': { readonly command: GatewayCommand; readonly ok: boolean; readonly answer: string; readonly atMs: number };
}
