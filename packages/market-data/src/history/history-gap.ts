/** A part of the range that was asked for and answered without data. Epoch milliseconds, [`fromMs`, `toMs`). */
export interface HistoryGap {
  readonly fromMs: number;
  readonly toMs: number;
  /**
   * Whether anything was to be expected there: `closed` when the contract's own hours say that it did not trade, `open` when they say that it
   * did, `unknown` for days of which they say nothing. TWS tells the hours of about a week around the day of the look-up, not of the past.
   */
  readonly market: 'open' | 'closed' | 'unknown';
}

/** Adds a gap behind those that are there; one that follows right behind the last, with the same verdict, becomes part of it. */
export function addGap(gaps: HistoryGap[], gap: HistoryGap): void {
  const last = gaps.at(-1);
  if (last?.toMs === gap.fromMs && last.market === gap.market) gaps.splice(-1, 1, Object.freeze({ ...gap, fromMs: last.fromMs }));
  else gaps.push(Object.freeze(gap));
}
