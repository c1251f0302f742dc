import { RateLimitError } from '@ibkit/error-codes';
import type { LineKind } from './line-limits.js';

const NAMES: Readonly<Record<LineKind, string>> = { quotes: 'market-data lines', tickByTick: 'tick-by-tick streams', depth: 'market-depth streams' };

/** Every line of this kind that the caller may use is taken. */
export function exhaustedError(kind: LineKind, { used, limit, cause }: { used: number; limit: number; cause: unknown }): RateLimitError {
  return new RateLimitError({
    code: 'IBKR_RATE_LINES_EXHAUSTED',
    message: `${used} of ${limit} ${NAMES[kind]} are taken: the subscription was not sent. End one that nobody reads, or set a higher limit if the account has more.`,
    tips: ['Watchlists in TWS and other programs of the same user take lines too.', 'Quote booster packs add 100 lines each.'],
    details: { kind, used, limit },
    cause,
  });
}

/** The same instrument was asked for tick by tick a moment ago. */
export function tooSoonError(retryInMs: number): RateLimitError {
  return new RateLimitError({
    code: 'IBKR_RATE_INSTRUMENT_TOO_SOON',
    message: `The broker takes one tick-by-tick request for an instrument in 15 seconds: the subscription was not sent. Ask again in ${Math.ceil(retryInMs)} ms.`,
    details: { kind: 'tickByTick', retryInMs },
  });
}
