/** What a chain takes at least, as far as the limits say. */
export interface LeastTimeInput {
  /** Contracts to be read. */
  readonly contracts: number;
  /** Quote lines that there are for them. */
  readonly lines: number;
  /** Requests besides: look-ups of definitions and expiries, the line of the underlying. @defaultValue 0 */
  readonly lookUps?: number | undefined;
  /** Messages per second of the bulk lanes. @defaultValue 45 */
  readonly perSecond?: number | undefined;
}

/** How many messages a chain takes at least: each contract is asked for once, and each that finds no free line waits for the cancel of another. */
export function leastChainMessages({ contracts, lines, lookUps = 0 }: LeastTimeInput): number {
  return lookUps + contracts + Math.max(0, contracts - lines);
}

/**
 * The least time in which a chain can be read, in milliseconds: the first `perSecond` messages may leave at once, every further one
 * 1 / `perSecond` later, and every answer is taken to come in no time.
 */
export function leastChainTimeMs(input: LeastTimeInput): number {
  const { perSecond = 45 } = input;
  return (Math.max(0, leastChainMessages(input) - perSecond) / perSecond) * 1000;
}
