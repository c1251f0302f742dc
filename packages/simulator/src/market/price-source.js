/** Rounds to the tick grid of 0.01 without the noise of binary fractions. */
export function ticksToPrice(ticks) {
    return Math.round(ticks) / 100;
}
/** How many ticks of 0.01 a price is; not rounded. */
export function priceToTicks(price) {
    return price * 100;
}
/** Mixes whole numbers into one of 32 bits, so that neighbouring inputs give unrelated results. */
export function mixed(...parts) {
    let hash = 0x9e3779b9;
    for (const part of parts) {
        hash = Math.imul(hash ^ (part | 0), 0x85ebca6b);
        hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
        hash ^= hash >>> 16;
    }
    return hash >>> 0;
}
