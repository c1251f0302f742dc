import { UsageError } from '@ibkit/error-codes';

/**
 * Which kind of data may be sent where live data is not to be had:
 * `frozen` also the last values of the session while the market is closed, `delayed` also data that is 15 to 20 minutes old,
 * `delayed-frozen` both.
 */
export type MarketDataMode = 'live' | 'frozen' | 'delayed' | 'delayed-frozen';

/** What a quote turned out to be; `unknown` until the broker has said so. */
export type QuoteMode = MarketDataMode | 'unknown';

interface Allowance {
  readonly frozen: boolean;
  readonly delayed: boolean;
}

const ALLOWANCE: Readonly<Record<MarketDataMode, Allowance>> = {
  live: { frozen: false, delayed: false },
  frozen: { frozen: true, delayed: false },
  delayed: { frozen: false, delayed: true },
  'delayed-frozen': { frozen: true, delayed: true },
};

/** TWS API, reqMarketDataType and marketDataType: 1 live, 2 frozen, 3 delayed, 4 delayed frozen. */
const CODE: Readonly<Record<MarketDataMode, number>> = { live: 1, frozen: 2, delayed: 3, 'delayed-frozen': 4 };

/** The mode for a number that the broker sent. */
export function modeOfCode(code: number): QuoteMode {
  for (const mode of ['live', 'frozen', 'delayed', 'delayed-frozen'] as const) if (CODE[mode] === code) return mode;
  return 'unknown';
}

/** The number that the broker takes for a mode. */
export function codeOfMode(mode: MarketDataMode): number {
  return CODE[mode];
}

/** Whether a mode lets the broker send delayed data. */
export function allowsDelayed(mode: MarketDataMode): boolean {
  return ALLOWANCE[mode].delayed;
}

/** Whether a mode lets the broker send the last values of the session while the market is closed. */
export function allowsFrozen(mode: MarketDataMode): boolean {
  return ALLOWANCE[mode].frozen;
}

/** Whether a value is data from 15 to 20 minutes ago. */
export function isDelayed(mode: QuoteMode): boolean {
  return mode === 'delayed' || mode === 'delayed-frozen';
}

/** Whether a value is the last of a session that is over. */
export function isFrozen(mode: QuoteMode): boolean {
  return mode === 'frozen' || mode === 'delayed-frozen';
}

/** Whether data that turned out to be `seen` is what somebody who allowed `allowed` agreed to. */
export function satisfies(seen: QuoteMode, allowed: MarketDataMode): boolean {
  if (seen === 'unknown') return true;
  const needs = ALLOWANCE[seen];
  const grants = ALLOWANCE[allowed];
  return (!needs.frozen || grants.frozen) && (!needs.delayed || grants.delayed);
}

/** The narrowest mode that grants what every given mode grants. */
export function widest(modes: Iterable<MarketDataMode>): MarketDataMode {
  let frozen = false;
  let delayed = false;
  for (const mode of modes) {
    frozen ||= ALLOWANCE[mode].frozen;
    delayed ||= ALLOWANCE[mode].delayed;
  }
  if (delayed) return frozen ? 'delayed-frozen' : 'delayed';
  return frozen ? 'frozen' : 'live';
}

/**
 * Checks a mode that a caller without types may have written.
 * @throws {@link UsageError} for anything but the four modes.
 */
export function checkedMode(mode: MarketDataMode): MarketDataMode {
  if (Object.hasOwn(ALLOWANCE, mode)) return mode;
  throw new UsageError({ field: 'mode', value: mode, rule: 'must be live, frozen, delayed or delayed-frozen' });
}
