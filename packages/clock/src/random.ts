/** A source of numbers in [0, 1). Injected wherever ibkit needs chance, such as the jitter of a back-off. */
export interface Random {
  /** The next number, at least 0 and below 1. */
  next(): number;
}

/** Chance from the JavaScript engine. Not for secrets. */
export function systemRandom(): Random {
  return { next: () => Math.random() };
}

/**
 * A deterministic stream of numbers: the same seed gives the same numbers on every machine.
 *
 * The generator is mulberry32: 32 bits of state, good enough for market noise and test schedules, not for secrets.
 * @param seed any integer; only its low 32 bits count
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return {
    next(): number {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
    },
  };
}
