/** A price grid: from `lowEdge` on, prices are multiples of `increment`. */
export interface PriceIncrement {
  readonly lowEdge: number;
  readonly increment: number;
}

/** TWS API: market rules have numbers; contract details name one per exchange. 26 is the penny grid. */
const RULES: readonly (readonly [id: number, increments: readonly PriceIncrement[]])[] = [
  [26, [{ lowEdge: 0, increment: 0.01 }]],
  [557, [{ lowEdge: 0, increment: 0.05 }]],
];

/** The grid with this number. */
export function marketRule(id: number): readonly PriceIncrement[] | undefined {
  return RULES.find(([known]) => known === id)?.[1];
}

/** The number of the grid with one increment for all prices; the penny grid for an increment without a rule. */
export function marketRuleIdFor(minTick: number): number {
  return RULES.find(([, increments]) => increments[0]?.increment === minTick)?.[0] ?? 26;
}
