import { randomBytes } from 'node:crypto';
import type { Clock } from '@ibkit/clock';
import { OrderError, UsageError } from '@ibkit/error-codes';

/** What a token stands for. */
export interface PreviewFacts {
  readonly ticketHash: string;
  readonly account: string;
  /** Which contract, or which position, it was about; it must be the same when the token is redeemed. */
  readonly subject: string;
  /** The session that it was made in. */
  readonly epoch: number;
  /** What the market was, for an order that names no price of its own; absent for one that does, and where the market was not known. */
  readonly price?: number | undefined;
}

interface Issued extends PreviewFacts {
  /** Monotonic milliseconds. */
  readonly untilMs: number;
  /** The key that it was redeemed with. */
  usedBy: string | undefined;
}

/** Why a token is not taken. */
type Refusal = 'UNKNOWN' | 'EXPIRED' | 'USED' | 'OTHER_TICKET' | 'OTHER_SESSION' | 'OTHER_ACCOUNT' | 'OTHER_CONTRACT' | 'PRICE_MOVED' | 'PRICE_UNKNOWN';

const REASONS: Readonly<Record<Refusal, string>> = {
  UNKNOWN: 'This preview is not known here: it was made by another process, before a restart, or long ago',
  EXPIRED: 'The preview has expired',
  USED: 'The preview was redeemed already, under another key',
  OTHER_TICKET: 'The preview was of another ticket',
  OTHER_SESSION: 'The preview was made in another session with the gateway: what it showed may not hold any more',
  OTHER_ACCOUNT: 'The preview was for another account',
  OTHER_CONTRACT: 'The preview was of another contract or position: what the ticket names has changed since',
  PRICE_MOVED: 'The market has moved further since the preview than its band allows: the order would fill at another price than was shown',
  PRICE_UNKNOWN: 'The preview showed a price of the market, and what the market is now is not known',
};

const TOKEN_BYTES = 24;
/** Previews are cheap, and anybody may ask for them: the oldest go first. */
const MOST = 10_000;
const DEFAULT_TTL_MS = 60_000;
const LONGEST_TTL_MS = 3_600_000;
/** What the price of an order without one of its own may move between preview and placement, percent. */
const DEFAULT_BAND_PERCENT = 2;

function refusal(why: Refusal): OrderError {
  return new OrderError({ code: `IBKR_PREVIEW_${why}`, message: `${REASONS[why]}. Nothing was sent`, tips: ['Preview the order again, and place it with the new token, or without one.'] });
}

/** The tokens of previews: kept in memory, each redeemed by one placement of what was previewed, within its time and its session. */
export class PreviewTokens {
  readonly #clock: Clock;
  readonly #ttlMs: number;
  readonly #bandPercent: number;
  readonly #issued = new Map<string, Issued>();

  /** @throws {@link UsageError} for a time to live, or a band, that is none. */
  constructor({ clock, previewTtlMs = DEFAULT_TTL_MS, previewBandPercent = DEFAULT_BAND_PERCENT }: { readonly clock: Clock; readonly previewTtlMs?: number | undefined; readonly previewBandPercent?: number | undefined }) {
    if (!(previewBandPercent > 0)) throw new UsageError({ field: 'previewBandPercent', value: previewBandPercent, rule: 'must be a number above 0, or Infinity for no band' });
    if (!(previewTtlMs >= 1 && previewTtlMs <= LONGEST_TTL_MS)) throw new UsageError({ field: 'previewTtlMs', value: previewTtlMs, rule: `must be a number of milliseconds from 1 to ${LONGEST_TTL_MS}` });
    this.#clock = clock;
    this.#ttlMs = previewTtlMs;
    this.#bandPercent = previewBandPercent;
  }

  /** A new token. */
  issue(facts: PreviewFacts): { readonly token: string; readonly expiresAtMs: number } {
    const token = `pv_${randomBytes(TOKEN_BYTES).toString('base64url')}`;
    this.#issued.set(token, { ...facts, untilMs: this.#clock.monotonic() + this.#ttlMs, usedBy: undefined });
    for (const oldest of this.#issued.keys()) {
      if (this.#issued.size <= MOST) break;
      this.#issued.delete(oldest);
    }
    return { token, expiresAtMs: this.#clock.now() + this.#ttlMs };
  }

  /**
   * Whether a placement may redeem the token, as far as that is known before its contract is. A repeat under the same key may: the key sees to it
   * that it is one order.
   * @throws OrderError `IBKR_PREVIEW_UNKNOWN`, `_USED`, `_EXPIRED`, `_OTHER_TICKET`, `_OTHER_SESSION`.
   */
  check(token: string, { key, ticketHash, epoch }: { readonly key: string; readonly ticketHash: string; readonly epoch: number | undefined }): PreviewFacts {
    const issued = this.#issued.get(token);
    if (issued === undefined) throw refusal('UNKNOWN');
    if (issued.usedBy !== undefined && issued.usedBy !== key) throw refusal('USED');
    if (issued.ticketHash !== ticketHash) throw refusal('OTHER_TICKET');
    if (this.#clock.monotonic() >= issued.untilMs) throw refusal('EXPIRED');
    if (issued.epoch !== epoch) throw refusal('OTHER_SESSION');
    return issued;
  }

  /**
   * Holds the price that was shown against that of the market now; a preview that showed none passes.
   * @throws OrderError `IBKR_PREVIEW_PRICE_MOVED`, `_PRICE_UNKNOWN`
   */
  checkPrice({ price: shown }: Pick<PreviewFacts, 'price'>, now: number | undefined): void {
    if (shown === undefined || this.#bandPercent === Number.POSITIVE_INFINITY) return;
    if (now === undefined) throw refusal('PRICE_UNKNOWN');
    if (Math.abs(now - shown) > (Math.abs(shown) * this.#bandPercent) / 100) throw refusal('PRICE_MOVED');
  }

  /** Redeems it, in the tick in which the order is handed over. @throws what {@link PreviewTokens.check} throws; OrderError `IBKR_PREVIEW_OTHER_ACCOUNT`, `_OTHER_CONTRACT`. */
  redeem(token: string, facts: Omit<PreviewFacts, 'epoch' | 'account' | 'price'> & { readonly key: string; readonly epoch: number | undefined; readonly account: string | undefined }): void {
    const { account, subject } = this.check(token, facts);
    if (account !== facts.account) throw refusal('OTHER_ACCOUNT');
    if (subject !== facts.subject) throw refusal('OTHER_CONTRACT');
    const issued = this.#issued.get(token);
    if (issued !== undefined) issued.usedBy = facts.key;
  }
}
