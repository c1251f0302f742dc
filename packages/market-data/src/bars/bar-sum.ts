/** Adds trades up. */
export class BarSum {
  #open = 0;
  #high = Number.NEGATIVE_INFINITY;
  #low = Number.POSITIVE_INFINITY;
  #close = 0;
  #volume = 0;
  #value = 0;
  #count = 0;
  #isEmpty = true;

  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  get count(): number {
    return this.#count;
  }

  get volume(): number {
    return this.#volume;
  }

  get close(): number {
    return this.#close;
  }

  /** Adds a trade, or a part of one; a trade counts where it begins. */
  add(price: number, size: number, begins = true): void {
    if (this.#isEmpty) this.#open = price;
    this.#isEmpty = false;
    this.#high = Math.max(this.#high, price);
    this.#low = Math.min(this.#low, price);
    this.#close = price;
    this.#volume = exact(this.#volume + size);
    this.#value += price * size;
    if (begins) this.#count += 1;
  }

  /** The prices and sums of a bar. */
  get values(): { readonly open: number; readonly high: number; readonly low: number; readonly close: number; readonly volume: number; readonly wap: number; readonly count: number } {
    return {
      open: this.#open,
      high: this.#high,
      low: this.#low,
      close: this.#close,
      volume: this.#volume,
      wap: this.#volume > 0 ? this.#value / this.#volume : this.#close,
      count: this.#count,
    };
  }
}

/** Sizes have at most so many decimals; sums of fractions would drift away from them. */
const SIZE_DECIMALS = 9;

/** A sum or difference of sizes without what binary fractions add to it. */
export function exact(size: number): number {
  return Number.isInteger(size) ? size : Number(size.toFixed(SIZE_DECIMALS));
}
