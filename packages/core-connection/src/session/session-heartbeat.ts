import { HeartbeatMonitor } from '@ibkit/heartbeat';
import type { ResolvedConnectionOptions } from '../options.js';

/** What the heartbeat of a session does and whom it tells. */
export interface SessionHeartbeatOptions {
  readonly connection: ResolvedConnectionOptions;
  /** Asks the gateway for a sign of life. */
  readonly probe: () => void;
  readonly onSilent: (limitMs: number) => void;
  readonly onStall: (stalledMs: number) => void;
  readonly onThreadLost: (error: Error) => void;
}

/** Makes the monitor that judges the silence of a session; absent when the connection does without. */
export function sessionHeartbeat({ connection, probe, onSilent, onStall, onThreadLost }: SessionHeartbeatOptions): HeartbeatMonitor | undefined {
  const { heartbeat, clock } = connection;
  if (heartbeat === false) return undefined;
  const { intervalMs, timeoutMs, mode, worker } = heartbeat;
  return new HeartbeatMonitor({
    mode,
    worker,
    clock: mode === 'thread' ? undefined : clock,
    intervalMs,
    timeoutMs,
    probe,
    onTimeout: () => {
      onSilent(timeoutMs);
    },
    onStall: ({ stalledMs }) => {
      onStall(stalledMs);
    },
    onThreadLost,
  });
}
