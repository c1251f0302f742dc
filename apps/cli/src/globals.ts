import { systemClock } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import type { LoggingConfig } from '@ibkit/logger';
import type { Io } from './io.js';

/** What to log. */
export interface Logging extends LoggingConfig {
  /** Whether every message to and from the gateway is logged. */
  readonly logAllMessages: boolean;
}

/** The options that every command takes, after all layers of configuration are merged. */
export interface Globals {
  readonly host: string;
  readonly port: number;
  /** The port for `ibkit simulate`, where 0 picks a free one. */
  readonly simulatorPort: number;
  /** The id of the order role. Read-only commands lease one of their own. */
  readonly clientId: number;
  readonly mode: 'paper' | 'live';
  readonly application: 'gateway' | 'tws';
  readonly accountId: string | undefined;
  readonly json: boolean;
  readonly timeoutMs: number;
  readonly debug: boolean;
  /** What to log on stderr; absent when nobody asked for logs. */
  readonly logging: Logging | undefined;
  /** Where orders are written down. */
  readonly stateDirectory: string;
  /** Start an embedded simulator for this one command instead of connecting to a gateway. */
  readonly simulate: boolean;
}

/** What a command gets. */
export interface CommandContext {
  readonly io: Io;
  readonly globals: Globals;
  readonly clock: Clock;
  /** What is left of `--timeout` for getting an answer, in milliseconds, at least 1: all steps of a command share it. */
  remainingMs(): number;
}

/** Puts a context together around the machine's clock. */
export function commandContext(io: Io, globals: Globals): CommandContext {
  const clock = systemClock();
  const deadlineMs = clock.monotonic() + globals.timeoutMs;
  return { io, globals, clock, remainingMs: () => Math.max(1, deadlineMs - clock.monotonic()) };
}
