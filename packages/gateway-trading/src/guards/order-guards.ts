import type { Clock, TimeZone } from '@ibkit/clock';
import type { OrderContract } from '../orders/contract.js';
import { checkGuards, limitCountOf, needsQuote } from './check-guards.js';
import type { GuardReason, GuardedOrder, LimitCount, LimitUse, QuoteFact } from './check-guards.js';
import type { LimitLedger } from './limit-ledger.js';
import type { ResolvedLimits } from './limits.js';
import { lookAtQuote } from './quote-look.js';
import type { QuoteLook, QuoteSource } from './quote-look.js';
import { RateWindow } from './rate-window.js';

const MINUTE_MS = 60_000;

function hasLimits(limits: ResolvedLimits): boolean {
  return Object.values(limits).some((limit) => limit !== undefined);
}

/** What {@link OrderGuards} are made from. */
export interface OrderGuardsOptions {
  readonly clock: Clock;
  readonly limits: ResolvedLimits;
  readonly ledger: LimitLedger;
  readonly marketData: QuoteSource | undefined;
  readonly brokerTimeZone: TimeZone;
  /** The gateway's time, epoch milliseconds: the broker's day is read from it. */
  readonly serverNow: () => number;
  /** When orders and changes were staged before this process, epoch milliseconds, ascending. */
  readonly stagedBefore: readonly number[];
}

/** What counts towards the caps of a day so far. */
export interface DayCount {
  /** The broker's day, `YYYY-MM-DD`. */
  readonly day: string;
  readonly orders: number;
  /** Decimal text. */
  readonly quantity: string;
  /** By currency, decimal text. */
  readonly notional: Readonly<Record<string, string>>;
  /** Whether orders count whose value nobody knows: `notional` is more than it says. */
  readonly hasUnvalued: boolean;
}

/** What an order is judged with besides its own words. */
export interface GuardContext {
  /** From {@link OrderGuards.look}; absent when it was not needed. */
  readonly look?: QuoteLook | undefined;
  /** The intent of the order when the journal counts it already: judged again right before its bytes. */
  readonly own?: string | undefined;
}

/**
 * The caps and the price band. `place` and `modify` both ask it: `look` first, then `reasons` and `admit` in the tick in which the journal
 * is written, then `reasons` again, with `own`, in the tick of the bytes.
 */
export class OrderGuards {
  readonly #options: OrderGuardsOptions;
  readonly #rate: RateWindow | undefined;
  #today: { readonly minute: number; readonly day: string } | undefined;

  constructor(options: OrderGuardsOptions) {
    this.#options = options;
    const { limits, clock, stagedBefore } = options;
    if (limits.rate === undefined) return;
    this.#rate = new RateWindow(limits.rate.perMs);
    // A stamp from the future counts as now: a clock that is set back wins nothing.
    for (const atMs of stagedBefore) this.#rate.note(clock.monotonic() - Math.max(0, clock.now() - atMs));
  }

  /** Looks at the market when the guards need to know it; `undefined`, at once, when they do not. @throws the signal's reason. */
  look(order: GuardedOrder & { readonly contract: OrderContract }, signal?: AbortSignal): Promise<QuoteLook> | undefined {
    const { limits, marketData, clock } = this.#options;
    return needsQuote(order, limits) ? lookAtQuote(marketData, order.contract, { clock, signal }) : undefined;
  }

  /** What a working order counts already; `undefined` when nothing of it is known today. */
  counted(intentId: string): Pick<LimitCount, 'quantity' | 'notional'> | undefined {
    return this.#options.ledger.counted(intentId);
  }

  /** Every reason against the order right now; see {@link checkGuards}. */
  reasons(order: GuardedOrder, { look, own }: GuardContext = {}): readonly GuardReason[] {
    const { limits } = this.#options;
    // Most programs have no caps, and their orders need not wait for sums.
    if (!hasLimits(limits)) return [];
    return checkGuards(order, { limits, used: this.#use(order.contract.currency, own), quote: look?.fact() });
  }

  /**
   * Counts an order from now on, also before the journal has it, so that two orders in one tick cannot both take what is left.
   * @returns what goes into the journal with the record that stages it, and what to call when it never will be there (and may be called anyway)
   */
  admit(order: GuardedOrder, { look }: GuardContext = {}): { readonly counts: LimitCount; readonly withdraw: () => void } {
    const { clock, ledger } = this.#options;
    const quote: QuoteFact | undefined = look?.fact();
    const counts = limitCountOf(order, quote, this.#day());
    this.#rate?.note(clock.monotonic());
    return { counts, withdraw: ledger.admit(counts) };
  }

  /** What counts towards the caps of the day, over all accounts. */
  today(): DayCount {
    const { ledger } = this.#options;
    const day = this.#day();
    const { orders, quantity } = ledger.use('', day);
    const uses = ledger.currencies(day).map((currency) => [currency, ledger.use(currency, day)] as const);
    return { day, orders, quantity, notional: Object.fromEntries(uses.map(([currency, { notional }]) => [currency, notional])), hasUnvalued: uses.some(([, { hasUnvalued }]) => hasUnvalued) };
  }

  #use(currency: string, own: string | undefined): LimitUse {
    const { ledger, clock } = this.#options;
    // An order that is judged again was within the rate when it was admitted.
    const recent = own === undefined ? (this.#rate?.count(clock.monotonic()) ?? 0) : 0;
    return { ...ledger.use(currency, this.#day(), own), recent };
  }

  /** The broker's day of now. Calendars are slow to read, and no day changes within a minute. */
  #day(): string {
    const { brokerTimeZone, serverNow } = this.#options;
    const nowMs = serverNow();
    const minute = Math.floor(nowMs / MINUTE_MS);
    if (this.#today?.minute !== minute) this.#today = { minute, day: brokerTimeZone.dateOf(nowMs) };
    return this.#today.day;
  }
}
