const BLOCKS = '▁▂▃▄▅▆▇█';

/** A line of blocks as high as the values are between the lowest and the highest of them; a flat one when all are the same. */
export function sparkline(values: readonly number[]): string {
  const lowest = Math.min(...values);
  const range = Math.max(...values) - lowest;
  return values.map((value) => BLOCKS.charAt(range === 0 ? 3 : Math.round(((value - lowest) / range) * (BLOCKS.length - 1)))).join('');
}

/** The last values of something, spaced in time so that a burst does not push everything else out. */
export class Trace {
  readonly #capacity: number;
  readonly #everyMs: number;
  readonly #values: number[] = [];
  #lastAtMs = Number.NEGATIVE_INFINITY;

  constructor({ capacity, everyMs }: { readonly capacity: number; readonly everyMs: number }) {
    this.#capacity = capacity;
    this.#everyMs = everyMs;
  }

  add(value: number, atMs: number): void {
    if (atMs - this.#lastAtMs < this.#everyMs && this.#values.length > 0) {
      this.#values[this.#values.length - 1] = value;
      return;
    }
    this.#lastAtMs = atMs;
    this.#values.push(value);
    if (this.#values.length > this.#capacity) this.#values.shift();
  }

  get text(): string {
    return this.#values.length === 0 ? '' : sparkline(this.#values);
  }
}
