import type { Outbox } from './outbox.js';

/** Whether a client takes anything at all of what it was given. What only waits for its turn with us is no fault of the client. */
export class StallWatch {
  readonly #outbox: Outbox;
  readonly #stallMs: number;
  #taken = 0;
  #idleMs = 0;

  constructor(outbox: Outbox, stallMs: number) {
    this.#outbox = outbox;
    this.#stallMs = stallMs;
  }

  /** Looks again. Gives back whether it has taken nothing for too long. @param sinceMs how long it could have since the last look */
  isStalled(sinceMs: number): boolean {
    const { takenBytes, givenBytes } = this.#outbox;
    if (takenBytes > this.#taken || givenBytes === 0) {
      this.#taken = takenBytes;
      this.#idleMs = 0;
      return false;
    }
    this.#idleMs += sinceMs;
    return this.#idleMs >= this.#stallMs;
  }
}
