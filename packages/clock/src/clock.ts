/** A pending timer. Cancelling twice, or after it fired, does nothing. */
export interface Timer extends Disposable {
  /** Stops the timer; it will not fire any more. */
  cancel(): void;
}

/** How a timer behaves towards the process that holds it. */
export interface TimerOptions {
  /**
   * Whether the timer keeps the process alive while it is pending.
   * @defaultValue true
   */
  readonly keepAlive?: boolean | undefined;
}

/**
 * Two readings of time and the one way to wait for it.
 *
 * `now` is for stamps and calendars and may jump; `monotonic` is for durations, deadlines and staleness and never goes back.
 */
export interface Clock {
  /** Wall time in epoch milliseconds UTC. */
  now(): number;
  /** Milliseconds since an arbitrary start, never decreasing, fractions possible. */
  monotonic(): number;
  /**
   * Calls `fire` once, `delayMs` monotonic milliseconds from now (0 and less: as soon as possible, never synchronously).
   * @throws RangeError when `delayMs` is not a number.
   */
  setTimer(delayMs: number, fire: () => void, options?: TimerOptions): Timer;
}

/** Rejects a delay that is not a number; `Infinity` is a timer that never fires. */
export function checkDelay(delayMs: number): void {
  if (Number.isNaN(delayMs)) throw new RangeError('delayMs must be a number of milliseconds, got NaN');
}
