import { systemClock } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import type { Io } from './io.js';

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
  readonly color: boolean;
  readonly timeoutMs: number;
  readonly debug: boolean;
  readonly logLevel: string;
  /** Start an embedded simulator for this one command instead of connecting to a gateway. */
  readonly simulate: boolean;
}

/** What a command gets. */
export interface CommandContext {
  readonly io: Io;
  readonly globals: Globals;
  readonly clock: Clock;
}

/** Puts a context together around the machine's clock. */
export function commandContext(io: Io, globals: Globals): CommandContext {
  return { io, globals, clock: systemClock() };
}
