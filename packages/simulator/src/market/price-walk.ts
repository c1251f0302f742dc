/** What of its state an instrument shows: everything, quotes without trades (currencies), or trades without quotes (an index, whose values are its trades, of size 0). */
export type Shows = 'all' | 'quotes' | 'trades';

/** What a seeded price starts from and how it moves. A stock listing is one. */
export interface PriceWalk {
  readonly conId: number;
  readonly symbol: string;
  /** Where most of it trades. */
  readonly primaryExch: string;
  /** A plausible price to start from. */
  readonly referencePrice: number;
  /** Yearly volatility: 0.25 is 25 %. */
  readonly volatility: number;
  /** The price increment. @defaultValue 0.01 */
  readonly minTick?: number | undefined;
  /** What one lot of quotes and trades is; they come in 1 to 20 of them. @defaultValue 100 */
  readonly lot?: number | undefined;
  /** Other places where it trades. @defaultValue those of US stocks */
  readonly otherExchanges?: readonly string[] | undefined;
  /** @defaultValue `all` */
  readonly shows?: Shows | undefined;
}
