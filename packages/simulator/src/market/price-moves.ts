import type { Clock, Timer } from '@ibkit/clock';
import type { DelayedClock } from './delayed-clock.js';

/** A price that was set from outside. */
export interface SetPrice {
  readonly atMs: number;
  readonly conId: number;
  readonly price: number;
}

/** A market that gets everything later. */
export interface LaterMarket {
  readonly clock: DelayedClock;
  readonly setPrice: (conId: number, price: number) => void;
}

/** Prices set from outside that are remembered. */
const MOST_MOVES = 10_000;

/** The prices that were set from outside, for the delayed market, which gets them later. */
export class PriceMoves {
  readonly #clock: Clock;
  readonly #moves: SetPrice[] = [];
  readonly #timers = new Set<Timer>();
  #later: LaterMarket | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A price was set. */
  add(move: SetPrice): void {
    this.#moves.push(move);
    if (this.#moves.length > MOST_MOVES) this.#moves.shift();
    if (this.#later !== undefined) this.#repeat(move, this.#later);
  }

  /** Repeats what there was, and what will be, on a market that gets it later. */
  repeatOn(market: LaterMarket): void {
    this.#later = market;
    for (const move of this.#moves) this.#repeat(move, market);
  }

  close(): void {
    for (const timer of this.#timers) timer.cancel();
  }

  /** Does the same there when its time comes; at once if that is past. */
  #repeat({ atMs, conId, price }: SetPrice, { clock, setPrice }: LaterMarket): void {
    const repeat = (): void => {
      clock.at(atMs, () => {
        setPrice(conId, price);
      });
    };
    const waitMs = atMs - clock.now();
    if (waitMs <= 0) {
      repeat();
      return;
    }
    const timer = this.#clock.setTimer(waitMs, () => {
      this.#timers.delete(timer);
      repeat();
    });
    this.#timers.add(timer);
  }
}
