const DECIMALS = 8;

/** The whole number of ticks in one unit of currency, when there is one: division by it is exact where multiplication by the tick is not. */
function ticksPerUnit(minTick: number): number | undefined {
  const perUnit = Math.round(1 / minTick);
  return perUnit > 0 && Math.abs(perUnit * minTick - 1) < 1e-9 ? perUnit : undefined;
}

/** Prices on a grid, counted in ticks: no sum of binary fractions ever leaves the grid. */
export class TickScale {
  readonly minTick: number;
  readonly #perUnit: number | undefined;

  /** @param minTick the price increment, above 0 */
  constructor(minTick: number) {
    this.minTick = minTick;
    this.#perUnit = ticksPerUnit(minTick);
  }

  /** The price of the nearest whole number of ticks, without the noise of binary fractions. */
  price(ticks: number): number {
    const whole = Math.round(ticks);
    return this.#perUnit === undefined ? Number((whole * this.minTick).toFixed(DECIMALS)) : whole / this.#perUnit;
  }

  /** How many ticks a price is; not rounded. */
  ticks(price: number): number {
    return this.#perUnit === undefined ? price / this.minTick : price * this.#perUnit;
  }

  /** The nearest price on the grid. */
  nearest(price: number): number {
    return this.price(Math.round(this.ticks(price)));
  }

  /** The highest price on the grid that is not above. Prices within a millionth of a tick count as on the grid. */
  floor(price: number): number {
    return this.price(Math.floor(this.ticks(price) + 1e-6));
  }

  /** The lowest price on the grid that is not below. */
  ceil(price: number): number {
    return this.price(Math.ceil(this.ticks(price) - 1e-6));
  }
}
