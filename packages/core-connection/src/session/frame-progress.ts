/** A pause between two chunks counts up to this much: longer ones are our own stall, or a silence that the heartbeat judges. */
const MOST_PER_CHUNK_MS = 5_000;

/**
 * Notices a message that never becomes whole while bytes keep coming: its announced length was a lie, and everything behind it is being
 * swallowed as its content. Nothing else would tell, for the link looks alive.
 */
export class FrameProgress {
  readonly #limitMs: number;
  #incompleteMs: number | undefined;
  #lastMs = 0;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** A chunk ended between two messages. */
  whole(): void {
    this.#incompleteMs = undefined;
  }

  /**
   * A chunk ended inside a message.
   * @param completed - Whether an earlier message became whole with this chunk.
   * @param nowMs - On the monotonic clock.
   * @returns Whether this message has taken too long.
   */
  incomplete(completed: boolean, nowMs: number): boolean {
    if (this.#incompleteMs === undefined || completed) this.#incompleteMs = 0;
    else this.#incompleteMs += Math.min(nowMs - this.#lastMs, MOST_PER_CHUNK_MS);
    this.#lastMs = nowMs;
    return this.#incompleteMs > this.#limitMs;
  }
}
