import { UsageError } from '@ibkit/error-codes';

/** How much of a thing clients may have at a time. `Infinity` lifts a limit. Source of the defaults: TWS API documentation, for 100 market data lines. */
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
}

/** The limits of TWS with 100 market data lines. */
export const DEFAULT_LIMITS: SimulatorLimits = Object.freeze({
  marketDataLines: 100,
  marketDepth: 3,
  tickByTick: 5,
  scanners: 10,
  scannerRows: 50,
  newsHeadlines: 300,
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
