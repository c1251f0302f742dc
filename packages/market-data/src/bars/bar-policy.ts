import { UsageError } from '@ibkit/error-codes';
import { NO_SESSIONS } from './bar-grid.js';
import type { SessionFinder } from './bar-grid.js';
import type { BarTrade } from './tick-bar.js';

/** Which trades count, and where bars end. */
export interface BarPolicy {
  /**
   * Trades that the exchange does not report to the tape, such as odd lots, averages and derivatively priced ones. The bars of the history
   * service leave them out. @defaultValue 'skip'
   */
  readonly unreported?: 'skip' | 'count' | undefined;
  /** Trades at a price beyond the limit of the day. The bars of the history service have them. @defaultValue 'count' */
  readonly pastLimit?: 'skip' | 'count' | undefined;
  /** The sessions that bars keep to: none spans two, and trades outside of all are left out. @defaultValue everything is one session */
  readonly sessions?: SessionFinder | undefined;
}

/** {@link BarPolicy} with its defaults. */
export interface ResolvedBarPolicy {
  readonly counts: (trade: BarTrade) => boolean;
  readonly sessions: SessionFinder;
}

/** @throws {@link UsageError} for a word that is neither. */
export function resolveBarPolicy({ unreported = 'skip', pastLimit = 'count', sessions = NO_SESSIONS }: BarPolicy): ResolvedBarPolicy {
  const skipsUnreported = checkedWord('unreported', unreported, ['skip', 'count']) === 'skip';
  const skipsPastLimit = checkedWord('pastLimit', pastLimit, ['skip', 'count']) === 'skip';
  return {
    counts: (trade) => !(skipsUnreported && trade.unreported === true) && !(skipsPastLimit && trade.pastLimit === true),
    sessions,
  };
}

/** @throws {@link UsageError} for a word that is not in the list. */
export function checkedWord<T extends string>(field: string, value: T, words: readonly T[]): T {
  if (words.includes(value)) return value;
  throw new UsageError({ field, value, rule: `must be ${words.join(' or ')}` });
}
