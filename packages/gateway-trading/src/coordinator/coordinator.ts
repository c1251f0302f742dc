/** Who has the right to trade, as far as the coordinator can tell. */
export interface Leadership {
  /** The highest term that was ever granted; 0 before the first. */
  readonly term: number;
  readonly held: boolean;
}

/** How the right to trade is asked for. */
export interface AcquireOptions {
  /** The new term will be above this one: give the term of the journal's head, which may be older than the coordinator's own memory. @defaultValue 0 */
  readonly above?: number | undefined;
  /**
   * Takes the right from a holder that looks alive, for example one that is stopped: the word of a person, never a default. What the old
   * holder does from then on is fenced. @defaultValue false
   */
  readonly takeOver?: boolean | undefined;
}

/** The right to trade for one term. Once lost it never comes back: acquire a new one. */
export interface Lease {
  readonly term: number;
  /**
   * How long the right lasts without a renewal, on the holder's monotonic clock, milliseconds. `Infinity` when only the end of the
   * process, a release or a takeover ends it.
   */
  readonly durationMs: number;
  /**
   * Whether the right is ours, by what can be known without waiting. Ask in the same tick as the bytes leave: a process that was stopped
   * for long learns here that it was replaced. A lease that expires says false some time before it does.
   */
  isHeld(): boolean;
  /**
   * Makes sure of the right, and extends one that expires. `false`: it is lost for good.
   * @throws what the coordinator's storage throws; whether the right is still ours is then told by {@link Lease.isHeld} alone.
   */
  renew(): Promise<boolean>;
  /** Gives it back. Idempotent; a right that somebody else has by now is left alone. */
  release(): Promise<void>;
}

/**
 * Sees to it that one process at a time trades. Every grant has a term above all before it; the journal refuses records of older terms,
 * so that a holder that was replaced without noticing can neither write nor, therefore, send.
 */
export interface Coordinator {
  /**
   * Asks once, without waiting for a holder to go.
   * @throws SystemError `IBKR_LEASE_HELD` (retryable) while another holder has it; what storage throws.
   */
  acquire(options?: AcquireOptions): Promise<Lease>;
  /** The highest term that was ever granted; 0 before the first. */
  term(): Promise<number>;
  /** Calls `listener` with the present leadership and with every later one that becomes known here. @returns ends it */
  watch(listener: (leadership: Leadership) => void): () => void;
}
