import type { Clock } from '@ibkit/clock';
import type { ContractFinder } from '../contracts/contract-finder.js';
import type { ResolvedContract } from '../contracts/resolved-contract.js';
import { tradingHoursOf } from '../sessions/trading-hours.js';
import type { TradingHours } from '../sessions/trading-hours.js';
import type { BarSpan } from './bar-grid.js';

/** Hours are asked for again when they end so soon. TWS tells about a week of them. */
const AHEAD_MS = 36 * 3_600_000;
/** How often that is tried. */
const ASK_AGAIN_MS = 3_600_000;

/** The sessions of a contract for as long as anybody asks: what the broker told with it is asked for again before it ends. */
export class ContractSessions {
  readonly #options: { readonly contract: ResolvedContract; readonly regular: boolean; readonly finder: ContractFinder; readonly clock: Clock; readonly signal: AbortSignal };
  #hours: TradingHours;
  #askedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: { readonly contract: ResolvedContract; readonly regular: boolean; readonly finder: ContractFinder; readonly clock: Clock; readonly signal: AbortSignal }) {
    this.#options = options;
    this.#hours = tradingHoursOf(options.contract);
  }

  /** The session that an instant lies in. */
  at(atMs: number): BarSpan | 'closed' | 'unknown' {
    const { regular } = this.#options;
    if (this.#hours.spanAt(atMs + AHEAD_MS, { regular }) === 'unknown') this.#askAgain();
    return this.#hours.spanAt(atMs, { regular });
  }

  #askAgain(): void {
    const { contract, finder, clock, signal } = this.#options;
    const nowMs = clock.monotonic();
    if (nowMs - this.#askedAtMs < ASK_AGAIN_MS) return;
    this.#askedAtMs = nowMs;
    const { conId, exchange } = contract;
    finder.find({ conId, exchange }, signal, {
      found: (now) => {
        this.#hours = tradingHoursOf(now);
      },
      // The old ones go on until they end; bars that need hours say that they are not known then.
      failed: () => undefined,
    });
  }
}
