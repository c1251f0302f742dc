/** Prices and volume of one span of time. */
export interface Bar {
  /** Start, epoch milliseconds. */
  readonly startMs: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  /** Volume-weighted average price; the close when nothing was traded. */
  readonly wap: number;
  readonly count: number;
}

/** Collects prices into bars of equal length that begin at multiples of it. Pure: time comes with the prices. */
export class BarBuilder {
  readonly #lengthMs: number;
  readonly #onBar: (bar: Bar) => void;
  readonly #holds: boolean;
  #startMs: number;
  #open: number | undefined;
  #high = 0;
  #low = 0;
  #close: number | undefined;
  #volume = 0;
  #value = 0;
  #count = 0;
  #whole: boolean;

  /**
   * A bar that has begun before `nowMs` is not whole and is left out. `price` is what the instrument stood at before. A price that holds until the next one, as that of a
   * quote does, is the first of the next bar, too, unless another one comes at its very beginning.
   */
  constructor(options: {
    readonly lengthMs: number;
    readonly nowMs: number;
    readonly price: number | undefined;
    readonly holds?: boolean | undefined;
    readonly onBar: (bar: Bar) => void;
  }) {
    const { lengthMs, nowMs, price, holds = false, onBar } = options;
    this.#holds = holds;
    this.#lengthMs = lengthMs;
    this.#onBar = onBar;
    this.#startMs = nowMs - (nowMs % lengthMs);
    this.#whole = this.#startMs === nowMs;
    this.#close = price;
  }

  /** When the current bar ends. */
  get endMs(): number {
    return this.#startMs + this.#lengthMs;
  }

  /** Adds a price, and the size traded at it (0 for quotes). */
  add(atMs: number, price: number, size: number): void {
    this.advance(atMs);
    if (this.#open === undefined) {
      const first = this.#holds && atMs > this.#startMs ? (this.#close ?? price) : price;
      this.#open = first;
      this.#high = first;
      this.#low = first;
    }
    this.#high = Math.max(this.#high, price);
    this.#low = Math.min(this.#low, price);
    this.#close = price;
    if (size > 0) {
      this.#volume += size;
      this.#value += size * price;
      this.#count += 1;
    }
  }

  /** Gives out the bars that have ended by now; a span without a price repeats the last one, with no volume. */
  advance(nowMs: number): void {
    while (nowMs >= this.endMs) {
      if (this.#whole) this.#giveOut();
      this.#whole = true;
      this.#startMs = this.endMs;
      this.#open = undefined;
      this.#volume = 0;
      this.#value = 0;
      this.#count = 0;
    }
  }

  #giveOut(): void {
    const close = this.#close;
    if (close === undefined) return;
    const quiet = this.#open === undefined;
    this.#onBar({
      startMs: this.#startMs,
      open: this.#open ?? close,
      high: quiet ? close : this.#high,
      low: quiet ? close : this.#low,
      close,
      volume: this.#volume,
      wap: this.#volume > 0 ? this.#value / this.#volume : close,
      count: this.#count,
    });
  }
}
