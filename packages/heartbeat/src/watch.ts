import type { HeartbeatStall, HeartbeatTimeout } from './heartbeat-options.js';

/** What a watch tells the monitor that started it. */
export interface WatchEvents {
  /** The peer is dead; the watch has ended by itself. */
  readonly timeout: (timeout: HeartbeatTimeout) => void;
  readonly stall: (stall: HeartbeatStall) => void;
  /** The watch cannot go on. */
  readonly lost: (error: Error) => void;
}

/** One stretch of watching, from a start to a stop or a timeout. */
export interface Watch {
  /** Milliseconds since the last inbound byte, or since the start. */
  readonly silentMs: number;
  /** A byte came in. */
  heard(): void;
  /** Ends it; resolves when nothing of it is left. */
  stop(): Promise<void>;
}

/** Runs a probe. Not thrown on: what cannot be sent is not answered, so the timeout follows and carries the error. */
export function runProbe(probe: () => unknown, failed: (error: unknown) => void): void {
  try {
    Promise.resolve(probe()).catch(failed);
  } catch (error) {
    failed(error);
  }
}
