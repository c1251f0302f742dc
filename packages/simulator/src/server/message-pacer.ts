import type { Clock, Timer } from '@ibkit/clock';

/**
 * What happens to a client that sends too fast. TWS API: `pace` delays, silently, orders too (the default of today's TWS); `strict` answers 100 and closes
 * at the third one (its setting "reject messages above max rate"); `off` lets everything through.
 */
export type PacingMode = 'off' | 'strict' | 'pace';

/** TWS API: violations that a client may commit before it is closed. */
export const VIOLATIONS_TO_CLOSE = 3;

const WINDOW_MS = 1_000;

/** Options of a {@link MessagePacer}. */
export interface MessagePacerOptions {
  readonly mode: PacingMode;
  /** Messages in any sliding second. */
  readonly perSecond: number;
  /** Real time, on which the client's messages arrive. */
  readonly clock: Clock;
  readonly process: (payload: Uint8Array) => void;
  /** Strict mode: one message too many has been thrown away; `violations` counts them. */
  readonly onViolation: (violations: number, payload: Uint8Array) => void;
  /** Pace mode: whether reading should wait, because messages already do. */
  readonly onDelay: (delayed: boolean) => void;
}

/** Counts the messages of one client per sliding second. */
export class MessagePacer {
  readonly #options: MessagePacerOptions;
  /** When the messages of the last second were let through, oldest first. */
  #passedAtMs: number[] = [];
  #waiting: Uint8Array[] = [];
  #timer: Timer | undefined;
  #violations = 0;
  #closed = false;

  constructor(options: MessagePacerOptions) {
    this.#options = options;
  }

  push(payload: Uint8Array): void {
    const { mode, process, onViolation, onDelay } = this.#options;
    if (mode === 'off') {
      process(payload);
    } else if (this.#waiting.length === 0 && this.#tryPass()) {
      process(payload);
    } else if (mode === 'strict') {
      this.#violations += 1;
      onViolation(this.#violations, payload);
    } else {
      this.#waiting.push(payload);
      if (this.#waiting.length === 1) onDelay(true);
      this.#arm();
    }
  }

  /** Throws away what waits. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#waiting = [];
  }

  #tryPass(): boolean {
    const nowMs = this.#options.clock.monotonic();
    const first = this.#passedAtMs.findIndex((atMs) => atMs > nowMs - WINDOW_MS);
    this.#passedAtMs = first < 0 ? [] : this.#passedAtMs.slice(first);
    if (this.#passedAtMs.length >= this.#options.perSecond) return false;
    this.#passedAtMs.push(nowMs);
    return true;
  }

  #arm(): void {
    const [oldest] = this.#passedAtMs;
    if (this.#timer !== undefined || this.#closed || oldest === undefined) return;
    const { clock } = this.#options;
    this.#timer = clock.setTimer(oldest + WINDOW_MS - clock.monotonic(), () => {
      this.#timer = undefined;
      this.#drain();
    });
  }

  #drain(): void {
    while (this.#waiting.length > 0 && this.#tryPass()) {
      const payload = this.#waiting.shift();
      if (payload !== undefined) this.#options.process(payload);
    }
    if (this.#closed) return;
    if (this.#waiting.length > 0) this.#arm();
    else this.#options.onDelay(false);
  }
}
