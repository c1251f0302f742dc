/** TWS API: market rules have numbers; contract details name one per exchange. 26 is the penny grid. */
const RULES = [
    [26, [{ lowEdge: 0, increment: 0.01 }]],
    [557, [{ lowEdge: 0, increment: 0.05 }]],
];
/** The grid with this number. */
export function marketRule(id) {
    return RULES.find(([known]) => known === id)?.[1];
}
/** The number of the grid with one increment for all prices; the penny grid for an increment without a rule. */
export function marketRuleIdFor(minTick) {
    return RULES.find(([, increments]) => increments[0]?.increment === minTick)?.[0] ?? 26;
}
