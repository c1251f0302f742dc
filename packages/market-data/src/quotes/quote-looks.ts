import type { Clock } from '@ibkit/clock';
import type { MarketDataConnection } from '../connection-port.js';
import type { ContractLike } from '../contracts/contract-finder.js';
import { lineKey } from '../contracts/resolved-contract.js';
import type { ResolvedContract } from '../contracts/resolved-contract.js';
import { checkDuration } from '../options.js';
import type { ResolvedMarketDataSettings } from '../options.js';
import type { LinkWatch } from '../streams/link-watch.js';
import { acceptedQuote } from './acceptance/accepted-quote.js';
import { decidedIn, noPriceError, provenPrice } from './latest-price.js';
import { giveBack } from './line-registry.js';
import type { LineRegistry } from './line-registry.js';
import { checkedMode } from './market-data-mode.js';
import type { MarketDataMode } from './market-data-mode.js';
import type { ModeSwitch } from './mode-switch.js';
import type { QuoteSnapshot } from './quote.js';
import { takeSnapshot } from './snapshot-request.js';
import type { SnapshotRequest } from './snapshot-request.js';

/** Options of {@link MarketData.snapshot}. */
export interface SnapshotOptions {
  /** @defaultValue the `snapshotTimeoutMs` of the object */
  readonly timeoutMs?: number | undefined;
  /** What is accepted where live data is not to be had. @defaultValue 'live' */
  readonly mode?: MarketDataMode | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@link MarketData.getLatestPrice}. */
export interface LatestPriceOptions extends SnapshotOptions {
  /** How long ago the price may have been received, in milliseconds. @defaultValue the `maxPriceAgeMs` of the object */
  readonly maxAgeMs?: number | undefined;
  /**
   * How long ago the last trade itself may have been, by the broker's time of it, in milliseconds: an older one is passed over for the middle of bid
   * and ask. @defaultValue any time: outside of trading hours the last trade is hours old
   */
  readonly maxTradeAgeMs?: number | undefined;
}

/** What {@link QuoteLooks} work with. */
export interface QuoteLooksDeps extends Pick<ResolvedMarketDataSettings, 'snapshotTimeoutMs' | 'maxPriceAgeMs'> {
  readonly connection: MarketDataConnection;
  readonly clock: Clock;
  readonly link: LinkWatch;
  readonly lines: LineRegistry;
  readonly modeSwitch: ModeSwitch;
  readonly resolve: (contract: ContractLike, options: { readonly signal?: AbortSignal | undefined }) => Promise<ResolvedContract>;
  /** Ends every look. */
  readonly stop: AbortSignal;
}

/** How to look: in the background only where a line is free for it. */
type LookOptions = SnapshotOptions & { readonly background?: boolean | undefined };

/** Looks at the market, once each. */
export class QuoteLooks {
  readonly #deps: QuoteLooksDeps;

  constructor(deps: QuoteLooksDeps) {
    this.#deps = deps;
  }

  /** See {@link MarketData.snapshot}. `enough` ends it before the broker says that it is complete. */
  async snapshot(contract: ContractLike, options: LookOptions, enough?: SnapshotRequest['enough']): Promise<QuoteSnapshot> {
    const { connection, clock, link, lines, modeSwitch, stop } = this.#deps;
    const timeoutMs = checkDuration('timeoutMs', options.timeoutMs ?? this.#deps.snapshotTimeoutMs, 1);
    const accepts = checkedMode(options.mode ?? 'live');
    const resolved = await this.#deps.resolve(contract, options);
    const { background = false, signal } = options;
    const startedAtMs = clock.monotonic();
    const place = { key: lineKey(resolved), priority: background ? 'background' : 'normal' } as const;
    const signals = signal === undefined ? [stop] : [stop, signal];
    const lease = await lines.lend(place, { waitMs: background ? 0 : timeoutMs, signals });
    const release = modeSwitch.want(accepts);
    try {
      const reasonBefore = link.reason;
      const leftMs = Math.max(1, timeoutMs - (clock.monotonic() - startedAtMs));
      const seen = await takeSnapshot(connection, { contract: resolved, accepts, timeoutMs: leftMs, now: () => clock.now(), signals, enough });
      // Without its link the gateway answers from memory.
      const reason = reasonBefore ?? link.reason;
      return reason === undefined ? seen : Object.freeze({ ...seen, stale: true, staleReason: reason });
    } catch (error) {
      giveBack(lease, error);
      throw error;
    } finally {
      lease?.release();
      release();
    }
  }

  /** See {@link MarketData.getLatestPrice}. */
  async latestPrice(contract: ContractLike, options: LatestPriceOptions): Promise<number> {
    const { connection, clock, lines } = this.#deps;
    const mode = checkedMode(options.mode ?? 'live');
    const rule = {
      maxAgeMs: checkDuration('maxAgeMs', options.maxAgeMs ?? this.#deps.maxPriceAgeMs, 0),
      trade: options.maxTradeAgeMs === undefined ? undefined : { maxAgeMs: checkDuration('maxTradeAgeMs', options.maxTradeAgeMs, 0), now: () => connection.serverNow?.() ?? clock.now() },
    };
    const resolved = await this.#deps.resolve(contract, options);
    const open = lines.find(resolved)?.quote;
    const accepted = open === undefined ? undefined : acceptedQuote(open, mode);
    const price = accepted === undefined ? undefined : provenPrice(accepted, rule, clock.now());
    if (price !== undefined) return price;
    // Everything in a snapshot was received for this call: its age is no question.
    const fresh = { ...rule, maxAgeMs: Number.POSITIVE_INFINITY };
    const seen = await this.snapshot(resolved, options, (quote) => decidedIn(quote, fresh));
    const seenPrice = provenPrice(seen, fresh, clock.now());
    if (seenPrice === undefined) throw noPriceError(seen);
    return seenPrice;
  }
}
