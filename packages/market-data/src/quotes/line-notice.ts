import { describeError } from '@ibkit/error-codes';
import type { BrokerNoticeMessage } from '../connection-port.js';

/**
 * What a notice means for a stream of market data.
 * `keep`: it lives on. `end`: there is nothing to come. `delayedOnly`: nothing to come live, but delayed data may be had.
 * `competing`: another session of the same user has the data for now.
 */
export type LineVerdict = 'keep' | 'end' | 'delayedOnly' | 'competing';

/** TWS API: not subscribed; further subscription needed; not subscribed and delayed data not switched on (two wordings). */
const DELAYED_ONLY: ReadonlySet<number> = new Set([354, 10089, 10168, 10186]);

/** TWS API: partly subscribed (10090, 10091), delayed data follows (10167), cancel of an unknown line (300). */
const KEEP: ReadonlySet<number> = new Set([300, 10090, 10091, 10167]);

/** TWS API: no market data during competing live session. */
const COMPETING_SESSION = 10197;

/** Why nothing arrives then, for gaps and stale quotes. */
export const COMPETING_REASON = 'another session of this user has the market data (10197)';

/** Judges a notice by its code, and by its text where the code alone does not say. Codes that nobody knows keep the stream. */
export function lineVerdict(notice: BrokerNoticeMessage): LineVerdict {
  const { code } = notice;
  if (code === COMPETING_SESSION) return 'competing';
  if (KEEP.has(code)) return 'keep';
  if (DELAYED_ONLY.has(code)) return 'delayedOnly';
  const { effect } = describeError(code, notice.msg);
  return effect === 'requestFailed' || effect === 'orderRejected' ? 'end' : 'keep';
}
