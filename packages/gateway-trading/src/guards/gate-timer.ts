import type { Clock, Timer } from '@ibkit/clock';

/** Looks again at least this often while a boundary is ahead: it is told in the gateway's time, which may be learned, or run faster than ours. */
const MAX_WAIT_MS = 15_000;

/** Calls back around moments at which the gate changes by time alone. */
export class GateTimer {
  readonly #clock: Clock;
  readonly #waitMs: () => number | undefined;
  readonly #onLook: () => void;
  #timer: Timer | undefined;
  #closed = false;

  /** @param options `waitMs` says how long it is until the next boundary, `undefined` when there is none */
  constructor(options: { readonly clock: Clock; readonly waitMs: () => number | undefined; readonly onLook: () => void }) {
    this.#clock = options.clock;
    this.#waitMs = options.waitMs;
    this.#onLook = options.onLook;
  }

  /** Sets the timer anew. */
  arm(): void {
    this.#timer?.cancel();
    const waitMs = this.#waitMs();
    if (this.#closed || waitMs === undefined) return;
    this.#timer = this.#clock.setTimer(
      Math.min(MAX_WAIT_MS, Math.max(1, waitMs)),
      () => {
        this.#onLook();
        this.arm();
      },
      { keepAlive: false },
    );
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }
}
