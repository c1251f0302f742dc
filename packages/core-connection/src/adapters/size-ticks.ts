/** TWS API: the tick type of the size that comes with a price: bid, ask, last, and their delayed forms. */
const SIZE_TYPES: ReadonlyMap<number, number> = new Map([
  [1, 0],
  [2, 3],
  [4, 5],
  [66, 69],
  [67, 70],
  [68, 71],
]);

/** The tick type of the size that comes with a price of this tick type. */
export function sizeTypeOf(priceType: number): number | undefined {
  // Nearly all ticks are one of these three; the rest may take the longer way.
  if (priceType === 1) return 0;
  if (priceType === 2) return 3;
  if (priceType === 4) return 5;
  return SIZE_TYPES.get(priceType);
}
