import { finiteNumber, flag, optional, wholeNumber } from '../control/rules.js';
import { defineFault } from './fault.js';
import type { FaultEffect, FaultHost, FaultTiming } from './fault.js';

/** The nightly restart: every connection ends (FIN), the port refuses for `for` milliseconds (30,000 when not given), then the same book is there again. */
export interface RestartFault extends FaultTiming {
  readonly type: 'restart';
}

/** The login has expired: every connection ends (FIN), and the port stays closed until `approve`. */
export interface WeeklyLoginFault extends FaultTiming {
  readonly type: 'weekly-login';
}

/** The gateway's clock is wrong: current time and connection time. */
export interface ClockSkewFault extends FaultTiming {
  readonly type: 'clock-skew';
  /** How many milliseconds it is ahead; below 0: behind. */
  readonly byMs: number;
}

/** A server of an old version. */
export interface OldVersionFault extends FaultTiming {
  readonly type: 'old-version';
  /** What it announces whatever the client offers. Below 157 nothing follows: the simulator does not speak it. @defaultValue 100 */
  readonly version?: number | undefined;
  /** Close (FIN) without an answer instead, as TWS does when there is no version in common. @defaultValue false */
  readonly refuse?: boolean | undefined;
}

/** A server of a new version. */
export interface NewVersionFault extends FaultTiming {
  readonly type: 'new-version';
  /** What it announces whatever the client offers. Above 193 nothing follows: the simulator does not speak it. @defaultValue 226 */
  readonly version?: number | undefined;
  /** Close (FIN) without an answer instead, as TWS does when there is no version in common. @defaultValue false */
  readonly refuse?: boolean | undefined;
}

export type LifecycleFault = RestartFault | WeeklyLoginFault | ClockSkewFault | OldVersionFault | NewVersionFault;

const RESTART_MS = 30_000;
const YEAR_MS = 366 * 86_400_000;

function closeAll(host: FaultHost, reason: string): FaultEffect {
  return {
    closesPort: true,
    start: () => {
      for (const { connection } of host.clients()) connection.end(reason);
    },
  };
}

/** Faults of the gateway as a program. */
export const LIFECYCLE_FAULTS = [
  defineFault<RestartFault>({ type: 'restart', rules: {}, defaultForMs: RESTART_MS, begin: (_fault, host) => closeAll(host, 'the gateway restarts') }),
  defineFault<WeeklyLoginFault>({ type: 'weekly-login', rules: {}, begin: (_fault, host) => closeAll(host, 'the gateway waits for its weekly login') }),
  defineFault<ClockSkewFault>({
    type: 'clock-skew',
    rules: { byMs: finiteNumber(-YEAR_MS, YEAR_MS) },
    begin: ({ byMs }) => ({
      skewMs: byMs,
      onMessage: (_session, message) => (message.type === 'currentTime' ? { ...message, time: message.time + Math.round(byMs / 1_000) } : message),
    }),
  }),
  defineFault<OldVersionFault>({
    type: 'old-version',
    rules: { version: optional(wholeNumber(1, 192)), refuse: optional(flag) },
    begin: ({ version = 100, refuse = false }) => ({ version: refuse ? 'none' : version }),
  }),
  defineFault<NewVersionFault>({
    type: 'new-version',
    rules: { version: optional(wholeNumber(194, 10_000)), refuse: optional(flag) },
    begin: ({ version = 226, refuse = false }) => ({ version: refuse ? 'none' : version }),
  }),
] as const;
