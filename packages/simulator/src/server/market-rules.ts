/** A price grid: from `lowEdge` on, prices are multiples of `increment`. */
export interface PriceIncrement {
  readonly lowEdge: number;
  readonly increment: number;
}

/** TWS API: market rules have numbers; contract details name one per exchange. 26 is the penny grid. */
const RULES: readonly (readonly [id: number, increments: readonly PriceIncrement[]])[] = [
  [26, [{ lowEdge: 0, increment: 0.01 }]],
  [557, [{ lowEdge: 0, increment: 0.05 }]],
  [67, [{ lowEdge: 0, increment: 0.25 }]],
  [59, [{ lowEdge: 0, increment: 0.005 }]],
  [239, [{ lowEdge: 0, increment: 0.00005 }]],
  [32, [{ lowEdge: 0, increment: 0.001 }]],
];

/** Rules of increments that TWS has no well-known number for: the number spells the increment. */
const FIRST_SPELLED = 1_000_000;
const SPELLED_PER_UNIT = 100_000_000;
const LAST_SPELLED = FIRST_SPELLED + 20 * SPELLED_PER_UNIT;

/** The grid with this number. */
export function marketRule(id: number): readonly PriceIncrement[] | undefined {
  const known = RULES.find(([rule]) => rule === id)?.[1];
  if (known !== undefined || id <= FIRST_SPELLED || id > LAST_SPELLED) return known;
  return [{ lowEdge: 0, increment: (id - FIRST_SPELLED) / SPELLED_PER_UNIT }];
}

/** The number of the grid with one increment (0.00000001 to 20) for all prices. */
export function marketRuleIdFor(minTick: number): number {
  const known = RULES.find(([, increments]) => increments[0]?.increment === minTick)?.[0];
  return known ?? FIRST_SPELLED + Math.round(minTick * SPELLED_PER_UNIT);
}
