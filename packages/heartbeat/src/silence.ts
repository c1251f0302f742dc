/** What a {@link Silence} judges by. */
export interface SilenceLimits {
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/**
 * How long a peer has said nothing, and how much of that is our own fault. Pure bookkeeping: time comes in as numbers.
 *
 * A stall of ours grants a fresh probe and a fresh answer window (`timeoutMs - intervalMs`), because what the peer said meanwhile
 * may still be unread. The grants end when we ourselves have run for twice the timeout without a byte: a process that stalls again
 * and again must not take a dead peer for a live one for ever.
 */
export class Silence {
  readonly #limits: SilenceLimits;
  #lastInboundMs: number;
  #lastProbeMs = Number.NEGATIVE_INFINITY;
  #firstProbeMs = Number.NEGATIVE_INFINITY;
  #probes = 0;
  /** The last byte that `#probes` counts from. */
  #probesSinceMs = Number.NaN;
  #resumedMs = Number.NEGATIVE_INFINITY;
  #stalledMs = 0;

  constructor(limits: SilenceLimits, nowMs: number) {
    this.#limits = limits;
    this.#lastInboundMs = nowMs;
  }

  /** A byte came in. */
  heard(nowMs: number): void {
    this.#lastInboundMs = nowMs;
  }

  /** How long it has lasted. */
  lengthMs(nowMs: number): number {
    return nowMs - this.#lastInboundMs;
  }

  /** Probes sent since the last byte. */
  get probes(): number {
    return this.#probesSinceMs === this.#lastInboundMs ? this.#probes : 0;
  }

  /** A probe is being sent. */
  probed(nowMs: number): void {
    this.#probes = this.probes + 1;
    if (this.#probes === 1) this.#firstProbeMs = nowMs;
    this.#probesSinceMs = this.#lastInboundMs;
    this.#lastProbeMs = nowMs;
  }

  /** We could not look from `fromMs` until now. */
  stalled(fromMs: number, nowMs: number): void {
    if (this.#resumedMs <= this.#lastInboundMs) this.#stalledMs = 0;
    this.#stalledMs += nowMs - Math.max(fromMs, this.#lastInboundMs);
    this.#resumedMs = nowMs;
    // The answer to an earlier probe may be lost or late: ask again at once, if it is time to ask at all.
    if (this.lengthMs(nowMs) >= this.#limits.intervalMs) this.#lastProbeMs = Math.min(this.#lastProbeMs, nowMs - this.#limits.intervalMs);
  }

  /** When the next probe is due. */
  probeAtMs(): number {
    return Math.max(this.#lastInboundMs, this.#lastProbeMs) + this.#limits.intervalMs;
  }

  /** When the peer counts as dead: never before it was asked and had the whole answer window. */
  timeoutAtMs(): number {
    if (this.probes === 0) return Number.POSITIVE_INFINITY;
    const { intervalMs, timeoutMs } = this.#limits;
    const answerMs = timeoutMs - intervalMs;
    const plainMs = Math.max(this.#lastInboundMs + timeoutMs, this.#firstProbeMs + answerMs);
    if (this.#resumedMs <= this.#lastInboundMs) return plainMs;
    return Math.min(Math.max(plainMs, this.#resumedMs + answerMs), this.#lastInboundMs + this.#stalledMs + 2 * timeoutMs);
  }
}
