import type { Clock } from '@ibkit/clock';

/** Something that sends when it is its turn. */
export interface TurnTaker {
  /** Sends what it can now. What is left waits until the other side has taken it. */
  takeTurn(): void;
}

/**
 * Lets everybody who has something to send do so, one after the other, and gives the event loop back after a few milliseconds: orders and the connection to
 * the gateway never wait for a crowd of listeners.
 */
export class TurnScheduler {
  readonly #clock: Clock;
  readonly #turnMs: number;
  readonly #ready = new Set<TurnTaker>();
  #rest: NodeJS.Immediate | undefined;
  #isQueued = false;

  constructor({ clock, turnMs }: { readonly clock: Clock; readonly turnMs: number }) {
    this.#clock = clock;
    this.#turnMs = turnMs;
  }

  /** Asks for a turn. */
  ready(taker: TurnTaker): void {
    this.#ready.add(taker);
    if (this.#isQueued || this.#rest !== undefined) return;
    this.#isQueued = true;
    // Behind the work of this moment: what it still has to say goes out in the same write.
    queueMicrotask(() => {
      this.#isQueued = false;
      this.#run();
    });
  }

  /** It has nothing to send any more. */
  forget(taker: TurnTaker): void {
    this.#ready.delete(taker);
  }

  close(): void {
    this.#ready.clear();
    // eslint-disable-next-line no-restricted-globals
    clearImmediate(this.#rest);
    this.#rest = undefined;
  }

  #run(): void {
    const endMs = this.#clock.monotonic() + this.#turnMs;
    for (const taker of this.#ready) {
      this.#ready.delete(taker);
      taker.takeTurn();
      if (this.#clock.monotonic() >= endMs) break;
    }
    if (this.#ready.size === 0) return;
    // No time is waited for: whatever else is ready to run goes first, and then it goes on.
    // eslint-disable-next-line no-restricted-globals
    this.#rest = setImmediate(() => {
      this.#rest = undefined;
      this.#run();
    });
  }
}
