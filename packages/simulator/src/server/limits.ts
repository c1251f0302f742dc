import type { Clock } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import { HistoryPacer } from '../history/history-pacer.js';
import { Cooldown } from './cooldown.js';
import type { PacingMode } from './message-pacer.js';

/**
 * How much of a thing clients may have, and how often. `Infinity` lifts a number, 0 a time. The last five hold with `pacing: 'strict'` alone. Source of the defaults: TWS API documentation, for 100 market data lines.
 */
export interface SimulatorLimits {
  /** Streaming market data lines of all clients together; a further one is refused with 101. @defaultValue 100 */
  readonly marketDataLines: number;
  /** Order books of all clients together; a further one is refused with 309. @defaultValue 3 */
  readonly marketDepth: number;
  /** Tick-by-tick streams of all clients together; a further one is refused with 10190. @defaultValue 5 */
  readonly tickByTick: number;
  /** Scanner subscriptions per client; a further one is refused with 322. @defaultValue 10 */
  readonly scanners: number;
  /** Rows of a scan; more are not sent. @defaultValue 50 */
  readonly scannerRows: number;
  /** Headlines per request; more are refused with 321. @defaultValue 300 */
  readonly newsHeadlines: number;
  /** Account summaries per client; a further one is refused with 322. @defaultValue 2 */
  readonly accountSummaries: number;
  /** Historical queries that a client may have open, head timestamps and bars that are kept up to date among them; a further one is refused with 322. @defaultValue 50 */
  readonly openHistory: number;
  /** Ticks of the past per request; more are refused with 321. @defaultValue 1000 */
  readonly historicalTicks: number;
  /** Queries in ten minutes for bars of 30 seconds and less, past ticks and head timestamps (162), and real-time bars (420), together; BID_ASK counts twice. @defaultValue 60 */
  readonly historyQueries: number;
  /** How many of those queries within two seconds for the same contract, exchange and kind of data are too many. @defaultValue 6 */
  readonly sameContractQueries: number;
  /** How long the same of those queries must not be repeated, milliseconds. @defaultValue 15000 */
  readonly sameQueryMs: number;
  /** How long after a tick-by-tick request for an instrument the next one for it is refused (10190), milliseconds. @defaultValue 15000 */
  readonly tickByTickRepeatMs: number;
  /** How long after a search for symbols a client's next one has no answer, milliseconds. @defaultValue 1000 */
  readonly matchingSymbolsMs: number;
}

/** The limits of TWS with 100 market data lines. */
export const DEFAULT_LIMITS: SimulatorLimits = Object.freeze({
  marketDataLines: 100,
  marketDepth: 3,
  tickByTick: 5,
  scanners: 10,
  scannerRows: 50,
  newsHeadlines: 300,
  accountSummaries: 2,
  openHistory: 50,
  historicalTicks: 1_000,
  historyQueries: 60,
  sameContractQueries: 6,
  sameQueryMs: 15_000,
  tickByTickRepeatMs: 15_000,
  matchingSymbolsMs: 1_000,
});

function checked(name: keyof SimulatorLimits, value: number): number {
  if (!(value === Infinity || (Number.isInteger(value) && value >= 0))) {
    throw new UsageError({ field: `limits.${name}`, value, rule: 'must be a whole number of at least 0, or Infinity' });
  }
  return value;
}

/** Puts the defaults in place. @throws UsageError for a limit that is no number of things. */
export function resolveLimits(limits: Partial<SimulatorLimits> = {}): SimulatorLimits {
  const of = (name: keyof SimulatorLimits): number => checked(name, limits[name] ?? DEFAULT_LIMITS[name]);
  return {
    marketDataLines: of('marketDataLines'),
    marketDepth: of('marketDepth'),
    tickByTick: of('tickByTick'),
    scanners: of('scanners'),
    scannerRows: of('scannerRows'),
    newsHeadlines: of('newsHeadlines'),
    accountSummaries: of('accountSummaries'),
    openHistory: of('openHistory'),
    historicalTicks: of('historicalTicks'),
    historyQueries: of('historyQueries'),
    sameContractQueries: of('sameContractQueries'),
    sameQueryMs: of('sameQueryMs'),
    tickByTickRepeatMs: of('tickByTickRepeatMs'),
    matchingSymbolsMs: of('matchingSymbolsMs'),
  };
}

/** Counts what is in use against a limit. */
export class Quota {
  readonly limit: number;
  #used = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get used(): number {
    return this.#used;
  }

  /** Whether one more is allowed. */
  get hasRoom(): boolean {
    return this.#used < this.limit;
  }

  /** Takes one; the returned function gives it back, once. Check {@link hasRoom} first. */
  take(): () => void {
    this.#used += 1;
    let isTaken = true;
    return () => {
      if (isTaken) this.#used -= 1;
      isTaken = false;
    };
  }
}

/** What all clients of a login share. */
export interface Quotas {
  readonly marketDataLines: Quota;
  readonly marketDepth: Quota;
  readonly tickByTick: Quota;
}

/** Fresh counters for one simulator. */
export function createQuotas(limits: SimulatorLimits): Quotas {
  return {
    marketDataLines: new Quota(limits.marketDataLines),
    marketDepth: new Quota(limits.marketDepth),
    tickByTick: new Quota(limits.tickByTick),
  };
}

/** What may be asked only so often. */
export interface Paces {
  /** Past ticks, small bars, head timestamps and real-time bars. */
  readonly history: HistoryPacer;
  /** By instrument. */
  readonly tickByTick: Cooldown;
  /** By client. */
  readonly matchingSymbols: Cooldown;
}

/** Fresh counters for one simulator; undefined when nobody counts. */
export function createPaces(limits: SimulatorLimits, { pacing, clock }: { readonly pacing: PacingMode; readonly clock: Clock }): Paces | undefined {
  if (pacing !== 'strict') return undefined;
  const now = (): number => clock.monotonic();
  return {
    history: new HistoryPacer(now, limits),
    tickByTick: new Cooldown(limits.tickByTickRepeatMs, now),
    matchingSymbols: new Cooldown(limits.matchingSymbolsMs, now),
  };
}
