import type { Clock } from '@ibkit/clock';
import { RateLimitError } from '@ibkit/error-codes';
import type { LineLease } from '@ibkit/rate-limiter';
import { lineKey } from '../contracts/resolved-contract.js';
import type { ResolvedContract } from '../contracts/resolved-contract.js';
import type { LineCounting } from '../quotes/line-registry.js';

/** TWS API: one tick-by-tick request per instrument in 15 seconds. */
export const INSTRUMENT_GAP_MS = 15_000;

/** When each instrument was asked for, by all streams of one `MarketData`. */
export class InstrumentPace {
  readonly #clock: Clock;
  readonly #askedAtMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How long to wait before the instrument may be asked for, in milliseconds; 0 for now. */
  waitMs(key: string): number {
    const nowMs = this.#clock.monotonic();
    for (const [other, atMs] of this.#askedAtMs) if (atMs + INSTRUMENT_GAP_MS <= nowMs) this.#askedAtMs.delete(other);
    const askedAtMs = this.#askedAtMs.get(key);
    return askedAtMs === undefined ? 0 : askedAtMs + INSTRUMENT_GAP_MS - nowMs;
  }

  asked(key: string): void {
    this.#askedAtMs.set(key, this.#clock.monotonic());
  }
}

/** The place of one stream among the few that the broker allows. Without a budget nobody counts, and the broker refuses (10190). */
export class TickPlace {
  readonly #budget: LineCounting | undefined;
  readonly #pace: InstrumentPace;
  readonly #key: string;
  #lease: LineLease | undefined;

  constructor(options: { readonly budget: LineCounting | undefined; readonly pace: InstrumentPace; readonly contract: ResolvedContract }) {
    this.#budget = options.budget;
    this.#pace = options.pace;
    this.#key = lineKey(options.contract);
  }

  /**
   * Takes leave to ask the broker now.
   * @returns how long to wait before trying again, in milliseconds; 0 when it may be asked now
   * @throws RateLimitError `IBKR_RATE_LINES_EXHAUSTED` when no further stream is allowed. A stream that has its place keeps it.
   */
  ask(): number {
    if (this.#budget === undefined) return 0;
    const waitMs = this.#pace.waitMs(this.#key);
    if (waitMs > 0) return waitMs;
    if (this.#lease === undefined) {
      try {
        this.#lease = this.#budget.take({ kind: 'tickByTick', key: this.#key });
      } catch (error) {
        if (error instanceof RateLimitError && error.code === 'IBKR_RATE_INSTRUMENT_TOO_SOON') return retryIn(error);
        throw error;
      }
    }
    this.#pace.asked(this.#key);
    return 0;
  }

  /** The broker refused it: there are fewer places than thought. */
  refused(): void {
    this.#lease?.refused();
    this.#lease = undefined;
  }

  release(): void {
    this.#lease?.release();
    this.#lease = undefined;
  }
}

function retryIn(error: RateLimitError): number {
  const retryInMs: unknown = error.details['retryInMs'];
  return typeof retryInMs === 'number' && retryInMs > 0 ? retryInMs : INSTRUMENT_GAP_MS;
}
