import { addDecimals, compareDecimals, decimalText, multiplyDecimals } from '../decimal.js';

/** From `lowEdge` on, prices are multiples of `increment` (TWS API: PriceIncrement). */
export interface PriceBand {
  readonly lowEdge: number;
  readonly increment: number;
}

/** The step at a price: that of the highest band that begins at or below it. A price below zero has the step of its size. `undefined`: no band fits. */
export function stepAt(bands: readonly PriceBand[], price: string): string | undefined {
  const size = price.startsWith('-') ? price.slice(1) : price;
  let found: PriceBand | undefined;
  for (const band of bands) {
    if (!(band.increment > 0) || compareDecimals(decimalText(band.lowEdge), size) > 0) continue;
    if (found === undefined || band.lowEdge >= found.lowEdge) found = band;
  }
  return found === undefined ? undefined : decimalText(found.increment);
}

/** The nearest multiples of `step` at or below and at or above a price. */
export function neighbours(price: string, step: string): { readonly below: string; readonly above: string } {
  const steps = Math.floor(Number(price) / Number(step) + 1e-9);
  const below = multiplyDecimals(decimalText(steps), step);
  return { below, above: addDecimals(below, step) };
}
