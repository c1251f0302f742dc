import type { ClientSubscriptions } from './client-subscriptions.js';
import type { StreamLimits } from './stream-limits.js';

/** What a {@link PressureLadder} works on. */
export interface PressureLadderOptions {
  readonly limits: StreamLimits;
  readonly subscriptions: ClientSubscriptions;
  /** Bytes that the client has not taken. */
  readonly bufferedBytes: () => number;
  readonly isEnding: () => boolean;
  /** The client has taken nearly everything. */
  readonly onTaken: () => void;
  readonly count: (what: 'demoted' | 'paused') => void;
  /** Too much piled up. */
  readonly cut: (why: string) => void;
}

/** What piled up for a client decides how it is fed: as it asked, as `latest`, not at all for now, or never again. */
export class PressureLadder {
  readonly #options: PressureLadderOptions;
  #isDemoted = false;
  #isPaused = false;
  #isJudging = false;

  constructor(options: PressureLadderOptions) {
    this.#options = options;
  }

  get isDemoted(): boolean {
    return this.#isDemoted;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Whether what is said now is about the ladder itself. */
  get isJudging(): boolean {
    return this.#isJudging;
  }

  judge(): void {
    // What is said about it is not judged itself.
    if (this.#isJudging) return;
    this.#isJudging = true;
    try {
      this.#decide();
    } finally {
      this.#isJudging = false;
    }
  }

  #decide(): void {
    const { limits, isEnding, onTaken, cut } = this.#options;
    const bufferedBytes = this.#options.bufferedBytes();
    if (bufferedBytes < limits.recoverBytes) {
      onTaken();
      if ((this.#isDemoted || this.#isPaused) && !isEnding()) this.#restore();
      return;
    }
    if (isEnding()) return;
    if (bufferedBytes > limits.cutBytes) cut(`${bufferedBytes} bytes were not taken`);
    else if (bufferedBytes > limits.pauseBytes) this.#pause(bufferedBytes);
    else if (bufferedBytes > limits.demoteBytes) this.#demote(bufferedBytes);
  }

  #demote(bufferedBytes: number): void {
    if (this.#isDemoted || this.#isPaused) return;
    this.#isDemoted = true;
    this.#options.count('demoted');
    for (const one of this.#options.subscriptions.all()) one.channel.demote(one, bufferedBytes);
  }

  #pause(bufferedBytes: number): void {
    if (!this.#isPaused) this.#options.count('paused');
    this.#isPaused = true;
    // Also those that began since.
    for (const one of this.#options.subscriptions.all()) one.channel.pause(one, bufferedBytes);
  }

  #restore(): void {
    this.#isDemoted = false;
    this.#isPaused = false;
    for (const one of this.#options.subscriptions.all()) one.channel.restore(one);
  }
}
