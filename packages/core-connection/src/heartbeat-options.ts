import { UsageError } from '@ibkit/error-codes';
import { checkMilliseconds } from './option-shapes.js';

/** How the silence of the gateway is judged. */
export interface HeartbeatOptions {
  /** Inbound silence after which the gateway is asked for its time, in milliseconds. @defaultValue 5_000 */
  readonly intervalMs?: number | undefined;
  /** Inbound silence after which the gateway counts as dead, in milliseconds; above `intervalMs`. @defaultValue 10_000 */
  readonly timeoutMs?: number | undefined;
  /**
   * Where that time is kept: on the loop of the connection, or in a thread of its own for each session, which also sees a stall of that loop while it lasts.
   * A thread has the machine's clock: `clock` cannot be given along with it. @defaultValue 'loop'
   */
  readonly mode?: 'loop' | 'thread' | undefined;
  /** Mode `thread`: where `@ibkit/heartbeat/worker` lies, a `file:` or `data:` URL, for programs that are bundled into one file. @defaultValue beside that package's own code */
  readonly worker?: URL | undefined;
}

/** {@link HeartbeatOptions} checked and complete. */
export interface ResolvedHeartbeat {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly mode: 'loop' | 'thread';
  readonly worker?: URL | undefined;
}

/** How silence is judged when nothing else is said. */
export const DEFAULT_HEARTBEAT: ResolvedHeartbeat = Object.freeze({ intervalMs: 5_000, timeoutMs: 10_000, mode: 'loop' });

const MODES: readonly unknown[] = ['loop', 'thread'];
/** What Node starts a thread from. */
const WORKER_PROTOCOLS: readonly string[] = ['file:', 'data:'];

/**
 * Fills the gaps and checks every value.
 * @param ownClock - whether the caller gave a clock
 * @throws {@link UsageError} that names the option, the value and the rule.
 */
export function resolveHeartbeat(given: false | HeartbeatOptions | undefined, defaults: ResolvedHeartbeat, ownClock: boolean): false | ResolvedHeartbeat {
  if (given === false) return false;
  const { intervalMs = defaults.intervalMs, timeoutMs = defaults.timeoutMs, mode = defaults.mode, worker } = given ?? {};
  checkMilliseconds('heartbeat.intervalMs', intervalMs);
  checkMilliseconds('heartbeat.timeoutMs', timeoutMs);
  if (timeoutMs <= intervalMs) {
    throw new UsageError({ field: 'heartbeat.timeoutMs', value: timeoutMs, rule: `must be above heartbeat.intervalMs (${intervalMs})` });
  }
  if (!MODES.includes(mode)) throw new UsageError({ field: 'heartbeat.mode', value: mode, rule: 'must be "loop" or "thread"' });
  if (worker !== undefined && !(worker instanceof URL && WORKER_PROTOCOLS.includes(worker.protocol))) {
    throw new UsageError({ field: 'heartbeat.worker', value: worker, rule: 'must be a URL that begins with file: or data:' });
  }
  if (mode === 'thread' && ownClock) {
    throw new UsageError({ field: 'clock', rule: 'cannot be given with heartbeat.mode "thread": a thread has the clock of the machine; leave it out' });
  }
  return { intervalMs, timeoutMs, mode, worker };
}
