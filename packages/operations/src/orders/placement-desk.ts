import type { ApiOrderTicket, ApiPlaced } from '@ibkit/api-contract';
import { OrderError, isIbkrError } from '@ibkit/error-codes';
import type { OrderState } from '@ibkit/gateway-trading';
import { orderView } from '../views/order.js';
import { accountOf, noPosition, positionToClose, subjectOf } from './closing-position.js';
import { keyConflict } from './key-conflict.js';
import type { OrderDeps } from './order-deps.js';
import { ordersWith, stateNow } from './order-lookup.js';
import { namedAccount, prepareTicket, tagOf } from './prepared-ticket.js';
import type { PreparedTicket } from './prepared-ticket.js';
import type { PreviewDesk } from './preview-desk.js';
import type { PreviewTokens } from './preview-tokens.js';
import { ticketHash } from './ticket-hash.js';
import { atOnce, untilEnough } from './waiting.js';
import type { Patience } from './waiting.js';

/** A placement that was begun and is not over. */
interface UnderWay {
  readonly requestHash: string;
  /** Settles once Trading has answered. */
  readonly done: Promise<void>;
  /** How many callers wait for it. */
  waiting: number;
}

/** What is to be placed. */
interface Placement {
  readonly ticket: ApiOrderTicket;
  readonly previewToken?: string | undefined;
}

interface Identified extends Placement {
  readonly key: string;
  readonly requestHash: string;
}

/**
 * Places tickets, each key once: what the journal has under a key is answered and never sent again, callers with the same key at the same time
 * share one placement, and none of them can cancel it for the others by hanging up. Once it was handed to Trading it is followed to its outcome.
 */
export class PlacementDesk {
  readonly #deps: OrderDeps;
  readonly #tokens: PreviewTokens;
  readonly #previews: Pick<PreviewDesk, 'marketPrice'>;
  readonly #underWay = new Map<string, UnderWay>();

  constructor(deps: OrderDeps, tokens: PreviewTokens, previews: Pick<PreviewDesk, 'marketPrice'>) {
    this.#deps = deps;
    this.#previews = previews;
    this.#tokens = tokens;
  }

  /** See `placeOrder` of the API. */
  async place(placement: Placement, { key, ...patience }: Patience & { readonly key: string }): Promise<ApiPlaced> {
    patience.signal?.throwIfAborted();
    const requestHash = ticketHash(placement.ticket);
    const joined = this.#underWay.get(key);
    if (joined !== undefined && joined.requestHash !== requestHash) throw this.#conflict(key, placement);
    const known = this.#deps.trading.order(key)?.state;
    if (known !== undefined && known.requestHash !== requestHash) throw this.#conflict(key, placement);
    const stored = this.#stored(key, requestHash);
    if (stored !== undefined) return this.#answer(stored, { key, repeated: true }, patience);
    const underWay = joined ?? this.#begin({ ...placement, key, requestHash });
    await this.#wait(underWay, key, patience);
    let entry = this.#stored(key, requestHash);
    // It was in the journal a moment ago, and provably never left: the placement itself says why.
    if (entry === undefined) await underWay.done;
    entry ??= this.#stored(key, requestHash);
    if (entry === undefined) throw new OrderError({ code: 'IBKR_ORDER_NOT_IN_LEDGER', message: 'An order that was placed is missing from the ledger: this is a defect of ibkit', details: { key } });
    return this.#answer(entry, { key, repeated: joined !== undefined }, patience);
  }

