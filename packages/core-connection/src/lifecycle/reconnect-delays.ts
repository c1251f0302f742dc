import type { EndKind } from '../session/session-end.js';

/** How long to wait before the connection is tried again. All in milliseconds. */
export interface ReconnectDelays {
  /**
   * Between attempts while nothing listens on a port of this host or this network: cheap to ask, and the first to see a gateway come back.
   * @defaultValue 250
   */
  readonly refusedMs?: number | undefined;
  /** For how long `refusedMs` applies. @defaultValue 60_000 */
  readonly refusedForMs?: number | undefined;
  /** Between attempts on a refusing port after that. @defaultValue 2_000 */
  readonly refusedThenMs?: number | undefined;
  /** The upper bound of the first wait after a drop or a failed handshake; the wait itself is random below it (full jitter). @defaultValue 2_000 */
  readonly initialMs?: number | undefined;
  /** By what the bound grows with every further failure, at least 1. @defaultValue 2 */
  readonly factor?: number | undefined;
  /** The largest bound. @defaultValue 60_000 */
  readonly maxMs?: number | undefined;
  /** How long a session must have been ready for the bound to start again at `initialMs`. @defaultValue 60_000 */
  readonly resetAfterMs?: number | undefined;
  /** Steady wait while the client id is still in use (326): a session that died needs seconds to be forgotten by the gateway. @defaultValue 5_000 */
  readonly clientIdInUseMs?: number | undefined;
  /** Steady wait inside a known restart window: everybody knows that it takes a while. @defaultValue 5_000 */
  readonly restartWindowMs?: number | undefined;
}

/** {@link ReconnectDelays} with every value present. */
export type ResolvedReconnectDelays = { readonly [K in keyof ReconnectDelays]-?: number };

/** The delays that apply when none are given. */
export const DEFAULT_RECONNECT_DELAYS: ResolvedReconnectDelays = Object.freeze({
  refusedMs: 250,
  refusedForMs: 60_000,
  refusedThenMs: 2_000,
  initialMs: 2_000,
  factor: 2,
  maxMs: 60_000,
  resetAfterMs: 60_000,
  clientIdInUseMs: 5_000,
  restartWindowMs: 5_000,
});

/** A wait: exactly `baseMs`, or random below it. */
export interface Delay {
  readonly baseMs: number;
  readonly jitter: 'none' | 'full';
}

/** What earlier failures left behind. */
export interface Backoff {
  /** Failures in a row that count towards the growing bound. */
  readonly steps: number;
  /** Since when the port refuses without another kind of failure in between, monotonic milliseconds. */
  readonly refusedSinceMs: number | undefined;
}

/** No failure so far. */
export const NO_BACKOFF: Backoff = Object.freeze({ steps: 0, refusedSinceMs: undefined });

/** A failure as far as the delays depend on it. */
export interface FailureForDelay {
  readonly kind: EndKind;
  /** Whether the peer is on this host or this network. */
  readonly nearby: boolean;
  /** Whether a known restart window was going on. @defaultValue false */
  readonly inRestartWindow?: boolean | undefined;
}

/** The wait after a failure at monotonic `atMs`, and the back-off for the next one. */
export function nextDelay(
  backoff: Backoff,
  failure: FailureForDelay & { readonly atMs: number },
  delays: ResolvedReconnectDelays,
): { readonly delay: Delay; readonly backoff: Backoff } {
  if (failure.kind === 'clientIdInUse') {
    return { delay: { baseMs: delays.clientIdInUseMs, jitter: 'none' }, backoff: { ...backoff, refusedSinceMs: undefined } };
  }
  if (failure.inRestartWindow === true) {
    return { delay: { baseMs: delays.restartWindowMs, jitter: 'none' }, backoff: { ...backoff, refusedSinceMs: undefined } };
  }
  if (failure.kind === 'refused' && failure.nearby) {
    const sinceMs = backoff.refusedSinceMs ?? failure.atMs;
    const baseMs = failure.atMs - sinceMs < delays.refusedForMs ? delays.refusedMs : delays.refusedThenMs;
    return { delay: { baseMs, jitter: 'none' }, backoff: { ...backoff, refusedSinceMs: sinceMs } };
  }
  if (failure.kind === 'tlsUntrusted' || failure.kind === 'tlsRefused' || failure.kind === 'tlsFailed') {
    // Only a person can mend a certificate: asking often helps nobody.
    return { delay: { baseMs: delays.maxMs, jitter: 'none' }, backoff: { steps: backoff.steps + 1, refusedSinceMs: undefined } };
  }
  if (failure.kind === 'portChanged' && backoff.steps === 0) {
    // The gateway said where it will be, and opens that port right away. One that says so again and again is treated like any other.
    return { delay: { baseMs: delays.refusedMs, jitter: 'none' }, backoff: { steps: 1, refusedSinceMs: undefined } };
  }
  const baseMs = Math.min(delays.maxMs, delays.initialMs * delays.factor ** backoff.steps);
  return { delay: { baseMs, jitter: 'full' }, backoff: { steps: backoff.steps + 1, refusedSinceMs: undefined } };
}
