/** One answer about the time: when it was asked and when the answer came, both epoch milliseconds of our clock, and what it said, in seconds. */
export interface TimeSample {
  readonly sentAtMs: number;
  readonly receivedAtMs: number;
  readonly timeSeconds: number;
}

/** How far the gateway's clock is from ours. */
export interface ClockSkew {
  /** Gateway time minus our time, milliseconds, as near to 0 as the answers allow; 0 when they do not contradict ours. */
  readonly skewMs: number;
  /** The width of what the answers allow, milliseconds. */
  readonly uncertaintyMs: number;
}

/**
 * What the answers allow, taken together. TWS API: currentTime is in whole seconds, so when it was written the gateway's clock stood in `[time, time + 1 s)`,
 * and ours somewhere from asking to hearing. Answers that contradict each other (a clock was set) leave the last one. Absent without answers.
 */
export function clockSkew(samples: readonly TimeSample[]): ClockSkew | undefined {
  let low: number | undefined;
  let high = 0;
  for (const { sentAtMs, receivedAtMs, timeSeconds } of samples) {
    const least = timeSeconds * 1_000 - receivedAtMs;
    const most = timeSeconds * 1_000 + 1_000 - sentAtMs;
    const agrees: boolean = low !== undefined && least <= high && most >= low;
    low = agrees && low !== undefined ? Math.max(low, least) : least;
    high = agrees ? Math.min(high, most) : most;
  }
  if (low === undefined) return undefined;
  const skewMs = low > 0 ? low : Math.min(0, high);
  return { skewMs: skewMs === 0 ? 0 : skewMs, uncertaintyMs: high - low };
}