  /** Trading never hears of this order, so the audit is told of it here. */
  #conflict(key: string, { ticket }: Placement): OrderError {
    const conflict = keyConflict(key);
    this.#deps.trading.noteRefusal({ key, request: ticket }, conflict);
    return conflict;
  }

  /** What the journal has under a key; nothing, too, when provably nothing left. @throws OrderError `IBKR_ORDER_KEY_CONFLICT` */
  #stored(key: string, requestHash: string): OrderState | undefined {
    const order = this.#deps.trading.order(key)?.state;
    if (order === undefined) return undefined;
    if (order.requestHash !== requestHash) throw keyConflict(key);
    return order.status === 'unsent' ? undefined : order;
  }

  #begin(placement: Identified): UnderWay {
    const { key, requestHash } = placement;
    const isWanted = (): boolean => underWay.waiting > 0;
    const underWay: UnderWay = { requestHash, waiting: 0, done: Promise.resolve().then(() => this.#run(placement, isWanted)) };
    this.#underWay.set(key, underWay);
    const over = (): void => {
      this.#underWay.delete(key);
    };
    // Whoever waits is told what went wrong; when nobody does, the journal knows.
    underWay.done.then(over, over);
    return underWay;
  }

  async #run(placement: Identified, isWanted: () => boolean): Promise<void> {
    const { connection, trading } = this.#deps;
    const { ticket, previewToken, key, requestHash } = placement;
    const shown = previewToken === undefined ? undefined : this.#tokens.check(previewToken, { key, ticketHash: requestHash, epoch: connection.session?.epoch });
    trading.checkGate({ key, account: namedAccount(ticket), tag: tagOf(ticket) });
    const prepared = await prepareTicket(ticket, this.#deps, { key, requestHash });
    if (shown?.price !== undefined) this.#tokens.checkPrice(shown, await this.#previews.marketPrice(ticket));
    const subject = previewToken === undefined ? '' : await this.#subject(prepared, ticket);
    if (!isWanted()) throw new OrderError({ code: 'IBKR_ORDER_ABANDONED', message: 'Everybody who asked for the order was gone before it could be placed: nothing was sent', retryable: true, details: { key } });
    if (previewToken !== undefined) {
      this.#tokens.redeem(previewToken, { key, ticketHash: requestHash, epoch: connection.session?.epoch, account: accountOf(namedAccount(ticket), connection), subject });
    }
    await this.#handOver(prepared);
  }

  async #subject(prepared: PreparedTicket, ticket: ApiOrderTicket): Promise<string> {
    const { connection, trading } = this.#deps;
    return subjectOf(prepared, prepared.kind === 'close' ? await positionToClose(prepared, accountOf(namedAccount(ticket), connection), { trading, connection }) : undefined);
  }

  /** From here on no caller can take it back: an order that is half placed because somebody hung up is worse than one that nobody waits for. */
  async #handOver(prepared: PreparedTicket): Promise<void> {
    const { trading } = this.#deps;
    switch (prepared.kind) {
      case 'order':
        await trading.place(prepared.request);
        return;
      case 'bracket':
        await trading.bracket(prepared.request);
        return;
      case 'spread':
        await trading.placeSpread(prepared.request);
        return;
      case 'close':
        if ((await trading.closePosition(prepared.contract, prepared.options)) === undefined) throw noPosition();
    }
  }

  /** Until Trading has answered or, from the deadline on, until the journal has the order. */
  async #wait(underWay: UnderWay, key: string, patience: Patience): Promise<void> {
    const { requestHash, done } = underWay;
    underWay.waiting += 1;
    try {
      await untilEnough(() => done, (signal) => this.#staged(key, requestHash, signal), patience);
    } catch (error) {
      if (patience.signal?.aborted === true) throw error;
      // An error after a byte may have left would read like "not sent": the state of the order says what is known.
      const isOther = isIbkrError(error) && error.code === 'IBKR_ORDER_KEY_CONFLICT';
      if (isOther || this.#stored(key, requestHash) === undefined) throw error;
    } finally {
      underWay.waiting -= 1;
    }
  }

  /** Resolves once the journal has the order; never rejects. */
  #staged(key: string, requestHash: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!this.#isStaged(key, requestHash)) return;
        off();
        resolve();
      };
      const off = this.#deps.trading.events.on('order.statusChanged', look);
      signal.addEventListener('abort', off, { once: true });
      look();
    });
  }

  #isStaged(key: string, requestHash: string): boolean {
    const order = this.#deps.trading.order(key)?.state;
    return order?.requestHash === requestHash && order.status !== 'unsent';
  }

  async #answer(entry: OrderState, { key, repeated }: Pick<ApiPlaced, 'key' | 'repeated'>, patience: Patience): Promise<ApiPlaced> {
    const { trading } = this.#deps;
    const orders = ordersWith(trading, entry);
    await untilEnough((signal) => Promise.all(orders.map((order) => this.#answered(order, signal))), atOnce, patience);
    return { key, repeated, orders: orders.map((order) => orderView(stateNow(trading, order))) };
  }

  /** Until the broker has said something, or it is certain that it will not. */
  async #answered(order: OrderState, signal: AbortSignal): Promise<void> {
    const handle = this.#deps.trading.order(order.key);
    if (handle?.intentId !== order.intentId) return;
    try {
      await handle.acknowledged({ signal });
    } catch {
      // Trading was closed meanwhile, or nobody waits any more: what is known is answered.
    }
  }
}
