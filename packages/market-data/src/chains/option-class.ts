/** Options of one kind on one underlying at one exchange, as the broker's security definitions list them. Not every expiry has every strike. */
export interface OptionClass {
  readonly exchange: string;
  /** `AAPL`, `SPXW`; `2AAPL` and the like after a corporate action. */
  readonly tradingClass: string;
  /** Units per contract. */
  readonly multiplier: number;
  /** `YYYY-MM-DD`, ascending. */
  readonly expiries: readonly string[];
  /** Ascending. */
  readonly strikes: readonly number[];
}

/** A class, and those of its expiries that are wanted. */
export interface ChosenClass {
  readonly optionClass: OptionClass;
  readonly expiries: readonly string[];
}
