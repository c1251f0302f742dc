import type { ConnectionState } from '../lifecycle/connection-machine.js';
import type { Layer } from '../inbound/health.js';

/** What is wrong. */
export type WatchdogProblemKind =
  /** No session for too long, though somebody tries. */
  | 'down'
  /** Nobody tries any more: the connection gave up. */
  | 'failed'
  /** A session, but the gateway has no link to the broker. */
  | 'upstreamDown'
  /** A data farm is down. */
  | 'farmDown'
  /** Streams are requested, and not one of them has said anything. */
  | 'streamsSilent';

/** Something that is wrong, and for how long. */
export interface WatchdogProblem {
  readonly kind: WatchdogProblemKind;
  /** In milliseconds. */
  readonly forMs: number;
  /** Why, in words. */
  readonly cause: string;
}

/** How long each trouble may last before it counts, in milliseconds above 0; `Infinity` for ever. */
export interface WatchdogLimits {
  /** @defaultValue 180_000 */
  readonly downMs?: number | undefined;
  /** @defaultValue 300_000 */
  readonly upstreamDownMs?: number | undefined;
  /** @defaultValue 600_000 */
  readonly farmDownMs?: number | undefined;
  /** Silence of all streams together, after which the gateway is asked whether it still answers. @defaultValue 60_000 */
  readonly streamsSilentMs?: number | undefined;
}

/** The defaults of {@link WatchdogLimits}. */
export const DEFAULT_WATCHDOG_LIMITS = Object.freeze({ downMs: 180_000, upstreamDownMs: 300_000, farmDownMs: 600_000, streamsSilentMs: 60_000 });

/** {@link WatchdogLimits} with every value present. */
export type ResolvedWatchdogLimits = { readonly [K in keyof WatchdogLimits]-?: number };

/** What a verdict is made from. Instants in epoch milliseconds, like those of the layers. */
export interface WatchdogFacts {
  readonly nowMs: number;
  readonly state: ConnectionState;
  /** How long the connection has not been ready, in milliseconds; 0 while it is. */
  readonly downForMs: number;
  readonly upstream: Layer;
  readonly farms: Readonly<Record<string, Layer>>;
  /** How long streams have been requested without any of them saying anything, in milliseconds; 0 without streams. */
  readonly streamsSilentForMs: number;
  /** Whether a known restart window goes on. */
  readonly inRestartWindow: boolean;
  readonly lastError: string | undefined;
}

/** What is wrong. Pure. Inside a known restart window nothing that the restart explains is wrong. */
export function judgeHealth(facts: WatchdogFacts, limits: ResolvedWatchdogLimits): readonly WatchdogProblem[] {
  const { state, upstream, farms, nowMs, downForMs, streamsSilentForMs } = facts;
  const problems: WatchdogProblem[] = [];
  const lastError = facts.lastError ?? 'no reason is known';
  if (state === 'failed') problems.push({ kind: 'failed', forMs: downForMs, cause: lastError });
  if (facts.inRestartWindow) return problems;
  if (state !== 'connected') {
    if (state !== 'failed' && downForMs >= limits.downMs) problems.push({ kind: 'down', forMs: downForMs, cause: lastError });
    return problems;
  }
  const upstreamForMs = nowMs - upstream.sinceMs;
  if (upstream.status === 'down') {
    if (upstreamForMs >= limits.upstreamDownMs) problems.push({ kind: 'upstreamDown', forMs: upstreamForMs, cause: upstream.cause });
    // Without the broker there are no farms and no data, either.
    return problems;
  }
  for (const [name, farm] of Object.entries(farms)) {
    const forMs = nowMs - farm.sinceMs;
    if (farm.status === 'down' && forMs >= limits.farmDownMs) problems.push({ kind: 'farmDown', forMs, cause: `${name}: ${farm.cause}` });
  }
  if (streamsSilentForMs >= limits.streamsSilentMs) {
    problems.push({ kind: 'streamsSilent', forMs: streamsSilentForMs, cause: 'no stream has said anything, which is normal while the markets are closed' });
  }
  return problems;
}
