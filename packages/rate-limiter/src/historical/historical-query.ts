/** A historical query as the pacing rules see it. */
export interface HistoricalQuery {
  /** One name for each contract on its exchange, such as `265598@SMART`: queries with the same name count together. */
  readonly contract: string;
  /** What to show: `TRADES`, `BID_ASK`, ... `BID_ASK` counts double. */
  readonly kind: string;
  /**
   * The size of a bar as TWS spells it: `1 secs`, `30 secs`, `1 min`, `1 day`. A minute and more is free of the hard rules.
   * Without one, or with a spelling that is not known, the hard rules hold: so for head timestamps, real-time bars and past ticks.
   */
  readonly barSize?: string | undefined;
  /** Everything else that makes it another query: end, duration, hours. Queries that agree in all four fields are identical. */
  readonly range?: string | undefined;
}

/** How the rules count a query. */
export interface PacedQuery {
  readonly identity: string;
  readonly contract: string;
  readonly weight: number;
  /** Whether the hard rules hold for it. */
  readonly small: boolean;
}

const BAR_SIZE = /^(\d+) ?(sec|min|hour|day|week|month|[DWM]$)/u;
const UNIT_SECONDS: Readonly<Record<string, number>> = { sec: 1, min: 60, hour: 3600, day: 86_400, D: 86_400, week: 604_800, W: 604_800, month: 2_592_000, M: 2_592_000 };

/** Seconds in a bar; 0 for a spelling that is not known. */
function barSeconds(barSize: string): number {
  const match = BAR_SIZE.exec(barSize.trim());
  return Number(match?.[1] ?? 0) * (UNIT_SECONDS[match?.[2] ?? ''] ?? 0);
}

/** Reads a query with the weights and limits of the rules. */
export function pacedQuery(query: HistoricalQuery, rules: { readonly bidAskWeight: number; readonly smallBarSeconds: number }): PacedQuery {
  const { contract, kind, barSize, range } = query;
  return {
    identity: JSON.stringify([contract, kind, barSize ?? '', range ?? '']),
    contract: JSON.stringify([contract, kind]),
    weight: kind === 'BID_ASK' ? rules.bidAskWeight : 1,
    small: barSize === undefined || barSeconds(barSize) <= rules.smallBarSeconds,
  };
}
