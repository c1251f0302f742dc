import { systemClock } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import type { Config } from '@ibkit/config';
import type { LoggingConfig } from '@ibkit/logger';
import type { Io } from '../terminal/io.js';

/** What to log. */
export interface Logging extends LoggingConfig {
  /** Whether every message to and from the gateway is logged. */
  readonly logAllMessages: boolean;
}

/** The options that every command takes, after all layers of configuration are merged. */
export interface Globals {
  readonly host: string;
  readonly port: number;
  /** Whether host, port, mode or application were chosen by anybody; a daemon on another gateway is then not used by itself. */
  readonly endpointGiven: boolean;
  /** The port for `ibkit simulate`, where 0 picks a free one. */
  readonly simulatorPort: number;
  /** The id of the order role. Read-only commands lease one of their own. */
  readonly clientId: number;
  readonly mode: 'paper' | 'live';
  readonly application: 'gateway' | 'tws';
  readonly accountId: string | undefined;
  readonly json: boolean;
  /** Whether colours are wanted; they are only used on a terminal. */
  readonly color: boolean;
  readonly timeoutMs: number;
  /** Whether `--timeout` says it, or it is what a connection is given. */
  readonly timeoutGiven: boolean;
  readonly debug: boolean;
  /** What to log on stderr; absent when nobody asked for logs. */
  readonly logging: Logging | undefined;
  /** Where orders are written down: with `simulate`, in a directory that is removed with the simulator. */
  readonly stateDirectory: string;
  /** Start an embedded simulator for this one command instead of connecting to a gateway. */
  readonly simulate: boolean;
  /** Through the daemon, over a connection of our own, or whichever is there. */
  readonly via: 'auto' | 'daemon' | 'direct';
  /** Where the daemon is; absent: where its state directory says. */
  readonly daemonUrl: string | undefined;
  /** A file with a token of the daemon. */
  readonly tokenFile: string | undefined;
  /** All of the configuration, with where each value came from. */
  readonly config: Config;
  /** The file of the configuration, which may be missing. */
  readonly configFile: string;
}

/** What a command gets. */
export interface CommandContext {
  readonly io: Io;
  readonly globals: Globals;
  readonly clock: Clock;
  /** What is left of `--timeout` for getting an answer, in milliseconds, at least 1: all steps of a command share it. It begins with the first call: how long a slow machine takes to load a command is not the gateway's fault. */
  remainingMs(): number;
}

/** Puts a context together, around the machine's clock unless told otherwise. */
export function commandContext(io: Io, globals: Globals, clock: Clock = systemClock()): CommandContext {
  let deadlineMs: number | undefined;
  const remainingMs = (): number => {
    deadlineMs ??= clock.monotonic() + globals.timeoutMs;
    return Math.max(1, Math.ceil(deadlineMs - clock.monotonic()));
  };
  return { io, globals, clock, remainingMs };
}
