import type { Market, MarketEvent, Quote } from '../market/market.js';
import { matchArriving, matchResting, matchTrade, sharesOf } from './matching.js';
import type { Match } from './matching.js';
import { isCombo, quoteOf } from './order-terms.js';
import type { OrderTerms } from './order-terms.js';
import type { SimulatedOrder } from './simulated-order.js';
import { isPegged, workingPrice } from './working-price.js';
import type { WorkingPrice } from './working-price.js';

const MINUTE_MS = 60_000;

/** What an order that works gets from the market at this moment. */
export interface Offer {
  readonly match: Match;
  readonly shares: number;
}

/** Finds what orders trade at: price and size, given the market and what each order has taken from it before. */
export class OrderMatcher {
  readonly #market: Market;
  readonly #partialFills: boolean;
  /** How many quotes of an instrument have been seen, so that each order takes each quote once. */
  readonly #quoteNumbers = new Map<number, number>();

  constructor(market: Market, partialFills: boolean) {
    this.#market = market;
    this.#partialFills = partialFills;
  }

  /** There is a new quote of an instrument, with sizes that nobody has taken yet. */
  countQuote(conId: number): void {
    this.#quoteNumbers.set(conId, (this.#quoteNumbers.get(conId) ?? 0) + 1);
  }

  /** The market of what an order is for. */
  quote({ terms }: SimulatedOrder): Quote {
    return quoteOf(terms, (conId) => this.#market.quote(conId));
  }

  /** What an order gets that just came to the market (again), or from an event there; undefined for nothing. */
  offer(order: SimulatedOrder, quote: Quote, event: MarketEvent | undefined): Offer | undefined {
    const { terms } = order;
    if (this.#isHalted(terms)) return undefined;
    const match = this.#matchFor(order, workingPrice(terms, quote, order.priceMemory), quote, event);
    if (match === undefined) return undefined;
    const shares = this.#sharesFor(order, match, event);
    return shares > 0 ? { match, shares } : undefined;
  }

  /** Whether the quote still crosses the order's price. */
  isMarketable({ terms, priceMemory }: SimulatedOrder, quote: Quote): boolean {
    return matchArriving(terms.action, workingPrice(terms, quote, priceMemory), quote) !== undefined;
  }

  /** What the order gets in the auction at an instant, which fills whole at the auction's price: that of the session's first or last trade, else the mark. */
  auction({ terms, remaining }: SimulatedOrder, auctionAtMs: number): Offer | undefined {
    const { conId } = terms.instrument;
    const price = this.#isHalted(terms) ? undefined : (this.#auctionPrice(terms, auctionAtMs) ?? this.#market.mark(conId));
    const match = price === undefined ? undefined : matchArriving(terms.action, terms.prices.lmtPrice ?? 'market', { bid: price, ask: price });
    return match === undefined ? undefined : { match, shares: remaining };
  }

  /** The fill of an order at its limit, or at the mark, whatever the market shows. */
  forced(order: SimulatedOrder): Offer | undefined {
    const { terms, remaining } = order;
    const { bid, ask } = this.quote(order);
    const middle = bid === undefined || ask === undefined ? undefined : (bid + ask) / 2;
    const price = terms.prices.lmtPrice ?? (isCombo(terms) ? middle : this.#market.mark(terms.instrument.conId));
    return price === undefined ? undefined : { match: { price, size: undefined, liquidity: 'added' }, shares: remaining };
  }

  /** A session begins with the print of its opening auction and ends with that of its closing one; the bars of the day show them. */
  #auctionPrice({ instrument: { conId }, auction }: OrderTerms, atMs: number): number | undefined {
    const history = this.#market.history(conId);
    const range = auction === 'open' ? { startMs: atMs, endMs: atMs + MINUTE_MS } : { startMs: atMs - MINUTE_MS, endMs: atMs };
    let price: number | undefined;
    history.spans('TRADES', 'minute', range, ({ open, close }) => {
      price ??= auction === 'open' ? open : close;
    });
    return price;
  }

  #isHalted({ legs }: OrderTerms): boolean {
    return legs.some(({ instrument }) => this.#market.halted(instrument.conId));
  }

  #matchFor(order: SimulatedOrder, limit: WorkingPrice, quote: Quote, event: MarketEvent | undefined): Match | undefined {
    const { terms } = order;
    const { action } = terms;
    const takes = event === undefined || order.isTaking || isPegged(terms);
    if (event === undefined || event.kind === 'quote') return takes ? matchArriving(action, limit, quote) : matchResting(action, limit, quote);
    if (event.kind !== 'trade' || order.isTaking || isCombo(terms)) return undefined;
    return matchTrade(action, limit, event, isPegged(terms));
  }

  #sharesFor(order: SimulatedOrder, match: Match, event: MarketEvent | undefined): number {
    const { remaining, filled, terms } = order;
    if (!this.#partialFills) return remaining;
    if (event?.kind === 'trade') return sharesOf(remaining, match.size, terms, filled);
    const number = terms.legs.reduce((sum, { instrument }) => sum + (this.#quoteNumbers.get(instrument.conId) ?? 0), 0);
    const shares = sharesOf(remaining, order.leftOf(match.size, number), terms, filled);
    order.take(shares, number);
    return shares;
  }
}
