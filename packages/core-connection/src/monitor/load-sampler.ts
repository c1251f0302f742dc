import type { Clock, Timer } from '@ibkit/clock';

export interface LoadSamplerOptions {
  readonly clock: Clock;
  /** Between two samples, in milliseconds. */
  readonly intervalMs: number;
  /** How many samples a figure covers. */
  readonly samples: number;
  /** Messages sent so far. */
  readonly sent: () => number;
}

/** How late the event loop served a timer, in milliseconds over the last samples. */
export interface LoopLag {
  readonly lastMs: number;
  readonly meanMs: number;
  readonly maxMs: number;
}

interface Sample {
  readonly atMs: number;
  readonly sent: number;
  readonly lagMs: number;
}

/** Samples at even intervals how many messages were sent and how late the event loop is. One timer, which does not keep the process alive. */
export class LoadSampler {
  readonly #options: LoadSamplerOptions;
  #samples: readonly Sample[];
  #timer: Timer | undefined;

  constructor(options: LoadSamplerOptions) {
    this.#options = options;
    this.#samples = [{ atMs: options.clock.monotonic(), sent: options.sent(), lagMs: 0 }];
    this.#arm();
  }

  /** Messages per second since the oldest sample. */
  get sentPerSecond(): number {
    const oldest = this.#samples[0];
    const spanMs = oldest === undefined ? 0 : this.#options.clock.monotonic() - oldest.atMs;
    return oldest === undefined || spanMs <= 0 ? 0 : ((this.#options.sent() - oldest.sent) * 1_000) / spanMs;
  }

  get lag(): LoopLag {
    const lags = this.#samples.map((sample) => sample.lagMs);
    return { lastMs: lags.at(-1) ?? 0, meanMs: lags.reduce((sum, lag) => sum + lag, 0) / Math.max(1, lags.length), maxMs: Math.max(0, ...lags) };
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(): void {
    const { clock, intervalMs, samples, sent } = this.#options;
    const dueMs = clock.monotonic() + intervalMs;
    this.#timer = clock.setTimer(
      intervalMs,
      () => {
        const atMs = clock.monotonic();
        this.#samples = [...this.#samples, { atMs, sent: sent(), lagMs: Math.max(0, atMs - dueMs) }].slice(-samples);
        this.#arm();
      },
      { keepAlive: false },
    );
  }
}
